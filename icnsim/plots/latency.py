"""The delay of detections: from the deadline, and from the entry of the state."""

import math
from typing import Final

import numpy as np

from icnsim.numbers import as_given, figure
from icnsim.plots.chart import Axis, Bars, Chart, Floats, Layer, Line, Rule
from icnsim.plots.conclusions import closed_form
from icnsim.plots.results import RunResult

MOST_BINS: Final = 60
MOST_STEPS: Final = 2000
"""The most steps of an empirical distribution that are drawn. At each, the value is exact."""

CUMULATIVE: Final = Axis("cumulative share", "%", low=0, high=102)
"""The axis of an empirical distribution."""

LATENCY = ("detection_latency", "detection latency", "from the deadline to its detection", "the deadline")
TOTAL = ("detection_total", "detection total", "from the entry of the state to the detection", "the state began")


def detection_latency(run: RunResult) -> Chart:
    """Histogram of the delay from deadline to detection, with the closed-form density over it."""
    return _histogram(run, *LATENCY)


def detection_latency_ecdf(run: RunResult) -> Chart:
    """Empirical distribution of the delay from deadline to detection, with the closed form over it."""
    return _distribution(run, *LATENCY)


def detection_total(run: RunResult) -> Chart:
    """Histogram of the time from the entry of a state to the detection, with the closed-form density over it."""
    return _histogram(run, *TOTAL)


def detection_total_ecdf(run: RunResult) -> Chart:
    """Empirical distribution of the time from the entry of a state to the detection, and its closed form."""
    return _distribution(run, *TOTAL)


def _source(run: RunResult) -> str:
    """The name of the values of a run in a legend."""
    return "live" if run.live else "simulated"


def _histogram(run: RunResult, metric: str, label: str, words: str, since: str) -> Chart:
    values = _values(run, metric)
    uniform = _closed_form(run, metric)
    edges = bins(values, uniform)
    layers: list[Layer] = []
    if len(values):
        counts, _ = np.histogram(values, edges)
        layers.append(Bars(_source(run), "simulated", edges, counts / (len(values) * np.diff(edges))))
    if uniform is not None:
        low, high = uniform
        height = 1 / (high - low)
        x, y = np.array([low, low, high, high]), np.array([0, height, height, 0])
        layers.append(
            Line(
                f"closed form, uniform on ({as_given(low, '')}, {as_given(high, '')}] s", "predicted", x, y, dashed=True
            )
        )
    alt = f"Histogram of the time {words}: {_in_words(run, metric, len(values), uniform)}"
    return Chart(
        _title(run, metric, "mean", f"detection takes {{}} on average after {since}"),
        Axis(label, "s"),
        Axis("density", "1/s", low=0),
        tuple(layers),
        alt,
        _note(run, metric, uniform),
    )


def _distribution(run: RunResult, metric: str, label: str, words: str, since: str) -> Chart:
    values = _values(run, metric)
    uniform = _closed_form(run, metric)
    layers: list[Layer] = []
    if len(values):
        layers.append(ecdf(_source(run), "simulated", values))
    if uniform is not None:
        low, high = uniform
        margin = (high - low) / 20
        x = np.array([low - margin, low, high, high + margin])
        layers.append(
            Line(
                f"closed form, uniform on ({as_given(low, '')}, {as_given(high, '')}] s",
                "predicted",
                x,
                np.array([0, 0, 100, 100]),
                dashed=True,
            )
        )
        layers.append(Rule("predicted maximum", "limit", "x", high))
    alt = f"Empirical distribution of the time {words}: {_in_words(run, metric, len(values), uniform)}"
    return Chart(
        _title(run, metric, "p99", f"99 % of the detections come at most {{}} after {since}"),
        Axis(label, "s"),
        CUMULATIVE,
        tuple(layers),
        alt,
        _note(run, metric, uniform),
    )


def bins(values: Floats, support: tuple[float, float] | None = None) -> Floats:
    """Return the edges of a histogram with bins of equal width.

    Their number is that of Rice's rule, 2 n^(1/3), and at most `MOST_BINS`. If all values are within `support`, so
    are the edges: no bar extends beyond it.
    """
    count = min(MOST_BINS, max(5, math.ceil(2 * len(values) ** (1 / 3))))
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if support is not None and (not len(values) or (support[0] <= low and high <= support[1])):
        low, high = support
    if high <= low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, count + 1)


def ecdf(name: str, role: str, values: Floats) -> Line:
    """The empirical distribution function, in per cent, at `MOST_STEPS` of its steps or fewer."""
    ordered = np.sort(values)
    place = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), MOST_STEPS)).round().astype(np.int64))
    x, y = ordered[place], 100 * (place + 1) / len(ordered)
    return Line(name, role, np.concatenate([x[:1], x]), np.concatenate([[0.0], y]), steps=True)


def _values(run: RunResult, metric: str) -> Floats:
    column = f"{metric}_s"
    values: Floats = run.some("attempts", [column])[column].dropna().to_numpy(np.float64)
    return values


def _closed_form(run: RunResult, metric: str) -> tuple[float, float] | None:
    """The ends of the predicted uniform distribution; None if another one, or none, is predicted."""
    mean, std = (run.summary["predicted"].get(f"{metric}.{name}", {}).get("value") for name in ("mean", "std"))
    if mean is None or std is None:
        return None
    width = run.scenario.manager.check_interval / 1e6
    return (mean - width / 2, mean + width / 2) if abs(std * math.sqrt(12) - width) < 1e-6 * width else None


def _note(run: RunResult, metric: str, uniform: tuple[float, float] | None) -> str:
    if uniform is not None:
        return ""
    prediction = run.summary["predicted"].get(f"{metric}.std", {})
    if prediction.get("value") is not None:
        return "the delays are not uniform, because answers or retries arrive before the detection"
    return f"no closed form: {prediction['reason']}" if prediction.get("reason") else ""


def _title(run: RunResult, metric: str, name: str, words: str) -> str:
    """Return a title with a figure of the run and its closed form."""
    found = run.summary[metric]
    if found[name] is None:
        return f"{run.scenario.name}: no time-out was detected"
    form = closed_form(run, f"{metric}.{name}", "s", found["ci95"] if name == "mean" else None)
    return f"{run.scenario.name}: {words.format(figure(found[name], 's'))}{form}"


def _in_words(run: RunResult, metric: str, count: int, uniform: tuple[float, float] | None) -> str:
    figures = run.summary[metric]
    if not count or figures["mean"] is None:
        return "nothing was detected."
    found = (
        f"{count:,} detections, mean {figure(figures['mean'], 's')}, 99 % within {figure(figures['p99'], 's')}"
        if figures["p99"] is not None
        else f"{count:,} detections, mean {figure(figures['mean'], 's')}"
    )
    if uniform is None:
        return f"{found}; no closed form applies."
    low, middle, high = (as_given(value, "s") for value in (uniform[0], sum(uniform) / 2, uniform[1]))
    return f"{found}; the closed form, uniform from {low} to {high}, has the mean {middle}."
