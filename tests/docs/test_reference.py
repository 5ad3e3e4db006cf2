"""Pages that are made from declarations are up to date."""

from pathlib import Path

import pytest

from docs.programs.reference import pages
from icnsim.analysis.figures import DISTRIBUTIONS, FIGURES
from icnsim.sweeps.figures import names

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", pages())
def test_a_made_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run: python -m docs.programs.reference"


def test_every_figure_of_a_summary_has_a_meaning() -> None:
    told = set()
    for name in FIGURES:
        first, *others = name.split(", ")
        section = first.rpartition(".")[0]
        told |= {first, *(section + other for other in others)}
    patterns = (
        "attempts.",
        "faults.",
        "hazards.",
        "invariants.I",
        "predicted.",
        *(f"{section}." for section in DISTRIBUTIONS),
    )
    assert [name for name in names() if name not in told and not name.startswith(patterns)] == []
    assert all(name in names() for name in told if "*" not in name and "<" not in name and "…" not in name)
