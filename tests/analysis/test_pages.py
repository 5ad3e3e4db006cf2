"""Pages that are made from declarations are what the declarations make."""

from pathlib import Path

import pytest

from icnsim.analysis.pages import pages

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", pages())
def test_a_made_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run: python -m icnsim.analysis.pages"
