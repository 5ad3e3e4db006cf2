"""The sentence about averages that include a run's start, where a reader meets it."""

from pathlib import Path
from typing import Any

import pytest

from icnsim.analysis import steadiness
from icnsim.analysis.findings import Finding, findings
from icnsim.experiment import run
from icnsim.report.rendering import html
from icnsim.report.run import page
from icnsim.scenario import loads
from tests.command import icnsim

SHORT = """
name: short
executors: [{group: a, count: 40}]
actors: {count: 20000}
workload: {migrations: 4000, arrivals: {process: poisson, rate: 4/s}}
"""
START = "The averages over time include the run's start, when few records are held: records.mean is "


def found(warmup: float | None, duration: float | None, mean: float | None) -> dict[str, Any]:
    return {
        "records": {"mean": 5072.09},
        "warmup": {"proposed_s": warmup, "duration_s": duration, "records_mean": mean},
    }


@pytest.mark.parametrize(
    ("changes", "duration", "settings"),
    [
        ({}, None, ""),
        ({}, 1500.0, " and workload.migrations: 6000"),
        ({"workload.migrations": None, "duration": "5min"}, 1500.0, " and duration: 25min"),
        ({"duration": "5min"}, 1500.0, " and duration: 25min and workload.migrations: 6000"),
        (
            {"workload.arrivals": {"process": "burst", "size": 37, "every": "1min"}},
            1500.0,
            " and workload.migrations: 930",
        ),
    ],
)
def test_it_gives_the_keys_that_measure_the_steady_state(
    changes: dict[str, object], duration: float | None, settings: str
) -> None:
    said = steadiness.of_run(found(420.0, duration, 6044.7), loads(SHORT, overrides=changes))
    assert said == f"{START}5,072, but 6,045 after the first 7min. Set warmup: 7min{settings}."


def test_it_gives_no_mean_where_the_run_ends_first() -> None:
    said = steadiness.of_run(found(420.0, 1500.0, None), loads(SHORT))
    assert said is not None and said.startswith(f"{START}5,072, and the run ends before a steady state. Set warmup")
    assert steadiness.of_run(found(None, None, None), loads(SHORT)) is None


def test_the_table_the_report_and_a_notebook_say_it_until_the_warm_up_is_set(tmp_path: Path) -> None:
    short = run(loads(SHORT))
    said = steadiness.of_run(short.summary, short.scenario)
    assert said is not None and said.startswith(START)
    assert Finding(None, said) in findings(short.summary, short.scenario)
    assert all(
        said in text.replace("&#x27;", "'").replace("&#39;", "'") for text in (html(page(short)), short._repr_html_())
    )
    (tmp_path / "short.yaml").write_text(SHORT)
    assert said in icnsim("run", "short.yaml", cwd=tmp_path).stdout
    settings = said.rpartition("Set ")[2].removesuffix(".").split(" and ")
    keys: dict[str, object] = dict(setting.split(": ") for setting in settings)
    steady = run(loads(SHORT, overrides=keys))
    assert steadiness.of_run(steady.summary, steady.scenario) is None
