"""The plots of a result as its methods, for a notebook: `run.plot.detection_latency()`, `sweep.plot.heatmap()`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from icnsim.errors import ResultsError
from icnsim.plots.catalogue import OF_A_SWEEP, of_run
from icnsim.plots.drawing import draw
from icnsim.plots.front import front
from icnsim.plots.heatmap import heatmap
from icnsim.plots.lines import lines
from icnsim.plots.migration import migration
from icnsim.plots.palette import Theme
from icnsim.plots.qos import qos_of_sweep
from icnsim.plots.results import RunResult, SweepResult
from icnsim.plots.tornado import tornado
from icnsim.plots.warmup import welch
from icnsim.plots.widget import widget
from icnsim.recording.stored import showing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from plotly.graph_objects import Figure

    from icnsim.plots.chart import Chart


class RunPlots:
    """The plots of one run. Each method returns matplotlib Axes.

    A run that submits tasks has only the kinds of tasks, and other runs do not have them. A kind that the run does not
    have raises ResultsError.

    Parameters
    ----------
    run : the run that is drawn. theme : "light" or "dark".
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

    def qos(self, ax: "Axes | None" = None) -> "Axes":
        """Detection time and mistake duration, cumulative, with the design's 60 s and 90 s."""
        return self._draw("qos", ax)

    def migration_duration(self, ax: "Axes | None" = None) -> "Axes":
        """The 5, 25, 50, 75 and 95 % quantiles of the duration of each stage of completed attempts."""
        return self._draw("migration-duration", ax)

    def records(self, ax: "Axes | None" = None) -> "Axes":
        """Records held over time, with their mean by Little's law."""
        return self._draw("records", ax)

    def occupancy(self, ax: "Axes | None" = None) -> "Axes":
        """Active records over time, by their states."""
        return self._draw("occupancy", ax)

    def warmup(self, ax: "Axes | None" = None) -> "Axes":
        """Welch's plot: records held, their moving average, and the warm-up that is set and proposed."""
        return self._draw("warmup", ax)

    def actors(self, ax: "Axes | None" = None) -> "Axes":
        """Actors that run nowhere or twice, and messages under way, over time."""
        return self._draw("actors", ax)

    def tick_cost(self, ax: "Axes | None" = None) -> "Axes":
        """Cost of each tick that found a record against the records that it scanned, with the cost model."""
        return self._draw("tick-cost", ax)

    def success(self, ax: "Axes | None" = None) -> "Axes":
        """Share of completed attempts by target executor, or by group if there are many executors."""
        return self._draw("success", ax)

    def success_by_time(self, ax: "Axes | None" = None) -> "Axes":
        """Share of the migrations that have completed, by the time since their start."""
        return self._draw("success-by-time", ax)

    def task_time(self, ax: "Axes | None" = None) -> "Axes":
        """Empirical distribution of the time of completed tasks, by mode."""
        return self._draw("task-time", ax)

    def task_detection(self, ax: "Axes | None" = None) -> "Axes":
        """Empirical distribution of the delay from a task's missed deadline to its detection, and its closed form."""
        return self._draw("task-detection", ax)

    def task_runs(self, ax: "Axes | None" = None) -> "Axes":
        """Runs of tasks, and messages under way, over time."""
        return self._draw("task-runs", ax)

    def migration(self, number: int | None = None, ax: "Axes | None" = None) -> "Axes":
        """One migration over time, by default one with most attempts. Raises ResultsError if it does not exist."""
        with showing(self._run):
            return draw(migration(self._run, number), ax, self._theme)

    def interactive(self, kind: str) -> "Figure":
        """A Plotly figure that can be zoomed, of a kind of `icnsim plot` such as ``"detection-latency"``.

        Raises
        ------
        ResultsError : the run has no such kind.
        """
        with showing(self._run):
            return widget(self._made(kind)(self._run), self._theme)

    def _draw(self, kind: str, ax: "Axes | None") -> "Axes":
        with showing(self._run):
            return draw(self._made(kind)(self._run), ax, self._theme)

    def _made(self, kind: str) -> "Callable[[RunResult], Chart]":
        kinds = of_run(self._run)
        if kind not in kinds:
            raise ResultsError(f"this run has no plot {kind!r}: it has {', '.join(kinds)}")
        return kinds[kind]


class SweepPlots:
    """The plots of a sweep. Each method returns matplotlib Axes.

    Figures are named as in summary.json. A `limit` is in the figure's unit. The functions of the same names in
    `icnsim.plots` document the defaults and the errors.
    """

    def __init__(self, sweep: SweepResult, theme: Theme = "light") -> None:
        self._sweep = sweep
        self._theme = theme

    def lines(
        self,
        metric: str | None = None,
        x: str | None = None,
        by: str | None = None,
        limit: float | None = None,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """A figure along a key with its 95 % intervals, and one line for each value of another key."""
        return draw(lines(self._sweep, metric, x, by, limit), ax, self._theme)

    def heatmap(
        self,
        metric: str | None = None,
        x: str | None = None,
        y: str | None = None,
        limit: float | None = None,
        ax: "Axes | None" = None,
        *,
        at_most: bool = True,
    ) -> "Axes":
        """A figure over two keys of a grid, by colour, with the contour of an objective."""
        return draw(heatmap(self._sweep, metric, x, y, limit, at_most=at_most), ax, self._theme)

    def front(self, x: str | None = None, y: str | None = None, ax: "Axes | None" = None) -> "Axes":
        """Two figures against each other, with their Pareto front."""
        return draw(front(self._sweep, x, y), ax, self._theme)

    def tornado(self, metric: str | None = None, ax: "Axes | None" = None) -> "Axes":
        """The effect of each key on a figure."""
        return draw(tornado(self._sweep, metric), ax, self._theme)

    def qos(self, ax: "Axes | None" = None) -> "Axes":
        """Detection time against mistakes, one curve for each kind of detector, one point for each setting."""
        return draw(qos_of_sweep(self._sweep), ax, self._theme)

    def warmup(self, ax: "Axes | None" = None) -> "Axes":
        """Welch's plot of the first point: the replications are simulated again and averaged."""
        return draw(welch(self._sweep), ax, self._theme)

    def interactive(self, kind: str, **arguments: object) -> "Figure":
        """A Plotly figure that can be zoomed, of a kind of `icnsim plot` such as ``"heatmap"``.

        Parameters
        ----------
        arguments : those of the method of that name, such as ``metric`` and ``x``.

        Raises
        ------
        ResultsError : sweeps have no such kind, or the arguments do not fit the sweep.
        """
        if kind not in OF_A_SWEEP:
            raise ResultsError(f"a sweep has no plot {kind!r}: it has {', '.join(OF_A_SWEEP)}")
        make: Callable[..., Chart] = OF_A_SWEEP[kind]
        return widget(make(self._sweep, **arguments), self._theme)
