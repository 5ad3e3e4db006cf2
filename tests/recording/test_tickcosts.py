"""The costs of each structure, by hand: small scenarios whose times are known, two executors with 20 ticks each."""

import numpy as np
import pytest

from icnsim import engines
from icnsim.errors import ScenarioError
from icnsim.recording.arrays import Texts
from icnsim.recording.small import Small
from icnsim.recording.summary import summarise
from icnsim.recording.tickcosts import detection_of_rows, levels
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict
from icnsim.theory.structures import levels_mean
from tests.recording.builder import S, recording, scenario
from tests.simulation.small import BASE

DEAD = {"executors.1.behavior": "unresponsive"}
STRUCTURES = ("scan", "heap", "wheel")


def costs(structure: str, keys: dict[str, object] | None = None) -> tuple[float, float, float]:
    """The cost, the part of it that is upkeep, and the most expensive tick, µs."""
    scenario = loads(BASE, overrides={"manager.structure": structure, **(keys or {})})
    found = summarise(simulate(scenario), scenario)["manager"]
    assert found["ticks"] == 40
    return tuple(round(value * 1e6, 6) for value in (found["cost_s"], found["upkeep_s"], found["cycle"]["max"]))  # type: ignore[return-value]


@pytest.mark.parametrize(("entries", "expected"), [(1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (1023, 10)])
def test_a_heap_has_the_logarithm_of_its_entries_as_levels(entries: int, expected: int) -> None:
    assert levels(np.array([entries])).tolist() == [expected]


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        # Scanned at 0, 30, 60 and 90 s, and removed at 390 s.
        ("scan", (400 + 4 * 10 + 5, 0, 20)),
        # Inserted and taken out with one comparison each.
        ("heap", (400 + 1 + 1 + 10 + 5, 1, 21)),
        # A slot at each tick; inserted, and taken from its slot at 90 s.
        ("wheel", (440 + 1 + 10 + 5, 1, 21)),
    ],
)
def test_a_record_that_times_out(structure: str, expected: tuple[float, float, float]) -> None:
    assert costs(structure, DEAD) == expected


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        # Scanned at 0 s; both sides' records are removed at 330 s.
        ("scan", (400 + 10 + 2 * 5, 0, 20)),
        # Its entry stays until the tick of 90 s takes it out.
        ("heap", (400 + 1 + 1 + 2 * 5, 1, 15)),
        # Inserted at 0 s, deleted at 0.5 s.
        ("wheel", (440 + 2 + 2 * 5, 2, 16)),
    ],
)
def test_a_record_that_is_answered(structure: str, expected: tuple[float, float, float]) -> None:
    assert costs(structure) == expected


def test_every_tracked_state_has_an_entry_of_its_own() -> None:
    every = {"manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"]}
    # Source: 0 to 0.5 s, to 2.5 s, to 3.4 s; target: 0.3 to 3.2 s. The source's entries need 1 + 2 + 2 comparisons, the
    # target's entry one. At 90 s the source takes out three of three with two each, the target one of one.
    assert costs("heap", every) == (400 + 6 + 7 + 10, 6, 16)
    assert costs("wheel", every) == (440 + 8 + 10, 8, 16)


WEEK = """
name: structures
duration: 20min
executors: [{group: node, count: 4, answer_probability: 0.5}]
actors: {count: 3000}
manager: {tracked_states: [requesting, restoring]}
workload: {arrivals: {rate: 4/s}}
"""


def test_the_structure_changes_costs_and_nothing_else() -> None:
    summaries = {}
    for structure in STRUCTURES:
        scenario = loads(WEEK, overrides={"manager.structure": structure})
        found = summarise(simulate(scenario), scenario)
        for name in ("cost_s", "upkeep_s", "cpu_share", "cycle"):
            del found["manager"][name]
        del found["detector"]["cost_s"]
        summaries[structure] = found
    assert summaries["scan"] == summaries["heap"] == summaries["wheel"]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_both_engines_count_the_same(structure: str) -> None:
    scenario = loads(WEEK, overrides={"manager.structure": structure})
    events, columns = (summarise(engines.simulate(scenario, name)[0], scenario) for name in ("events", "columns"))
    assert events["manager"] == columns["manager"]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_rows_of_ticks_have_the_costs_of_the_structure(structure: str) -> None:
    scenario = loads(BASE, overrides={"manager.structure": structure, **DEAD})
    run = simulate(scenario)
    executors, actors = Texts(list(scenario.executor_names)), Texts(scenario.actor_names)
    (table,) = Small(run, scenario, executors, actors).manager()
    found = table.column("detect_cost_s").to_pylist()
    assert found == pytest.approx([at / 1e6 for at in {"scan": (10, 0), "heap": (11, 0), "wheel": (11, 1)}[structure]])


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        # Its timer or its wheel fails the record; the ticks only remove it, at 390 s.
        ({"detector": {"kind": "deadline"}}, (400 + 5, 0, 15)),
        ({"detector": {"kind": "wheel"}}, (400 + 5, 0, 15)),
        # The record of another actor might have to be found: scanned at 0, 30 and 60 s, failed at 60.001 s.
        (
            {"detector": {"kind": "deadline"}, "overrides": [{"actors": "*9", "detector": {"kind": "poll"}}]},
            (400 + 3 * 10 + 5, 0, 20),
        ),
        # Scanned at 0 and 30 s, before the supervisor changes the detector.
        ({"adjustments": [{"at": "31s", "detector": {"kind": "deadline"}}]}, (400 + 2 * 10 + 5, 0, 20)),
        # Scanned at 60 and 90 s.
        (
            {"detector": {"kind": "deadline"}, "adjustments": [{"at": "60s", "detector": {"kind": "poll"}}]},
            (400 + 2 * 10 + 5, 0, 20),
        ),
        (
            {
                "adjustments": [
                    {"at": "20s", "detector": {"kind": "poll"}}, {"at": "40s", "detector": {"kind": "wheel"}},
                    {"at": "50s", "detector": {"kind": "poll"}}
                ],
            },
            (400 + 4 * 10 + 5, 0, 20),
        ),
    ],
)  # fmt: skip
def test_ticks_scan_while_a_detector_polls(manager: dict[str, object], expected: tuple[float, float, float]) -> None:
    keys = {f"manager.{key}": value for key, value in manager.items()}
    assert costs("scan", {**DEAD, "actors.count": 10, **keys}) == expected


def test_the_rows_of_ticks_that_do_not_scan_have_no_cost_of_detection() -> None:
    scenario = loads(BASE, overrides={"manager.detector.kind": "deadline", "manager.check_interval": "3s"})
    run = simulate(scenario)
    assert run.ticks["removed"].tolist() == [1, 1]
    assert detection_of_rows(run, scenario).tolist() == [0, 0]


@pytest.mark.parametrize("structure", ["heap", "wheel"])
def test_the_closed_forms_hold(structure: str) -> None:
    text = WEEK.replace(", answer_probability: 0.5", "").replace("20min", "1h")
    scenario = loads(text, overrides={"manager.structure": structure})
    found, predicted = summarise(simulate(scenario), scenario)["manager"], predict(scenario)
    assert found["upkeep_s"] == pytest.approx(predicted["manager.upkeep_s"].value, rel=0.03)
    assert found["cost_s"] == pytest.approx(predicted["manager.cost_s"].value, rel=0.03)


def test_mean_levels_are_those_of_a_poisson_number_of_entries() -> None:
    drawn = np.random.default_rng(1).poisson(100, 200_000) + 1
    assert levels_mean(100) == pytest.approx(levels(drawn).mean(), abs=0.005)
    assert levels_mean(0) == 1


@pytest.mark.parametrize("key", ["overrides", "adjustments"])
def test_an_index_needs_timeouts_that_are_the_same_for_all(key: str) -> None:
    given = {"overrides": [{"actors": "*", "timeout": "1s"}], "adjustments": [{"at": "1s", "timeout": "1s"}]}[key]
    with pytest.raises(ScenarioError, match=f"scan, or no {key}"):
        loads(BASE, overrides={"manager.structure": "heap", f"manager.{key}": given})


def test_the_upkeep_of_a_heap_is_in_proportion_to_the_cost_of_a_comparison() -> None:
    """Two requests wait at once: the first is inserted with one comparison, the second with two."""
    attempts = [{"requested": at * S, "failed": 61 * S, "failure": 1} for at in (0, 1)]
    for compare in (1, 3):
        made = scenario(f"manager: {{structure: heap, costs: {{compare: {compare}us}}}}\n")
        found = summarise(recording(attempts), made)["manager"]
        assert found["upkeep_s"] == pytest.approx(3 * compare * 1e-6)


def test_the_interval_of_a_ticks_cost_needs_the_costs_of_each_actor() -> None:
    cycles = {}
    for structure in ("scan", "heap"):
        made = loads(WEEK, overrides={"manager.structure": structure, "duration": "10min"})
        cycles[structure] = summarise(simulate(made), made)["manager"]["cycle"]
    low, high = cycles["scan"]["ci95"]
    assert low < cycles["scan"]["mean"] < high
    assert cycles["scan"]["ci95_why"] is None
    assert cycles["heap"]["ci95"] is None
    assert cycles["heap"]["ci95_why"]
