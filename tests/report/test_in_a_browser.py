"""A report in a real browser: nothing is loaded, nothing fails, all is drawn, and it can be used."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.tabs import fits_every_screen, open_tabs

pytestmark = pytest.mark.slow
Open = Callable[..., Any]
ANEW = """() => {
  delete document.documentElement.dataset.theme;
  document.querySelectorAll("details").forEach((each) => { each.open = false; });
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  scrollTo(0, 0);
}"""
"""Sets the theme of the system, closes the details, and puts the focus before the first control."""


@pytest.fixture(scope="module")
def pages(chromium: Any, reports: dict[str, Path]) -> Iterator[dict[str, Any]]:
    """Each page, opened once from disk. At the end, no page has requested anything, and nothing has failed."""
    with open_tabs(chromium, reports) as found:
        yield found


@pytest.fixture
def opened(pages: dict[str, Any]) -> Open:
    """A page as its reader opens it. The tests share the pages, because Chromium takes seconds to open one.

    The last tests of this file draw every plot. After that, each change of the theme draws all of them again.
    """

    def show(name: str, theme: str = "light") -> Any:
        page = pages[name]
        page.bring_to_front()
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme=theme)
        page.evaluate(ANEW)
        return page

    return show


@pytest.fixture
def run_page(opened: Open) -> Any:
    """The page of a run."""
    return opened("run")


FOLLOWED = """() => [...document.querySelectorAll('.plot')].every(
    plot => plot.querySelector('svg.main-svg').getBoundingClientRect().width <= plot.clientWidth)"""


def draw(page: Any, plot: Any) -> None:
    """Let a plot come into view."""
    plot.scroll_into_view_if_needed()
    page.wait_for_function("plot => plot.classList.contains('drawn')", arg=plot)


def test_plotly_is_compiled_when_the_first_plot_comes_near(run_page: Any) -> None:
    """The first test of this file, because the others let plots come near."""
    assert run_page.evaluate("typeof Plotly") == "undefined"
    draw(run_page, run_page.query_selector(".plot"))
    assert run_page.evaluate("typeof Plotly") == "object"


def test_a_table_is_sorted_by_its_headings_with_the_keyboard_too(run_page: Any) -> None:
    table = run_page.query_selector("#tables [data-table]:nth-of-type(2)")
    heading = table.query_selector("th:nth-child(2) button")

    def column() -> list[float]:
        keys = "cells => cells.map((cell) => Number(cell.dataset.key))"
        found: list[float] = table.eval_on_selector_all("tbody td:nth-child(2)", keys)
        return found

    heading.click()
    assert column() == sorted(column()) and len(set(column())) > 1
    assert table.query_selector("th:nth-child(2)").get_attribute("aria-sort") == "ascending"
    heading.focus()
    run_page.keyboard.press("Enter")
    assert column() == sorted(column(), reverse=True)
    assert table.query_selector("th:nth-child(2)").get_attribute("aria-sort") == "descending"


def test_a_filter_filters_by_all_of_its_words(run_page: Any) -> None:
    table = run_page.query_selector("#scenario [data-table]")
    every = len(table.query_selector_all("tbody tr"))
    table.query_selector("input").fill("manager. interval")
    shown = table.eval_on_selector_all("tbody tr:not([hidden])", "rows => rows.map((row) => row.innerText)")
    assert 0 < len(shown) < every
    assert all("manager." in text and "interval" in text for text in shown)
    assert table.query_selector("output").inner_text() == f"{len(shown)} of {every} rows"
    table.query_selector("input").fill("")
    assert len(table.query_selector_all("tbody tr:not([hidden])")) == every


def test_what_differs_from_the_defaults_is_marked_and_first(run_page: Any) -> None:
    rows = run_page.eval_on_selector_all(
        "#scenario [data-table] tbody tr",
        "rows => rows.map((row) => [row.classList.contains('mark'), row.cells[0].innerText, row.innerText])",
    )
    marked = [mark for mark, _, _ in rows]
    assert any(marked) and marked == sorted(marked, reverse=True)
    told = {key: text for mark, key, text in rows if mark}
    assert "actors.count" in told and "100000" in told["actors.count"].replace(",", "")
    assert "manager.timeout" not in told


def test_violations_have_their_sequence_diagrams(opened: Open) -> None:
    page = opened("violated")
    pictures = page.query_selector_all("#violations details.picture")
    assert len(pictures) > 12
    pictures[0].query_selector("summary").click()
    assert pictures[0].query_selector("svg.sd").bounding_box()["height"] > 100
    assert "is violated" in pictures[0].query_selector("svg.sd").text_content()


CONTRAST = """
() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("svg, script, .plot, [hidden]")) continue;
    const a = light(parse(getComputedStyle(element).color)), b = light(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${element.tagName} ${element.className} ${ratio.toFixed(2)}`);
  }
  return [...new Set(bad)];
}
"""


def test_plots_have_the_colours_of_the_theme(opened: Open) -> None:
    page = opened("run", theme="dark")
    draw(page, page.query_selector(".plot"))
    ground = "document.querySelector('.plot .main-svg').style.background"
    assert page.evaluate(ground) == "rgb(22, 25, 29)"
    page.click("#theme")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_every_text_has_the_contrast_of_wcag_aa_in_both_themes(opened: Open) -> None:
    """The page with violations has all that others have."""
    page = opened("violated", theme="dark")
    assert page.evaluate(CONTRAST) == []
    page.click("#theme")
    assert page.evaluate(CONTRAST) == []


def test_every_control_has_a_name_and_is_reached_by_the_keyboard(opened: Open) -> None:
    page = opened("run")
    nameless = """[...document.querySelectorAll('button, input, a, [tabindex="0"], summary')]
        .filter(each => !each.closest('.plot') && !each.closest('[hidden]')
            && !(each.textContent.trim() || each.labels?.length || each.getAttribute('aria-label')
            || each.getAttribute('aria-labelledby'))).map(each => each.outerHTML.slice(0, 80))"""
    assert page.evaluate(nameless) == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "theme"


def test_the_answers_are_within_the_first_screen(opened: Open) -> None:
    page = opened("run")
    for width, least in ((1280, 13), (768, 11), (360, 4)):
        page.set_viewport_size({"width": width, "height": 900})
        items = page.query_selector_all("#answers > ul.verdicts > li")
        seen = [item.bounding_box()["y"] + item.bounding_box()["height"] <= 900 for item in items]
        assert sum(seen) >= min(least, len(items))


def test_a_table_that_is_wider_than_its_place_says_so_and_keeps_its_first_column(opened: Open) -> None:
    page = opened("run")
    page.set_viewport_size({"width": 360, "height": 900})
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    wide = "table => table.querySelector('.scroll').scrollWidth > table.querySelector('.scroll').clientWidth + 2"
    tables = page.query_selector_all("[data-table]")
    assert any(table.evaluate(wide) for table in tables)
    for table in tables:
        assert table.query_selector(".cue").is_visible() == table.evaluate(wide)
    table = next(table for table in tables if table.evaluate(wide))
    first = table.query_selector("tbody td")
    before = first.bounding_box()["x"]
    table.query_selector(".scroll").evaluate("scroll => scroll.scrollLeft = 100")
    assert first.bounding_box()["x"] == before


@pytest.mark.parametrize(
    ("name", "answer"),
    [("violated", "#answers .verdicts li"), ("sweep", ".description"), ("comparison", ".description")],
)
def test_the_answer_is_on_the_first_screen_and_nothing_is_cut_without_a_cue(
    opened: Open, name: str, answer: str
) -> None:
    fits_every_screen(opened(name), answer)


PAGES = re.compile(rb"/Type\s*/Page\b(?!s)")


PRINTED = """() => addEventListener("beforeprint", () => {
  const of = (selector) => [...document.querySelectorAll(selector)];
  window.printed = {
    open: of("details").every((each) => each.open),
    grounds: of(".plot").map((each) => each.querySelector(".main-svg").style.background),
    width: document.documentElement.scrollWidth,
    wide: of("table, .plot .main-svg").filter((each) => each.scrollWidth > 710).length,
    cut: of(".plot").filter((each) =>
      each.querySelector(".main-svg").getBoundingClientRect().width > each.clientWidth + 1).length,
    empty: of("tbody tr").filter((row) => row.checkVisibility()
      && row.cells.length > 1 && [...row.cells].slice(1).every((cell) => ["", "–"].includes(cell.textContent.trim())))
      .map((row) => row.textContent),
    titles: of("#violations details.picture summary").length,
    shown: of("#violations details.picture summary")
      .filter((each) => each.checkVisibility()).map((each) => each.innerText.slice(0, 2)),
  };
}, { once: true })"""
"""Notes what is printed, after the script of the page has prepared it: the rows that have no value are `empty`."""


def test_a_run_is_printed_on_at_most_14_pages_on_which_all_is_open_and_drawn_and_nothing_is_wider(opened: Open) -> None:
    """The page with violations has all that others have. Letter paper is 18 mm shorter than A4."""
    page = opened("violated", theme="dark")
    page.set_viewport_size({"width": 710, "height": 900})
    page.emulate_media(media="print")
    page.evaluate(PRINTED)
    pages = len(PAGES.findall(page.pdf(format="Letter")))
    assert 5 < pages <= 14
    printed = page.evaluate("printed")
    assert printed["open"]
    assert set(printed["grounds"]) == {"rgb(255, 255, 255)"}
    assert printed["width"] <= 710
    assert (printed["wide"], printed["cut"], printed["empty"]) == (0, 0, [])
    assert len(set(printed["shown"])) == len(printed["shown"])  # one diagram for each invariant
    assert printed["titles"] > len(printed["shown"]) > 5
    page.emulate_media(media="null")
    assert not page.evaluate("[...document.querySelectorAll('details')].some(each => each.open)")


def test_text_of_a_scenario_is_inert(run_page: Any) -> None:
    assert run_page.title() == "week4"
    assert "<script>document.title='run'</script>" in run_page.query_selector(".description").inner_text()
    assert "{{ 7 * 7 }}" in run_page.query_selector(".description").inner_text()
    assert run_page.query_selector(".description *") is None


def test_every_plot_is_drawn_and_has_a_text_and_nothing_is_wider_than_the_page(run_page: Any) -> None:
    page = run_page
    plots = page.query_selector_all(".plot")
    assert len(plots) >= 9
    for plot in plots:
        draw(page, plot)
        assert plot.query_selector("svg.main-svg path") is not None
        assert len(plot.get_attribute("aria-label")) > 20
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    for width in (1280, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(FOLLOWED)
        assert page.evaluate("document.documentElement.scrollWidth") == width
