"""The table of docs/index-or-scan.md, which comes from a sweep, agrees with the closed forms."""

import re
from pathlib import Path

import pytest

from icnsim.scenario import load
from icnsim.theory.predictions import predict

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| ([\d ]+) \| ([\d.]+) % \| ([\d.]+) % \| ([\d.]+) % \|", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "index-or-scan.md").read_text("utf-8"))
STRUCTURES = ("scan", "heap", "wheel")


def predicted(rate: str, structure: str) -> dict[str, float]:
    keys = {"workload.arrivals.rate": f"{rate}/s", "manager.structure": structure}
    found = predict(load(ROOT / "scenarios" / "index-or-scan.yaml", overrides=keys))
    values = {name: found[name].value for name in ("manager.cpu_share", "records.mean")}
    assert None not in values.values(), {name: found[name].reason for name in values}
    return {name: value for name, value in values.items() if value is not None}


def test_the_table_has_the_rates_of_the_sweep() -> None:
    assert [row[0] for row in ROWS] == ["1", "3", "10", "30", "100"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}/s")
def test_a_row_agrees_with_the_closed_forms(row: tuple[str, ...]) -> None:
    rate, records, *shares = row
    for structure, share in zip(STRUCTURES, shares, strict=True):
        found = predicted(rate, structure)
        assert float(share) / 100 == pytest.approx(found["manager.cpu_share"], rel=0.05), structure
    assert float(records.replace(" ", "")) == pytest.approx(found["records.mean"] / 2, rel=0.03)


def test_the_scan_takes_one_percent_of_a_core_at_the_stated_number_of_records() -> None:
    records, share = (float(ROWS[-1][column].replace(" ", "")) for column in (1, 2))
    assert records / share == pytest.approx(250_000, rel=0.03)
