"""The page of claims: its rules, and a page from real runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from docs.programs import claims as report_claims
from docs.programs.claims import CLAIMS, CONFIRMED, DEPENDS, REFUTED, WEEK4, depends, near, within, write

ROOT = Path(__file__).parents[2]


def test_near_is_twice_the_half_width_of_the_interval() -> None:
    figures = [14.0, 15.0, 16.0]  # mean 15, t(0.975, 2) s / √3 = 2.484
    assert near(15.0 + 4.9, "yes")(figures) == (CONFIRMED, "yes")
    assert near(15.0 + 5.0, "yes", "no")(figures) == (REFUTED, "no")


def test_within_takes_every_seed() -> None:
    judge = within(1, 5, "yes", "no")
    assert judge([1, 5]) == (CONFIRMED, "yes")
    assert judge([3, 5.1]) == (REFUTED, "no")
    assert depends("so")([3, 5.1]) == (DEPENDS, "so")


def test_the_page_has_a_row_for_each_declared_claim() -> None:
    rows = [line for line in (ROOT / "docs" / "claims.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[1:]] == [claim.text for claim in CLAIMS]
    assert all(any(f"**{verdict}**" in row for verdict in (CONFIRMED, REFUTED, DEPENDS)) for row in rows[1:])


def test_a_page_is_made_from_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(WEEK4, overrides={"workload.migrations": 1000})
    chosen = tuple(replace(claim, experiment=few) for claim in CLAIMS if claim.experiment is WEEK4)
    monkeypatch.setattr(report_claims, "CLAIMS", chosen)
    monkeypatch.setattr(report_claims, "SEEDS", range(1, 3))
    write(tmp_path / "claims.md", ROOT / "scenarios")
    page = (tmp_path / "claims.md").read_text("utf-8")
    assert page.count("detection_latency.mean of `week4`") == 1
    assert "2 seeds of each scenario" in page
    assert "| A whole migration typically takes 1-5 s | 1-5 s | 5.9 s |" in page
    assert page.count("**refuted**") == 2
