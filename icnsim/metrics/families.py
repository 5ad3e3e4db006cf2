"""The metrics: each declared once, with its name, its type, its unit, its meaning and its buckets.

The names of the first two are the design document's; the others are in their style and follow Prometheus'
rules for names: base units, `_total` for counters. The exporter, the documentation and the dashboard read
these declarations.
"""

from dataclasses import dataclass
from typing import Final, Literal

PREFIX: Final = "icn_compute_"
OUTCOMES: Final = ("completed", "rejected", "timed_out", "failed")
COST_BUCKETS: Final = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1)
"""Of what a tick costs, s: 10 µs is a tick that finds nothing."""
WAIT_BUCKETS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 90.0, 120.0, 300.0, 600.0)
"""Of how long a migration or its detection takes, s."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric.

    Attributes
    ----------
    name : without the suffixes of its samples. unit : "" for none; the name ends in it.
    label : the one that its series differ by, "" if there is one series. buckets : upper bounds, of a histogram.
    """

    name: str
    type: Literal["counter", "gauge", "histogram"]
    meaning: str
    unit: str = ""
    label: str = ""
    buckets: tuple[float, ...] = ()

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


TIMED_OUT: Final = _counter(
    "migrations_timed_out", "Records of migrations that detection has failed, at sources and at targets"
)
CLEANED_UP: Final = _counter("migrations_cleaned_up", "Records of migrations that cleanup has removed")
STARTED: Final = _counter("migrations_started", "Attempts to migrate an actor that have begun, retries included")
RETRIES: Final = _counter("migrations_retries", "Attempts that were not the first of their migration")
ENDED: Final = _counter("migrations_ended", "Attempts that have ended, as their source saw it", "outcome")
ACTIVE: Final = _gauge("migrations_active", "Records of migrations in an active state, at sources and at targets")
RECORDS: Final = _gauge("migration_records", "Records of migrations that are held, active or ended")
SUCCESS: Final = _gauge(
    "migration_success_ratio", "Completed attempts over all that have ended; absent until one has", "ratio"
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

FAMILIES: Final = (
    TIMED_OUT, CLEANED_UP, STARTED, RETRIES, ENDED, ACTIVE, RECORDS, SUCCESS, CYCLE, DETECTION, CLEANUP, DURATION,
    LATENCY, REPLACED, FORGOTTEN, COMPLETED,
)  # fmt: skip
