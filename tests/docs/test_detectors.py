"""The page that compares the failure detectors, made from small runs."""

from pathlib import Path

import pytest

from docs.programs.detectors import SCENARIO, study
from docs.programs.detectors_page import TEXT, page
from icnsim.scenario import load
from icnsim.scenario.detector import KINDS
from icnsim.sweeps.detectors.planning import POINTS
from icnsim.sweeps.detectors.settings import curve
from icnsim.sweeps.engines import engine

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_page_has_a_row_for_each_detector_and_conclusions_from_its_figures(tmp_path: Path) -> None:
    found = study(ROOT / SCENARIO, tmp_path, engine(1), quick=True)
    text = page(found, "detectors.svg")
    own = found.tuned.results.reference("as-it-is")
    time = float(own.delays.sum() / own.detections.sum())
    assert f"**The design (30 s / 60 s) detects a target that does not answer after {time:.3g} s** on average" in text
    for kind in KINDS:
        (row,) = (
            row for row in found.under.points.to_dict("records") if (row["kind"], row["condition"]) == (kind, "slow")
        )
        assert f"| {kind} | " in text and f" {row['detector']} |" in text
        assert f"{row['detection_time_s']:,.3f} s" in text
    assert "- **slow**: " in text and "`phi-accrual` at 99.9 %: " in text and "{" not in text.replace("{every", "")
    for kind in ("poll", "deadline", "wheel"):
        assert f"| {kind} | yes | " in text
    assert "| adaptive | yes | no: `" in text


def test_the_page_has_the_settings_of_the_shipped_scenario_and_the_present_text() -> None:
    kept = (ROOT / "docs" / "detectors.md").read_text("utf-8")
    scenario = load(ROOT / SCENARIO)
    for kind in KINDS:
        found = curve(scenario, kind, POINTS)
        values = ", ".join(f"{value:g} {found.unit}".rstrip() for value in found.values)
        assert f"| {kind} | {found.parameter} | {values} |" in kept
    for line in (line for line in TEXT.splitlines() if line and "{" not in line):
        assert line in kept
