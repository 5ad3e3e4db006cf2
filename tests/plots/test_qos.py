"""The plot of the quality of service shows the data of the tables."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib import pyplot

import icnsim
from icnsim.cli import icnsim as command_line
from icnsim.errors import ResultsError
from icnsim.experiment import Run
from icnsim.numbers import figure
from icnsim.plots.chart import Line, Points, Rule
from icnsim.plots.drawing import draw, file_of
from icnsim.plots.interactive import interactive
from icnsim.plots.labels import CHARACTER
from icnsim.plots.qos import COLUMNS, curves, qos, qos_of_sweep
from icnsim.sweeps.sweep import Sweep

TEXT = """
name: late
executors: [{group: a, count: 20}, {group: dead, count: 5, behavior: unresponsive}]
actors: {count: 2000}
network: {latency: {distribution: exponential, mean: 5s}, gossip: {messages: []}}
duration: 5min
drain: 5min
workload: {arrivals: {process: poisson, rate: 1/s}}
manager: {timeout: 15s, check_interval: 5s}
record: {timeline: null}
"""


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    made: Path = tmp_path_factory.mktemp("late") / "late.yaml"
    made.write_text(TEXT, "utf-8")
    return made


@pytest.fixture(scope="module")
def run(path) -> Run:
    return icnsim.run(path, out=path.parent / "runs")


@pytest.fixture(scope="module")
def sweep(path) -> Sweep:
    keys = {"manager.detector.kind": ["poll", "deadline"], "manager.timeout": ["15s", "30s"]}
    return icnsim.sweep(path, keys, replications=2, jobs=1, out=path.parent / "swept")


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS))


POLL = ("poll", "manager.timeout", "60s", 75.0, 74.0, 76.0, 0.02, 0.01, 0.03)
SHORT = ("poll", "manager.timeout", "30s", 45.0, 44.0, 46.0, 0.2, 0.1, 0.3)
DEADLINE = ("deadline", "manager.timeout", 60, 60.0, 60.0, 60.0, 0.0, 0.0, 0.004)


def test_the_curve_of_a_run_is_the_distribution_of_its_detection_times(run):
    line, _, points, first, last = qos(run).layers
    attempts = run.attempts
    correct = attempts[(attempts["outcome"] == "timed_out") & ~attempts["false_positive"]]
    assert isinstance(line, Line) and isinstance(points, Points)
    assert len(correct) > 10
    assert line.x[1:].tolist() == sorted(correct["detection_total_s"])
    duration = run.summary["qos"]["mistake_duration"]
    assert points.x.tolist() == [duration[name] for name in ("min", "p50", "p95", "p99", "max")]
    assert isinstance(first, Rule) and isinstance(last, Rule)
    assert (first.at, last.at) == (60, 90)


def test_the_description_of_a_run_has_its_figures(run):
    chart, figures = qos(run), run.summary["qos"]
    assert f"{figures['mistakes']} mistakes" in chart.alt
    assert f"{figure(figures['detection_time']['mean'], 's')} after they were sent" in chart.alt
    assert f"query accuracy {figure(figures['query_accuracy'], '%')}" in chart.note


def test_a_run_without_suspicions_shows_the_design_alone(path):
    quiet = {"network.latency": "1ms", "executors.1.behavior": "responsive"}
    chart = qos(icnsim.run(path, overrides=quiet, out=path.parent / "quiet"))
    assert all(isinstance(layer, Rule) for layer in chart.layers)
    assert "0 mistakes" in chart.alt


def test_a_sweep_has_a_curve_for_each_kind_and_a_point_for_each_setting(sweep):
    chart = qos_of_sweep(sweep)
    named = {layer.name: layer for layer in chart.layers if isinstance(layer, Points) and layer.name}
    assert set(named) == {"poll", "deadline"}
    frame = sweep.aggregate
    for kind, layer in named.items():
        rows = frame[frame["manager.detector.kind"] == kind].sort_values("qos.detection_time.mean.estimate")
        assert layer.x.tolist() == rows["qos.detection_time.mean.estimate"].tolist()
        assert layer.y == pytest.approx(100 - 100 * rows["qos.query_accuracy.estimate"])
        assert layer.low == pytest.approx(100 - 100 * rows["qos.query_accuracy.ci95_high"])
        assert [label.replace(" ", "") for label in layer.labels] == ["15s", "30s"]
    assert chart.y.scale == "log"


def test_a_setting_without_mistakes_is_a_ring_at_the_upper_end(sweep):
    chart = curves(table(POLL, SHORT, DEADLINE), "compared")
    rings = [layer for layer in chart.layers if isinstance(layer, Points) and layer.marker == "ring"]
    assert {(layer.x.item(), layer.y.item()) for layer in rings} == {(60.0, 0.4)}
    assert [layer.name for layer in rings if layer.name] == ["deadline"]
    assert "ring: no mistake was seen" in chart.note
    assert [layer.labels for layer in rings if layer.labels] == [("60",)]


def test_each_point_has_both_intervals():
    points = [layer for layer in curves(table(POLL, SHORT), "x").layers if isinstance(layer, Points)]
    ends = {layer.spread: (layer.low, layer.high) for layer in points}
    assert ends["x"][0].tolist() == [44.0, 74.0] and ends["x"][1].tolist() == [46.0, 76.0]
    assert ends["y"][0] == pytest.approx([10, 1]) and ends["y"][1] == pytest.approx([30, 3])


def test_a_setting_without_a_detection_time_is_counted_and_not_drawn():
    missing = ("poll", "manager.timeout", "5s", np.nan, np.nan, np.nan, 0.5, 0.4, 0.6)
    chart = curves(table(POLL, missing), "x")
    assert "1 settings have no detection time" in chart.note
    with pytest.raises(ResultsError, match="no setting has a detection time and mistakes; use executors"):
        curves(table(missing), "x")


def test_more_kinds_than_distinguishable_curves_are_refused():
    rows = [(f"kind-{number}", *POLL[1:]) for number in range(8)]
    with pytest.raises(ResultsError, match="found 8 detectors; this plot shows at most 7"):
        curves(table(*rows), "x")


def test_both_drawings_write_the_label_of_each_setting():
    chart = curves(table(POLL, SHORT, DEADLINE), "x")
    texts = {text.get_text() for text in draw(chart).texts}
    assert {"60s", "30s", "60"} <= texts
    written = [label for trace in interactive(chart)["data"] if "text" in trace["mode"] for label in trace["text"]]
    assert sorted(written) == ["30s", "60", "60s"]


def test_labels_that_would_overlap_are_left_out_and_the_ends_of_a_curve_come_first():
    settings = [("poll", "t", str(n), 10.0 + n / 10, 10.0, 20.0, 0.01, 0.005, 0.02) for n in range(50)]
    layers = [each for each in curves(table(*settings), "x").layers if isinstance(each, Points) and each.labels]
    labels = np.concatenate([each.labels for each in layers]).tolist()
    shown = [number for number, label in enumerate(labels) if label]
    assert 3 < len(shown) < 40 and {0, 49} <= set(shown)
    ends = [(number / 49, number / 49 + CHARACTER * (len(labels[number]) + 1)) for number in shown]
    assert all(end <= following + 1e-12 for (_, end), (following, _) in pairwise(ends))


def test_the_title_names_the_fastest_setting_with_few_mistakes_or_the_fewest_mistakes():
    exact = ("chen", "alpha", 2.0, 50.0, 49.0, 51.0, 0.001, 0.0005, 0.002)
    assert (
        curves(table(POLL, SHORT, exact), "x").title
        == "x: chen 2 is the fastest with at most 0.1 % mistakes (50.000 s)"
    )
    assert curves(table(POLL, SHORT), "x").title.startswith("x: poll 60s has the fewest mistakes (")


def test_the_command_draws_the_kind_of_a_run_and_of_a_sweep(run, sweep, tmp_path):
    for result, name in ((run, "run.svg"), (sweep, "sweep.svg")):
        made = tmp_path / name
        arguments = ["plot", str(result.folder), "--kind", "qos", "--output", str(made)]
        outcome = CliRunner().invoke(command_line, arguments)
        assert outcome.exit_code == 0, outcome.output
        assert made.read_bytes() == file_of(qos(run) if result is run else qos_of_sweep(sweep), "svg")


def test_the_plots_are_methods_in_a_notebook(run, sweep):
    assert run.plot.qos().get_xlabel() == "time (s)"
    assert sweep.plot.qos().get_yscale() == "log"
