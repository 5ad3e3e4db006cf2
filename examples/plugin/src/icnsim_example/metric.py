"""A metric: how the failed attempts are spread over their targets."""

from icnsim.plugins import Figure, Metric


class FailuresByTarget(Metric):
    """Attempts of the window that timed out, by target."""

    tables = ("attempts",)
    figures = {
        "targets": Figure("1", "number of targets with at least one attempt that timed out"),
        "largest_share": Figure("%", "share of the attempts that timed out at the target with most of them"),
    }

    def compute(self, tables, window):
        """The figures; the share does not exist if no attempt timed out."""
        attempts, (start, end) = tables["attempts"], window
        began = attempts["requested_at_s"]
        late = attempts[(attempts["outcome"] == "timed_out") & (began >= start) & (began <= end)]
        counts = late["target"].astype(str).value_counts()
        most = int(counts.max()) if len(counts) else 0
        return {"targets": len(counts), "largest_share": most / len(late) if len(late) else None}
