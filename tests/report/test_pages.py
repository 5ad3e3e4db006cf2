"""A report as a file: its size, its bytes, its policy."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import icnsim
from icnsim.report import rendering, run

pytestmark = pytest.mark.slow  # next to the tests in a browser, so that one process makes the reports of both
MIB = 2**20


def own_bytes(path: Path) -> int:
    """The size of a page without plotly.js, in bytes."""
    return path.stat().st_size - len(rendering._plotly())


def test_a_page_is_far_below_6_mib(reports: dict[str, Path]) -> None:
    assert all(path.stat().st_size < 6 * MIB for path in reports.values())
    assert all(own_bytes(path) < 0.6 * MIB for path in reports.values())


def test_twenty_times_as_many_migrations_make_hardly_a_larger_page(tmp_path: Path) -> None:
    sizes = []
    for migrations in (250, 5000):
        made = icnsim.run("scenarios/week4.yaml", {"workload.migrations": migrations, "expect": {}})
        page = tmp_path / f"{migrations}.html"
        page.write_text(rendering.html(run.page(made)), "utf-8")
        sizes.append(own_bytes(page))
    assert sizes[1] < 2 * sizes[0]


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    made = icnsim.run("scenarios/week4.yaml", {"workload.migrations": 100, "expect": {}}, out=tmp_path)
    assert made.folder is not None
    first, again = (rendering.html(run.page(icnsim.load(made.folder))) for _ in range(2))
    assert first == again


class Loads(HTMLParser):
    """Everything that a page could load or call."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("src", "srcset", "action", "data", "poster") or (tag == "link" and name == "href"):
                self.found.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.found.append(f"{tag} {name}")


def test_nothing_is_loaded_and_no_element_calls_a_script(reports: dict[str, Path]) -> None:
    for path in reports.values():
        text = path.read_text("utf-8")
        assert Loads(text).found == []
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
        assert policy is not None and policy[1].startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
        assert "unsafe-eval" not in policy[1] and "http" not in policy[1]


def test_the_page_tells_figures_predictions_claims_and_where_it_comes_from(reports: dict[str, Path]) -> None:
    text = reports["run"].read_text("utf-8")
    for told in (
        "detection latency, mean",
        "15.000 s",
        "30 s at worst",
        "SHA-256",
        "version of simpy",
        "All 1 expectations",
    ):
        assert told in text
