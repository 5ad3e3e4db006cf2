"""The pages of benchmarks and of scaling are made from the stored results."""

from pathlib import Path

import pytest

from benchmarks.page import DOCS, TEMPLATES, page


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.stem)
def test_a_page_has_the_stored_results(template: Path) -> None:
    assert (DOCS / template.name).read_text("utf-8") == page(template)
