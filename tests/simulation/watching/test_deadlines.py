"""Deadlines after the supervisor has changed the timeout: an adjustment does not change the past.

The Request of 0 s is never answered, and the managers tick at 0, 30 s, 60 s and so on.
"""

import pytest

from icnsim.protocol.messages import ActorId
from icnsim.protocol.states import State
from icnsim.protocol.watch import Own, Settings
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.watching.deadlines import Deadlines
from tests.simulation.small import S, simulated

SILENT = {
    "executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}],
    "drain": "20min",
}


def detected(*adjustments: dict[str, object], **changes: object) -> tuple[float, float]:
    """The deadline of the Request and the time at which it failed, s."""
    run = simulated(SILENT, manager__adjustments=list(adjustments), **changes)
    assert run.observed.counts["I6"] == 0
    return int(run.attempts["deadline"][0]) / S, int(run.attempts["failed"][0]) / S


def test_without_an_adjustment_it_is_the_entry_and_the_timeout() -> None:
    assert detected() == (60, 90)


def test_a_lower_timeout_makes_nothing_late_before_the_adjustment() -> None:
    assert detected({"at": "100s", "timeout": "20s"}, manager__timeout="5min") == (100, 120)
    assert detected({"at": "112s", "timeout": "44s"}, manager__timeout="3min") == (112, 120)
    assert detected({"at": "50s", "timeout": "20s"}) == (50, 60)


def test_a_deadline_after_the_adjustment_is_the_entry_and_the_new_timeout() -> None:
    assert detected({"at": "10s", "timeout": "20s"}) == (20, 30)
    assert detected({"at": "20s", "timeout": "20s"}) == (20, 30)
    assert detected({"at": "10s", "timeout": "130s"}) == (130, 150)


def test_of_several_adjustments_the_newest_that_changes_the_timeout_counts() -> None:
    lower = {"at": "50s", "timeout": "100s"}
    lowest = {"at": "95s", "timeout": "40s"}
    assert detected(lower, manager__timeout="5min") == (100, 120)
    assert detected(lower, lowest, manager__timeout="5min") == (95, 120)
    higher = {"at": "110s", "timeout": "200s"}
    assert detected(lower, lowest, higher, manager__timeout="5min") == (200, 210)


def test_an_adjustment_that_leaves_the_timeout_as_it_is_has_no_effect() -> None:
    assert detected({"at": "80s", "retention": "1min"}) == (60, 90)
    assert detected({"at": "80s", "timeout": "60s"}) == (60, 90)
    states = ["requesting", "transferring"]
    other = {"at": "80s", "timeout": {"transferring": "10s"}}
    assert detected(other, manager__tracked_states=states) == (60, 90)


def test_an_actor_s_own_timeout_is_not_changed_by_the_manager_s() -> None:
    own = [{"actors": "*", "timeout": "110s"}]
    assert detected({"at": "115s", "timeout": "20s"}, manager__overrides=own) == (110, 120)
    elsewhere = [{"actors": "*", "timeout": {"transferring": "10s"}}]
    states = ["requesting", "transferring"]
    found = detected(
        {"at": "100s", "timeout": "20s"}, manager__overrides=elsewhere, manager__tracked_states=states,
        manager__timeout="5min",
    )  # fmt: skip
    assert found == (100, 120)  # Requesting follows the manager


def test_a_state_that_an_override_omits_has_the_time_of_its_adjustment() -> None:
    deadlines, actor = Deadlines(), ActorId(3)
    common = {State.REQUESTING: 60_000, State.TRANSFERRING: 60_000}
    own = {State.REQUESTING: 90_000, State.TRANSFERRING: 60_000}
    before = Settings(common, 0, overrides={actor: Own(own), ActorId(4): Own(retention=5)})
    changed = dict.fromkeys(common, 1000)
    after = Settings(
        changed, 0, overrides={actor: Own({**own, State.TRANSFERRING: 1000}), ActorId(4): Own(retention=5)}
    )  # fmt: skip
    deadlines.adjusted(before, after, 40 * S)
    assert deadlines.of(actor, State.REQUESTING, 0, 90_000) == 90 * S
    assert deadlines.of(actor, State.TRANSFERRING, 0, 1000) == 40 * S
    assert deadlines.of(ActorId(4), State.REQUESTING, 0, 1000) == 40 * S
    assert deadlines.of(ActorId(5), State.REQUESTING, 50 * S, 1000) == 51 * S


LOWERED = """
name: lowered
executors:
  - {group: a, count: 10}
  - {group: b, count: 10, behavior: unresponsive}
actors: {count: 500}
workload: {migrations: 400, arrivals: {process: poisson, rate: 2/s}}
manager: {timeout: 2min, adjustments: [{at: 100s, timeout: 20s}, {at: 150s, timeout: 10s}]}
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_detection_takes_longer_than_an_interval(seed: int) -> None:
    scenario = loads(LOWERED, overrides={"seed": seed})
    found = summarise(simulate(scenario), scenario)
    assert found["detection_latency"]["count"] > 150
    assert found["detection_latency"]["min"] > 0 and found["detection_latency"]["max"] <= 30.001
    assert found["invariants"]["I6"] == 0
