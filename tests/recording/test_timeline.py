"""The timeline against a replay of every attempt, instant by instant."""

import pytest

from icnsim.protocol.states import State
from icnsim.recording.columns import Recording
from icnsim.recording.occupancy import timeline
from icnsim.recording.tables import STATES
from icnsim.scenario import Scenario
from icnsim.simulation import simulate
from tests.recording.builder import TIMES
from tests.reference.generator import generated

SOURCE = (
    ("requested", State.REQUESTING), ("accepted", State.CHECKPOINTING), ("checkpointed", State.TRANSFERRING),
    ("completed", State.COMPLETE), ("failed", State.FAILED), ("removed", State.IDLE), ("replaced", State.IDLE),
)  # fmt: skip
TARGET = (
    ("admitted", State.RESTORING), ("restored", State.COMPLETE), ("target_failed", State.FAILED),
    ("target_removed", State.IDLE), ("target_replaced", State.IDLE),
)  # fmt: skip


def rows_of(run: Recording) -> list[dict[str, int]]:
    names = (*TIMES, "actor", "source", "target")
    return [dict(zip(names, row)) for row in zip(*(run.attempts[name].tolist() for name in names))]


def state_at(row: dict[str, int], instant: int, steps: tuple[tuple[str, State], ...]) -> State:
    """The state after the last step that was taken; the steps are in the order of the protocol."""
    state = State.IDLE
    for name, entered in steps:
        if 0 <= row[name] <= instant:
            state = entered
    return state


def copies_at(rows: list[dict[str, int]], actors: int, instant: int) -> list[set[int] | None]:
    """The executor where each actor runs; None for its home if it has never moved."""
    steps = []
    for row in rows:
        if row["accepted"] >= 0:
            steps.append((row["accepted"], 0, "pause", row))
            if row["failed"] >= 0:
                steps.append((row["failed"], 2, "resume", row))
        if row["restored"] >= 0:
            steps.append((row["restored"], 1, "run", row))
    places: list[set[int] | None] = [None] * actors
    for at, _, what, row in sorted(steps, key=lambda step: step[:2]):
        if at > instant:
            break
        where = places[row["actor"]]
        where = places[row["actor"]] = {row["source"]} if where is None else where
        if what == "pause":
            where.discard(row["source"])
        else:
            where.add(row["target" if what == "run" else "source"])
    return places


def sampled(seed: int) -> tuple[Scenario, Recording]:
    scenario = generated(seed, {"record.timeline": "7s"})
    return scenario, simulate(scenario)


@pytest.mark.parametrize("seed", range(1, 240, 12))
def test_each_instant_equals_a_replay(seed: int) -> None:
    scenario, run = sampled(seed)
    columns = timeline(run, scenario)
    rows = rows_of(run)
    assert columns["at_s"].tolist() == list(range(0, run.horizon, scenario.record.timeline))
    for place, instant in enumerate(columns["at_s"].tolist()):
        states = [state_at(row, instant, steps) for row in rows for steps in (SOURCE, TARGET)]
        kept = [state for state in states if state is not State.IDLE]
        for name in STATES:
            assert columns[name][place] == kept.count(State[name.upper()]), (name, instant)
        assert columns["records"][place] == len(kept)
        assert columns["active"][place] == sum(state < State.COMPLETE for state in kept)
        assert columns["memory_bytes"][place] == len(kept) * scenario.manager.costs.record


@pytest.mark.parametrize("seed", range(1, 240, 6))
def test_running_and_paused_are_the_copies_that_a_replay_finds(seed: int) -> None:
    scenario, run = sampled(seed)
    columns = timeline(run, scenario)
    rows = rows_of(run)
    for place, instant in enumerate(columns["at_s"].tolist()):
        copies = copies_at(rows, scenario.actors.count, instant)
        assert columns["running"][place] == sum(1 if where is None else len(where) for where in copies), instant
        assert columns["paused"][place] == sum(where == set() for where in copies), instant
