"""The plots of a sweep show the data of its tables."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib import pyplot

import icnsim
from icnsim.cli import icnsim as command_line
from icnsim.errors import ResultsError
from icnsim.plots.catalogue import OF_A_SWEEP
from icnsim.plots.chart import Band, Heat, Line, Points, Rule, Spans
from icnsim.plots.drawing import file_of
from icnsim.plots.interactive import interactive
from icnsim.plots.notebook import SweepPlots
from icnsim.recording.occupancy import mean_held
from icnsim.statistics import pareto
from icnsim.sweeps.sweep import Sweep

SCENARIO = "scenarios/timeout-attack.yaml"
FEW = {"workload.migrations": 120, "actors.count": 1000}
KEYS = {"manager.timeout": ["20s", "60s"], "manager.check_interval": ["5s", "15s", "30s"]}
METRIC = "detection_total.mean"


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def grid(tmp_path_factory) -> Sweep:
    return icnsim.sweep(SCENARIO, KEYS, FEW, replications=3, jobs=1, out=tmp_path_factory.mktemp("grid"))


@pytest.fixture(scope="module")
def one_at_a_time() -> Sweep:
    keys = {**KEYS, "network.latency": ["100ms", "1s"]}
    return icnsim.sweep(SCENARIO, keys, FEW, replications=2, jobs=1, design="one-at-a-time")


@pytest.fixture(scope="module")
def saltelli() -> Sweep:
    keys = {"manager.timeout": "20s..90s", "manager.check_interval": "5s..30s"}
    return icnsim.sweep(SCENARIO, keys, FEW, replications=4, jobs=1, design="saltelli", samples=8)


def test_the_heat_map_has_the_estimate_of_each_point_at_its_place(grid):
    chart = OF_A_SWEEP["heatmap"](grid, METRIC)
    heat, _ = chart.layers
    assert isinstance(heat, Heat) and heat.unit == "s"
    frame = grid.aggregate
    for row, interval in enumerate(heat.y):
        for column, timeout in enumerate(heat.x):
            at = frame[(frame["manager.timeout"] == timeout) & (frame["manager.check_interval"] == interval)]
            assert heat.z[row, column] == at[f"{METRIC}.estimate"].item()


@pytest.mark.parametrize("at_most", [True, False])
def test_the_points_that_meet_the_objective_are_ticked_and_no_marker_covers_a_value(grid, at_most):
    chart = OF_A_SWEEP["heatmap"](grid, METRIC, limit=50, at_most=at_most)
    heat, framed = chart.layers
    assert heat.levels == (50,) and framed.marker == "square"
    ticked = [[text.endswith(" ✓") for text in row] for row in heat.texts]
    assert ticked == ((heat.z <= 50) == at_most).tolist() and any(map(any, ticked))
    assert f"✓: at {'most' if at_most else 'least'} 50 s" in chart.note


def test_every_other_key_has_its_first_value_and_the_note_says_so(one_at_a_time):
    chart = OF_A_SWEEP["lines"](one_at_a_time, METRIC, "manager.timeout", "manager.check_interval")
    assert "network.latency is 0.2 s" in chart.note


def test_points_that_are_not_a_grid_are_refused(saltelli):
    with pytest.raises(ResultsError, match=r"not a grid over manager.timeout and manager.check_interval"):
        OF_A_SWEEP["heatmap"](saltelli)


def test_a_heat_map_has_ticks_at_the_values_that_were_run_the_values_and_the_design_framed(grid):
    chart = OF_A_SWEEP["heatmap"](grid, METRIC)
    heat, framed = chart.layers
    assert (chart.x.ticks, chart.y.ticks) == ((20, 60), (5, 15, 30))
    assert [len(row) for row in heat.texts] == [2, 2, 2]
    assert float(heat.texts[0][0]) == pytest.approx(heat.z[0, 0], rel=5e-3)
    assert (framed.x.tolist(), framed.y.tolist(), framed.marker) == ([60], [30], "square")
    assert "the design's 60 s and 30 s" in chart.note
    assert chart.title.endswith("is best at manager.timeout 20 s and manager.check_interval 5 s")
    (trace, *_) = interactive(chart)["data"]
    assert trace["texttemplate"] == "%{text}" and trace["showscale"] is False


def test_an_axis_never_has_a_prefix_in_front_of_its_unit(grid):
    for kind in ("heatmap", "lines", "front"):
        layout = interactive(OF_A_SWEEP[kind](grid, "manager.cpu_share") if kind != "front" else OF_A_SWEEP[kind](grid))
        assert layout["layout"]["xaxis"]["exponentformat"] == layout["layout"]["yaxis"]["exponentformat"] == "none"


def test_points_have_their_intervals_and_the_closed_form_the_band_of_chance(grid):
    chart = OF_A_SWEEP["lines"](grid, METRIC, "manager.check_interval", "manager.timeout", 40)
    bands, lines, points = ([each for each in chart.layers if isinstance(each, kind)] for kind in (Band, Line, Points))
    frame = grid.aggregate.sort_values(["manager.timeout", "manager.check_interval"])
    estimate, low, high = (frame[f"{METRIC}.{name}"].to_numpy() for name in ("estimate", "ci95_low", "ci95_high"))
    form = frame[f"predicted.{METRIC}.value.estimate"].to_numpy()
    assert np.concatenate([each.y for each in points]).tolist() == estimate.tolist()
    assert np.concatenate([line.y for line in lines]).tolist() == form.tolist()
    inside = (low <= form) & (form <= high)
    ends = [np.concatenate([getattr(band, end) for band in bands]) for end in ("low", "high")]
    assert ((ends[0] <= estimate) & (estimate <= ends[1])).tolist() == inside.tolist()
    assert f"within the interval of {inside.sum()} of {len(inside)} points" in chart.note
    rules = {layer.name: layer.at for layer in chart.layers if isinstance(layer, Rule)}
    assert rules == {"objective, 40 s": 40, "the design's 30 s": 30}
    assert " is best, " in chart.title and chart.title.endswith(
        "at manager.check_interval 5 s and manager.timeout 20 s"
    )


def test_the_title_says_that_a_figure_does_not_vary(grid):
    metric = "migrations.total"
    assert grid.aggregate[f"{metric}.estimate"].nunique() == 1
    for kind in ("lines", "heatmap"):
        assert OF_A_SWEEP[kind](grid, metric).title.endswith(" is the same at every point")


def test_the_band_of_a_share_has_no_impossible_values(grid):
    metric = "false_positives.rate"
    chart = OF_A_SWEEP["lines"](grid, metric, "manager.check_interval", "manager.timeout")
    low, high = (np.concatenate([getattr(each, end) for each in chart.layers if isinstance(each, Band)])
                 for end in ("low", "high"))  # fmt: skip
    assert len(low) and low.min() == 0 and high.max() <= 100
    assert (grid.aggregate[f"{metric}.ci95_high"] > grid.aggregate[f"{metric}.estimate"]).any()


def test_without_a_closed_form_the_band_has_the_intervals(grid):
    chart = OF_A_SWEEP["lines"](grid, "detection_latency.min", "manager.check_interval", "manager.timeout")
    bands, lines = ([each for each in chart.layers if isinstance(each, kind)] for kind in (Band, Line))
    frame = grid.aggregate.sort_values(["manager.timeout", "manager.check_interval"])
    assert np.concatenate([line.y for line in lines]).tolist() == frame["detection_latency.min.estimate"].tolist()
    low = np.concatenate([band.low for band in bands])
    assert np.array_equal(low, frame["detection_latency.min.ci95_low"], equal_nan=True)


def test_shares_are_shown_in_percent(grid):
    (line, *_) = [layer for layer in OF_A_SWEEP["lines"](grid, "success_rate").layers if isinstance(layer, Points)]
    assert line.y[0] == pytest.approx(100 * grid.aggregate["success_rate.estimate"].iloc[0])


def test_more_values_than_distinguishable_lines_are_refused():
    keys = {"manager.timeout": ["20s", "30s"], "actors.count": [100 + number for number in range(8)]}
    sweep = icnsim.sweep(SCENARIO, keys, {"workload.migrations": 20}, replications=1, jobs=1)
    with pytest.raises(ResultsError, match="8 values; this plot shows at most 7 lines"):
        OF_A_SWEEP["lines"](sweep, "success_rate", "manager.timeout", "actors.count")


def test_the_front_is_that_of_the_estimates_and_a_larger_success_rate_is_better(grid):
    chart = OF_A_SWEEP["front"](grid, METRIC, "success_rate")
    dominated, front, forms, designs = (layer for layer in chart.layers if isinstance(layer, Points))
    assert forms.name == "closed form"
    assert sorted(forms.x) == pytest.approx(sorted(grid.aggregate[f"predicted.{METRIC}.value.estimate"]))
    assert designs.texts == ("manager.timeout 60 s, manager.check_interval 30 s",)
    frame = grid.aggregate
    costs = np.stack([frame[f"{METRIC}.estimate"], -frame["success_rate.estimate"]], axis=1)
    on_it = pareto.front(costs)
    assert len(front.x) == on_it.sum() and len(dominated.x) == (~on_it).sum()
    assert sorted(front.x) == pytest.approx(sorted(frame[f"{METRIC}.estimate"][on_it]))
    assert "success_rate is better large" in chart.note


def test_the_strongest_key_is_on_top_of_the_tornado_with_the_range_that_it_causes(one_at_a_time):
    chart = OF_A_SWEEP["tornado"](one_at_a_time, METRIC)
    spans = next(layer for layer in chart.layers if isinstance(layer, Spans))
    assert chart.y.categories[0] == "manager.timeout"
    assert (np.diff(spans.end - spans.start) <= 0).all()
    frame = one_at_a_time.aggregate
    base = frame[f"{METRIC}.estimate"].iloc[0]
    timeouts = frame[frame["manager.timeout"] != frame["manager.timeout"].iloc[0]][f"{METRIC}.estimate"]
    assert (spans.start[0], spans.end[0]) == (min(base, timeouts.min()), max(base, timeouts.max()))


def test_a_tornado_has_no_line_where_the_scenario_s_own_point_has_no_value(tmp_path):
    (tmp_path / "rare.yaml").write_text(
        "name: rare\nduration: 20s\nexecutors: [{group: a, count: 3}]\nworkload: {arrivals: {rate: 1/h}}\n"
    )
    swept = icnsim.sweep(
        tmp_path / "rare.yaml", {"workload.arrivals.rate": ["1/h", "2/s"]}, replications=2, jobs=1,
        design="one-at-a-time",
    )  # fmt: skip
    chart = OF_A_SWEEP["tornado"](swept, "migration_duration.mean")
    assert "without a value at the scenario's own point" in chart.alt
    assert [layer for layer in chart.layers if isinstance(layer, Rule)] == []
    json.dumps(interactive(chart), allow_nan=False)


def test_the_tornado_of_indices_has_those_of_the_table(saltelli):
    alone, total = OF_A_SWEEP["tornado"](saltelli, METRIC).layers
    rows = saltelli.sensitivity
    rows = rows[rows["metric"] == METRIC].sort_values("total_order", ascending=False)
    assert alone.x.tolist() == pytest.approx((100 * rows["first_order"]).tolist())
    assert total.x.tolist() == pytest.approx((100 * rows["total_order"]).tolist())


def test_a_tornado_of_another_design_is_refused(grid):
    with pytest.raises(ResultsError, match="design grid"):
        grid.plot.tornado()


def test_the_plot_of_the_warm_up_averages_the_replications_of_the_first_point(grid):
    held, _ = OF_A_SWEEP["warmup"](grid).layers
    first = grid.points[: grid.summary["replications"]["least"]]
    changes = {"manager.timeout": "20s", "manager.check_interval": "5s", **FEW}
    runs = [icnsim.run(SCENARIO, overrides=changes, seed=seed).replayed() for seed in first["seed"]]
    end = min(run.window_end for run in runs)
    means = [mean_held(run.records, end % 200, end) for run in runs]
    assert len(means) == 3 and held.y.mean() == pytest.approx(np.mean(means))


def test_every_kind_has_a_drawing_a_description_and_a_method(grid, one_at_a_time):
    for kind, make in OF_A_SWEEP.items():
        chart = make(one_at_a_time if kind == "tornado" else grid)
        assert len(chart.alt) > 20
        assert b"<svg" in file_of(chart, "svg", "dark")
        json.dumps(interactive(chart), allow_nan=False)
        method = getattr(SweepPlots(one_at_a_time if kind == "tornado" else grid), kind)
        assert method().get_title(loc="left")


def _plot(*arguments: str):
    return CliRunner().invoke(command_line, ["plot", *arguments])


def test_the_command_draws_a_sweep_and_refuses_arguments_that_do_not_fit(grid, tmp_path: Path):
    place, out = str(grid.folder), str(tmp_path / "x.svg")
    assert _plot(place, "--kind", "heatmap", "--subject-to", "success_rate>60%", "--output", out).exit_code == 0
    assert b"<svg" in Path(out).read_bytes()
    assert "lines" in _plot(place).output
    for arguments in (
        ["--kind", "heatmap", "--migration", "1", "--output", out],
        ["--kind", "records", "--output", out],
        ["--kind", "lines", "--output", "x.gif"],
        ["--kind", "lines"],
        ["--kind", "lines", "--metric", "success_rate", "--metric", "records.mean", "--output", out],
        ["--kind", "lines", "--metric", "success_rate", "--subject-to", "records.mean<5", "--output", out],
    ):
        assert _plot(place, *arguments).exit_code == 2, arguments
