"""A large run records no trails and is repeated for the trails of its violations; both ways give the same result."""

import pytest

from icnsim.draws.streams import uniform_at, uniforms
from icnsim.recording.progress import Budget
from icnsim.recording.violations import Observed
from icnsim.scenario import loads
from icnsim.simulation import runs, simulate
from icnsim.simulation.federation import CutShort

TEXT = """
name: broken
executors: [{group: some, count: 8}]
actors: {count: 40}
protocol: {profile: as-implemented}
network: {loss: 0.1, duplication: 0.1}
retry: {max_retries: 1}
workload: {migrations: 400, arrivals: {process: poisson, rate: 2/s}}
"""


def observed(*, large: int, events: int | None, monkeypatch: pytest.MonkeyPatch) -> Observed:
    """The monitor's observations if a run of more than `large` arrivals records no trails."""
    monkeypatch.setattr(runs, "LARGE", large)
    try:
        found = simulate(loads(TEXT), budget=Budget(events)).observed
    except CutShort as error:
        return error.observed
    assert events is None
    assert found is not None
    return found


@pytest.mark.parametrize("events", [None, 2_000], ids=["to-the-end", "cut-short"])
def test_a_run_that_is_repeated_for_its_trails_has_the_same_violations(
    events: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = observed(large=10**9, events=events, monkeypatch=monkeypatch)
    assert at_once.violations and any(violation.trail for violation in at_once.violations)
    assert observed(large=0, events=events, monkeypatch=monkeypatch) == at_once


def test_a_single_uniform_has_the_bits_of_the_column() -> None:
    column = uniforms(7, "latency/request/2", 200)
    assert [uniform_at(7, "latency/request/2", place) for place in range(200)] == column.tolist()
