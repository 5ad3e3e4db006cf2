"""Plots of one run. Each returns a matplotlib Axes; matplotlib is imported when one is drawn."""

from typing import TYPE_CHECKING

from icnsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class RunPlots:
    """What can be drawn of one run.

    Parameters
    ----------
    attempts : the run's table of attempts.
    """

    def __init__(self, attempts: "pd.DataFrame", scenario: Scenario) -> None:
        self._attempts = attempts
        self._scenario = scenario

    def detection_latency(self, ax: "Axes | None" = None) -> "Axes":
        """Histogram of the delay from deadline to detection, with the closed-form density over it."""
        from matplotlib import pyplot

        if ax is None:
            _, ax = pyplot.subplots()
        interval = self._scenario.manager.check_interval / 1e6
        latency = self._attempts["detection_latency_s"].dropna()
        ax.hist(latency, bins=30, range=(0, interval), density=True, color="#0072B2", alpha=0.6, label="simulated")
        ax.plot([0, 0, interval, interval], [0, 1 / interval, 1 / interval, 0], color="black", label="uniform (0, I]")
        ax.set_xlabel("detection latency (s)")
        ax.set_ylabel("density (1/s)")
        ax.set_title(f"{self._scenario.name}: {len(latency)} detections")
        ax.legend()
        return ax
