"""The claims of the design document: their figures, and the reasons why they hold or fail."""

from collections.abc import Mapping
from typing import Final, NamedTuple

CLAIMS: Final = {
    "detection_latency.mean": "15 s",
    "detection_latency.max": "30 s at worst",
    "detection_total.mean": "60-90 s",
    "detection_total.max": "90 s at worst",
    "migration_duration.mean": "typically 1-5 s",
    "record_life.mean": "5 min, to next tick",
    "records.mean_bytes": "~10 KB per 100",
    "records.unremoved": "none: bounded",
    "manager.cpu_share": "0.005 % of a core",
    "manager.cycle.mean": "1.5 ms",
    "false_positives.rate": "feared, not given",
}
"""The design document's figure for a metric of the summary (PROTOCOL section 4)."""


def claim_for(metric: str) -> str | None:
    """Returns the design document's figure for a metric, or None without such a claim."""
    return CLAIMS.get(metric)


class Reasons(NamedTuple):
    """The reason if a claim holds, and the reason if it fails. `docs/claims.md` shows these sentences."""

    holds: str
    fails: str


DETECTED_ON_AVERAGE: Final = "Detection is 15 s after the deadline on average"
DETECTED_AT_WORST: Final = "Detection is at most 30 s after the deadline"
AT_LEAST: Final = "Detection is at least 60 s after the sending"
AT_MOST: Final = "Detection is at most 90 s after the sending"
NEGLIGIBLE: Final = "The cost is negligible below 1000 concurrent migrations"
RECORD_SIZE: Final = "100 migration records take about 10 KB"
TICK_COST: Final = "A tick that scans 100 active records and removes 100 costs 1.5 ms"
BOUNDED: Final = "Memory is bounded, because ended records are removed after 5 min"
BOUNDED_WITH_LOSS: Final = "Memory is bounded even if one message in a hundred is lost"
REMOVED: Final = "The first tick at or after 5 min removes an ended record"
TYPICAL: Final = "A whole migration typically takes 1-5 s"
SILENT: Final = "A target that never answers costs the source 60-90 s"
STUCK: Final = "Migrations in a later state stay for ever if only Requesting is tracked"
GENEROUS: Final = "60 s is generous enough against false positives, at the design's delays"

REASONS: Final[Mapping[str, Reasons]] = {
    DETECTED_ON_AVERAGE: Reasons(
        "It is half of the check interval, as long as the phase of the ticks is independent of the requests.",
        "The mean delay is not 15 s.",
    ),
    DETECTED_AT_WORST: Reasons(
        "It is one check interval. The protocol's clock of whole milliseconds can add less than 1 ms.",
        "It can be later than one check interval.",
    ),
    AT_LEAST: Reasons("It is the timeout.", "It can be earlier."),
    AT_MOST: Reasons("It is the timeout and up to one check interval.", "It can be later."),
    TICK_COST: Reasons(
        "The cost is 10 µs + 10 µs per scanned record + 5 µs per removed record. The costs of one record are the "
        "design's, not measured here.",
        "The cost is different.",
    ),
    NEGLIGIBLE: Reasons(
        "The manager takes 0.05 % of a core with about 1000 active records on each executor.",
        "It is above 0.1 % of a core.",
    ),
    BOUNDED: Reasons("Every record was removed, as long as no message was lost or late.", "Some records stay."),
    BOUNDED_WITH_LOSS: Reasons(
        "Every record was removed.",
        "If only Requesting is tracked, each lost Accept, Complete or Ack leaves records that are never removed.",
    ),
    REMOVED: Reasons(
        "If a message ended the record, its life is uniform on [5 min, 5 min + interval).", "It can take longer."
    ),
    TYPICAL: Reasons(
        "The stages add up to that.",
        "The stages add up to 3.4-8.4 s with mean 5.9 s: latency 4 x 0.2, gossip 1-2, evaluation 0.1, checkpoint 1-5, "
        "restore 0.5.",
    ),
    STUCK: Reasons("Each lost Complete or Ack blocks its actor for ever.", "No migration stays."),
    GENEROUS: Reasons("No answer takes more than 3 s.", "There are false positives."),
}
"""The reasons by the text of the claim. The reports of runs show the same sentences."""
