"""The quality of service of failure detectors: detection time and share of mistakes."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from icnsim.errors import ResultsError
from icnsim.numbers import as_given, figure
from icnsim.plots.chart import Axis, Bools, Chart, Floats, Layer, Line, Marker, Points, Rule
from icnsim.plots.labels import apart
from icnsim.plots.latency import CUMULATIVE, ecdf
from icnsim.plots.palette import SERIES, series
from icnsim.plots.results import RunResult, SweepResult
from icnsim.plots.swept import WIDE, levels

if TYPE_CHECKING:
    import pandas as pd

DESIGN_S: Final = (60.0, 90.0)
"""The design suspects an unanswered request after 60 s at the earliest and after 90 s at the latest."""
QUANTILES: Final = (("min", 0.0), ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
COLUMNS: Final = (
    "detector", "parameter", "value", "detection_time", "detection_time_low", "detection_time_high", "mistakes",
    "mistakes_low", "mistakes_high",
)  # fmt: skip
"""The columns of the table that `curves` reads."""
FEW: Final = 0.001
"""The largest share of mistakes of the settings among which the title names the fastest."""
DETECTOR: Final = "manager.detector"
MARKERS: Final[tuple[Marker, ...]] = ("disc", "diamond", "cross")
"""The markers of the curves. A ring marks a setting without mistakes."""


def qos(run: RunResult) -> Chart:
    """Detection time and mistake duration, cumulative, with the design's 60 s and 90 s."""
    frame = run.some("attempts", ["outcome", "timed_out_in", "false_positive", "detection_total_s"])
    suspected = (frame["outcome"] == "timed_out") & (frame["timed_out_in"] == "requesting")
    correct = frame["detection_total_s"][suspected & ~frame["false_positive"].astype(bool)]
    values: Floats = correct.to_numpy(np.float64)
    figures = run.summary["qos"]
    duration, detection = figures["mistake_duration"], figures["detection_time"]
    layers: list[Layer] = []
    if len(values):
        layers.append(ecdf("detection time of requests that no target can accept", "simulated", values))
    if duration["count"]:
        shown = [(float(duration[name]), share) for name, share in QUANTILES]
        at, shares = (np.array(column) for column in zip(*shown, strict=True))
        texts = tuple(f"{figure(share, '%')} of the mistakes last {figure(time, 's')} at most" for time, share in shown)
        layers.append(Line("", "bad", at, 100 * shares, dashed=True))
        layers.append(Points("mistake duration", "bad", at, 100 * shares, texts=texts, marker="diamond"))
    layers += [
        Rule("the design suspects after 60 s to 90 s" if first else "", "muted", "x", at)
        for first, at in zip((True, False), DESIGN_S, strict=True)
    ]
    words = [f"{len(values):,} requests that no target can accept were suspected"]
    if detection["mean"] is not None:
        words[0] += f", {figure(detection['mean'], 's')} after they were sent on average"
    words.append(f"{figures['mistakes']:,} mistakes")
    if duration["mean"] is not None:
        words[1] += f", which last {figure(duration['mean'], 's')} on average"
    count = f"{figures['mistakes']:,} mistake{'' if figures['mistakes'] == 1 else 's'}"
    conclusion = "no dead target was suspected"
    if detection["mean"] is not None:
        conclusion = f"a dead target is suspected after {figure(detection['mean'], 's')} on average"
    accuracy = figures["query_accuracy"]
    notes = ["" if accuracy is None else f"query accuracy {figure(accuracy, '%')}"]
    notes += [f"{duration['censored']:,} mistakes without an answer are not drawn" if duration["censored"] else ""]
    return Chart(
        f"{run.scenario.name}: {conclusion}, with {count}",
        Axis("time", "s", low=0),
        CUMULATIVE,
        tuple(layers),
        f"{'; '.join(words)}.",
        "; ".join(filter(None, notes)),
    )


def qos_of_sweep(sweep: SweepResult) -> Chart:
    """Detection time against mistakes, one curve for each kind of detector, one point for each setting."""
    import pandas as pd

    found: dict[str, Floats] = {}
    for name, metric, sign in (
        ("detection_time", "qos.detection_time.mean", 1),
        ("mistakes", "qos.query_accuracy", -1),
    ):
        columns = [f"{metric}.{part}" for part in ("estimate", "ci95_low", "ci95_high")]
        frame = sweep.some("aggregate", columns)
        middle, low, high = (frame[column].to_numpy(np.float64) for column in columns)
        if sign < 0:
            middle, low, high = 1 - middle, 1 - high, 1 - low
        found |= {name: middle, f"{name}_low": low, f"{name}_high": high}
    keys = [levels(sweep, key) for key in sweep.summary["vary"]]
    kinds = [key for key in keys if key.key in (DETECTOR, f"{DETECTOR}.kind")]
    others = [key for key in keys if key not in kinds]
    points = range(sweep.summary["points"])
    table = pd.DataFrame(
        {
            "detector": [", ".join(key.text_of(key.values[point]) for key in kinds) or "detector" for point in points],
            "parameter": [", ".join(key.key for key in others)] * len(points),
            "value": [", ".join(key.text_of(key.values[point]) for key in others) for point in points],
            **found,
        }
    )
    return curves(table, str(sweep.summary["scenario"]))


def curves(table: "pd.DataFrame", name: str) -> Chart:
    """Detection time against mistakes, 1 - query accuracy: one curve for each detector, one point for each setting.

    Parameters
    ----------
    table : one row for each setting, with `COLUMNS`: the kind of detector; the name and the value of its parameter;
        the mean detection time, s, and the share of mistakes, each with its 95 % interval, NaN if it does not exist.
    name : the name of the scenario or the comparison, for the title.

    The title names the fastest setting with few mistakes. A label that would overlap another one is left out.
    A logarithmic axis cannot show a share of zero. A ring at the upper end of its interval represents it.

    Raises
    ------
    ResultsError : there are more detectors than distinguishable curves, or no setting has both figures.
    """
    kinds = list(dict.fromkeys(table["detector"].tolist()))
    if len(kinds) > SERIES:
        raise ResultsError(f"found {len(kinds)} detectors; this plot shows at most {SERIES}")
    share, most = (table[column].to_numpy(np.float64) for column in ("mistakes", "mistakes_high"))
    at = 100 * np.where(share > 0, share, most)
    known = ~np.isnan(table["detection_time"].to_numpy(np.float64)) & (at > 0)
    if not known.any():
        raise ResultsError(
            "no setting has a detection time and mistakes; use executors that never answer, and more migrations"
        )
    times = table["detection_time"].to_numpy(np.float64)[known]
    wide = float(times.min()) > 0 and float(times.max()) > WIDE * float(times.min())
    floor = 10.0 ** math.floor(math.log10(float(at[known].min()) / 2))
    named = _labelled(table, at, known, (wide, floor))
    layers: list[Layer] = []
    words = []
    for number, kind in enumerate(kinds):
        rows = known & (table["detector"] == kind).to_numpy()
        if rows.any():
            layers += _curve(table, kind, number, (at, rows, named), floor)
            words.append(f"{kind}: {int(rows.sum())} settings")
    notes = ["bars: 95 % intervals; labels: the detector's parameter"]
    if (share[known] == 0).any():
        notes.append("ring: no mistake was seen, at the upper end of the interval")
    if not known.all():
        notes.append(f"{int((~known).sum())} settings have no detection time, or no interval of no mistakes")
    return Chart(
        f"{name}: {_fastest(table[known])}",
        Axis("mean detection time", "s", "log" if wide else "linear"),
        Axis("mistakes, 1 - query accuracy", "%", "log", low=floor, high=100.0),
        tuple(layers),
        f"Mean detection time against the share of requests that are wrongly suspected. {'; '.join(words)}.",
        "; ".join(notes),
    )


def _fastest(table: "pd.DataFrame") -> str:
    """The fastest setting with at most `FEW` mistakes, or else the one with the fewest mistakes, in words."""
    few = table[table["mistakes"] <= FEW]
    if len(few):
        row = few.iloc[int(few["detection_time"].to_numpy().argmin())]
        found = f"{row['detector']} {_written(row['value'])} is the fastest"
        return f"{found} with at most {as_given(100 * FEW, '%')} mistakes ({figure(row['detection_time'], 's')})"
    row = table.iloc[int(table["mistakes"].to_numpy().argmin())]
    return f"{row['detector']} {_written(row['value'])} has the fewest mistakes ({figure(row['mistakes'], '%')})"


def _written(value: object) -> str:
    return as_given(value, "") if isinstance(value, int | float) else str(value)


def _labelled(table: "pd.DataFrame", at: Floats, known: Bools, scales: tuple[bool, float]) -> Bools:
    """The settings whose labels do not overlap; the fastest and the slowest of each detector are labelled first.

    Parameters
    ----------
    at : the share of mistakes as drawn, per cent. known : the settings that are drawn.
    scales : whether the axis of times is logarithmic, and the low end of the axis of mistakes, per cent.
    """
    wide, floor = scales
    rows = np.flatnonzero(known)
    times, kinds = table["detection_time"].to_numpy(np.float64)[rows], table["detector"].to_numpy()[rows]
    along = np.log10(times) if wide else times
    x = (along - along.min()) / (np.ptp(along) or 1.0)
    y = np.log10(at[rows] / floor) / math.log10(100 / floor)
    of_kinds = [np.flatnonzero(kinds == kind) for kind in dict.fromkeys(kinds.tolist())]
    by_time = [places[np.argsort(times[places], kind="stable")].tolist() for places in of_kinds]
    ends = [place for places in by_time for place in dict.fromkeys((places[0], places[-1]))]
    order = dict.fromkeys([*ends, *(place for places in by_time for place in places)])
    named: Bools = np.zeros(len(table), dtype=np.bool_)
    named[rows] = apart(x, y, [_written(value) for value in table["value"].to_numpy()[rows]], order)
    return named


def _curve(
    table: "pd.DataFrame", kind: str, number: int, place: tuple[Floats, Bools, Bools], floor: float
) -> list[Layer]:
    """The layers of a detector: its line, points and labels."""
    role, (heights, rows, named) = series(number), place
    part = table[rows]
    time, y = part["detection_time"].to_numpy(np.float64), heights[rows]
    order = np.argsort(time, kind="stable")
    time, y, part, written = time[order], y[order], part.iloc[order], named[rows][order]
    seen = part["mistakes"].to_numpy(np.float64) > 0
    low, high = (100 * part[f"mistakes_{end}"].to_numpy(np.float64) for end in ("low", "high"))
    early, late = (part[f"detection_time_{end}"].to_numpy(np.float64) for end in ("low", "high"))
    values = tuple(map(_written, part["value"]))
    texts = [
        f"{kind}, {parameter} {value}: {figure(a, 's')}, {figure(share, '%')} of the requests by mistake"
        for parameter, value, a, share in zip(part["parameter"], values, time, part["mistakes"], strict=True)
    ]
    layers: list[Layer] = [Line("", role, time, y, dashed=bool(number % 2))]
    usual = MARKERS[number % len(MARKERS)]
    for some in (seen, ~seen):
        if some.any():
            marker = usual if some is seen else "ring"
            name = kind if some is seen or not seen.any() else ""
            of_some = tuple(text for text, there in zip(texts, some, strict=True) if there)
            labels = tuple(value if shown else "" for value, shown in zip(values, written, strict=True))
            labels = tuple(label for label, there in zip(labels, some, strict=True) if there)
            ends = np.maximum(low[some], floor), high[some]
            layers.append(Points(name, role, time[some], y[some], *ends, texts=of_some, marker=marker, labels=labels))
            x_ends = early[some], late[some]
            layers.append(Points("", role, time[some], y[some], *x_ends, spread="x", texts=of_some, marker=marker))
    return layers
