"""The figures that a reader looks at first."""

from pathlib import Path

import pytest

from icnsim.analysis.overview import overview
from icnsim.experiment import run
from icnsim.report.page import Table
from icnsim.report.run import page
from icnsim.scenario import loads
from tests.command import icnsim

BASE = """
name: short
executors: [{group: a, count: 8}, {group: b, count: 2, behavior: unresponsive}]
actors: {count: 1000}
workload: {migrations: 60, arrivals: {process: periodic, rate: 1/s}}
"""


@pytest.mark.parametrize(("process", "mark"), [("periodic", " over seeds"), ("poisson", "")])
def test_a_prediction_that_holds_over_seeds_only_is_marked(process: str, mark: str, tmp_path: Path) -> None:
    found = run(loads(BASE, overrides={"workload.arrivals.process": process}))
    predicted = {row.metric: row.predicted for row in overview(found.summary)}
    assert predicted["detection_latency.mean"] == f"15.000 s{mark}"
    assert predicted["migration_duration.mean"] == "5.900 s"
    assert f"15.000 s{mark}" in found._repr_html_()
    rows = [
        row
        for section in page(found).sections
        for part in section.parts
        if isinstance(part, Table)
        for row in part.rows
    ]
    assert any(f"'15.000 s{mark}'" in str(row) for row in rows)
    (tmp_path / "short.yaml").write_text(BASE)
    changed = f"workload.arrivals.process={process}"
    assert f"15.000 s{mark} " in icnsim("run", "short.yaml", "--set", changed, cwd=tmp_path).stdout
