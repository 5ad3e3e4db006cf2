"""Interactive plots in a notebook: Plotly accepts every kind, and every role is replaced by a colour."""

from pathlib import Path

import numpy as np
import pytest

import icnsim
from icnsim.errors import ResultsError
from icnsim.plots.catalogue import of_run
from icnsim.plots.interactive import interactive
from icnsim.plots.palette import colours

SCENARIO = """
name: tiny
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
workload: {migrations: 40, arrivals: {rate: 5/s}}
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("widget") / "tiny.yaml"
    path.write_text(SCENARIO, "utf-8")
    return path


def test_plotly_accepts_every_plot_of_a_run_and_has_its_data(path: Path) -> None:
    run = icnsim.run(path)
    for kind, make in of_run(run).items():
        found = run.plot.interactive(kind)
        chart = make(run)
        assert found.layout.title.text == chart.title
        assert "role:" not in found.to_json()
        assert len(found.data) == len(interactive(chart)["data"])
    line = next(trace for trace in run.plot.interactive("detection-latency-ecdf").data if trace.line.color)
    assert line.line.color in colours("light").values()
    with pytest.raises(ResultsError, match="no plot 'heatmap'"):
        run.plot.interactive("heatmap")


def test_plotly_accepts_the_plots_of_a_sweep(path: Path) -> None:
    vary = {"manager.timeout": ["30s", "60s"], "manager.check_interval": ["10s", "30s"]}
    sweep = icnsim.sweep(path, vary, replications=2, jobs=1)
    heat = sweep.plot.interactive("heatmap", metric="detection_total.mean").data[0]
    assert np.array(heat.z).shape == (2, 2)
    assert "role:" not in sweep.plot.interactive("lines", metric="detection_total.mean", x="manager.timeout").to_json()
    with pytest.raises(ResultsError, match="no plot 'records'"):
        sweep.plot.interactive("records")


def test_a_notebook_shows_the_units_of_varied_keys(path: Path) -> None:
    vary = {"manager.timeout": ["30s", "60s"], "network.loss": [0, 0.000_001]}
    sweep = icnsim.sweep(path, vary, replications=2, jobs=1)
    shown = sweep._repr_html_()
    assert ">manager.timeout, s</th>" in shown and ">network.loss</th>" in shown
    assert ">0.000001</td>" in shown
