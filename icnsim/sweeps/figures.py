"""The names of the figures that a sweep tells of, the same in every run."""

from functools import cache

from icnsim.experiment import least_summary
from icnsim.recording.figures import figures


@cache
def names() -> tuple[str, ...]:
    """The names of all figures, in their order."""
    return tuple(figures(least_summary()))
