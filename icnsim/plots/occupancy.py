"""Records, actors and messages of the federation over time, and the cost of its managers' ticks."""

import math
from typing import Final

import numpy as np

from icnsim.numbers import as_given, brief, figure, whole
from icnsim.plots.chart import Axis, Chart, Floats, Layer, Line, Points, Stack
from icnsim.plots.conclusions import closed_form
from icnsim.plots.results import RunResult
from icnsim.recording.tables import STATES

ACTIVE: Final = STATES[:4]
MOST_INSTANTS: Final = 4000
"""The most instants of a run that are drawn: more than the pixels across a page."""


def records(run: RunResult) -> Chart:
    """Records held over time, with their mean by Little's law: rate of arrival times mean life."""
    names = ("records", "active", "complete", "failed")
    at, columns = over_time(run, names)
    roles = ("simulated", "requesting", "complete", "failed")
    lines: list[Layer] = [
        Line("all" if name == "records" else name, role, at, columns[name], dashed=name == "complete", steps=True)
        for name, role in zip(names, roles, strict=True)
        if name != "active"
    ]
    lines.append(Line("active", "restoring", at, columns["active"], steps=True))
    found, predicted = run.summary["records"]["mean"], run.summary["predicted"].get("records.mean", {})
    alt = f"Records held over time: {run.summary['records']['peak']:,} at most"
    if found is not None:
        alt += f", {brief(found)} on average while migrations arrive"
        lines.append(_held("mean while migrations arrive", "simulated", run, found))
    note = without_drain(run)
    if predicted.get("value") is not None:
        lines.append(_held("mean by Little's law", "predicted", run, predicted["value"]))
        alt += f"; Little's law gives {brief(predicted['value'])}"
    elif predicted.get("reason"):
        note = "; ".join(filter(None, [note, f"no closed form: {predicted['reason']}"]))
    title = f"{run.scenario.name}: at most {run.summary['records']['peak']:,} records are held"
    if found is not None:
        form = closed_form(run, "records.mean", "", run.summary["records"]["mean_ci95"])
        title = f"{run.scenario.name}: {brief(found)} records are held on average{form}"
    return Chart(title, Axis("virtual time", "s"), Axis("records", low=0), tuple(lines), f"{alt}.", note)


def occupancy(run: RunResult) -> Chart:
    """Active records over time, by their states."""
    at, columns = over_time(run, ACTIVE)
    parts = tuple((name, name, columns[name]) for name in ACTIVE)
    mean = {name: float(columns[name].mean()) if len(at) else 0.0 for name in ACTIVE}
    means = ", ".join(f"{name} {brief(value)}" for name, value in mean.items())
    most = max(ACTIVE, key=lambda name: mean[name])
    total = f"{brief(math.fsum(mean.values()))} records are active on average"
    title = f"{run.scenario.name}: {total}" + (f", {brief(mean[most])} of them {most}" if mean[most] else "")
    alt = f"Active records by state over time; on average {means}."
    return Chart(title, Axis("virtual time", "s"), Axis("records", low=0), (Stack(at, parts),), alt, without_drain(run))


def actors(run: RunResult) -> Chart:
    """Copies of actors that run, actors that run nowhere, and messages under way, over time."""
    at, columns = over_time(run, ("running", "paused", "in_flight"))
    extra = columns["running"] + columns["paused"] - run.scenario.actors.count
    lines = (
        Line("actors that run nowhere", "failed", at, columns["paused"], steps=True),
        Line("second copies", "series-3", at, np.maximum(extra, 0), dashed=True, steps=True),
        Line("messages under way", "muted", at, columns["in_flight"], steps=True),
    )
    count, paused = f"{run.scenario.actors.count:,}", whole(columns["paused"].max(initial=0))
    twice = whole(max(0, extra.max(initial=0)))
    title = f"{run.scenario.name}: at most {paused} of {count} actors run nowhere at once, and {twice} run twice"
    alt = f"Of {count} actors at most {paused} run nowhere at once, and at most {twice} run twice."
    return Chart(title, Axis("virtual time", "s"), Axis("number", low=0), lines, alt, without_drain(run))


def tick_cost(run: RunResult) -> Chart:
    """Cost of each tick that failed or removed a record against the records that it scanned, with the cost model."""
    frame = run.some("manager", ["active", "removed", "cycle_cost_s"])
    groups = frame.value_counts(["active", "removed", "cycle_cost_s"], sort=False).reset_index(name="ticks")
    active, removed, cost, ticks = (groups[name].to_numpy(np.float64) for name in groups)
    texts = tuple(
        f"{whole(count)} ticks scanned {whole(a)} active records, removed {whole(r)}: {figure(c, 's')} each"
        for a, r, c, count in zip(active, removed, cost, ticks, strict=True)
    )
    costs = run.scenario.manager.costs
    most = max(1.0, active.max(initial=0))
    x = np.array([0.0, most])
    layers: list[Layer] = [
        Points("ticks; area: their number", "simulated", active, cost * 1e6, sizes=ticks, texts=texts, marker="ring"),
    ]
    if run.scenario.manager.structure == "scan":
        alone = costs.tick + costs.detect * x
        layers.append(Line("tick and detection alone", "predicted", x, alone, dashed=True))
    dearest = f"the most expensive of {whole(ticks.sum())} ticks costs {figure(float(cost.max(initial=0)), 's')}"
    title = f"{run.scenario.name}: {dearest if len(ticks) else 'no tick found an expired record'}"
    alt = (
        f"Cost of a tick against active records, with a {run.scenario.manager.structure}: {costs.tick} µs a "
        f"tick and {costs.cleanup} µs for each record that it removed, besides detection. The most expensive tick took "
        f"{figure(float(cost.max(initial=0)), 's')}."
    )
    note = f"above the line: {costs.cleanup} µs for each record removed; ticks that found nothing are not drawn"
    return Chart(
        title, Axis("active records scanned", low=0), Axis("cost of the tick", "µs", low=0), tuple(layers), alt, note
    )


def _held(name: str, role: str, run: RunResult, mean: float) -> Line:
    """A line at a mean, over the window of the statistics."""
    scenario = run.scenario
    window = np.array([scenario.warmup / 1e6, run.summary["simulated_s"] - scenario.drain / 1e6])
    return Line(f"{name}, {brief(mean)}", role, window, np.array([mean, mean]), dashed=True)


def without_drain(run: RunResult) -> str:
    """Return a note that the drain is not drawn."""
    drain = run.scenario.drain / 1e6
    return f"the drain, the last {as_given(drain, 's')}, in which no migration starts, is not drawn" if drain else ""


def over_time(run: RunResult, names: tuple[str, ...]) -> tuple[Floats, dict[str, Floats]]:
    """The instants and some columns of the timeline without the drain, evenly thinned if there are many instants.

    The drain can be longer than the rest of the run, and no migration starts in it.
    """
    frame = run.some("timeline", ["at_s", *names])
    end = run.summary["simulated_s"] - run.scenario.drain / 1e6
    frame = frame[frame["at_s"] <= end]
    kept = frame.iloc[:: -(-len(frame) // MOST_INSTANTS)] if len(frame) else frame
    return kept["at_s"].to_numpy(np.float64), {name: kept[name].to_numpy(np.float64) for name in names}
