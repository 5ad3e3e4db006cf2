"""The result tables: each column declared once, with its type, its unit and its meaning.

The writer, the documentation and the tests read these declarations (SPEC section 5).
Times are float64 seconds of virtual time in columns that end in `_s`; missing is null.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """What a column holds. A `NAME` is a text with few different values, dictionary-encoded; a `TEXT` is any other."""

    SECONDS = "seconds"
    INTEGER = "integer"
    FLOAT = "number"
    BOOLEAN = "boolean"
    NAME = "name"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """A column: its name, type and meaning; `nullable` where it can be missing."""

    name: str
    type: Type
    meaning: str
    nullable: bool = False


def _times(*pairs: tuple[str, str]) -> tuple[ColumnOf, ...]:
    return tuple(ColumnOf(name, Type.SECONDS, meaning, nullable=True) for name, meaning in pairs)


ATTEMPTS: Final = (
    ColumnOf("attempt_id", Type.INTEGER, "number of the attempt, from 0"),
    ColumnOf("migration_id", Type.INTEGER, "number of the arrival that it belongs to, from 0"),
    ColumnOf("attempt", Type.INTEGER, "counts from 1 within its migration"),
    ColumnOf("actor", Type.NAME, "what migrates"),
    ColumnOf("source", Type.NAME, "executor where it lived"),
    ColumnOf("target", Type.NAME, "executor that was asked"),
    ColumnOf("state_bytes", Type.INTEGER, "size of its state"),
    *_times(
        ("requested_at_s", "the source sent Request"),
        ("admitted_at_s", "the target sent Accept; its own record is restoring from then on"),
        ("accepted_at_s", "Accept arrived; the actor is paused"),
        ("checkpointed_at_s", "the final checkpoint was made and sent"),
        ("transferred_at_s", "it arrived at the target"),
        ("restored_at_s", "the actor ran at the target"),
        ("completed_at_s", "Ack arrived at the source"),
        ("failed_at_s", "the source's record failed"),
        ("removed_at_s", "cleanup removed the source's record"),
        ("replaced_at_s", "a newer migration of the actor took the place of the source's record"),
    ),
    ColumnOf("outcome", Type.NAME, "completed, rejected, timed_out, failed or unfinished"),
    ColumnOf("reason", Type.NAME, "of a failure", nullable=True),
    ColumnOf("timed_out_in", Type.NAME, "the state in which it timed out", nullable=True),
    *_times(
        ("deadline_s", "entry of that state + the timeout that held when it timed out"),
        ("detection_latency_s", "failed_at_s - deadline_s; negative where the executor's clock was ahead"),
        ("detection_total_s", "failed_at_s - entry of the state"),
    ),
    ColumnOf("false_positive", Type.BOOLEAN, "timed out though the target was up, reachable and willing"),
    ColumnOf("late_reply", Type.BOOLEAN, "an answer arrived after the attempt had timed out"),
    *_times(
        ("duration_s", "requested to completed"),
        ("downtime_s", "the actor ran nowhere"),
        ("duplicate_run_s", "the actor ran twice"),
    ),
)

MIGRATIONS: Final = (
    ColumnOf("migration_id", Type.INTEGER, "number of the arrival, from 0"),
    ColumnOf("actor", Type.NAME, "what migrates"),
    ColumnOf("source", Type.NAME, "executor where it lived"),
    ColumnOf("final_target", Type.NAME, "target of the last attempt; null if a quorum let none begin", nullable=True),
    *_times(
        ("started_at_s", "the first Request was sent, or with a quorum its ballots"),
        ("ended_at_s", "the last attempt completed or failed, or the quorum had decided against it"),
    ),
    ColumnOf("attempts", Type.INTEGER, "how many there were; 0 where a quorum let none begin"),
    ColumnOf("outcome", Type.NAME, "of the last attempt; failed where a quorum let none begin, see decisions"),
    *_times(("downtime_s", "the actor ran nowhere"), ("duplicate_run_s", "the actor ran twice")),
    ColumnOf("messages_queued", Type.INTEGER, "messages to the actor that waited because of it"),
)

MANAGER: Final = (
    ColumnOf("executor", Type.NAME, "whose tick it is"),
    ColumnOf("at_s", Type.SECONDS, "when"),
    ColumnOf("active", Type.INTEGER, "active records that detection scanned"),
    ColumnOf("records", Type.INTEGER, "records held when the tick began"),
    ColumnOf("timed_out", Type.INTEGER, "records that detection failed"),
    ColumnOf("removed", Type.INTEGER, "records that cleanup removed"),
    ColumnOf("detect_cost_s", Type.SECONDS, "cost of detection"),
    ColumnOf("cleanup_cost_s", Type.SECONDS, "cost of cleanup"),
    ColumnOf("cycle_cost_s", Type.SECONDS, "cost of the whole tick"),
    ColumnOf("memory_bytes", Type.INTEGER, "memory of the records held when the tick began"),
)

STATES: Final = ("requesting", "checkpointing", "transferring", "restoring", "complete", "failed")

TIMELINE: Final = (
    ColumnOf("at_s", Type.SECONDS, "when"),
    *(ColumnOf(state, Type.INTEGER, f"records in the state {state}") for state in STATES),
    ColumnOf("active", Type.INTEGER, "records in an active state"),
    ColumnOf("records", Type.INTEGER, "records held"),
    ColumnOf("memory_bytes", Type.INTEGER, "memory of the records"),
    ColumnOf("running", Type.INTEGER, "copies of actors that run; where tasks are submitted, runs of tasks"),
    ColumnOf("paused", Type.INTEGER, "actors that run nowhere"),
    ColumnOf("in_flight", Type.INTEGER, "messages under way"),
)

MESSAGES: Final = (
    ColumnOf("message_id", Type.INTEGER, "number of the message, from 0, in order of sending time, attempt and kind"),
    ColumnOf(
        "kind",
        Type.NAME,
        "request, accept, reject, complete, ack, cancel, cancelled, ballot, result, task or checkpoint",
    ),
    ColumnOf("attempt_id", Type.INTEGER, "the attempt that it belongs to; null where none began", nullable=True),
    ColumnOf("task_id", Type.INTEGER, "the submitted task that it belongs to; null of migrations", nullable=True),
    ColumnOf("sender", Type.NAME, "executor that sent it"),
    ColumnOf("receiver", Type.NAME, "executor that it is for"),
    *_times(("sent_at_s", "when it was sent"), ("delivered_at_s", "when it arrived; null if lost or under way")),
    ColumnOf("state_bytes", Type.INTEGER, "state that it carried"),
)

VIOLATIONS: Final = (
    ColumnOf("invariant", Type.NAME, "I1 to I8 or consensus, see docs/hazards.md"),
    ColumnOf("at_s", Type.SECONDS, "when it was violated"),
    ColumnOf("actor", Type.NAME, "whose"),
    ColumnOf("executor", Type.NAME, "where it was seen", nullable=True),
    ColumnOf("attempt_id", Type.INTEGER, "the attempt that it belongs to", nullable=True),
    ColumnOf("hazards", Type.NAME, "numbers of the hazards that had just happened to the actor"),
    ColumnOf("evidence", Type.TEXT, "what was seen"),
    ColumnOf(
        "events",
        Type.TEXT,
        "the actor's events that led to it, a line each, since its migration, or a hazard before, began",
    ),
)

RECOVERIES: Final = (
    ColumnOf("actor", Type.NAME, "that lived there, or the task that ran there"),
    ColumnOf("executor", Type.NAME, "that crashed"),
    ColumnOf("crashed_at_s", Type.SECONDS, "when"),
    ColumnOf("restarted_at_s", Type.SECONDS, "when the actor ran there again; null if never", nullable=True),
    ColumnOf("checkpoint_sequence", Type.INTEGER, "the checkpoint that it restarts from; 0 if none is left"),
    ColumnOf(
        "work_lost_s",
        Type.SECONDS,
        "run time since that checkpoint; where none is left, since the newest that another executor has at the end, "
        "all where none has one; unless a copy ran elsewhere",
    ),
    ColumnOf("messages_lost", Type.INTEGER, "messages handled since, or waiting there"),
)

ACTORS: Final = (
    ColumnOf("actor", Type.NAME, "which"),
    ColumnOf("home", Type.NAME, "executor where it ran at the start"),
    ColumnOf("executor", Type.NAME, "executor where it runs at the end; null if nowhere", nullable=True),
    ColumnOf("copies", Type.INTEGER, "copies of it that run at the end"),
    ColumnOf("migrations", Type.INTEGER, "of it that had an attempt"),
    ColumnOf("attempts", Type.INTEGER, "of all of them"),
    ColumnOf("completed", Type.INTEGER, "attempts that completed"),
    ColumnOf("downtime_s", Type.SECONDS, "it ran nowhere, because of migrations or crashes"),
    ColumnOf("duplicate_run_s", Type.SECONDS, "two or more copies of it ran"),
    ColumnOf("crashes", Type.INTEGER, "of executors where it lived"),
    ColumnOf("work_lost_s", Type.SECONDS, "run time that these crashes have undone"),
    ColumnOf("messages_delivered", Type.INTEGER, "messages to it that it has handled"),
    ColumnOf("messages_queued", Type.INTEGER, "messages to it that had to wait"),
    ColumnOf("messages_lost", Type.INTEGER, "messages to it that were lost, or undone by a crash"),
)

DECISIONS: Final = (
    ColumnOf("migration_id", Type.INTEGER, "number of the arrival that a quorum was asked about, from 0"),
    ColumnOf("executors", Type.INTEGER, "how many were asked"),
    ColumnOf("needed", Type.INTEGER, "how many had to agree"),
    ColumnOf("asked_at_s", Type.SECONDS, "when they were asked"),
    ColumnOf("decided_at_s", Type.SECONDS, "when enough agreed, or could not any more; null if never", nullable=True),
    ColumnOf("outcome", Type.NAME, "consensus, divergence, insufficient or unfinished"),
    ColumnOf("right", Type.BOOLEAN, "the digest agreed on is the right one, and the migration begins; null without",
             nullable=True),
    ColumnOf("votes", Type.INTEGER, "results that counted"),
    ColumnOf("double_votes", Type.INTEGER, "second results of an executor, whether or not they counted"),
    ColumnOf("backers", Type.INTEGER, "executors whose first result is the digest agreed on"),
)  # fmt: skip

MEMORIES: Final = (
    ColumnOf("attempt_id", Type.INTEGER, "the attempt, of an actor in WASM whose final checkpoint was made"),
    ColumnOf("pages", Type.INTEGER, "of its memory, 64 KiB each"),
    ColumnOf("rounds", Type.INTEGER, "in which they were copied while it ran at the source"),
    ColumnOf("live_pages", Type.INTEGER, "that were copied in them"),
    ColumnOf("live_copy_s", Type.SECONDS, "how long that took"),
    ColumnOf("final_pages", Type.INTEGER, "that were copied while it was paused"),
    ColumnOf("post_pages", Type.INTEGER, "that were copied while it ran at the target"),
    ColumnOf("post_copy_s", Type.SECONDS, "how long that takes"),
    ColumnOf("bytes_sent", Type.INTEGER, "of all of these pages"),
    *_times(
        ("downtime_s", "the actor ran nowhere"),
        ("total_s", "from Accept until it ran at the target with all of its pages; null where it did not"),
    ),
)

TASKS: Final = (
    ColumnOf("task_id", Type.INTEGER, "number of the submission, from 0"),
    ColumnOf("id", Type.TEXT, "the submitter's name for it"),
    ColumnOf("mode", Type.NAME, "ephemeral, stateful or wasm_stateful"),
    ColumnOf("gateway", Type.NAME, "executor that it was submitted to"),
    ColumnOf("executors", Type.INTEGER, "how many were to run it"),
    ColumnOf("needed", Type.INTEGER, "how many results had to agree"),
    ColumnOf("run_time_s", Type.SECONDS, "the work that it is: its run time on an executor that is not slow"),
    ColumnOf("submitted_at_s", Type.SECONDS, "when"),
    *_times(
        ("deadline_s", "its deadline; null without one"),
        ("ended_at_s", "when enough results agreed, or could not any more, or it was given up"),
        ("detection_latency_s", "ended_at_s - deadline_s if it timed out; negative if the gateway's clock was ahead"),
    ),
    ColumnOf("outcome", Type.NAME, "completed, divergence, insufficient, timed_out, failed (its gateway crashed) or "
             "unfinished"),
    ColumnOf("right", Type.BOOLEAN, "the result agreed on is the right one; null without", nullable=True),
    ColumnOf("votes", Type.INTEGER, "results that counted"),
    ColumnOf("double_votes", Type.INTEGER, "second results of an executor, whether or not they counted"),
    ColumnOf("backers", Type.INTEGER, "executors whose first result is the one agreed on"),
    ColumnOf("late_results", Type.INTEGER, "results that came when all was decided"),
    ColumnOf("checkpoints_agreed", Type.INTEGER, "checkpoints whose hash a quorum agreed on"),
    ColumnOf("checkpoints_divergent", Type.INTEGER, "those on which it could not agree"),
    ColumnOf("checkpoints_insufficient", Type.INTEGER, "those of which it heard too little"),
    ColumnOf("checkpoints_wrong", Type.INTEGER, "of those agreed on, with a wrong hash"),
    ColumnOf("unknown_fields", Type.TEXT, "the body's fields that nothing reads, as JSON; null without", nullable=True),
)  # fmt: skip

EXECUTIONS: Final = (
    ColumnOf("task_id", Type.INTEGER, "the task"),
    ColumnOf("executor", Type.NAME, "that ran it"),
    ColumnOf("began_at_s", Type.SECONDS, "when"),
    *_times(("ended_at_s", "when; null if it did not")),
    ColumnOf("outcome", Type.NAME, "completed, stopped (at its deadline), lost (in a crash) or unfinished"),
    ColumnOf("work_s", Type.SECONDS, "work that was done, in the run time of an executor that is not slow"),
    ColumnOf("state_bytes", Type.INTEGER, "size of its state in the end"),
    ColumnOf("checkpoints", Type.INTEGER, "that were stored"),
    ColumnOf("refused", Type.INTEGER, "that were not made, for the state was above the task's maximum"),
    ColumnOf("checkpoint_s", Type.SECONDS, "for how long it stood still for those that it made"),
    ColumnOf("crashes", Type.INTEGER, "of its executor while it ran there"),
    ColumnOf("work_lost_s", Type.SECONDS, "work that these have undone"),
)

PLACEMENTS: Final = (
    ColumnOf("at_s", Type.SECONDS, "when an executor decided that an actor is to go, or where to"),
    ColumnOf("attempt_id", Type.INTEGER, "the attempt that began; null where none did", nullable=True),
    ColumnOf("actor", Type.NAME, "that is to go"),
    ColumnOf("executor", Type.NAME, "where it lived, which decided"),
    ColumnOf("target", Type.NAME, "where it is to go"),
    ColumnOf("reason", Type.NAME, "LoadBalancing or LocalityOptimization"),
    ColumnOf("score", Type.FLOAT, "the target's; of locality-first, by how much the locality is better"),
    ColumnOf("own_load", Type.FLOAT, "of the executor that decided"),
    ColumnOf("believed_load", Type.FLOAT, "of the target, by its newest report that had arrived"),
    ColumnOf("true_load", Type.FLOAT, "of the target, at that moment"),
    ColumnOf("staleness_s", Type.SECONDS, "how old that report was"),
    ColumnOf("mean_staleness_s", Type.SECONDS, "how old the reports of all candidates were, in the mean"),
)

TABLES: Final = {
    "attempts": ATTEMPTS,
    "migrations": MIGRATIONS,
    "manager": MANAGER,
    "timeline": TIMELINE,
    "messages": MESSAGES,
    "violations": VIOLATIONS,
    "recoveries": RECOVERIES,
    "actors": ACTORS,
    "decisions": DECISIONS,
    "policy": PLACEMENTS,
    "wasm": MEMORIES,
    "tasks": TASKS,
    "executions": EXECUTIONS,
}
