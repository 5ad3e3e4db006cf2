"""The plots of a run show the data of its tables."""

import json

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot

import icnsim
from icnsim.experiment import Run
from icnsim.numbers import brief, figure
from icnsim.plots.catalogue import OF_A_RUN
from icnsim.plots.chart import Arrows, Bars, Line, Points, Spans, Stack
from icnsim.plots.conclusions import closed_form
from icnsim.plots.drawing import FORMATS, draw, file_of
from icnsim.plots.interactive import STANDOFF, interactive
from icnsim.plots.latency import bins, ecdf
from icnsim.plots.notebook import RunPlots
from icnsim.plots.palette import colours, series
from icnsim.recording.occupancy import mean_held
from icnsim.scenario import loads

WEEK4 = "scenarios/week4.yaml"


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def week4() -> Run:
    return icnsim.run(WEEK4, overrides={"workload.migrations": 2000})


@pytest.fixture(scope="module")
def retried() -> Run:
    return icnsim.run("scenarios/timeout-attack-retries.yaml", overrides={"workload.migrations": 400})


def test_the_histogram_of_latencies_has_the_area_1_and_the_closed_form_too(week4):
    chart = OF_A_RUN["detection-latency"](week4)
    bars, closed = chart.layers
    assert isinstance(bars, Bars) and isinstance(closed, Line)
    assert (bars.lengths * np.diff(bars.edges)).sum() == pytest.approx(1)
    assert np.trapezoid(closed.y, closed.x) == pytest.approx(1)
    assert (bars.edges[0], bars.edges[-1]) == (0, 30)


def test_the_counts_of_the_histogram_are_those_of_the_table(week4):
    (bars, _) = OF_A_RUN["detection-total"](week4).layers
    values = week4.attempts["detection_total_s"].dropna()
    counted = [
        ((values >= low) & (values < high)).sum() for low, high in zip(bars.edges[:-1], bars.edges[1:], strict=True)
    ]
    assert np.round(bars.lengths * np.diff(bars.edges) * len(values)) == pytest.approx(counted)


def test_without_its_assumption_a_closed_form_is_not_drawn_and_the_note_has_the_reason():
    scenario = loads(
        "name: x\nworkload: {migrations: 50}\n"
        "manager: {tracked_states: [requesting, restoring], timeout: {requesting: 5s, restoring: 9s}}\n"
        "executors: [{group: a, count: 3}, {group: b, count: 3, behavior: unresponsive}]\n"
    )
    run = icnsim.run(scenario)
    assert run.summary["predicted"]["detection_total.mean"]["value"] is None
    chart = OF_A_RUN["detection-total"](run)
    assert not any(isinstance(layer, Line) for layer in chart.layers)
    assert chart.note.startswith("no closed form: ")


def test_the_empirical_distribution_rises_from_0_to_1_by_one_step_a_value():
    line = ecdf("", "", np.array([3.0, 1.0, 2.0, 2.0]))
    assert line.x.tolist() == [1, 1, 2, 2, 3]
    assert line.y.tolist() == [0, 25, 50, 75, 100]


def test_a_long_empirical_distribution_is_thinned_and_stays_within_a_step_of_it():
    values = np.random.default_rng(1).exponential(size=50_000)
    line = ecdf("", "", values)
    assert len(line.x) < 2100
    exact = np.searchsorted(np.sort(values), line.x, side="right") / len(values)
    assert np.abs(100 * exact - line.y)[1:].max() < 1e-10


def test_the_bins_cover_values_outside_of_the_support():
    assert bins(np.array([5.0, 40.0]), (0.0, 30.0))[-1] == 40
    assert bins(np.array([5.0]), (0.0, 30.0))[[0, -1]].tolist() == [0, 30]
    assert np.ptp(bins(np.array([7.0, 7.0]))) > 0


def test_the_occupancy_is_the_timeline_state_by_state(week4):
    (stack,) = OF_A_RUN["occupancy"](week4).layers
    assert isinstance(stack, Stack)
    drawn = week4.timeline[week4.timeline["at_s"] <= week4.summary["simulated_s"] - week4.scenario.drain / 1e6]
    for name, role, heights in stack.parts:
        assert role == name
        assert heights.tolist() == drawn[name].tolist()
    assert sum(heights for *_, heights in stack.parts).tolist() == drawn["active"].tolist()


@pytest.mark.parametrize("kind", ["records", "occupancy", "actors"])
def test_the_drain_is_not_drawn_and_the_note_says_so(week4, kind):
    chart = OF_A_RUN[kind](week4)
    last = week4.attempts["requested_at_s"].max()
    assert week4.summary["simulated_s"] > last + 800  # a drain of 15 min
    assert max(layer.x.max() for layer in chart.layers) <= last + 1e-6
    assert "the drain, the last 900 s, in which no migration starts, is not drawn" in chart.note


def test_littles_law_is_drawn_at_its_prediction_over_the_window(week4):
    chart = OF_A_RUN["records"](week4)
    predicted = week4.summary["predicted"]["records.mean"]["value"]
    (line,) = [layer for layer in chart.layers if layer.role == "predicted"]
    assert line.y.tolist() == [predicted, predicted]
    assert line.x[1] == pytest.approx(week4.attempts["requested_at_s"].max())


def test_every_tick_that_found_a_record_is_in_the_plot_of_costs(week4):
    points, line = OF_A_RUN["tick-cost"](week4).layers
    assert points.sizes.sum() == len(week4.manager)
    costs = week4.scenario.manager.costs
    above = points.y - np.interp(points.x, line.x, line.y)
    assert above == pytest.approx(np.round(above / costs.cleanup) * costs.cleanup)
    assert above.min() >= -1e-9


def test_success_by_executor_keeps_the_order_of_the_scenario_and_counts_ended_attempts(retried):
    chart = OF_A_RUN["success"](retried)
    named = chart.y.categories
    order = [
        name
        for name in dict.fromkeys(each.rpartition("-")[0] for each in retried.scenario.executor_names)
        if name in named
    ]
    assert list(named) == order
    points = next(layer for layer in chart.layers if isinstance(layer, Points))
    ended = retried.attempts[retried.attempts["outcome"] != "unfinished"]
    for lane, group in enumerate(named):
        of_it = ended[ended["target"].astype(str).str.startswith(f"{group}-")]
        assert points.x[lane] == pytest.approx(100 * (of_it["outcome"] == "completed").mean())
    assert (points.low <= points.x).all() and (points.x <= points.high).all()


def test_a_title_states_the_mean_and_confirms_only_a_closed_form_inside_its_interval(week4):
    title = OF_A_RUN["detection-latency"](week4).title
    found = week4.summary["detection_latency"]
    assert title.startswith(f"week4: detection takes {figure(found['mean'], 's')} on average after the deadline")
    metric = "detection_latency.mean"
    assert closed_form(week4, metric, "s", [14.9, 15.1]) == ", as the closed form says (15 s)"
    assert (
        closed_form(week4, metric, "s", [15.1, 16.0])
        == closed_form(week4, metric, "s")
        == "; the closed form gives 15 s"
    )
    assert closed_form(week4, "qos.mistakes.none", "s", [0.0, 1.0]) == ""


def test_the_titles_of_a_run_have_its_figures(week4):
    title = {kind: make(week4).title.removeprefix("week4: ") for kind, make in OF_A_RUN.items()}
    records, duration = week4.summary["records"], week4.summary["migration_duration"]
    assert title["records"].startswith(f"{brief(records['mean'])} records are held on average")
    assert title["migration-duration"].startswith(f"a migration takes {figure(duration['mean'], 's')} on average")
    assert title["qos"].endswith(f"with {week4.summary['qos']['mistakes']} mistakes")
    assert title["success"].endswith(", the fewest at unresponsive (0 %)")
    assert f"{figure(week4.summary['success_rate'], '%')} of the migrations" in title["success-by-time"]


def test_the_title_of_an_axis_keeps_its_distance_from_long_categories(week4):
    chart = OF_A_RUN["migration-duration"](week4)
    axis = interactive(chart)["layout"]["yaxis"]
    assert axis["ticktext"] == list(chart.y.categories)
    assert axis["title"] == {"text": "stage", "standoff": STANDOFF}


def test_few_executors_are_shown_individually_in_their_order():
    run = icnsim.run(loads("name: x\nworkload: {migrations: 200}\nexecutors: [{group: a, count: 12}]\n"))
    assert list(OF_A_RUN["success"](run).y.categories) == [f"a-{number}" for number in range(12)]


def test_a_migration_is_drawn_from_its_rows(retried):
    retries = retried.migrations[retried.migrations["attempts"] > 1]
    number = int(retries["migration_id"].iloc[0])
    rows = retried.attempts[retried.attempts["migration_id"] == number]
    chart = RunPlots(retried)  # the method takes the number
    ax = chart.migration(number)
    assert str(number) in ax.get_title(loc="left")
    from icnsim.plots.migration import migration

    layers = migration(retried, number).layers
    requesting = next(layer for layer in layers if isinstance(layer, Spans) and layer.role == "requesting")
    assert len(requesting.start) == len(rows)
    assert requesting.start[0] == 0
    arrows = next((layer for layer in layers if isinstance(layer, Arrows)), None)
    accepted = rows["admitted_at_s"].notna().sum() + rows["accepted_at_s"].notna().sum()
    assert accepted == 0 or len(arrows.x0) >= accepted


def test_the_curve_of_success_passes_through_the_figures_of_the_summary(retried):
    (curve, rule) = OF_A_RUN["success-by-time"](retried).layers
    assert isinstance(curve, Line)
    for name, share in retried.summary["success_by"].items():
        place = np.searchsorted(curve.x, float(name.removesuffix("s")))
        low, high = curve.y[max(place - 1, 0)], curve.y[min(place, len(curve.y) - 1)]
        assert low - 1e-9 <= 100 * share <= high + 1e-9
    assert rule.at == 100 * retried.summary["success_rate"]


def test_the_plot_of_the_warm_up_has_the_exact_path_and_the_proposal(week4):
    held, smooth, proposed = OF_A_RUN["warmup"](week4).layers
    recording = week4.replayed()
    end = recording.window_end
    assert held.y.mean() == pytest.approx(mean_held(recording.records, end % 200, end))
    assert smooth.y[50] == pytest.approx(held.y[40:61].mean()) and smooth.y[0] == held.y[0]
    assert proposed.at == week4.summary["warmup"]["proposed_s"]


def test_an_unknown_migration_is_refused(week4):
    with pytest.raises(icnsim.errors.ResultsError, match="no migration 123456"):
        week4.plot.migration(123456)


def test_every_kind_has_a_method_with_its_name():
    for kind in OF_A_RUN:
        assert getattr(RunPlots, kind.replace("-", "_")).__doc__


@pytest.mark.parametrize("kind", OF_A_RUN)
def test_every_kind_has_a_description_and_draws_in_the_dark_theme(kind, week4, retried):
    draw(OF_A_RUN[kind](retried), theme="dark").figure.canvas.draw()
    for run in (week4, retried):
        chart = OF_A_RUN[kind](run)
        assert len(chart.alt) > 20 and len(chart.alt) < 1000
        text = json.dumps(interactive(chart), allow_nan=False)
        assert len(text) < 100_000
        for role in {part.partition("/")[0] for part in text.split('"') if part.startswith("role:")}:
            assert role.removeprefix("role:") in colours("light")


@pytest.fixture(scope="module")
def empty() -> Run:
    return icnsim.run(
        loads(
            "name: x\nduration: 1s\nworkload: {arrivals: {process: periodic, rate: 1/min}}\n"
            "executors: [{group: a, count: 2}]\n"
        )
    )


@pytest.mark.parametrize("kind", OF_A_RUN)
def test_a_run_without_events_can_be_drawn(kind, empty):
    if kind == "migration" and empty.attempts.empty:
        with pytest.raises(icnsim.errors.ResultsError):
            OF_A_RUN[kind](empty)
    else:
        assert b"<svg" in file_of(OF_A_RUN[kind](empty), "svg")


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_chart_gives_the_same_file(form, week4):
    chart = OF_A_RUN["success"](week4)
    usual = file_of(chart, form)
    with mpl.rc_context({"lines.linewidth": 9, "text.usetex": True, "figure.autolayout": True}):
        assert file_of(chart, form) == usual


def test_text_of_a_scenario_is_inert_in_every_form():
    run = icnsim.run(loads("name: x\nworkload: {migrations: 30}\nexecutors: [{group: a, count: 2}]\n"))
    chart = OF_A_RUN["success"](run)
    hostile = type(chart)("$\\frac{<b>&", chart.x, chart.y, chart.layers, chart.alt, "<script>$")
    drawn = file_of(hostile, "svg").decode()
    assert "<script>" not in drawn and "$\\frac{&lt;b&gt;&amp;" in drawn


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_role_contrasts_with_the_background(theme):
    palette = colours(theme)
    for role, colour in palette.items():
        if role not in ("paper", "grid"):
            assert _contrast(colour, palette["paper"]) >= (4.5 if role in ("ink", "muted") else 3), role
    assert series(0) != series(1)
