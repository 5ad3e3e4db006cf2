"""What the design document claims, with the figures that it claims it of, and why each claim holds or fails."""

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
    """The design document's figure for a metric; None where it has none."""
    return CLAIMS.get(metric)


class Reasons(NamedTuple):
    """Why a claim holds, and why it fails: the sentences of `docs/claims.md`."""

    holds: str
    fails: str


DETECTED_ON_AVERAGE: Final = "Detection comes on average 15 s after the deadline"
DETECTED_AT_WORST: Final = "Detection comes at worst 30 s after the deadline"
AT_LEAST: Final = "From sending to detection it takes at least 60 s"
AT_MOST: Final = "From sending to detection it takes at most 90 s"
NEGLIGIBLE: Final = "The cost is negligible below 1000 concurrent migrations"
RECORD_SIZE: Final = "100 migration records take about 10 KB"
TICK_COST: Final = "A tick that scans 100 active records and removes 100 costs 1.5 ms"
BOUNDED: Final = "Memory is bounded, for ended records go after 5 min"
BOUNDED_WITH_LOSS: Final = "Memory is bounded also when one message in a hundred is lost"
REMOVED: Final = "An ended record goes at the first tick at or after 5 min"
TYPICAL: Final = "A whole migration typically takes 1-5 s"
SILENT: Final = "A target that never answers costs the source 60-90 s"
STUCK: Final = "Migrations stuck in a later state stay for ever where only Requesting is tracked"
GENEROUS: Final = "60 s is generous enough against false positives, at the design's delays"

REASONS: Final[Mapping[str, Reasons]] = {
    DETECTED_ON_AVERAGE: Reasons(
        "Half of the check interval, as long as its phase is independent of the requests.", "It does not."
    ),
    DETECTED_AT_WORST: Reasons(
        "One check interval; the protocol's clock of whole milliseconds can add less than 1 ms.",
        "It can be later than one check interval.",
    ),
    AT_LEAST: Reasons("The timeout.", "It can take less."),
    AT_MOST: Reasons("Timeout, and up to one check interval.", "It can take more."),
    TICK_COST: Reasons(
        "10 µs + 10 µs a record scanned + 5 µs a record removed; the costs of one record are the design's own, not "
        "measured here.",
        "It costs something else.",
    ),
    NEGLIGIBLE: Reasons(
        "A twentieth of a percent of a core with about 1000 active records on each executor.",
        "It is above 0.1 % of a core.",
    ),
    BOUNDED: Reasons("As long as no message is lost or late: every record was removed.", "Records stay."),
    BOUNDED_WITH_LOSS: Reasons(
        "Every record was removed.",
        "Where only Requesting is tracked, each lost Accept, Complete or Ack leaves records behind for ever.",
    ),
    REMOVED: Reasons("Uniform on [5 min, 5 min + interval) where a message ended it.", "It can take longer."),
    TYPICAL: Reasons(
        "The stages add up to that.",
        "The stages add up to 3.4-8.4 s, mean 5.9 s: latency 4 x 0.2, gossip 1-2, evaluation 0.1, checkpoint 1-5, "
        "restore 0.5.",
    ),
    STUCK: Reasons("Each lost Complete or Ack blocks its actor for ever.", "None stays."),
    GENEROUS: Reasons("No answer takes more than 3 s.", "There are some."),
}
"""By the text of the claim. The reports of runs show the same sentences."""
