"""The page with the results of the sweep of the three parameters."""

from pathlib import Path

from docs.programs.parameters import RETENTION, _table
from icnsim.sweeps.sweep import sweep

ROOT = Path(__file__).parents[2]


def test_the_row_of_the_design_is_reproduced() -> None:
    found = sweep(
        ROOT / "scenarios" / "choose-parameters.yaml",
        {"manager.check_interval": ["30s"], "manager.timeout": ["60s"], RETENTION: ["5min"]},
        {"sweep.vary": {}},
        jobs=1,
    )
    *_, row = _table(found.aggregate, RETENTION, "retention").splitlines()
    assert row.startswith("| **5 min** |")
    assert row in (ROOT / "docs" / "choose-parameters.md").read_text("utf-8").splitlines()
