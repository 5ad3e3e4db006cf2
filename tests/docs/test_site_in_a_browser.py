"""The built site in a real browser, from disk: no element overflows, search works, and no host is requested."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.docs.conftest import Site

pytestmark = pytest.mark.slow

OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return true;
    return false;
  };
  const found = [...document.querySelectorAll("article *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element))
    .map((element) => `${element.tagName} ${element.textContent.slice(0, 60)}`);
  const whole = document.documentElement.scrollWidth;
  return whole > width ? [...found, `the page is ${whole} wide`] : found;
}"""
"""Returns the elements that are cut at the right edge, if the page itself scrolls sideways."""
EXCHANGED = """(text) => {
  const article = new DOMParser().parseFromString(text, "text/html").querySelector("article");
  for (const table of article.querySelectorAll("table:not([class])")) {
    const [outer, inner] = [document.createElement("div"), document.createElement("div")];
    [outer.className, inner.className] = ["md-typeset__scrollwrap", "md-typeset__table"];
    table.replaceWith(outer);
    outer.append(inner);
    inner.append(table);
  }
  document.querySelector("article").replaceWith(article);
}"""
"""Shows the article of another page of the folder. To open the page would take twenty times as long.

The theme's script gives tables their boxes when a page is opened, so it is done here.
"""


class Browsed:
    """A page in an offline browser, and the messages on its console.

    A request that is not to a file fails, and Chromium writes the failure to the console.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))


@contextmanager
def browsing(chromium: Any) -> Iterator[Browsed]:
    context = chromium.new_context(reduced_motion="reduce", offline=True)
    yield Browsed(context.new_page())
    context.close()


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Iterator[Browsed]:
    """The tab that the tests share: Chromium starts a process for each tab."""
    with browsing(chromium) as shared:
        yield shared


@pytest.fixture
def browsed(tab: Browsed) -> Browsed:
    tab.said.clear()
    return tab


def test_at_360_px_no_page_overflows(site: Site, browsed: Browsed) -> None:
    browsed.page.set_viewport_size({"width": 360, "height": 800})
    folders: dict[Path, list[Path]] = {}
    for path in sorted(site.folder.rglob("*.html")):
        if path.stem != "404":  # only a server shows it
            folders.setdefault(path.parent, []).append(path)
    cut = {}
    for pages in folders.values():
        browsed.page.goto(pages[0].as_uri())
        cut[pages[0].stem] = browsed.page.evaluate(OVERFLOWING)
        for path in pages[1:]:
            browsed.page.evaluate(EXCHANGED, path.read_text("utf-8"))
            cut[path.stem] = browsed.page.evaluate(OVERFLOWING)
    assert len(cut) > 60
    assert {name: found for name, found in cut.items() if found} == {}
    assert browsed.said == []


def test_no_element_overflows_at_other_widths_and_in_the_dark_theme(site: Site, chromium: Any) -> None:
    """In a tab of its own, because the site keeps the theme of its first page."""
    with browsing(chromium) as browsed:
        browsed.page.emulate_media(color_scheme="dark")
        browsed.page.goto((site.folder / "scenario.html").as_uri())
        for width in (768, 1280):
            browsed.page.set_viewport_size({"width": width, "height": 800})
            assert browsed.page.evaluate(OVERFLOWING) == [], width
        assert browsed.page.evaluate("document.body.dataset.mdColorScheme") == "slate"


def test_a_wide_table_scrolls_in_its_own_box_and_shows_a_shadow(site: Site, browsed: Browsed) -> None:
    browsed.page.set_viewport_size({"width": 360, "height": 800})
    browsed.page.goto((site.folder / "claims.html").as_uri())
    box = browsed.page.wait_for_selector(".md-typeset__scrollwrap")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert "radial-gradient" in box.evaluate("box => getComputedStyle(box).backgroundImage")


def test_search_works_on_a_page_that_is_opened_from_disk(site: Site, browsed: Browsed) -> None:
    browsed.page.set_viewport_size({"width": 1280, "height": 900})
    asked: list[str] = []
    browsed.page.on("request", lambda request: asked.append(request.url))
    browsed.page.goto((site.folder / "decisions" / "0008-mypyc.html").as_uri())
    browsed.page.click(".md-search__input")
    browsed.page.keyboard.type("check_interval")
    browsed.page.wait_for_selector(".md-search-result__item", state="attached")
    links = browsed.page.eval_on_selector_all(".md-search-result__link", "links => links.map(link => link.href)")
    assert any("scenario.html" in link for link in links)
    assert all(link.startswith(site.folder.as_uri()) for link in links)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert browsed.said == []


def test_pictures_are_drawn_and_fit(site: Site, browsed: Browsed) -> None:
    browsed.page.set_viewport_size({"width": 360, "height": 800})
    for name in ("index", "states", "hardened"):
        browsed.page.goto((site.folder / f"{name}.html").as_uri())
        sizes = browsed.page.eval_on_selector_all(
            "article img", "all => all.map(each => [each.naturalWidth, each.getBoundingClientRect().width])"
        )
        assert sizes and all(own > 100 and 100 < shown <= 360 for own, shown in sizes), name


def test_a_request_to_another_host_is_detected(site: Site, browsed: Browsed) -> None:
    browsed.page.goto((site.folder / "index.html").as_uri())
    assert browsed.said == []
    browsed.page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.org/x.png'}))")
    browsed.page.wait_for_function("[...document.images].at(-1).complete")
    assert len(browsed.said) == 1 and "ERR_INTERNET_DISCONNECTED" in browsed.said[0]
