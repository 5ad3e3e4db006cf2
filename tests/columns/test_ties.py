"""Attempts that begin at one instant are in the order of the event engine, however many attempts led to them."""

import pytest

from icnsim.columns import simulate as computed
from icnsim.scenario import loads
from icnsim.simulation import simulate

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
