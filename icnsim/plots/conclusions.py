"""The conclusions in the titles of plots of runs: a figure, and what its closed form says."""

from icnsim.numbers import NOISE, as_given, brief, figure
from icnsim.plots.results import RunResult


def told(value: float, unit: str) -> str:
    """Format the figure of a title: a time or a share with its unit, a number without one."""
    return figure(value, unit) if unit else brief(value)


def closed_form(run: RunResult, metric: str, unit: str, interval: list[float] | None = None) -> str:
    """Return a clause with the predicted value of a figure; empty if no closed form applies.

    Parameters
    ----------
    metric : the figure's name, such as ``detection_total.mean``. unit : its unit.
    interval : the 95 % interval of the simulated figure. Only a closed form inside it is confirmed.
    """
    value = run.summary["predicted"].get(metric, {}).get("value")
    if value is None:
        return ""
    shown = as_given(value, unit) if unit == "s" and float(f"{value:.4g}") == value else told(value, unit)
    if interval is not None and interval[0] - NOISE <= value <= interval[1] + NOISE:
        return f", as the closed form says ({shown})"
    return f"; the closed form gives {shown}"
