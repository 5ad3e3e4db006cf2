"""What a run leaves behind."""

import gc
from collections.abc import Iterator

import pytest

from icnsim.scenario import loads
from icnsim.simulation import federation
from icnsim.simulation.federation import simulate

SCENARIO = loads("{name: small, workload: {migrations: 5, arrivals: {rate: 1/s}}}")


@pytest.fixture
def nobody_collects() -> Iterator[None]:
    """No search for cycles comes by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("nobody_collects")
@pytest.mark.parametrize("observe", [False, True])
def test_the_memory_of_a_large_run_is_given_back_before_the_next(
    monkeypatch: pytest.MonkeyPatch, observe: bool
) -> None:
    monkeypatch.setattr(federation, "LARGE", 0)
    for _ in range(3):
        simulate(SCENARIO, observe=observe)
        assert len(federation._large) == 1


@pytest.mark.parametrize("collects", [False, True])
def test_a_run_leaves_the_search_for_cycles_as_it_was(monkeypatch: pytest.MonkeyPatch, collects: bool) -> None:
    was = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        simulate(SCENARIO)
        assert gc.isenabled() == collects
    finally:
        (gc.enable if was else gc.disable)()
