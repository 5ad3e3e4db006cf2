"""The keys of actors in WASM: the sizes of their checkpoints, and the settings that are refused."""

from typing import Any

import pytest

from icnsim.errors import ScenarioError
from icnsim.protocol.wasm import PAGE
from icnsim.scenario import Scenario, loads
from icnsim.scenario.coherence import MEMORY_BYTES, estimate_bytes
from icnsim.scenario.resolved import to_yaml
from icnsim.theory import checkpoints

BASE = "name: x\nexecutors: [{group: a, count: 5}]\nworkload: {migrations: 10}\n"
MODE = "actors__mode"
INCREMENTAL = {"checkpoints": "incremental", "dirty_rate": "2/s", "checkpoint_interval": "10s"}


def made(**values: Any) -> Scenario:
    return loads(BASE, overrides={key.replace("__", "."): value for key, value in values.items()})


def wasm(mode: dict[str, Any], **values: Any) -> Scenario:
    return made(**{MODE: {"wasm_stateful": mode}}, **values)


def problems(mode: dict[str, Any], **values: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        wasm(mode, **values)
    return str(caught.value)


def test_a_full_checkpoint_has_all_pages_and_an_incremental_one_those_written_in_an_interval() -> None:
    full, part = wasm({}), wasm(INCREMENTAL, checkpoints__bandwidth="1MiB/s")
    assert [full.stateful.checkpoint_size(size) for size in (1, PAGE, PAGE + 1)] == [PAGE, PAGE, 2 * PAGE]
    assert [part.stateful.checkpoint_size(size) for size in (5 * PAGE, 2**20, 2**30)] == [5 * PAGE, 2**20, 20 * PAGE]
    assert made().stateful.checkpoint_size(1) == 1
    assert not full.plain and loads(to_yaml(part)) == part


def test_an_incremental_checkpoint_needs_a_bandwidth_that_charges_its_size() -> None:
    said = problems(INCREMENTAL)
    assert "checkpoints.bandwidth" in said and "incremental" in said


def test_a_checkpoint_that_takes_too_long_may_be_incremental() -> None:
    """10 MiB are 160 pages, 10 s at a page in 62.5 ms; 20 of them take 1.25 s."""
    slow = {"actors__state_size": "10MiB", "checkpoints__bandwidth": "1MiB/s"}
    assert "up to 10 s, of 10,485,760 bytes" in problems({**INCREMENTAL, "checkpoints": "full"}, **slow)
    assert wasm(INCREMENTAL, **slow).checkpoints.bandwidth == 2**20
    assert "up to 10 s" in problems({**INCREMENTAL, "dirty_rate": "16/s"}, **slow)


def test_rows_of_memory_copies_need_memory() -> None:
    many = {"workload__migrations": 1_000_000, "retry__max_retries": 1}
    more = estimate_bytes(wasm({}, **many)) - estimate_bytes(made(**many))
    assert more >= 1_000_000 * MEMORY_BYTES


def test_crashes_are_predicted_by_the_size_of_checkpoints() -> None:
    """The prediction equals that of a stateful actor whose state has the size of the pages written in an interval."""
    crashes = [{"random": {"kinds": ["crash"], "executors": "*", "mtbf": "10min", "mttr": "30s"}}]
    common = {"faults": crashes, "duration": "10h", "checkpoints__bandwidth": "640KiB/s"}
    part = wasm(INCREMENTAL, **common, actors__state_size="5MiB")
    mode = {"stateful": {"checkpoint_interval": "10s"}}
    small = made(**{MODE: mode}, **common, actors__state_size=f"{20 * PAGE}B")
    assert checkpoints.of_scenario(part)[:2] == checkpoints.of_scenario(small)[:2]
    # The best interval for a fixed cost is wrong for a cost that grows with the interval.
    assert "Daly" in checkpoints.of_scenario(small)[2] and not checkpoints.of_scenario(part)[2]
