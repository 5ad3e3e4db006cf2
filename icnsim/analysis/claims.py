"""What the design document claims, beside the figures that it claims it of."""

from typing import Final

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
