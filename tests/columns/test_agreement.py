"""Both engines return the same recording. `python -m tests.columns.agreement` compares more scenarios."""

import numpy as np
import pytest

from icnsim.columns import engine, memory, simulate
from icnsim.columns.kernel import layout as at
from icnsim.columns.tables import ticking
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate as by_events
from tests.columns.agreement import differences
from tests.columns.generator import generated
from tests.columns.longer import longer

CROWDED = """
name: crowded
executors: [{group: all, count: 4}, {group: silent, count: 1, behavior: unresponsive}]
actors: {count: 30}
workload: {arrivals: {process: burst, size: 40, every: 9s}, migrations: 400}
retry: {max_retries: 3, alternative_target_after: 2}
network: {loss: 0.05, latency: {distribution: exponential, mean: 300ms}}
record: {messages: true, timeline: 1s}
"""

TWO_EXECUTORS = """
name: two
executors: [{group: all, count: 2}]
actors: {count: 2}
workload: {arrivals: {process: periodic, rate: 0.2/s}, migrations: 40}
retry: {max_retries: 2}
network: {loss: 0.3}
"""


def agrees(scenario: Scenario, *, compiled: bool) -> None:
    found = simulate(scenario, compiled=compiled)
    assert differences(scenario, found, by_events(scenario)) == []


@pytest.mark.parametrize("seed", range(20))
def test_the_interpreted_kernel_gives_the_recording_of_the_event_engine(seed: int) -> None:
    agrees(generated(seed), compiled=False)


@pytest.mark.parametrize("seed", range(120, 180))
def test_the_compiled_kernel_gives_the_recording_of_the_event_engine(seed: int) -> None:
    agrees(generated(seed), compiled=True)


SEVERAL_RECORDS = (
    "{distribution: mixture, parts: [{weight: 0.6, value: 100ms}, {weight: 0.4, value: 20s}]}",
    "{distribution: lognormal, mean: 5s, std: 30s}",
)


@pytest.mark.parametrize("latency", SEVERAL_RECORDS)
@pytest.mark.parametrize("tracked", [["requesting"], ["requesting", "restoring"]])
def test_a_target_may_hold_several_records_of_one_attempt(latency: str, tracked: list[str]) -> None:
    scenario = loads(
        CROWDED,
        overrides={
            "network.duplication": 0.5, "network.latency": latency, "manager.retention": "1s",
            "manager.check_interval": "1s", "manager.timeout": "3s", "manager.tracked_states": tracked,
        },
    )  # fmt: skip
    run = engine.Run(scenario, compiled=True)
    assert differences(scenario, run.run(), by_events(scenario)) == []
    assert len(run.memory.reopened()) > 0


@pytest.mark.parametrize("seed", range(400, 410))
def test_sparse_counting_of_ticks_gives_the_same_ticks(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "DENSE_LEAST", 0)
    monkeypatch.setattr(ticking, "DENSE_CELLS", 0)
    agrees(generated(seed), compiled=True)


def test_thousands_of_migrations_of_few_actors_agree() -> None:
    agrees(longer(1), compiled=True)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("text", [CROWDED, TWO_EXECUTORS])
def test_few_actors_and_few_executors_agree(text: str, compiled: bool) -> None:
    scenario = loads(text)
    found = simulate(scenario, compiled=compiled)
    assert differences(scenario, found, by_events(scenario)) == []


def test_a_full_sequence_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SPARE", 1024)
    monkeypatch.setattr(memory, "PLACES_OF_ONE", 0)
    monkeypatch.setattr(memory, "LOG_PAGE", 16)
    monkeypatch.setattr(memory, "MOST_BUNDLES", 2)
    monkeypatch.setattr(memory, "MOST_SINGLES", 70)
    monkeypatch.setattr(engine, "INTERPRETED_CHUNK", 64)
    monkeypatch.setattr(engine, "INTERPRETED_BLOCK", 8)
    monkeypatch.setattr(engine, "CHUNK", 64)
    monkeypatch.setattr(engine, "BLOCK", 8)
    scenario = loads(CROWDED)
    reference = by_events(scenario)
    for compiled in (False, True):
        run = engine.Run(scenario, compiled=compiled)
        room, floats = run.memory.m[at.N_SIZE], len(run.memory.f)
        assert differences(scenario, run.run(), reference) == []
        assert run.memory.m[at.N_SIZE] > room
        assert len(run.memory.f) > floats


@pytest.mark.parametrize("compiled", [False, True])
def test_the_columns_grow_when_there_are_more_retries_than_expected(compiled: bool) -> None:
    more = {"executors.0.behavior": "rejecting", "actors.count": 2000, "workload.migrations": 200}
    scenario = loads(CROWDED, overrides=more)
    run = engine.Run(scenario, compiled=compiled)
    rows = run.memory.m[at.N_ROWS_ROOM]
    assert differences(scenario, run.run(), by_events(scenario)) == []
    assert run.memory.m[at.N_ROWS_ROOM] > rows


def test_a_run_switches_to_the_compiled_kernel_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTH_LOADING", 1)
    monkeypatch.setattr(engine, "WORTH_COMPILING", 1)
    monkeypatch.setattr(engine, "INTERPRETED_CHUNK", 32)
    monkeypatch.setattr(engine.compiling, "loaded", lambda: None)
    engine.compiling.background().result()  # the first chunk is still interpreted
    scenario = loads(CROWDED)
    run = engine.Run(scenario)
    assert not run.memory.compiled
    found = run.run()
    assert run.memory.compiled
    assert differences(scenario, found, by_events(scenario)) == []


def test_the_result_names_the_actor_of_each_arrival() -> None:
    found = simulate(loads(CROWDED))
    attempts = found.recording.attempts
    first = attempts["attempt"] == 1
    begun = np.flatnonzero(found.chosen >= 0)
    assert begun.tolist() == attempts["migration"][first].tolist()
    assert found.chosen[begun].tolist() == attempts["actor"][first].tolist()
    assert (found.chosen < 0).sum() == len(found.recording.skipped)


def test_a_call_that_needs_resources_can_be_repeated_without_effect() -> None:
    scenario = loads(CROWDED)
    whole = engine.Run(scenario, compiled=False).run()
    halting = engine.Run(scenario, compiled=False)
    advance = halting._call

    def repeated(*arguments: object) -> int:
        status = advance(*arguments)  # type: ignore[arg-type]
        return status if status in (at.DONE, at.ROWS_NEEDED, at.LOG_FULL) else advance(*arguments)  # type: ignore[arg-type]

    halting._call = repeated  # type: ignore[method-assign]
    result = halting.run()
    for name, column in whole.recording.attempts.items():
        assert np.array_equal(column, result.recording.attempts[name]), name
