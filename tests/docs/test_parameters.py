"""The page with the results of the sweep of the three parameters."""

from pathlib import Path

from docs.programs.parameters import RETENTION, _along, _table
from icnsim.sweeps.sweep import sweep

ROOT = Path(__file__).parents[2]


def test_a_table_of_the_page_is_reproduced() -> None:
    found = sweep(
        ROOT / "scenarios" / "choose-parameters.yaml",
        {"manager.check_interval": ["30s"], "manager.timeout": ["60s"], RETENTION: ["1min", "5min", "30min"]},
        {"sweep.vary": {}},
    )
    table = _table(_along(found.aggregate, RETENTION), RETENTION, "retention")
    assert table in (ROOT / "docs" / "choose-parameters.md").read_text("utf-8")
