"""The result tables: each column is declared once, with its type, its unit and its meaning.

The writer, the documentation and the tests read these declarations (SPEC section 5). Columns whose names end in `_s`
hold float64 seconds of virtual time. A missing value is null.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """The type of a column. A `NAME` is a dictionary-encoded text with few different values, a `TEXT` any other."""

    SECONDS = "seconds"
    INTEGER = "integer"
    FLOAT = "number"
    BOOLEAN = "boolean"
    NAME = "name"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """A column: its name, its type and its meaning; `nullable` if values can be missing."""

    name: str
    type: Type
    meaning: str
    nullable: bool = False

    @property
    def unit(self) -> str:
        """The unit of the values: s, B, or "" for plain numbers, names and texts."""
        if self.type is Type.SECONDS:
            return "s"
        return "B" if self.name.endswith("_bytes") else ""


def _times(*pairs: tuple[str, str]) -> tuple[ColumnOf, ...]:
    return tuple(ColumnOf(name, Type.SECONDS, meaning, nullable=True) for name, meaning in pairs)


ATTEMPTS: Final = (
    ColumnOf("attempt_id", Type.INTEGER, "number of the attempt, from 0"),
    ColumnOf("migration_id", Type.INTEGER, "number of its arrival, from 0"),
    ColumnOf("attempt", Type.INTEGER, "counts from 1 within its migration"),
    ColumnOf("actor", Type.NAME, "the actor that migrates"),
    ColumnOf("source", Type.NAME, "executor from which the actor migrates"),
    ColumnOf("target", Type.NAME, "executor that received the Request"),
    ColumnOf("state_bytes", Type.INTEGER, "size of the actor's state"),
    *_times(
        ("requested_at_s", "the source sent Request"),
        ("admitted_at_s", "the target sent Accept; its own record is restoring from then on"),
        ("accepted_at_s", "Accept arrived; the actor is paused"),
        ("checkpointed_at_s", "the final checkpoint was made and sent"),
        ("transferred_at_s", "the final checkpoint arrived at the target"),
        ("restored_at_s", "the actor ran at the target"),
        ("completed_at_s", "Ack arrived at the source"),
        ("failed_at_s", "the source's record failed"),
        ("removed_at_s", "cleanup removed the source's record"),
        ("replaced_at_s", "a newer migration of the actor replaced the source's record"),
    ),
    ColumnOf("outcome", Type.NAME, "completed, rejected, timed_out, failed or unfinished"),
    ColumnOf("reason", Type.NAME, "reason of a failure", nullable=True),
    ColumnOf("timed_out_in", Type.NAME, "state in which the attempt timed out", nullable=True),
    *_times(
        ("deadline_s", "entry of that state + the timeout in force when it timed out"),
        ("detection_latency_s", "failed_at_s - deadline_s; negative if the executor's clock was ahead"),
        ("detection_total_s", "failed_at_s - entry of the state"),
    ),
    ColumnOf("false_positive", Type.BOOLEAN, "timed out although the target was up, reachable and willing"),
    ColumnOf("late_reply", Type.BOOLEAN, "an answer arrived after the attempt had timed out"),
    *_times(
        ("duration_s", "requested to completed"),
        ("downtime_s", "the actor ran nowhere"),
        ("duplicate_run_s", "the actor ran twice"),
    ),
)

MIGRATIONS: Final = (
    ColumnOf("migration_id", Type.INTEGER, "number of the arrival, from 0"),
    ColumnOf("actor", Type.NAME, "the actor that migrates"),
    ColumnOf("source", Type.NAME, "executor from which the actor migrates"),
    ColumnOf(
        "final_target", Type.NAME, "target of the last attempt; null if a quorum prevented the migration", nullable=True
    ),
    *_times(
        ("started_at_s", "the first Request was sent, or with a quorum its ballots"),
        ("ended_at_s", "the last attempt completed or failed, or the quorum had decided against it"),
    ),
    ColumnOf("attempts", Type.INTEGER, "number of attempts; 0 if a quorum prevented the migration"),
    ColumnOf(
        "outcome", Type.NAME, "outcome of the last attempt; failed if a quorum prevented the migration, see decisions"
    ),
    *_times(("downtime_s", "the actor ran nowhere"), ("duplicate_run_s", "the actor ran twice")),
    ColumnOf("messages_queued", Type.INTEGER, "messages to the actor that waited because of the migration"),
)

MANAGER: Final = (
    ColumnOf("executor", Type.NAME, "executor of the tick"),
    ColumnOf("at_s", Type.SECONDS, "time"),
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
    ColumnOf("at_s", Type.SECONDS, "time"),
    *(ColumnOf(state, Type.INTEGER, f"records in the state {state}") for state in STATES),
    ColumnOf("active", Type.INTEGER, "records in an active state"),
    ColumnOf("records", Type.INTEGER, "records held"),
    ColumnOf("memory_bytes", Type.INTEGER, "memory of the records"),
    ColumnOf("running", Type.INTEGER, "copies of actors that run; where tasks are submitted, runs of tasks"),
    ColumnOf("paused", Type.INTEGER, "actors that run nowhere"),
    ColumnOf("in_flight", Type.INTEGER, "messages in flight"),
)

MESSAGES: Final = (
    ColumnOf("message_id", Type.INTEGER, "number of the message, from 0, in order of sending time, attempt and kind"),
    ColumnOf(
        "kind",
        Type.NAME,
        "request, accept, reject, complete, ack, cancel, cancelled, ballot, result, task, checkpoint, "
        "checkpoint_ballot or checkpoint_result",
    ),
    ColumnOf("attempt_id", Type.INTEGER, "attempt of the message; null if it has no attempt", nullable=True),
    ColumnOf("task_id", Type.INTEGER, "submitted task of the message; null for a migration", nullable=True),
    ColumnOf("sender", Type.NAME, "executor that sent it"),
    ColumnOf("receiver", Type.NAME, "executor to which it was sent"),
    *_times(
        ("sent_at_s", "the message was sent"),
        ("delivered_at_s", "the message arrived; null if it was lost or is in flight"),
    ),
    ColumnOf("state_bytes", Type.INTEGER, "size of the state that it carried"),
)

VIOLATIONS: Final = (
    ColumnOf("invariant", Type.NAME, "I1 to I8 or consensus, see docs/hazards.md"),
    ColumnOf("at_s", Type.SECONDS, "time of the violation"),
    ColumnOf("actor", Type.NAME, "actor of the violation"),
    ColumnOf("executor", Type.NAME, "executor of the observation", nullable=True),
    ColumnOf("attempt_id", Type.INTEGER, "attempt of the violation", nullable=True),
    ColumnOf("hazards", Type.NAME, "numbers of the hazards that had just happened to the actor"),
    ColumnOf("evidence", Type.TEXT, "the observation"),
    ColumnOf(
        "events",
        Type.TEXT,
        "the actor's events since its migration, or an earlier hazard, began; one line per event",
    ),
)

RECOVERIES: Final = (
    ColumnOf("actor", Type.NAME, "actor, or task, that ran on the executor"),
    ColumnOf("executor", Type.NAME, "executor that crashed"),
    ColumnOf("crashed_at_s", Type.SECONDS, "time of the crash"),
    ColumnOf("restarted_at_s", Type.SECONDS, "time at which the actor ran there again; null if never", nullable=True),
    ColumnOf("checkpoint_sequence", Type.INTEGER, "checkpoint from which it restarts; 0 if none is left"),
    ColumnOf(
        "work_lost_s",
        Type.SECONDS,
        "run time since that checkpoint; if no checkpoint is left and no copy ran elsewhere, since the newest one that "
        "another executor has at the end, or else all",
    ),
    ColumnOf("messages_lost", Type.INTEGER, "messages handled since that checkpoint, and messages that waited there"),
)

ACTORS: Final = (
    ColumnOf("actor", Type.NAME, "the actor"),
    ColumnOf("home", Type.NAME, "executor where it ran at the start"),
    ColumnOf("executor", Type.NAME, "executor where it runs at the end; null if nowhere", nullable=True),
    ColumnOf("copies", Type.INTEGER, "copies of the actor that run at the end"),
    ColumnOf("migrations", Type.INTEGER, "its migrations that had an attempt"),
    ColumnOf("attempts", Type.INTEGER, "attempts of all its migrations"),
    ColumnOf("completed", Type.INTEGER, "attempts that completed"),
    ColumnOf("downtime_s", Type.SECONDS, "time that it ran nowhere, because of migrations or crashes"),
    ColumnOf("duplicate_run_s", Type.SECONDS, "time that two or more copies of the actor ran"),
    ColumnOf("crashes", Type.INTEGER, "crashes of executors where it ran"),
    ColumnOf("work_lost_s", Type.SECONDS, "run time that these crashes undid"),
    ColumnOf("messages_delivered", Type.INTEGER, "messages to it that it has handled"),
    ColumnOf("messages_queued", Type.INTEGER, "messages to it that had to wait"),
    ColumnOf("messages_lost", Type.INTEGER, "messages to it that were lost, or undone by a crash"),
)

DECISIONS: Final = (
    ColumnOf("migration_id", Type.INTEGER, "number of the arrival that was put to a quorum, from 0"),
    ColumnOf("executors", Type.INTEGER, "executors that were asked"),
    ColumnOf("needed", Type.INTEGER, "executors that had to agree"),
    ColumnOf("asked_at_s", Type.SECONDS, "time at which they were asked"),
    ColumnOf("decided_at_s", Type.SECONDS, "time at which enough agreed or no longer could; null if never",
             nullable=True),
    ColumnOf("outcome", Type.NAME, "consensus, divergence, insufficient or unfinished"),
    ColumnOf("right", Type.BOOLEAN, "the agreed digest is right, and the migration begins; null without",
             nullable=True),
    ColumnOf("votes", Type.INTEGER, "results that counted"),
    ColumnOf("double_votes", Type.INTEGER, "second results of an executor, whether or not they counted"),
    ColumnOf("backers", Type.INTEGER, "executors whose first result is the agreed digest"),
)  # fmt: skip

CHECKPOINT_VOTES: Final = (
    ColumnOf("attempt_id", Type.INTEGER, "attempt whose final checkpoint was put to a quorum"),
    *(
        replace(column, meaning="the agreed digest is right, and the checkpoint is sent if its attempt has not ended; "
                "null without")
        if column.name == "right" else column
        for column in DECISIONS[1:]
    ),
)  # fmt: skip

MEMORIES: Final = (
    ColumnOf("attempt_id", Type.INTEGER, "attempt of a WASM actor whose final checkpoint was made"),
    ColumnOf("pages", Type.INTEGER, "pages of its memory, 64 KiB each"),
    ColumnOf("rounds", Type.INTEGER, "rounds of copies while it ran at the source"),
    ColumnOf("live_pages", Type.INTEGER, "pages that were copied in these rounds"),
    ColumnOf("live_copy_s", Type.SECONDS, "duration of these rounds"),
    ColumnOf("final_pages", Type.INTEGER, "pages that were copied while it was paused"),
    ColumnOf("post_pages", Type.INTEGER, "pages that were copied while it ran at the target"),
    ColumnOf("post_copy_s", Type.SECONDS, "duration of these copies"),
    ColumnOf("bytes_sent", Type.INTEGER, "size of all these pages"),
    *_times(
        ("downtime_s", "the actor ran nowhere"),
        ("total_s", "from Accept until it ran at the target with all its pages; null if it did not"),
    ),
)

TASKS: Final = (
    ColumnOf("task_id", Type.INTEGER, "number of the submission, from 0"),
    ColumnOf("id", Type.TEXT, "name that the submitter gave it"),
    ColumnOf("mode", Type.NAME, "ephemeral, stateful or wasm_stateful"),
    ColumnOf("gateway", Type.NAME, "executor to which it was submitted"),
    ColumnOf("executors", Type.INTEGER, "executors that had to run it"),
    ColumnOf("needed", Type.INTEGER, "results that had to agree"),
    ColumnOf("run_time_s", Type.SECONDS, "its run time on an executor that is not slow"),
    ColumnOf("submitted_at_s", Type.SECONDS, "time of the submission"),
    *_times(
        ("deadline_s", "deadline of the task; null without a deadline"),
        ("ended_at_s", "enough results agreed, or no longer could, or the task was given up"),
        ("detection_latency_s", "ended_at_s - deadline_s if it timed out; negative if the gateway's clock was ahead"),
    ),
    ColumnOf("outcome", Type.NAME, "completed, divergence, insufficient, timed_out, failed (its gateway crashed) or "
             "unfinished"),
    ColumnOf("right", Type.BOOLEAN, "the agreed result is the right one; null without a consensus", nullable=True),
    ColumnOf("votes", Type.INTEGER, "results that counted"),
    ColumnOf("double_votes", Type.INTEGER, "second results of an executor, whether or not they counted"),
    ColumnOf("backers", Type.INTEGER, "executors whose first result is the agreed one"),
    ColumnOf("late_results", Type.INTEGER, "results that arrived after the decision"),
    ColumnOf("checkpoints_agreed", Type.INTEGER, "checkpoints whose hash a quorum agreed on"),
    ColumnOf("checkpoints_divergent", Type.INTEGER, "checkpoints on which it could not agree"),
    ColumnOf("checkpoints_insufficient", Type.INTEGER, "checkpoints with too few results"),
    ColumnOf("checkpoints_wrong", Type.INTEGER, "agreed checkpoints with a wrong hash"),
    ColumnOf("fuel_limit", Type.INTEGER, "fuel that a complete run uses"),
    ColumnOf("payment_rate", Type.INTEGER, "credits per 1000 units of fuel; 0 without payment"),
    ColumnOf("credits", Type.INTEGER, "credits that all its executors are paid"),
    ColumnOf("unknown_fields", Type.TEXT, "body fields that nothing reads, as JSON; null without", nullable=True),
)  # fmt: skip

EXECUTIONS: Final = (
    ColumnOf("task_id", Type.INTEGER, "the task"),
    ColumnOf("executor", Type.NAME, "executor that ran it"),
    ColumnOf("began_at_s", Type.SECONDS, "time at which the run began"),
    *_times(("ended_at_s", "the run ended; null if it did not")),
    ColumnOf(
        "outcome",
        Type.NAME,
        "completed, stopped (at its deadline), lost (in a crash), migrated (it goes on at "
        "another executor) or unfinished",
    ),
    ColumnOf("work_s", Type.SECONDS, "work done, as run time on an executor that is not slow"),
    ColumnOf("state_bytes", Type.INTEGER, "size of its state at the end"),
    ColumnOf("checkpoints", Type.INTEGER, "checkpoints that were stored"),
    ColumnOf("refused", Type.INTEGER, "checkpoints not made because the state exceeded the task's maximum"),
    ColumnOf("checkpoint_s", Type.SECONDS, "time for which its checkpoints stopped it"),
    ColumnOf("crashes", Type.INTEGER, "crashes of its executor during the run"),
    ColumnOf("work_lost_s", Type.SECONDS, "work that these crashes undid"),
    ColumnOf("waited_s", Type.SECONDS, "time for which it waited for one of the executor's slots before it began"),
    ColumnOf("fuel_used", Type.INTEGER, "fuel that its work has used, work that was done twice included"),
    ColumnOf("credits", Type.INTEGER, "credits that its executor is paid; 0 if the run did not complete"),
)

CREDITS: Final = (
    ColumnOf("attempt_id", Type.INTEGER, "attempt because of which its actor did not run"),
    ColumnOf("migration_id", Type.INTEGER, "its migration"),
    ColumnOf("fuel_missed", Type.FLOAT, "fuel that the actor would have used in its downtime"),
    ColumnOf("credits", Type.FLOAT, "payment for this fuel, which its executors miss"),
)

PLACEMENTS: Final = (
    ColumnOf("at_s", Type.SECONDS, "time of the decision on an actor's migration or its target"),
    ColumnOf("attempt_id", Type.INTEGER, "attempt that began; null if none did", nullable=True),
    ColumnOf("actor", Type.NAME, "actor that migrates"),
    ColumnOf("executor", Type.NAME, "executor of the actor, which decided"),
    ColumnOf("target", Type.NAME, "selected target"),
    ColumnOf("reason", Type.NAME, "LoadBalancing or LocalityOptimization"),
    ColumnOf("score", Type.FLOAT, "score of the target; with locality-first, the gain in locality"),
    ColumnOf("own_load", Type.FLOAT, "load of the executor that decided"),
    ColumnOf("believed_load", Type.FLOAT, "load of the target in its newest report that had arrived"),
    ColumnOf("true_load", Type.FLOAT, "load of the target at that time"),
    ColumnOf("staleness_s", Type.SECONDS, "age of that report"),
    ColumnOf("mean_staleness_s", Type.SECONDS, "mean age of the reports of all candidates"),
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
    "checkpoint_votes": CHECKPOINT_VOTES,
    "policy": PLACEMENTS,
    "wasm": MEMORIES,
    "tasks": TASKS,
    "executions": EXECUTIONS,
    "credits": CREDITS,
}
