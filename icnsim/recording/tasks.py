"""Submitted tasks: their figures, and the figures of the executors' runs of them.

`Recording.tasks` has a row per task in the order of submission: `gateway`, `executors`, `needed`, `submitted`,
`deadline`, `run_time`, `ended` (µs, -1 if missing), `outcome` (an index into `OUTCOMES`), `right` (1 with a consensus
on the right digest), `votes`, `double_votes`, `backers`, `late_results`, and the numbers of checkpoints
`checkpoints_agreed`, `checkpoints_divergent`, `checkpoints_insufficient` (too few results) and `checkpoints_wrong`
(agreed with a wrong hash). `Recording.executions` has a row per run of a task that an executor began: `task`,
`executor`, `began`, `ended`, `outcome` (an index into `BECAME`), `work` (µs), `state_bytes`, `checkpoints` (stored),
`refused`, `standing` (µs), `crashes`, `work_lost` (µs), `waited` (from the executor's taking the task to its beginning,
µs).
"""

from typing import Any, Final

from icnsim.recording.censoring import describe_open, nothing
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.distribution import EMPTY, describe
from icnsim.recording.uncertainty import Samplings, Unit

OUTCOMES: Final = ("unfinished", "completed", "divergence", "insufficient", "timed_out", "failed")
"""The outcomes of a task: no decision yet, its quorum agreed, disagreed or lacked results, a deadline, a crash."""
UNFINISHED, COMPLETED, _, _, TIMED_OUT, _ = range(len(OUTCOMES))

BECAME: Final = ("unfinished", "completed", "stopped", "lost", "migrated")
"""The outcomes of an executor's run of a task: it ended, it was stopped at the deadline, it was lost in a crash, or its
actor migrated to another executor, which has a run of its own."""

CHECKPOINTS: Final = ("agreed", "divergent", "insufficient", "wrong")
COUNTS: Final = (
    "submitted", *OUTCOMES[1:], OUTCOMES[0], "late", "right", "wrong", "double_votes", "unearned", "late_results",
    "executions", "stopped", "lost", "migrated", "waited", "checkpoints", "refused_checkpoints", "crashes",
    *(f"checkpoints_{name}" for name in CHECKPOINTS),
)  # fmt: skip
DISTRIBUTIONS: Final = ("time", "detection_latency")


def figures(recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """The figures of the tasks that were submitted in the window; null without submissions."""
    tasks, executions = recording.tasks, recording.executions
    if tasks is None or executions is None:
        return {
            **dict.fromkeys((*COUNTS, "success_rate", "wrong_rate", "checkpoint_s")),
            **{name: nothing() for name in DISTRIBUTIONS},
            "wait": dict(EMPTY),
        }
    inside = (tasks["submitted"] >= recording.window_start) & (tasks["submitted"] <= recording.window_end)
    runs = {name: column[inside[executions["task"]]] for name, column in executions.items()}
    t = {name: column[inside] for name, column in tasks.items()}
    completed, timed_out = t["outcome"] == COMPLETED, t["outcome"] == TIMED_OUT
    waits = t["outcome"] == UNFINISHED
    overdue = waits & (t["deadline"] != NEVER) & (t["deadline"] < recording.horizon)
    if recording.checker is None:
        overdue[:] = False  # nothing detects a missed deadline
    by_outcome = {name: int((t["outcome"] == code).sum()) for code, name in enumerate(OUTCOMES)}
    ended = len(t["outcome"]) - by_outcome["unfinished"]
    wrong = int((completed & (t["right"] == 0)).sum())
    return {
        "submitted": len(t["outcome"]),
        **by_outcome,
        "late": int((completed & (t["deadline"] != NEVER) & (t["ended"] > t["deadline"])).sum()),
        "right": by_outcome["completed"] - wrong,
        "wrong": wrong,
        "double_votes": int(t["double_votes"].sum()),
        "unearned": int((completed & (t["backers"] < t["needed"])).sum()),
        "late_results": int(t["late_results"].sum()),
        "success_rate": (by_outcome["completed"] - wrong) / ended if ended else None,
        "wrong_rate": wrong / ended if ended else None,
        "time": describe_open(
            (t["ended"] - t["submitted"])[completed],
            recording.horizon - t["submitted"][waits],
            samplings.of("tasks.time"),
        ),
        "detection_latency": describe_open(
            (t["ended"] - t["deadline"])[timed_out],
            recording.horizon - t["deadline"][overdue],
            samplings.of("tasks.detection_latency", {Unit.GATEWAY: t["gateway"]}, timed_out),
        ),
        "executions": len(runs["task"]),
        **{name: int((runs["outcome"] == BECAME.index(name)).sum()) for name in ("stopped", "lost", "migrated")},
        "waited": int((runs["waited"] > 0).sum()),
        "wait": describe(runs["waited"], sampling=samplings.of("tasks.wait")),
        "checkpoints": int(runs["checkpoints"].sum()),
        "refused_checkpoints": int(runs["refused"].sum()),
        "checkpoint_s": int(runs["standing"].sum()) / 1e6,
        **{f"checkpoints_{name}": int(t[f"checkpoints_{name}"].sum()) for name in CHECKPOINTS},
        "crashes": int(runs["crashes"].sum()),
    }
