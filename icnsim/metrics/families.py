"""The metrics: each is declared once, with its name, its type, its unit, its meaning and its buckets.

There are three sources of names. `SEED` has the design document's names as it wrote them, with durations in ms. `CODE`
has the names of the crate's exporter (PROTOCOL section 9). The other names follow Prometheus' rules: the prefix of the
crate, base units, `_total` for counters. `BOTH` pairs each name of the design document with the one that follows the
rules. The exporter, the documentation and the dashboard read these declarations.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

PREFIX: Final = "icn_compute_"
OUTCOMES: Final = ("completed", "rejected", "timed_out", "failed")
COST_BUCKETS: Final = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1)
"""Buckets of the cost of a tick, s: a tick that finds nothing costs 10 µs."""
WAIT_BUCKETS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 90.0, 120.0, 300.0, 600.0)
"""Buckets of the duration of a migration, of its detection, of a task or of a vote, s."""
SIZE_BUCKETS: Final = tuple(float(2**power) for power in range(10, 31, 2))
"""Buckets of the size of a checkpoint, bytes: 1 KiB to 1 GiB."""
MICROSECONDS_PER_SECOND, MICROSECONDS_PER_MILLISECOND, BYTES = 1e6, 1e3, 1.0


@dataclass(frozen=True, slots=True)
class Family:
    """One metric.

    Attributes
    ----------
    name : without the suffixes of its samples. unit : "" for none; the name ends in it.
    label : the label that distinguishes its series, "" for a single series. buckets : upper bounds, of a histogram.
    scale : the number of recorded units, µs or bytes, in the unit of a histogram.
    """

    name: str
    type: Literal["counter", "gauge", "histogram"]
    meaning: str
    unit: str = ""
    label: str = ""
    buckets: tuple[float, ...] = ()
    scale: float = MICROSECONDS_PER_SECOND

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of its samples, which queries use."""
        suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}[self.type]
        return tuple(f"{self.name}{suffix}" for suffix in suffixes)


def _counter(name: str, meaning: str, label: str = "") -> Family:
    return Family(f"{PREFIX}{name}", "counter", meaning, "", label)


def _gauge(name: str, meaning: str, unit: str = "") -> Family:
    return Family(f"{PREFIX}{name}", "gauge", meaning, unit)


def _seconds(name: str, meaning: str, buckets: tuple[float, ...]) -> Family:
    return Family(f"{PREFIX}{name}_seconds", "histogram", meaning, "seconds", "", buckets)


TIMED_OUT: Final = _counter("migrations_timed_out", "Migrations that ended because their last attempt timed out")
FAILED: Final = _counter("migrations_failed", "Migrations that were rejected, or failed for another reason")
RECORDS_TIMED_OUT: Final = _counter(
    "migration_records_timed_out", "Records of migrations that detection has failed, at sources and at targets"
)
CLEANED_UP: Final = _counter("migrations_cleaned_up", "Records of migrations that cleanup has removed")
STARTED: Final = _counter("migrations_started", "Attempts to migrate an actor that have begun, retries included")
RETRIES: Final = _counter("migrations_retries", "Attempts that were not the first of their migration")
ENDED: Final = _counter("migrations_ended", "Attempts that have ended, as their source saw it", "outcome")
ACTIVE: Final = _gauge("migrations_active", "Records of migrations in an active state, at sources and at targets")
RECORDS: Final = _gauge("migration_records", "Records of migrations that are held, active or ended")
SUCCESS: Final = _gauge(
    "migration_success_ratio",
    "Completed migrations over all that have ended: completed, failed or timed out; absent until one has",
    "ratio",
)
REPLACED: Final = _counter(
    "migrations_replaced", "Records of migrations that another record of their actor has replaced"
)
FORGOTTEN: Final = _counter("migrations_forgotten", "Records of migrations that crashes have lost")
COMPLETED: Final = _gauge(
    "migration_completed_ratio", "Completed migrations over all that have begun; absent until one has", "ratio"
)
CYCLE: Final = _seconds("manager_cycle_duration", "Cost of a tick of a migration manager", COST_BUCKETS)
DETECTION: Final = _seconds("manager_detection_duration", "Cost of a tick's detection of time-outs", COST_BUCKETS)
CLEANUP: Final = _seconds("manager_cleanup_duration", "Cost of a tick's cleanup of ended records", COST_BUCKETS)
DURATION: Final = _seconds("migration_duration", "From Request to Ack of attempts that completed", WAIT_BUCKETS)
LATENCY: Final = _seconds(
    "migration_detection_latency", "From the deadline of an attempt that timed out to its detection", WAIT_BUCKETS
)


def _as_written(same: Family) -> Family:
    return replace(same, name=same.name.removeprefix(PREFIX))


def _milliseconds(name: str, same: Family) -> Family:
    buckets = tuple(edge * 1000 for edge in same.buckets)
    return Family(name, "histogram", f"{same.meaning}, ms", "", "", buckets, MICROSECONDS_PER_MILLISECOND)


BOTH: Final[dict[Family, Family]] = {
    _as_written(TIMED_OUT): TIMED_OUT,
    _as_written(CLEANED_UP): CLEANED_UP,
    _as_written(ACTIVE): ACTIVE,
    _milliseconds("migration_manager_cycle_duration", CYCLE): CYCLE,
    _milliseconds("timeout_detection_duration", DETECTION): DETECTION,
    _milliseconds("cleanup_duration", CLEANUP): CLEANUP,
    replace(SUCCESS, name="migration_success_rate", unit=""): SUCCESS,
}  # fmt: skip
"""Each original name of the design document, with the metric of the same quantity that follows the rules."""
SEED: Final = tuple(BOTH)

TASKS_SUBMITTED: Final = _counter("tasks_submitted", "Tasks that were submitted")
TASKS_CLAIMED: Final = _counter("tasks_claimed", "Runs of tasks that executors have begun")
TASKS_COMPLETED: Final = _counter("tasks_completed", "Tasks on whose result enough executors agreed")
TASKS_FAILED: Final = _counter(
    "tasks_failed", "Tasks that failed: no agreement, too few results, or a crash of the gateway"
)
TASKS_TIMEOUT: Final = _counter("tasks_timeout", "Tasks that a task checker gave up at their deadlines")
TASKS_PENDING: Final = _gauge("tasks_pending", "Tasks without an outcome that no executor has begun")
TASKS_EXECUTING: Final = _gauge("tasks_executing", "Runs of tasks that have not ended")
TASK_DURATION: Final = _seconds(
    "task_duration", "From the beginning to the end of completed runs of tasks", WAIT_BUCKETS
)
QUORUM_CONSENSUS: Final = _counter(
    "quorum_consensus", "Quorums that agreed, on tasks, migrations and final checkpoints"
)
QUORUM_DIVERGENT: Final = _counter("quorum_divergent", "Quorums that could not agree")
QUORUM_TIMEOUT: Final = _counter("quorum_timeout", "Quorums with too few results in their window")
QUORUM_COLLECTION: Final = _seconds(
    "quorum_collection", "From the ballots, or the submission, to the decision", WAIT_BUCKETS
)
QUORUM_ACTIVE: Final = _gauge("quorum_active_verifications", "Quorums without a decision")
RUNNING: Final = _gauge(
    "actors_running", "Copies of actors, or runs of tasks, that run; at the newest instant of record.timeline"
)
MIGRATED: Final = _counter("actors_migrated", "Completed attempts; without a policy the reason is Policy", "reason")
CHECKPOINTS: Final = _counter("checkpoints_created", "Final checkpoints of migrations")
CHECKPOINT_SIZE: Final = Family(
    f"{PREFIX}checkpoint_size_bytes", "histogram", "Size of the state in these checkpoints", "bytes", "", SIZE_BUCKETS,
    BYTES,
)  # fmt: skip

CODE: Final = (
    TASKS_SUBMITTED, TASKS_CLAIMED, TASKS_COMPLETED, TASKS_FAILED, TASKS_TIMEOUT, TASKS_PENDING, TASKS_EXECUTING,
    TASK_DURATION, QUORUM_CONSENSUS, QUORUM_DIVERGENT, QUORUM_TIMEOUT, QUORUM_COLLECTION, QUORUM_ACTIVE, RUNNING,
    MIGRATED, CHECKPOINTS, CHECKPOINT_SIZE,
)  # fmt: skip
"""The metrics of the crate's exporter, the planned ones last."""

FAMILIES: Final = (
    TIMED_OUT, CLEANED_UP, STARTED, RETRIES, ENDED, ACTIVE, RECORDS, SUCCESS, CYCLE, DETECTION, CLEANUP, DURATION,
    LATENCY, REPLACED, FORGOTTEN, COMPLETED, FAILED, RECORDS_TIMED_OUT, *CODE, *SEED,
)  # fmt: skip
"""Every metric, in the order of the exposition."""
