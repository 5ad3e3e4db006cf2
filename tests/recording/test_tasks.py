"""The figures of submitted tasks, by hand."""

from typing import Any

import numpy as np

from icnsim.recording.censoring import nothing
from icnsim.recording.columns import NEVER
from icnsim.recording.distribution import EMPTY
from icnsim.recording.tasks import BECAME, CHECKPOINTS, COUNTS, DISTRIBUTIONS, figures
from icnsim.recording.uncertainty import RULES, Samplings
from tests.recording.builder import S, recording, scenario

UNFINISHED, COMPLETED, DIVERGENCE, INSUFFICIENT, TIMED_OUT, FAILED = range(6)
TASKS = (
    # outcome, submitted, deadline, ended (s), right, needed, backers
    (COMPLETED, 9, NEVER, 50, 0, 1, 0),  # before the window
    (COMPLETED, 10, 60, 70, 1, 2, 2),  # late
    (COMPLETED, 100, NEVER, 130, 0, 3, 2),  # wrong and unearned
    (COMPLETED, 60, 80, 80, 1, 1, 1),
    (TIMED_OUT, 20, 50, 58, 0, 1, 0),
    (TIMED_OUT, 25, 30, 34, 0, 1, 0),
    (UNFINISHED, 30, 199, NEVER, 0, 1, 0),  # overdue since 1 s
    (UNFINISHED, 40, 200, NEVER, 0, 1, 0),
    (UNFINISHED, 50, NEVER, NEVER, 0, 1, 0),
    (DIVERGENCE, 11, NEVER, 12, 0, 1, 0),
    *[(INSUFFICIENT, 11, NEVER, 12, 0, 1, 0)] * 4,
    *[(FAILED, 11, NEVER, 12, 0, 1, 0)] * 5,
    (COMPLETED, 101, NEVER, 130, 0, 1, 0),  # after the window
)
RUNS = (
    # task, outcome, waited (µs), checkpoints, refused, standing (s), crashes
    (0, BECAME.index("lost"), 7, 50, 60, 70, 80),
    (1, BECAME.index("completed"), 0, 2, 1, 1.5, 4),
    (2, BECAME.index("stopped"), 3 * S, 1, 2, 1, 5),
    (4, BECAME.index("lost"), 1, 0, 0, 0, 0),
    (4, BECAME.index("lost"), 0, 0, 0, 0, 0),
    *[(9, BECAME.index("migrated"), 0, 0, 0, 0, 0)] * 3,
)


def tables() -> dict[str, Any]:
    tasks: dict[str, Any] = dict(
        zip(("outcome", "submitted", "deadline", "ended", "right", "needed", "backers"), np.array(TASKS).T, strict=True)
    )
    for name in ("submitted", "deadline", "ended"):
        tasks[name] = np.where(tasks[name] == NEVER, NEVER, tasks[name] * S)
    tasks["gateway"] = np.zeros(len(TASKS), np.int64)
    ones = np.ones(len(TASKS), np.int64)
    for factor, name in enumerate(
        ("double_votes", "late_results", *(f"checkpoints_{each}" for each in CHECKPOINTS)), 1
    ):
        tasks[name] = factor * ones
    columns = np.array(RUNS).T
    names = ("task", "outcome", "waited", "checkpoints", "refused", "standing", "crashes")
    runs = {name: column.astype(np.int64) for name, column in zip(names, columns, strict=True)}
    runs["standing"] = (columns[5] * S).astype(np.int64)
    return {"tasks": tasks, "executions": runs, "window_start": 10 * S, "window_end": 100 * S, "horizon": 200 * S}


def found(**more: Any) -> dict[str, Any]:
    return figures(recording(**more), Samplings(scenario(), 10 * S, 100 * S))


def test_the_figures_of_the_tasks_that_were_submitted_in_the_window() -> None:
    """Of 20 tasks, 18 were submitted in the window, which includes its bounds; 15 of them have ended."""
    every = found(**tables())
    time, latency, wait = every.pop("time"), every.pop("detection_latency"), every.pop("wait")
    assert every == {
        "submitted": 18, "unfinished": 3, "completed": 3, "divergence": 1, "insufficient": 4, "timed_out": 2,
        "failed": 5, "late": 1, "right": 2, "wrong": 1, "double_votes": 18, "unearned": 1, "late_results": 36,
        "success_rate": 2 / 15, "wrong_rate": 1 / 15, "executions": 7, "stopped": 1, "lost": 2, "migrated": 3,
        "waited": 2, "checkpoints": 3, "refused_checkpoints": 3, "checkpoint_s": 2.5, "checkpoints_agreed": 54,
        "checkpoints_divergent": 72, "checkpoints_insufficient": 90, "checkpoints_wrong": 108, "crashes": 9,
    }  # fmt: skip
    assert (time["count"], time["min"], time["max"], time["censored"]) == (3, 20, 60, 3)
    assert time["restricted_mean"]["horizon_s"] == 170
    assert (latency["count"], latency["mean"], latency["censored"]) == (2, 6, 1)
    assert latency["restricted_mean"] == {"value": 6, "horizon_s": 8}
    assert latency["ci95_why"] == "fewer than 10 gateways (1)"
    assert (wait["count"], wait["max"], wait["mean"]) == (7, 3, 3_000_001 / 7 / S)
    for name, section in (("time", time), ("wait", wait)):
        assert section["ci95_why"] == RULES[f"tasks.{name}"][0].assumption


def test_without_a_task_checker_no_deadline_is_overdue() -> None:
    assert found(**tables(), checker=None)["detection_latency"]["censored"] == 0


def test_without_submissions_and_without_ended_tasks_figures_are_unknown() -> None:
    every = found()
    assert every == {
        **dict.fromkeys(found(**tables())), "time": nothing(), "detection_latency": nothing(), "wait": EMPTY,
    }  # fmt: skip
    assert {*COUNTS, *DISTRIBUTIONS, "success_rate", "wrong_rate", "checkpoint_s", "wait"} == set(every)
    before = found(**{**tables(), "window_end": 5 * S, "window_start": 0})
    assert (before["submitted"], before["success_rate"], before["wrong_rate"]) == (0, None, None)
