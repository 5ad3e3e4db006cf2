"""The summary against plain loops over the attempts, and by hand."""

import json
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording import arrow
from icnsim.recording.lattices import Lattices
from icnsim.recording.records import FATES
from icnsim.recording.summary import summarise
from icnsim.recording.violations import INVARIANTS, Observed
from icnsim.simulation import simulate
from tests.recording.builder import S, recording, scenario
from tests.recording.test_tables import COMPLETED, PAUSED, REJECTED, TIMED_OUT
from tests.reference.generator import generated

DISTRIBUTION = ["count", "mean", "std", "min", "p50", "p95", "p99", "max", "ci95", "ci95_why"]
OUTCOMES = ("completed", "failed", "rejected", "timed_out", "unfinished")


def test_the_keys_are_those_of_the_contract() -> None:
    found = summarise(recording(), scenario())
    for name in (
        "detection_latency", "detection_total", "migration_duration", "migration_total", "downtime", "record_life",
    ):  # fmt: skip
        assert list(found[name]) == [*DISTRIBUTION, "censored", "restricted_mean"]
    assert list(found["manager"]["cycle"]) == DISTRIBUTION
    assert {*OUTCOMES, "total", "skipped", "retried"} == set(found["migrations"])
    assert {*OUTCOMES, "total"} <= set(found["attempts"])
    assert set(found["false_positives"]) == {"count", "willing", "rate"}
    assert {"mean", "peak", "peak_one_executor", "peak_bytes", "unremoved", *FATES} <= set(found["records"])
    assert set(found["manager"]) == {"ticks", "errors", "cost_s", "upkeep_s", "cpu_share", "cycle"}
    assert list(found["invariants"]) == [*(f"I{number}" for number in range(1, 9)), "consensus"]
    assert {"simulated_s", "events", "success_rate", "completed_share", "task_checker", "messages", "ignored"} <= set(
        found
    )


def test_an_empty_run_has_null_for_unknown_figures() -> None:
    found = summarise(recording(phases=None, window_end=0), scenario())
    assert found["success_rate"] is None
    assert found["false_positives"] == {"count": 0, "willing": 0, "rate": None}
    assert found["records"]["mean"] is None
    assert found["completed_share"] is None
    none = {"count": 0, **dict.fromkeys(DISTRIBUTION[1:]), "ci95_why": "no values"}
    assert found["downtime"] == {**none, "censored": 0, "restricted_mean": {"value": None, "horizon_s": None}}
    assert found["manager"]["ticks"] == 0
    json.dumps(found, allow_nan=False)


def test_only_what_began_within_the_window_counts_its_bounds_included() -> None:
    rows = [{**REJECTED, "requested": at, "failed": 99 * S} for at in (9, 10, 20, 21)]
    found = summarise(recording(rows, window_start=10, window_end=20, skipped=np.array([9, 10, 20, 21])), scenario())
    assert found["migrations"]["total"] == found["attempts"]["total"] == 2
    assert found["migrations"]["skipped"] == 2


def test_the_figures_of_a_run_made_by_hand() -> None:
    more = "manager: {check_interval: 30s, costs: {tick: 10us, detect: 3us, cleanup: 5us, record: 100B}}\n"
    run = recording(
        [
            {**COMPLETED, "admitted": 3 * S, "target_removed": 420 * S, "target_replaced": -1},
            TIMED_OUT,
            REJECTED,
            PAUSED,
        ],
        [(1, 75 * S, 1, 1, 1, 0), (0, 400 * S, 1, 3, 0, 1), (1, 420 * S, 0, 2, 0, 1)],
        phases=np.array([10 * S, 15 * S]),
    )
    found = summarise(run, scenario(more))
    assert found["migrations"] == {
        "total": 4, "skipped": 0, "completed": 1, "failed": 0, "rejected": 1, "timed_out": 1, "unfinished": 1,
        "retried": 0,
    }  # fmt: skip
    assert found["success_rate"] == 1 / 3
    assert found["false_positives"] == {"count": 1, "willing": 2, "rate": 1 / 2}
    assert found["migration_duration"]["mean"] == 7
    # The actor of the last one ran nowhere until the end, so its 969 s are no finished downtime.
    assert found["downtime"]["max"] < 969 and found["downtime"]["censored"] == 1
    assert found["completed_share"] == 1 / 4
    assert found["detection_latency"]["mean"] == 4.999995
    # Removed are the source's record of the first, 8 to 400 s, and the target's, 7 to 420 s.
    assert (found["record_life"]["min"], found["record_life"]["max"]) == (392, 413)
    # Held in [0, 100) s: 99 and 97 of the first, 90 of the second, 80 and 70 of the others.
    assert found["records"]["mean"] == pytest.approx((99 + 97 + 89.999995 + 80 + 70) / 100)
    assert found["records"]["peak"] == 5 and found["records"]["peak_bytes"] == 500
    assert found["records"]["peak_one_executor"] == 3
    assert found["records"]["unremoved"] == 3
    # 33 ticks of each. Executor 0: the last stays in Checkpointing, 33 - 1 ticks from 40 s on.
    # Executor 1: the second is scanned at 15, 45 and 75 s, the target's of the first at none.
    assert found["manager"]["ticks"] == 66
    assert found["manager"]["cost_s"] == pytest.approx((66 * 10 + (32 + 3) * 3 + 2 * 5) / 1e6)
    assert found["manager"]["cpu_share"] == pytest.approx(found["manager"]["cost_s"] / 2000)


def test_the_work_of_actors_is_the_time_without_pauses_gaps_and_checkpoints() -> None:
    """Three actors run for 1000 s: 100 s nowhere, 7 s twice, 30 s idle, 20 s for checkpoints; a crash undid 5 s."""
    recoveries = {name: np.array([0]) for name in recording().recoveries} | {"work_lost": np.array([5 * S])}
    absent = {**recording().absent, "nowhere_s": 100, "twice_s": 7}
    run = recording(standing=20 * S, idle=30 * S, absent=absent, recoveries=recoveries)
    expected = {"done_s": 2857, "lost_s": 5, "checkpoint_s": 20, "useful_share": 2852 / 3000}
    assert summarise(run, scenario())["work"] == expected


def test_an_outage_ends_with_a_restart_or_elsewhere_or_is_open() -> None:
    """At 10 s two actors of one executor lose their copies; one restarts after 4 s and one runs elsewhere after 6 s.
    A crash of another executor at 20 s has not ended at 1000 s."""
    rows = {
        "actor": [0, 1, 2], "executor": [0, 0, 1], "crashed": [10 * S, 10 * S, 20 * S],
        "restarted": [14 * S, -1, -1], "elsewhere": [-1, 16 * S, -1], "sequence": [0, 0, 0],
        "work_lost": [S, 2 * S, 6 * S], "messages_lost": [0, 0, 0],
    }  # fmt: skip
    run = recording(recoveries={name: np.array(values) for name, values in rows.items()})
    found = summarise(run, scenario())["recoveries"]
    assert (found["crashed"], found["restarted"], found["open"]) == (3, 1, 1)
    assert (found["time"]["count"], found["time"]["mean"], found["time"]["censored"]) == (1, 4, 2)
    # After 4 s two of three are left, and the one that ran elsewhere after 6 s leaves one until 980 s.
    assert found["time"]["restricted_mean"] == {"value": pytest.approx(4 + 976 * 2 / 3), "horizon_s": 980}
    assert found["time"]["ci95_why"] == "fewer than 20 crashes (1)"
    assert (found["work_lost"]["count"], found["work_lost"]["mean"]) == (3, 3)
    assert found["work_lost"]["ci95_why"].startswith("fewer than 20 crashes (2")


def test_what_is_counted_during_a_run_is_in_its_summary() -> None:
    observed = Observed((), dict(zip(INVARIANTS, range(1, 10))), {}, {3: 4}, {"crash": 5}, {})
    run = recording(
        messages_sent=11, messages_delivered=12, messages_lost=13, messages_in_flight=14, events=15,
        ignored={"b": 2, "a": 1}, observed=observed, horizon=500 * S, window_end=400 * S,
        absent={"nowhere": 1, "in_doubt": 2, "down": 3, "nowhere_s": 4.5, "twice_s": 5.5},
        actor_messages={name: place for place, name in enumerate(recording().actor_messages)},
        errors={"manager": 6, "task_checker": 7},
    )  # fmt: skip
    found = summarise(run, scenario())
    assert found["messages"] == {"sent": 11, "delivered": 12, "lost": 13, "in_flight": 14}
    assert (found["simulated_s"], found["events"], list(found["ignored"].items())) == (500, 15, [("a", 1), ("b", 2)])
    assert found["actors"] == {"nowhere": 1, "in_doubt": 2, "down": 3, "nowhere_s": 4.5, "twice_s": 5.5}
    assert list(found["actor_messages"].values()) == list(range(len(found["actor_messages"])))
    assert (found["hazards"]["3"], sum(found["hazards"].values()), len(found["hazards"])) == (4, 4, 24)
    assert (found["faults"]["crash"], sum(found["faults"].values()), "heal" in found["faults"]) == (5, 5, False)
    assert list(found["invariants"].values()) == [*range(1, 9), None]  # nothing was voted on
    assert (found["manager"]["errors"], found["task_checker"]) == (6, {"ticks": 100, "errors": 7})
    assert found["work"]["done_s"] == 3 * 500 - 4.5 + 5.5


@pytest.mark.parametrize(
    ("lattices", "horizon", "ticks"),
    [(None, 1000 * S, 0), ("given", 1000 * S, 68), ("given", 30 * S, 2), ("given", 30 * S + 1, 3)],
)
def test_a_manager_ticks_from_its_phase_on(lattices: str | None, horizon: int, ticks: int) -> None:
    more = {} if lattices else {"lattices": None, "phases": None}
    found = summarise(recording(horizon=horizon, **more), scenario("manager: {costs: {tick: 10us}}\n"))["manager"]
    assert (found["ticks"], found["upkeep_s"]) == (ticks, 0)
    assert found["cost_s"] == pytest.approx(ticks * 10e-6)


def test_a_cost_beyond_64_bits_is_exact() -> None:
    century = 100 * 365 * 86_400 * S
    more = "manager: {check_interval: 1ms, costs: {tick: 1h}}\n"
    lattices = Lattices.of_phases(np.array([0, 0]), 1000, century)
    found = summarise(recording(horizon=century, lattices=lattices), scenario(more))
    assert found["manager"]["cost_s"] == 2 * (century // 1000) * 3600


def figures(values: list[float]) -> dict[str, Any]:
    """Count, mean, min, max and median, by the standard library."""
    if not values:
        return {"count": 0, "mean": None, "min": None, "max": None, "p50": None}
    return {
        "count": len(values), "mean": pytest.approx(statistics.fmean(values)), "min": pytest.approx(min(values)),
        "max": pytest.approx(max(values)), "p50": pytest.approx(statistics.median(values)),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(2, 240, 8))
def test_the_figures_are_those_of_loops_over_the_tables(seed: int) -> None:
    scenario = generated(seed)
    run = simulate(scenario)
    found = summarise(run, scenario)
    json.dumps(found, allow_nan=False)
    table = arrow.table("attempts", run, scenario)
    assert table is not None
    every = table.to_pylist()
    rows = [row for row in every if run.window_start <= round(row["requested_at_s"] * S) <= run.window_end]
    for outcome in OUTCOMES:
        assert found["attempts"][outcome] == sum(row["outcome"] == outcome for row in rows)
    assert found["migrations"]["total"] == len(rows) == sum(found["attempts"][name] for name in OUTCOMES)
    still_down = {row for row, is_open in enumerate(run.attempts["downtime_open"].tolist()) if is_open}
    for metric, column in (
        ("detection_latency", "detection_latency_s"), ("detection_total", "detection_total_s"),
        ("migration_duration", "duration_s"), ("downtime", "downtime_s"),
    ):  # fmt: skip
        ended = [row for row in rows if metric != "downtime" or row["attempt_id"] not in still_down]
        values = [row[column] for row in ended if row[column] is not None]
        expected = figures(values)
        assert {name: found[metric][name] for name in expected} == expected, metric
    assert found["false_positives"]["count"] == sum(row["false_positive"] for row in rows)
    columns = {name: column.tolist() for name, column in run.attempts.items()}
    lives = [
        removed - ended
        for ends, gone in ((("completed", "failed"), "removed"), (("restored", "target_failed"), "target_removed"))
        for removed, ended in zip(columns[gone], map(max, columns[ends[0]], columns[ends[1]]))
        if removed >= 0
    ]
    expected = figures([life / S for life in lives])
    assert {name: found["record_life"][name] for name in expected} == expected
    kept = found["records"]
    assert kept["created"] == sum(kept[fate] for fate in FATES)
    assert kept["unremoved"] == kept["left"]
    assert kept["created"] == len(every) + sum(at >= 0 for at in columns["admitted"])
    sent = found["messages"]
    assert sent["sent"] == sent["delivered"] + sent["lost"] + sent["in_flight"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4 * S)), max_size=30))
def test_the_busiest_second_is_that_of_a_look_at_every_second(asked: list[tuple[int, int]]) -> None:
    rows = [{"target": target, "requested": when} for target, when in asked]
    most = max(
        (sum(1 for other, then in asked if other == target and when <= then < when + S) for target, when in asked),
        default=0,
    )
    assert summarise(recording(rows), scenario())["requests"]["peak_per_second"] == most


def test_without_a_task_checker_it_has_no_ticks() -> None:
    assert summarise(recording(checker=None), scenario())["task_checker"]["ticks"] == 0


def test_the_fates_of_records_have_names() -> None:
    assert FATES == ("removed", "replaced", "forgotten", "left")


def test_consensus_is_no_figure_of_a_run_without_votes() -> None:
    assert summarise(recording(), scenario("quorum: {enabled: true}\n"))["invariants"]["consensus"] is None
    names = ("attempt", "actor", "source", "executors", "needed", "asked", "decided", "verdict", "right", "votes")
    votes = {name: np.zeros(0, np.int64) for name in (*names, "double_votes", "backers")}
    found = summarise(recording(checkpoint_votes=votes), scenario("quorum: {enabled: true}\n"))
    assert found["invariants"]["consensus"] == 0
