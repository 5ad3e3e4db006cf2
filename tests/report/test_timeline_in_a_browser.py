"""The timeline of a report in a real browser: zoom, keys, filter, diagrams, a phone, print."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import icnsim
from icnsim.report.page import Page, Section
from icnsim.report.rendering import html
from icnsim.report.timeline import timeline

pytestmark = pytest.mark.slow
Open = Callable[..., Any]
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
TICKS = "[...document.querySelectorAll('.tl-axis text')].map(each => parseFloat(each.textContent.replace(',', '')))"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages with nothing but a timeline, so that they open quickly: of few executors, and of many."""
    made = {}
    for name, scenario, overrides in (
        ("few", "scenarios/as-implemented.yaml", {"duration": "10min"}),
        ("many", "scenarios/week4.yaml", {"workload.migrations": 500, "actors.count": 5000}),
    ):
        found = timeline(icnsim.run(scenario, {**overrides, "expect": {}}))
        assert found is not None
        made[name] = tmp_path_factory.mktemp("timelines") / f"{name}.html"
        made[name].write_text(html(Page(name, "", (), (), (Section("timeline", "Timeline", (found,)),))), "utf-8")
    return made


@pytest.fixture(scope="module")
def opened(chromium: Any, pages: dict[str, Path]) -> Iterator[Open]:
    """Opens a page from disk. At the end, no page has logged anything on the console, and none has requested anything.

    All tests use one tab: Chromium starts a process for each tab.
    """
    said: list[str] = []
    asked: list[str] = []
    context = chromium.new_context(reduced_motion="reduce", offline=True)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    def show(name: str, width: int = 1280, theme: str = "light") -> Any:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, media="null")
        page.goto(pages[name].as_uri())
        page.wait_for_selector(":root[data-ready]")
        return page

    yield show
    context.close()
    assert said == []
    assert set(asked) <= {path.as_uri() for path in pages.values()}


def span(page: Any) -> float:
    """The time between the first and the last number on the time axis, s."""
    page.evaluate(DRAWN)
    ticks = page.evaluate(TICKS)
    return float(ticks[-1] - ticks[0])


def bars(page: Any, selector: str = ".tl-bar") -> int:
    page.evaluate(DRAWN)
    return len(page.query_selector_all(f".tl-rows {selector}"))


def test_buttons_keys_and_the_wheel_zoom(opened: Open) -> None:
    page = opened("few")
    every, drawn = span(page), bars(page)
    assert drawn > 100
    page.click("[data-do=in]")
    page.click("[data-do=in]")
    assert span(page) < every / 2 and bars(page) < drawn
    page.focus(".tl-view")
    page.keyboard.press("0")
    assert span(page) == every
    page.keyboard.press("+")
    nearer = span(page)
    assert nearer < every
    page.hover(".tl-rows svg")
    page.mouse.wheel(0, 300)
    assert span(page) > nearer


def test_an_item_opens_its_sequence_diagram_with_the_keyboard_and_with_a_click(opened: Open) -> None:
    page = opened("few")
    page.focus(".tl-view")
    page.keyboard.press("ArrowDown")
    assert page.inner_text(".tl-status") != ""
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "tl-diagram"
    assert "request" in page.text_content(".tl-diagram svg")
    page.keyboard.press("Escape")
    assert page.is_hidden(".tl-diagram")
    page.locator(".tl-rows .tl-pin").first.click(force=True)
    page.wait_for_selector(".tl-diagram:not([hidden]) svg")
    assert page.inner_text(".tl-diagram h3").startswith("Migration ")
    assert page.text_content(".tl-diagram > p").split(": ")[1].startswith("I")


def test_the_filter_shows_one_actor_and_the_slider_says_what_happens_at_a_time(opened: Open) -> None:
    page = opened("few")
    drawn = bars(page)
    page.fill("#tl-actor", "actor-1")
    left = bars(page, ".tl-bar:not(.tl-dim)")
    assert 0 < left < drawn / 2
    assert page.inner_text(".tl-count").endswith(" migrations")
    page.fill("#tl-actor", "")
    assert bars(page, ".tl-bar:not(.tl-dim)") == drawn
    page.focus("#tl-time")
    page.keyboard.press("PageUp")
    assert bars(page, ".tl-cursor") == 1
    assert page.inner_text(".tl-status").split(": ")[0].endswith(" s")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_and_has_the_colours_of_the_theme(opened: Open, theme: str) -> None:
    page = opened("many", width=360, theme=theme)
    page.focus(".tl-view")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    region = page.query_selector(".tl-diagram .scroll")
    assert region.evaluate("each => each.scrollWidth <= each.clientWidth")
    blue = {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}[theme]
    fills = page.evaluate("[...document.querySelectorAll('.tl-bar')].map(each => getComputedStyle(each).fill)")
    assert blue in fills


@pytest.mark.parametrize("width", [360, 1280])
def test_on_paper_it_is_a_picture_that_fits_on_a_page(opened: Open, width: int) -> None:
    page = opened("many", width=width)
    page.set_viewport_size({"width": 700, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate(DRAWN)
    box, rows = (page.query_selector(each).bounding_box() for each in (".tl-view", ".tl-rows svg"))
    assert rows["width"] <= box["width"] and rows["height"] <= box["height"] <= 900
    assert page.is_hidden(".tl-tools")
