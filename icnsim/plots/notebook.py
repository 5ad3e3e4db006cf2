"""The plots of a run as its methods, for a notebook: `run.plot.detection_latency()`."""

from typing import TYPE_CHECKING

from icnsim.plots.catalogue import OF_A_RUN
from icnsim.plots.drawing import draw
from icnsim.plots.palette import Theme
from icnsim.plots.results import RunResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class RunPlots:
    """What can be drawn of one run; each method gives a matplotlib Axes.

    Parameters
    ----------
    run : whose results they show. theme : "light" or "dark".
    """

    def __init__(self, run: RunResult, theme: Theme = "light") -> None:
        self._run = run
        self._theme = theme

    def detection_latency(self, ax: "Axes | None" = None) -> "Axes":
        """Histogram of the delay from deadline to detection, with the closed-form density over it."""
        return self._draw("detection-latency", ax)

    def detection_latency_ecdf(self, ax: "Axes | None" = None) -> "Axes":
        """Empirical distribution of the delay from deadline to detection, and its closed form."""
        return self._draw("detection-latency-ecdf", ax)

    def detection_total(self, ax: "Axes | None" = None) -> "Axes":
        """Histogram of the time from a state's entry to the detection, with the closed-form density over it."""
        return self._draw("detection-total", ax)

    def detection_total_ecdf(self, ax: "Axes | None" = None) -> "Axes":
        """Empirical distribution of the time from a state's entry to the detection, and its closed form."""
        return self._draw("detection-total-ecdf", ax)

    def _draw(self, kind: str, ax: "Axes | None") -> "Axes":
        return draw(OF_A_RUN[kind](self._run), ax, self._theme)
