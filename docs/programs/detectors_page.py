"""Makes the text of docs/detectors.md: its tables, and its conclusions, which are computed from the figures."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from icnsim import columns
from icnsim.numbers import as_given, figure, interval, rounded
from icnsim.scenario import Scenario
from icnsim.scenario.detector import HEEDING, KINDS, Detector
from icnsim.sweeps.detectors import curves, tables
from icnsim.sweeps.detectors.comparison import DetectorComparison
from icnsim.sweeps.detectors.conditions import AS_IT_IS, CONDITIONS
from icnsim.sweeps.detectors.settings import own_timeout_s
from icnsim.sweeps.detectors.tables import ACCURACIES, CHOSEN, REFERENCES, reached

if TYPE_CHECKING:
    import pandas as pd

HEARTBEATS: Final = "heartbeats"
STAYS: Final = 0.99
"""The accuracy that a detector must keep to suit a condition."""

Row = Mapping[Any, Any]


class Study(NamedTuple):
    """The comparisons of the page.

    Attributes
    ----------
    tuned : the detectors along their own parameters. mute : the same with heartbeats, which executors that do not
        answer also send. beating : with crashes instead of such executors, without and with heartbeats.
    under : one setting of each detector under every condition.
    """

    tuned: DetectorComparison
    beating: DetectorComparison
    mute: DetectorComparison
    under: DetectorComparison


def page(found: Study, picture: str) -> str:
    """Returns the text of the page."""
    results = found.tuned.results
    scenario = results.prepared.scenario
    return TEXT.format(
        replications=results.curves[0].counts.replications,
        executors=scenario.executor_count,
        answer="\n".join(f"- {sentence}" for sentence in _answer(found)),
        picture=picture,
        accuracy=_accuracy_table(found),
        time=_time_table(found),
        costs=_costs_table(found),
        conditions=_conditions_table(found),
        suits="\n".join(f"- {sentence}" for sentence in _suits(found)),
        heartbeats="\n".join(f"- {sentence}" for sentence in _of_heartbeats(found)),
        settings=_settings_table(found),
        meanings=_meanings(found),
        exact=_exactness(scenario),
        chosen=as_given(100 * CHOSEN, "%"),
        stays=as_given(100 * STAYS, "%"),
        design=_design(found),
        half=f"{rounded(100 * curves.UNSEEN / float(results.reference(AS_IT_IS).trials.sum()), 2)} %",
    )


def _design(found: Study) -> str:
    scenario = found.tuned.results.prepared.scenario
    return f"{as_given(scenario.manager.check_interval / 1e6, 's')} / {as_given(own_timeout_s(scenario), 's')}"


def _rows(frame: "pd.DataFrame", **where: str) -> list[Row]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    rows: list[Row] = frame.to_dict("records")
    return rows


def _own(found: Study) -> tuple[float, float]:
    """The detection time, s, and the share of mistakes of the design."""
    own = found.tuned.results.reference(AS_IT_IS)
    time, share = own.points(np.arange(own.replications))
    return float(time[0]), float(share[0])


def _answer(found: Study) -> Iterator[str]:
    """Returns sentences that compare the design with each detector."""
    time, share = _own(found)
    mistakes = found.tuned.results.reference(AS_IT_IS).mistakes.sum()
    seen = f"{mistakes:,.0f} mistakes" if mistakes else "no mistake"
    trials = found.tuned.results.reference(AS_IT_IS).trials.sum()
    yield (
        f"**The design ({_design(found)}) detects a target that does not answer after {rounded(time, 3)} s** on "
        f"average, with {seen} in {trials:,.0f} requests to willing targets (an accuracy of "
        f"{rounded(100 * (1 - share), 4)} %)."
    )
    at_chosen = [row for row in _rows(found.tuned.equal_accuracy, at=as_given(100 * CHOSEN, "%")) if _is_within(row)]
    for row in sorted(at_chosen, key=lambda row: row["detection_time_s"]):
        seconds, sign = row["detection_time_s"], "at most " if row["reach"] == curves.Reach.AT_MOST else ""
        factor = time / seconds
        compared = f"{rounded(factor, 2)} times faster than the design" if factor > 1 else "not faster than the design"
        interval = _interval(row["detection_time_s_low"], row["detection_time_s_high"], "s")
        after = f"{sign}{rounded(seconds, 3)} s{interval}"
        yield f"`{row['kind']}` reaches {as_given(100 * CHOSEN, '%')} after {after}: {compared}."
    missing = [kind for kind in KINDS if kind not in {row["kind"] for row in at_chosen}]
    if missing:
        yield f"{_listed(missing)} did not reach {as_given(100 * CHOSEN, '%')} at any setting that was measured."
    if len(at_chosen) > 1:
        best = min(at_chosen, key=lambda row: row["detection_time_s"])
        close = [
            row["kind"]
            for row in at_chosen
            if row is not best and row["detection_time_s"] <= best["detection_time_s_high"]
        ]
        equal = f" {_listed(close)} {'is' if len(close) == 1 else 'are'} within its interval." if close else ""
        yield f"**Fastest at {as_given(100 * CHOSEN, '%')}: `{best['kind']}`.**{equal}"


def _is_within(row: Row) -> bool:
    return row["reach"] in (curves.Reach.WITHIN, curves.Reach.AT_MOST)


def _interval(low: float, high: float, unit: str) -> str:
    return "" if math.isnan(low) else f" {interval(low, high, unit)}"


def _listed(kinds: Sequence[str]) -> str:
    names = [f"`{kind}`" for kind in kinds]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


# Tables


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(headings)} |", "|---|" + "---|" * (len(headings) - 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _both(found: Study, name: str) -> list[tuple[str, list[Row]]]:
    """The rows of each detector in a table, those with heartbeats last."""
    parts: list[tuple[str, list[Row]]] = []
    for comparison, suffix in ((found.tuned, ""), (found.mute, " with heartbeats")):
        frame = getattr(comparison, name)
        parts += [(f"{kind}{suffix}", _rows(frame, kind=kind)) for kind in dict.fromkeys(frame["kind"])]
    return parts


def _accuracy_table(found: Study) -> str:
    ats = [REFERENCES, *(as_given(100 * each, "%") for each in ACCURACIES)]
    headings = ["detector", "as the design", *ats[1:], "less than the design, at its accuracy"]
    rows = []
    for name, of_kind in _both(found, "equal_accuracy"):
        by = {row["at"]: row for row in of_kind}
        own = by[REFERENCES]
        less = "-" if math.isnan(own["difference_s"]) else _with_interval(own, "difference_s", "s", sign=-1)
        rows.append([name, *(reached(by[at], "detection_time_s", "s") for at in ats), less])
    return _markdown(headings, rows)


def _time_table(found: Study) -> str:
    ats = [REFERENCES, *(as_given(each, "s") for each in tables.TIMES_S)]
    headings = ["detector", "as the design", *ats[1:]]
    rows = [
        [name, *(reached({row["at"]: row for row in of_kind}[at], "query_accuracy", "%") for at in ats)]
        for name, of_kind in _both(found, "equal_detection_time")
    ]
    return _markdown(headings, rows)


def _with_interval(row: Row, name: str, unit: str, sign: int = 1) -> str:
    value, low, high = (sign * row[f"{name}{end}"] for end in ("", "_low", "_high"))
    low, high = min(low, high), max(low, high)
    return figure(value, unit) + _interval(low, high, unit)


def _costs_table(found: Study) -> str:
    headings = [
        "detector and setting", "accuracy", "CPU for detection", "CPU of the ticks", "timers", "at once", "memory",
        "observations", "heartbeats",
    ]  # fmt: skip
    rows = []
    for comparison, suffix in ((found.tuned, ""), (found.mute, " with heartbeats")):
        for row in _rows(comparison.costs):
            counts = [_count(row[f"detector.{name}"]) for name in ("timers", "timers_peak")]
            others = [_count(row[f"detector.{name}"]) for name in ("samples", "heartbeats")]
            rows.append([
                f"{row['detector']}{suffix}", figure(row["query_accuracy"], "%"), figure(row["detector.cost_s"], "s"),
                figure(row["manager.cost_s"], "s"), *counts, figure(row["detector.memory_bytes"], "B"), *others,
            ])  # fmt: skip
    return _markdown(headings, rows)


def _count(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:,.0f}"


def _settings_table(found: Study) -> str:
    rows = []
    for each in found.tuned.results.compared(AS_IT_IS):
        curve = each.planned.curve
        rows.append([each.kind, curve.parameter, ", ".join(as_given(value, curve.unit) for value in curve.values)])
    return _markdown(["detector", "parameter", "values"], rows)


# Conditions


def _conditions_table(found: Study) -> str:
    """A row for each condition: accuracy and detection time of each detector at its setting."""
    frame = found.under.points
    kinds = list(dict.fromkeys(frame["kind"]))
    rows = []
    for condition in found.under.results.conditions:
        by = {row["kind"]: row for row in _rows(frame, condition=condition)}
        rows.append([condition, *(_cell(by[kind]) for kind in kinds)])
    names = {row["kind"]: row["detector"] for row in _rows(frame)}
    return _markdown(["condition", *(names[kind] for kind in kinds)], rows)


def _cell(row: Row) -> str:
    accuracy, time = row["query_accuracy"], row["detection_time_s"]
    text = f"{figure(accuracy, '%')}, {figure(time, 's')}"
    return text if accuracy >= STAYS else f"*{text}*"


def _suits(found: Study) -> Iterator[str]:
    """Returns the fastest accurate detector under each condition, in sentences."""
    for condition in found.under.results.conditions:
        rows = _rows(found.under.points, condition=condition)
        good = [row for row in rows if row["query_accuracy"] >= STAYS and not math.isnan(row["detection_time_s"])]
        bad = [row["kind"] for row in rows if not row["query_accuracy"] >= STAYS]
        if good:
            best = min(good, key=lambda row: row["detection_time_s"])
            text = (
                f"`{best['kind']}` is the fastest that keeps {as_given(100 * STAYS, '%')}, "
                f"with {rounded(best['detection_time_s'], 3)} s"
            )
        else:
            best = max(rows, key=lambda row: row["query_accuracy"])
            text = f"no detector keeps {as_given(100 * STAYS, '%')}; `{best['kind']}` is the most accurate, with "
            text += figure(best["query_accuracy"], "%")
        lost = f"; {_listed(bad)} {'does' if len(bad) == 1 else 'do'} not" if good and bad else ""
        yield f"**{condition}**: {text}{lost}."


def _of_heartbeats(found: Study) -> Iterator[str]:
    """Returns sentences that compare detection with and without heartbeats."""
    at = as_given(100 * CHOSEN, "%")
    for kind in HEEDING:
        parts = []
        for comparison, condition, where in (
            (found.beating, AS_IT_IS, "of targets that are down, without heartbeats"),
            (found.beating, HEARTBEATS, "with them"),
            (found.tuned, AS_IT_IS, "of targets that run and do not answer, without heartbeats"),
            (found.mute, HEARTBEATS, "with them"),
        ):
            (row,) = _rows(comparison.equal_accuracy, kind=kind, at=at, condition=condition)
            parts.append(f"{reached(row, 'detection_time_s', 's')} {where}")
        yield f"`{kind}` at {at}: {'; '.join(parts)}."


def _meanings(found: Study) -> str:
    names = [*found.under.results.conditions, HEARTBEATS]
    return _markdown(["condition", "meaning"], [[f"`{name}`", CONDITIONS[name].text] for name in names])


def _exactness(scenario: Scenario) -> str:
    rows = []
    for kind in KINDS:
        manager = scenario.manager.model_copy(update={"detector": Detector(kind=kind)})
        needs = columns.unsupported(scenario.model_copy(update={"manager": manager, "faults": ()}))
        rows.append([kind, "yes", "yes" if needs is None else f"no: `{needs}` needs `events`"])
    return _markdown(["detector", "`events`", "`columns`"], rows)


TEXT: Final = """# Which failure detector?

The design polls: every 30 s a manager looks for requests that have waited for more than 60 s. This page compares
that with other detectors. `python -m docs.programs.detectors` makes the page, including its conclusions; do not
edit it.

The scenario is `scenarios/detectors.yaml`, a federation of {executors} executors each of
which does not answer for 90 s now and then. All detectors see the same arrivals, targets and latencies ({replications}
replications).

```sh
icnsim compare scenarios/detectors.yaml --detectors
```

The two figures are those of Chen, Toueg and Aguilera (2002). The **detection time** is the time from the sending of a
request that no executor will answer to its suspicion. The **query accuracy** is the share of the requests to willing,
reachable targets that are not suspected. [The formulas](detector-formulas.md) define each detector.

## The answer

{answer}

![Mistakes against detection time, a line for each detector]({picture})

## At equal accuracy

The mean detection time of each detector at some accuracies, with 95 % intervals; "as the design" is the accuracy of
poll at {design}. The last column is the difference to the design, paired by seed.

{accuracy}

Values between measured settings are interpolated on the logarithm of the share of mistakes, and never beyond the
measured range: `≤` is its end. A setting without a mistake counts as half a mistake, {half} here.

## At equal detection time

{time}

## Cost of a detector

The sums over a run of the fastest measured setting with an accuracy of at least {chosen}, or of the most accurate one.
With poll, the ticks scan the records; with the others they only remove old ones. The costs of one operation are the
assumptions of `manager.costs`.

{costs}

## Which detector suits which federation

Each detector keeps the setting above under changed conditions. A cell has the query accuracy and the mean detection
time; an accuracy below {stays} is in italics.

{conditions}

So, of these settings:

{suits}

{meanings}

`icnsim compare SCENARIO --detectors --conditions all` runs the whole curves of your own scenario under all of them.

## Heartbeats

`chen` and `phi-accrual` use heartbeats if `manager.heartbeat` is set. A heartbeat shows that a process runs. It does
not show that the process answers:

{heartbeats}

## Settings

{settings}

## Exactness

Every detector runs in the event engine. The columnar engine computes the same bytes for some of them, in a scenario
without faults and other keys that need events. A learning detector needs events, because an observation of one actor
changes the timeouts of others.

{exact}

## Limits

- A mistake costs a migration here, not a retry, and states after Requesting are not tracked.
- The delays of messages are independent of each other. A congested network is worse.
- The costs of timers, observations and heartbeats are assumptions, not measurements.
"""
