"""The memory that is released after a run."""

import gc
from typing import Any
from weakref import WeakSet

import pytest

from icnsim.recording.columns import Recording
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation

SCENARIO = loads("{name: small, workload: {migrations: 5, arrivals: {rate: 1/s}}}")


def test_the_first_search_for_cycles_after_a_run_gives_its_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made, run = WeakSet[Federation](), Federation.run

    def noted(federation: Federation, *arguments: Any) -> Recording:
        made.add(federation)
        return run(federation, *arguments)

    monkeypatch.setattr(Federation, "run", noted)
    simulate(SCENARIO)
    gc.collect(0)
    assert not made


@pytest.mark.parametrize("collects", [False, True])
def test_a_run_leaves_the_search_for_cycles_as_it_was(collects: bool) -> None:
    was = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        simulate(SCENARIO)
        assert gc.isenabled() == collects
    finally:
        (gc.enable if was else gc.disable)()
