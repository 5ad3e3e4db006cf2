"""A browser shows all text of the pages: it does not interpret a placeholder such as <group> as an HTML tag."""

import json
import re
from pathlib import Path

import pytest

from docs.programs.markdown import heading_anchor, prose, rows

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
PAGES = [*(ROOT / name for name in NAMES), *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"^(```+)[^\n]*\n.*?^\1[^\n]*$|(`+)(?!`).+?(?<!`)\2(?!`)|<!--.*?-->", re.MULTILINE | re.DOTALL)
TAG = re.compile(r"</?[A-Za-z][^\n>]*>")
MEANT = re.compile(r'<br>|<a id="[^"]+">|</a>|</?(?:sub|sup|kbd|div|figure|figcaption)(?: [^>]*)?>|<https?://[^>]+>')


def tags(markdown: str) -> list[str]:
    """The texts of a page that a browser takes for tags and that its author did not mean as tags."""
    return [tag for tag in TAG.findall(CODE.sub("", markdown)) if not MEANT.fullmatch(tag)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_placeholder_of_a_page_is_a_tag(page: Path) -> None:
    assert tags(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda page: page.stem)
def test_no_placeholder_of_a_notebook_is_a_tag(page: Path) -> None:
    cells = json.loads(page.read_text("utf-8"))["cells"]
    assert tags("\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")) == []


def test_a_placeholder_outside_of_code_is_found_and_one_in_code_is_not() -> None:
    assert tags("its executors are <group>-<k>") == ["<group>", "<k>"]
    assert tags("its executors are `<group>-<k>`\n\n```text\n<run-id>\n```\n") == []


def test_prose_shows_a_placeholder_and_keeps_code_and_anchors() -> None:
    assert prose('<a id="x"></a>`<a>` and <b>,\n a < b') == '<a id="x"></a>`<a>` and &lt;b>, a &lt; b'


def test_a_bar_does_not_end_a_cell() -> None:
    assert rows(("a", "b"), [("`x|y`", "z")]) == ["| a | b |", "|---|---|", "| `x\\|y` | z |", ""]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("The scenario itself", "the-scenario-itself"),
        ("manager.detector", "managerdetector"),
        ("icnsim run", "icnsim-run"),
    ],
)
def test_a_heading_has_the_anchor_of_the_site(heading: str, anchor: str) -> None:
    from markdown.extensions.toc import slugify

    assert heading_anchor(heading) == slugify(heading, "-") == anchor
