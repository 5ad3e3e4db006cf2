"""Every link of the built site and of the documents in the repository leads to an existing file and anchor."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from docs.programs.markdown import heading_anchor
from tests.docs.conftest import ROOT, Site
from tests.docs.test_markdown import CODE

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


class Targets(HTMLParser):
    """The links of a page, and the anchors that other links may name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


@pytest.mark.slow
def test_every_link_of_the_site_leads_to_a_file_and_an_anchor_of_it(site: Site) -> None:
    pages = {path: Targets(path.read_text("utf-8")) for path in site.folder.rglob("*.html") if path.stem != "404"}
    broken, followed = [], 0
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].anchors):
                broken.append(f"{path.name}: {link}")
            followed += 1
    assert followed > 1000
    assert broken == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_of_a_document_leads_to_a_file_and_a_heading_of_it(name: str) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", (ROOT / name).read_text("utf-8"))):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = ROOT / unquote(parts.path) if parts.path else ROOT / name
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE) if target.suffix == ".md" else []
        if not target.exists() or (parts.fragment and parts.fragment not in map(heading_anchor, headings)):
            broken.append(link)
    assert broken == []
