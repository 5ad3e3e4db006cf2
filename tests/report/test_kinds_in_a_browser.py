"""Pages of a search and a recommendation in a real browser: the answer is on the first screen, nothing overflows."""

from pathlib import Path
from typing import Any

import pytest

from icnsim.report.opening import page_of
from icnsim.report.rendering import html

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ["searched", "advised"])
def test_the_answer_is_on_the_first_screen_and_nothing_fails_or_overflows(
    chromium: Any, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    made, _ = page_of(request.getfixturevalue(kind))
    file = tmp_path / "page.html"
    file.write_text(html(made), "utf-8")
    said: list[str] = []
    asked: list[str] = []
    context = chromium.new_context(reduced_motion="reduce", offline=True, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(":root[data-ready]")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        answer = page.query_selector(".description")
        assert answer.inner_text() == made.description
        box = answer.bounding_box()
        assert box["y"] + box["height"] < 740
        assert page.evaluate("document.documentElement.scrollWidth") == width
    for plot in page.query_selector_all(".plot"):
        plot.scroll_into_view_if_needed()
        page.wait_for_function("plot => plot.classList.contains('drawn')", arg=plot)
        assert plot.query_selector("svg.main-svg path") is not None
    context.close()
    assert said == [] and all(url.startswith(("file:", "data:", "blob:")) for url in asked)
