"""The times and executors of the occurrences of a fault: repeated, rolling, by region."""

import pytest

from icnsim.scenario import loads
from icnsim.simulation.federation import Federation
from tests.simulation.small import S

BASE = """
name: rolling
executors: [{group: node, count: 11}, {group: a, count: 1}]
actors: {count: 1}
duration: 1000s
drain: 1s
workload: {arrivals: {process: periodic, rate: 1/h}}
"""


REGIONS = BASE.replace("count: 11", "count: 11, region: eu").replace("a, count: 1}", "a, count: 1, region: ap}")


def beginnings(fault: str, base: str = BASE) -> list[tuple[str, int]]:
    """Each executor that a pause stalls, and when, s."""
    federation = Federation(loads(f"{base}faults: [{{kind: pause, for: 1s, at: 100s, {fault}}}]\n"))
    names, found = federation.scenario.executor_names, list[tuple[str, int]]()
    federation.hooks.executor_stalled.append(lambda host: found.append((names[host.id], federation.env._now // S)))
    federation.run()
    return found


def test_without_every_a_fault_occurs_once() -> None:
    assert beginnings("executors: a-0") == [("a-0", 100)]


def test_it_repeats_to_the_end() -> None:
    assert beginnings("executors: a-0, every: 400s") == [("a-0", 100), ("a-0", 500), ("a-0", 900)]


def test_times_includes_the_first_one() -> None:
    assert beginnings("executors: a-0, every: 400s, times: 2") == [("a-0", 100), ("a-0", 500)]


def test_a_region_is_hit_at_once() -> None:
    assert beginnings("region: eu", REGIONS) == [(f"node-{number}", 100) for number in range(11)]


def test_rolling_goes_by_the_natural_order_of_names() -> None:
    expected = [("a-0", 100), *((f"node-{number}", 110 + 10 * number) for number in range(11))]
    assert beginnings("executors: '*', rolling: 10s") == expected


def test_each_repetition_rolls() -> None:
    expected = [("node-0", 100), ("node-1", 110), ("node-0", 300), ("node-1", 310)]
    assert beginnings("executors: 'node-[01]', rolling: 10s, every: 200s, times: 2") == expected


@pytest.mark.parametrize(("keys", "lost"), [("executors: a-0", 11), ("region: ap", 11), ("region: eu", 11)])
def test_a_partition_by_region_cuts_it_off_from_all_others(keys: str, lost: int) -> None:
    base = REGIONS if "region" in keys else BASE
    text = f"{base}faults: [{{kind: partition, at: 0s, {keys}}}]\n"
    federation = Federation(loads(text))
    federation.run()
    (cut,) = federation.links.cuts
    between = [(k, m) for k in range(12) for m in range(12) if cut.between(k, m)]
    assert sorted(between) == sorted([(11, k) for k in range(lost)] + [(k, 11) for k in range(lost)])
