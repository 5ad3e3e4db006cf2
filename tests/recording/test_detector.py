"""The section `detector`: timers, memory and costs of detection, counted by hand."""

from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import icnsim
from icnsim.columns.engine import simulate as computed
from icnsim.protocol.detectors.timingwheel import SLOTS
from icnsim.recording.columns import REJECTED, TIMED_OUT
from icnsim.recording.detector import cost_of_firings, figures
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.recording.builder import recording, scenario
from tests.simulation.small import BASE

COSTS = {
    "tick": "1s", "detect": "100us", "cleanup": "7us", "slot": "3us", "link": "20us", "timer": "11us",
}  # fmt: skip
SILENT = {
    "executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}],
    "drain": "10min", "manager.costs": COSTS, "record.messages": False,
}  # fmt: skip
ALL = ["requesting", "checkpointing", "transferring", "restoring"]
DEADLINE = {"kind": "deadline"}
WHEEL = {"kind": "wheel", "tick": "2s"}


def section(changes: dict[str, object]) -> dict[str, Any]:
    scenario = loads(BASE, overrides=changes)
    found = summarise(simulate(scenario), scenario)
    assert found == summarise(computed(scenario).recording, scenario)
    return found["detector"]


def test_polling_costs_the_scans_of_the_ticks() -> None:
    # The Request waits at the ticks of 30, 60 and 90 s; the one of 0 s comes after it.
    assert section(SILENT) == {
        "timers": 0, "timers_peak": 0, "samples": 0, "heartbeats": 0, "cost_s": 4 * 100 / 1e6, "memory_bytes": 0,
    }  # fmt: skip


def test_without_managers_nothing_is_detected_and_nothing_costs() -> None:
    scenario = loads(BASE, overrides=SILENT | {"manager.enabled": False})
    found = summarise(simulate(scenario), scenario)
    assert found["detector"]["cost_s"] == 0
    manager = found["manager"]
    assert [manager[name] for name in ("ticks", "errors", "cost_s", "upkeep_s", "cpu_share")] == [0] * 5
    assert manager["cycle"]["count"] == 0


def test_a_timer_costs_once_when_it_is_set_and_once_when_it_ends() -> None:
    found = section(SILENT | {"manager.detector": DEADLINE})
    assert (found["timers"], found["timers_peak"]) == (1, 1)
    assert (found["cost_s"], found["memory_bytes"]) == (2 * 11 / 1e6, 16)


def test_every_stay_in_a_tracked_state_has_a_timer() -> None:
    found = section({"manager.detector": DEADLINE, "manager.tracked_states": ALL, "manager.costs": COSTS})
    assert (found["timers"], found["timers_peak"]) == (4, 2)  # the target waits in Restoring next to the source
    assert found["cost_s"] == 4 * 2 * 11 / 1e6


def test_a_wheel_costs_its_ticks_and_what_it_holds() -> None:
    found = section(SILENT | {"manager.detector": WHEEL})
    ticks = 2 * 300  # of two executors, until 600 s
    assert (found["timers"], found["timers_peak"]) == (1, 1)
    assert found["cost_s"] == pytest.approx((ticks * 3 + 20 + 100) / 1e6)  # inserted, and failed by a tick
    assert found["memory_bytes"] == 8 * (2 * SLOTS + 2)
    answered = section({"manager.detector": WHEEL, "manager.costs": COSTS})
    assert answered["cost_s"] == pytest.approx((ticks * 3 + 2 * 20) / 1e6)  # inserted and deleted


def test_overrides_and_adjustments_count_from_their_beginning() -> None:
    both = {
        "actors.count": 2,
        "workload.migrations": 2,
        "manager.overrides": [{"actors": "actor-1", "detector": DEADLINE}],
    }
    found = section(SILENT | both)
    assert found["timers"] == 1
    later = loads(BASE, overrides=SILENT | {"manager.adjustments": [{"at": "0s", "detector": DEADLINE}]})
    assert summarise(simulate(later), later)["detector"]["timers"] == 1
    after = loads(BASE, overrides=SILENT | {"manager.adjustments": [{"at": "10s", "detector": DEADLINE}]})
    assert summarise(simulate(after), after)["detector"]["timers"] == 0


@pytest.mark.parametrize(("least", "timers"), [("1MiB", 1), ("1025KiB", 0)])
def test_an_override_for_large_states_watches_no_smaller_one(least: str, timers: int) -> None:
    override = {"actors": "*", "min_state_size": least, "detector": DEADLINE}
    assert section(SILENT | {"actors.state_size": "1MiB", "manager.overrides": [override]})["timers"] == timers


@pytest.mark.parametrize(
    ("detector", "at", "detect"), [(DEADLINE, 60.001, 11e-6), (WHEEL, 62.0, 103e-6), ({"kind": "poll"}, 90.0, 100e-6)]
)
def test_the_table_has_looks_and_ticks_in_the_order_of_their_times(
    tmp_path: Any, detector: dict[str, str], at: float, detect: float
) -> None:
    overrides = SILENT | {"manager.detector": detector, "manager.retention": "1min"}
    file = tmp_path / "small.yaml"
    file.write_text(BASE)
    run = icnsim.run(str(file), overrides=overrides, out=str(tmp_path))
    [path] = tmp_path.rglob("manager.parquet")
    rows = pq.read_table(path).to_pylist()
    assert run.summary["events"] == 1 + 1 + 2  # arrival, delivery, the look and the tick that removes
    assert [(row["at_s"], row["timed_out"], row["removed"]) for row in rows] == [
        (at, 1, 0),
        (150, 0, 1),
    ]
    assert rows[0]["detect_cost_s"] == pytest.approx(detect)
    looked = rows[0]["cycle_cost_s"] - rows[0]["detect_cost_s"]
    assert looked == pytest.approx(1 if detector["kind"] == "poll" else 0)  # a look is no tick of the manager


@pytest.mark.parametrize(
    ("kind", "override", "expected"),
    [
        ("wheel, tick: 2s", "", [3, 203]),
        ("wheel, tick: 2s", "poll", [3, 203]),
        ("deadline", "poll", [0, 22]),
        ("wheel, tick: 2s", "deadline", [0, 22]),  # taken for timers
    ],
)
def test_a_firing_costs_a_slot_and_its_detections_or_its_timers(kind: str, override: str, expected: list[int]) -> None:
    more = f", overrides: [{{actors: actor-0, detector: {{kind: {override}}}}}]" if override else ""
    costs = "costs: {slot: 3us, detect: 100us, timer: 11us}"
    made = scenario(f"manager: {{detector: {{kind: {kind}}}, {costs}{more}}}\n")
    assert cost_of_firings({"timed_out": np.array([0, 2])}, made).tolist() == expected


def watched(attempt: dict[str, int], detector: str = "wheel", horizon: int = 100) -> float:
    """The cost of detection of one attempt, µs: 1 for a timer, 10 for a link, 100 for a record that a wheel fails."""
    costs = "{detect: 100us, link: 10us, timer: 1us}"
    made = scenario(f"manager: {{tracked_states: [requesting], detector: {{kind: {detector}}}, costs: {costs}}}\n")
    return float(figures(recording([attempt], horizon=horizon), made, 0)["cost_s"]) * 1e6


@pytest.mark.parametrize(
    ("attempt", "wheel", "timer"),
    [
        ({"requested": 0, "accepted": 50}, 20, 2),
        ({"requested": 0, "accepted": 100}, 20, 2),  # at the end of the run
        ({"requested": 0}, 10, 2),
        ({"requested": 0, "failed": 50, "failure": TIMED_OUT}, 110, 2),
        ({"requested": 0, "failed": 50, "failure": REJECTED}, 20, 2),
        ({"requested": 0, "accepted": 50, "failed": 60, "failure": TIMED_OUT}, 20, 2),  # in a later state
    ],
)
def test_a_wheel_deletes_each_record_that_leaves_and_examines_each_that_it_fails(
    attempt: dict[str, int], wheel: float, timer: float
) -> None:
    assert watched(attempt) == pytest.approx(wheel)
    assert watched(attempt, "deadline") == pytest.approx(timer)
