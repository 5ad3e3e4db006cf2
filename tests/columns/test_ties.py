"""Attempts that begin at one instant are in the order of the event engine, however many attempts led to them."""

import pytest

from icnsim.columns import simulate as computed
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.columns.agreement import differences

REFUSED = """
name: ties
seed: {seed}
executors: [{{group: a, count: 2, weight: 0}}, {{group: b, count: 2, behavior: rejecting, hosts_actors: false}}]
actors: {{count: 30}}
network: {{latency: 200ms, gossip: {{messages: []}}}}
drain: 10min
retry: {{max_retries: {retries}, backoff: {{base: 1s, factor: 1}}}}
workload: {{migrations: 60, arrivals: {{process: burst, size: 8, every: 3s}}}}
record: {{timeline: null}}
"""


@pytest.mark.parametrize(("seed", "retries"), [(139, 20), (150, 12), (51, 12), (8, 40)])
def test_a_herd_of_late_retries_is_counted_as_the_event_engine_counts_it(seed: int, retries: int) -> None:
    """Each attempt is refused after 0.5 s and repeated after 1 s, so the attempts of all bursts meet every 3 s."""
    scenario = loads(REFUSED.format(seed=seed, retries=retries))
    assert computed(scenario, compiled=False).recording.observed.hazards == simulate(scenario).observed.hazards


OVERDUE = """
name: overdue
seed: {seed}
executors:
  - {{group: a, count: 4, answer_probability: 0.5}}
  - {{group: u, count: 2, behavior: unresponsive, hosts_actors: false}}
actors: {{count: 40}}
network: {{latency: 500ms, gossip: {{messages: []}}, loss: 0.1}}
stages: {{evaluation: 500ms, checkpoint: 1s, restore: 500ms}}
manager:
  check_interval: 2s
  timeout: 3s
  phase: aligned
  tracked_states: [requesting, checkpointing, transferring, restoring]
  detector: {detector}
  overrides: {overrides}
drain: 1min
retry: {{max_retries: 4, backoff: {{base: 1s, factor: 1}}, alternative_target_after: 2}}
workload: {{migrations: 200, arrivals: {{process: burst, size: 8, every: 1s}}}}
"""
SOME = "[{{actors: '*0', detector: {{kind: {kind}}}}}, {{actors: '*3', timeout: 4s, detector: {{kind: deadline}}}}]"
DETECTORS = (
    ("{kind: deadline}", "[]"),
    ("{kind: wheel, tick: 1s}", "[]"),
    ("{kind: deadline}", SOME.format(kind="wheel")),
    ("{kind: poll}", SOME.format(kind="wheel")),
    ("{kind: wheel, tick: 500ms}", SOME.format(kind="poll")),
)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("detector", "overrides"), DETECTORS)
def test_timers_wheels_and_ticks_of_one_instant_are_in_the_same_order(detector: str, overrides: str, seed: int) -> None:
    """Bursts, timeouts and retries are whole seconds apart. Therefore many records are overdue at one instant."""
    scenario = loads(OVERDUE.format(seed=seed, detector=detector, overrides=overrides))
    found, reference = computed(scenario, compiled=seed > 1), simulate(scenario)
    assert differences(scenario, found, reference) == []
    at = found.recording.firings["at"].tolist()
    assert len(set(at)) < len(at)


AT_ONCE = """
name: at-once
seed: {seed}
duration: 100s
executors: [{{group: a, count: 3}}, {{group: dead, count: 3, behavior: unresponsive}}]
actors: {{count: 300}}
manager: {{timeout: 3s, check_interval: 7s, detector: {detector}}}
workload: {{arrivals: {{rate: 2/s}}}}
retry: {{max_retries: 5, backoff: {{base: 2us, factor: 1, jitter: full}}}}
"""


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("detector", ["{kind: poll}", "{kind: deadline}", "{kind: wheel}"])
def test_a_look_does_not_count_the_retry_without_a_pause_that_follows_it(detector: str, seed: int) -> None:
    """A pause that is drawn from 0 to 2 µs is 0 µs for a quarter of the retries."""
    scenario = loads(AT_ONCE.format(seed=seed, detector=detector))
    reference = simulate(scenario)
    assert differences(scenario, computed(scenario, compiled=seed > 1), reference) == []
    attempts = reference.attempts
    assert (attempts["failed"] == attempts["replaced"])[attempts["failed"] > 0].sum() > 20
