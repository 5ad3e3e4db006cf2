"""The tables of a comparison of detectors: every point, equal accuracy, equal detection time, costs.

Accuracies and shares are numbers from 0 to 1, times are seconds. Intervals are 95 %, see `curves`. A difference is that
of a detector minus the reference: poll at the scenario's own interval and timeout.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from icnsim.analysis import html as pages
from icnsim.elementary.sums import total
from icnsim.numbers import UNKNOWN, as_given, figure, interval
from icnsim.scenario.detectorlabels import label
from icnsim.statistics import intervals
from icnsim.statistics.intervals import WIDEST
from icnsim.sweeps.detectors import curves
from icnsim.sweeps.detectors.conditions import CONDITIONS
from icnsim.sweeps.detectors.curves import Counts, Found, Reach, Rows
from icnsim.sweeps.detectors.measured import Measured, Results
from icnsim.sweeps.detectors.planning import REFERENCE
from icnsim.sweeps.detectors.settings import DETECTOR, own_timeout_s
from icnsim.sweeps.statistics import Floats
from icnsim.version import VERSION

if TYPE_CHECKING:
    import pandas as pd

ACCURACIES: Final = (0.99, 0.999, 0.9999)
"""The accuracies at which detection times are compared, besides the reference's own."""
TIMES_S: Final = (5.0, 10.0, 30.0)
"""The detection times at which accuracies are compared, besides the reference's own."""
CHOSEN: Final = 0.999
"""The accuracy that the setting must have whose costs are shown."""
COSTS: Final = (
    "detector.cost_s", "manager.cost_s", "detector.timers", "detector.timers_peak", "detector.samples",
    "detector.heartbeats", "detector.memory_bytes", "messages.sent",
)  # fmt: skip
"""The figures that are costs."""
WHY_UNKNOWN: Final = (
    f"{UNKNOWN}: the replications are too few for an interval, do not differ, or differ so much that its ends would "
    f"be more than a factor of {WIDEST:g} from the value; give more --replications"
)
TIE: Final = 0.01
"""By this part the reference's share of mistakes may be exceeded at equal accuracy: the runs of two detectors that make
the same mistakes differ by a few requests, because an actor whose record is still active does not migrate."""
REFERENCES: Final = "reference"
"""The name of the reference's own accuracy, or detection time, in a table."""


def points(results: Results) -> "pd.DataFrame":
    """A row for each point, with the columns

    * condition, kind, detector (with its parameters), parameter, value, unit;
    * detection_time_s with _low and _high, detections; query_accuracy with _low and _high, mistakes, trials;
    * the mean of each of `COSTS` over the replications.
    """
    import pandas as pd

    rows = [row for each in results.curves if each.planned.compared for row in _points(each)]
    return pd.DataFrame(rows)


def _points(measured: Measured) -> Iterator[dict[str, Any]]:
    counts, curve = measured.counts, measured.planned.curve
    for place, value in enumerate(curve.values):
        alone = counts.only(place)
        time = curves.positive(partial(_time, alone), counts.replications)
        mistakes, trials = total(alone.mistakes.ravel()), total(alone.trials.ravel())
        accuracy = intervals.proportion((alone.trials - alone.mistakes)[0], alone.trials[0])
        yield {
            "condition": measured.condition, "kind": measured.kind, "detector": named(measured, place),
            "parameter": curve.parameter, "value": value, "unit": curve.unit, **_interval("detection_time_s", time),
            "detections": total(alone.detections.ravel()),
            "query_accuracy": 1 - mistakes / trials if trials else math.nan, "query_accuracy_low": accuracy.low,
            "query_accuracy_high": accuracy.high, "mistakes": mistakes, "trials": trials,
            **{name: _mean(measured.figure(name)[place]) for name in COSTS},
        }  # fmt: skip


def named(measured: Measured, place: int) -> str:
    """A detector with the parameters of one point, such as ``poll timeout=1min``."""
    curve = measured.planned.curve
    if curve.key == DETECTOR:
        return label(curve.levels[place]) or ""
    return f"{label(curve.fixed[DETECTOR])} timeout={curve.levels[place]}"


def _time(counts: Counts, rows: Rows) -> tuple[Reach, float]:
    value = float(counts.points(rows)[0][0])
    return (Reach.NOT_REACHED if math.isnan(value) else Reach.WITHIN), value


def _mean(values: Floats) -> float:
    there = values[~np.isnan(values)]
    return math.fsum(there) / len(there) if len(there) else math.nan


def equal_accuracy(results: Results) -> "pd.DataFrame":
    """The detection time of each detector at equal accuracy, with the columns

    * condition, kind, at ("reference" for the reference's own accuracy), query_accuracy;
    * reach: see `icnsim.sweeps.detectors.curves.Reach`; detection_time_s with _low and _high;
    * difference_s with _low and _high: to the reference's detection time, paired by seed.
    """
    import pandas as pd

    return pd.DataFrame(list(_equal_accuracy(results)))


def _equal_accuracy(results: Results) -> Iterator[dict[str, Any]]:
    for condition in results.conditions:
        reference = results.reference(condition)
        for measured in results.compared(condition):
            for at, wanted in _shares(reference):
                found = curves.time_of(measured.counts, wanted)
                saved = curves.time_saved(measured.counts, reference, wanted)
                accuracy = 1 - wanted(np.arange(reference.replications))
                yield {
                    "condition": condition, "kind": measured.kind, "at": at, "query_accuracy": accuracy,
                    "reach": found.reach.value, **_interval("detection_time_s", found),
                    **_interval("difference_s", saved),
                }  # fmt: skip


def _shares(reference: Counts) -> Iterator[tuple[str, Callable[[Rows], float]]]:
    """The shares of mistakes at which detectors are compared."""
    yield REFERENCES, lambda rows: (1 + TIE) * float(reference.points(rows)[1][0])
    for accuracy in ACCURACIES:
        yield as_given(100 * accuracy, "%"), partial(_fixed, 1 - accuracy)


def equal_detection_time(results: Results) -> "pd.DataFrame":
    """The query accuracy of each detector at equal detection time, with the columns

    * condition, kind, at ("reference" for the reference's own detection time), detection_time_s;
    * reach: see `icnsim.sweeps.detectors.curves.Reach`; query_accuracy with _low and _high;
    * difference with _low and _high: to the reference's accuracy, paired by seed.
    """
    import pandas as pd

    return pd.DataFrame(list(_equal_time(results)))


def _equal_time(results: Results) -> Iterator[dict[str, Any]]:
    for condition in results.conditions:
        reference = results.reference(condition)
        for measured in results.compared(condition):
            for at, wanted in _times(reference):
                found = curves.share_of(measured.counts, wanted)
                saved = curves.share_saved(measured.counts, reference, wanted)
                yield {
                    "condition": condition, "kind": measured.kind, "at": at,
                    "detection_time_s": wanted(np.arange(reference.replications)), "reach": found.reach.value,
                    **_interval("query_accuracy", Found(found.reach, 1 - found.value, 1 - found.high, 1 - found.low)),
                    **_interval("difference", Found(saved.reach, 0 - saved.value, 0 - saved.high, 0 - saved.low)),
                }  # fmt: skip


def _times(reference: Counts) -> Iterator[tuple[str, Callable[[Rows], float]]]:
    """The detection times at which detectors are compared, s."""
    yield REFERENCES, lambda rows: float(reference.points(rows)[0][0])
    for seconds in TIMES_S:
        yield as_given(seconds, "s"), partial(_fixed, seconds)


def _fixed(value: float, _: Rows) -> float:
    return value


def costs(results: Results) -> "pd.DataFrame":
    """The costs of one setting of each detector: the fastest measured one with an accuracy of at least `CHOSEN`.

    If no setting is so accurate, the most accurate one. The rows are those of `points`, and `accurate` says
    whether the setting is accurate enough.
    """
    import pandas as pd

    rows = []
    for condition in results.conditions:
        for measured in results.compared(condition):
            place = curves.best_point(measured.counts, 1 - CHOSEN)
            if place is not None:
                row = list(_points(measured))[place]
                rows.append({**row, "accurate": row["query_accuracy"] >= CHOSEN})
    return pd.DataFrame(rows)


def _interval(name: str, found: Found) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def document(results: Results) -> dict[str, Any]:
    """Everything that was found, as detectors.json has it, with null for a number that does not exist."""
    prepared = results.prepared
    return {
        "scenario": prepared.scenario.name,
        "seed": prepared.scenario.seed,
        "version": VERSION,
        "detectors": list(prepared.kinds),
        "design": {
            "detector": REFERENCE,
            "check_interval_s": prepared.scenario.manager.check_interval / 1e6,
            "timeout_s": own_timeout_s(prepared.scenario),
        },
        "replications": results.curves[0].counts.replications,
        "failed": results.failed,
        "reason": next((reason for each in results.curves for reason in each.failures), None),
        "detections": math.fsum(total(each.counts.detections.ravel()) for each in results.curves),
        "conditions": [
            {
                "name": name,
                "meaning": CONDITIONS[name].text,
                "sets": dict(change.keys),
                "design": _design(results.reference(name)),
            }
            for name, change in prepared.changes.items()
        ],
        "skipped": [{"name": name, "reason": reason} for name, reason in prepared.skipped.items()],
        "curves": [
            {
                "condition": each.condition,
                "kind": each.kind,
                "parameter": each.planned.curve.parameter,
                "sweep_id": each.planned.plan.sweep_id,
            }
            for each in results.curves
        ],
        "points": _records(points(results)),
        "equal_accuracy": _records(equal_accuracy(results)),
        "equal_detection_time": _records(equal_detection_time(results)),
        "costs": _records(costs(results)),
    }


def _design(reference: Counts) -> dict[str, float | None]:
    """The detection time and the query accuracy of the reference; null if there were no such requests."""
    ((time, share),) = zip(*(column.tolist() for column in reference.points(np.arange(reference.replications))))
    values = {"detection_time_s": time, "query_accuracy": 1 - share}
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def frame_of(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """One of the tables of a document as a frame, with NaN for a number that does not exist."""
    import pandas as pd

    made = pd.DataFrame(list(rows))
    for name in made.columns:
        values = made[name].dropna()
        if made[name].dtype == object and not any(isinstance(value, str | bool) for value in values):
            made[name] = made[name].astype(float)
    return made


def _records(frame: "pd.DataFrame") -> list[dict[Any, Any]]:
    rows: list[dict[Any, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return rows


def html(found: Mapping[str, Any]) -> str:
    """The detection times at equal accuracy of a document as HTML, under the first condition."""
    frame = frame_of(found["equal_accuracy"])
    frame = frame[frame["condition"] == found["conditions"][0]["name"]]
    ats = list(dict.fromkeys(frame["at"]))
    rows = [
        (kind, *(reached(row, "detection_time_s", "s") for row in of_kind.to_dict("records")))
        for kind, of_kind in frame.groupby("kind", sort=False)
    ]
    own = f"{figure(frame['query_accuracy'].iloc[0], '%')}, the design's"
    caption = f"{found['scenario']}: detection time at equal query accuracy"
    return pages.table(caption, ("detector", *(own if at == REFERENCES else at for at in ats)), rows)


def reached(row: Mapping[Any, Any], name: str, unit: str) -> str:
    """A value of a table with its interval, or `UNKNOWN`; "not reached" if there is no value."""
    reach, value, low, high = Reach(row["reach"]), row[name], row[f"{name}_low"], row[f"{name}_high"]
    if reach is Reach.NOT_REACHED:
        return reach.value
    sign = {Reach.AT_MOST: "≤ ", Reach.AT_LEAST: "≥ "}.get(reach, "")
    return f"{sign}{figure(value, unit)} {UNKNOWN if math.isnan(low) else interval(low, high, unit)}"
