"""The site of the documentation is built without a warning, is complete, and loads no file from elsewhere."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import icnsim
from docs.programs.commands import commands
from docs.programs.results_page import MANIFEST
from tests.docs.conftest import Site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def in_nav(item: Any) -> list[str]:
    if isinstance(item, str):
        return [item]
    inner = item if isinstance(item, list) else list(item.values())
    return [page for each in inner for page in in_nav(each)]


def test_every_page_and_every_notebook_occurs_once_in_the_navigation() -> None:
    configured = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    pages = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")]
    notebooks = [f"notebooks/{path.stem}.md" for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert sorted(in_nav(configured["nav"])) == sorted(pages + notebooks)


def test_the_reference_of_commands_is_made_from_them() -> None:
    assert (DOCS / "commands.md").read_text("utf-8") == commands()


def test_the_reference_has_every_entry_of_a_manifest(tmp_path: Path) -> None:
    icnsim.run(ROOT / "scenarios" / "week4.yaml", overrides={"workload.migrations": 5}, out=tmp_path / "results")
    (manifest,) = tmp_path.rglob("manifest.json")
    assert set(json.loads(manifest.read_text("utf-8"))) == set(MANIFEST)


class Loaded(HTMLParser):
    """The resources that a page loads, and its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            external = value is not None and re.match(r"(https?:)?//", value)
            if external and (name == "src" or (tag == "link" and name == "href")):
                self.loaded.append(f"{tag} {value}")


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_loads_no_file_from_elsewhere(site: Site) -> None:
    assert site.warnings == []
    pages = sorted(site.folder.rglob("*.html"))
    assert len(pages) > len(list(DOCS.rglob("*.md")))
    assert {str(page): Loaded(page.read_text("utf-8")).loaded for page in pages} == {str(page): [] for page in pages}
    for sheet in site.folder.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import )['\"]?https?:", sheet.read_text("utf-8"))
