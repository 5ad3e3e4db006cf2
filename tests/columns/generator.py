"""Generated scenarios for the columnar engine: the reference's scenarios with retries, overrides and message logs."""

import random
from collections.abc import Mapping
from pathlib import Path

from icnsim.scenario import Scenario, loads
from tests.reference import generator as plain

JITTERS = ("none", "full", "equal", "decorrelated")


def generated(seed: int) -> Scenario:
    """The scenario of a seed."""
    return loads(plain.scenario_text(seed), Path(plain.__file__).parent, overrides=overrides(seed))


def overrides(seed: int) -> Mapping[str, object]:
    """The keys that are added to the reference's scenario of this seed."""
    pick = random.Random(f"columns {seed}")
    added: dict[str, object] = {}
    if pick.random() < 0.6:
        added["retry.max_retries"] = pick.choice((1, 2, 3, 7))
        added["retry.on"] = pick.choice((["timed_out"], ["rejected"], ["timed_out", "rejected"]))
        added["retry.alternative_target_after"] = pick.choice((1, 2, 3))
        added["retry.backoff.jitter"] = pick.choice(JITTERS)
        added["retry.backoff.base"] = pick.choice(("1s", "100ms", "5s"))
        added["retry.backoff.factor"] = pick.choice((1, 1.5, 2, 3.3))
        added["retry.backoff.max"] = pick.choice(("60s", "6s"))
    if pick.random() < 0.3:
        added["manager.overrides"] = pick.sample(
            [
                {"actors": "*", "timeout": "4s"},
                {"actors": "actor-?", "timeout": {"requesting": "2s", "restoring": "20s"}},
                {"actors": "actor-0", "retention": "1s", "timeout": "90s"},
                {"actors": "actor-[0-4]*", "retention": "70s"},
            ],
            pick.randint(1, 3),
        )
    if pick.random() < 0.2:
        added["record.messages"] = True
    if pick.random() < 0.2:
        added["record.timeline"] = pick.choice((None, "1s", "7s"))
    if pick.random() < 0.1:
        added["executors.0.capacity.queue"] = "{distribution: exponential, mean: 10}"
    if pick.random() < 0.15:
        added["protocol.message_lifetime"] = pick.choice(("1s", "10s"))
    return added
