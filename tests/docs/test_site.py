"""The documentation as a site: built with no warning, complete, and loading nothing."""

import json
import logging
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import icnsim
from docs.programs.commands import commands
from docs.programs.reference import MANIFEST

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def in_nav(item: Any) -> list[str]:
    if isinstance(item, str):
        return [item]
    inner = item if isinstance(item, list) else list(item.values())
    return [page for each in inner for page in in_nav(each)]


def test_every_page_stands_once_in_the_navigation() -> None:
    configured = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert sorted(in_nav(configured["nav"])) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_the_reference_of_commands_is_made_from_them() -> None:
    assert (DOCS / "commands.md").read_text("utf-8") == commands()


def test_the_reference_has_every_entry_of_a_manifest(tmp_path: Path) -> None:
    icnsim.run(ROOT / "scenarios" / "week4.yaml", overrides={"workload.migrations": 5}, out=tmp_path / "results")
    (manifest,) = tmp_path.rglob("manifest.json")
    assert set(json.loads(manifest.read_text("utf-8"))) == set(MANIFEST)


class Loaded(HTMLParser):
    """What a page loads, and the links that it has."""

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
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    with caplog.at_level(logging.INFO, "mkdocs"):
        config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path / "site"))
        build(config)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(list(DOCS.rglob("*.md")))
    assert {str(page): Loaded(page.read_text("utf-8")).loaded for page in pages} == {str(page): [] for page in pages}
    for sheet in (tmp_path / "site").rglob("*.css"):
        assert not re.search(r"(?:url\(|@import )['\"]?https?:", sheet.read_text("utf-8"))
