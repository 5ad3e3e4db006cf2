"""Pages that are opened once from disk, with a record of what they log and request, and the check of a first screen."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SCREENS: Final = ((1280, 800), (768, 1024), (360, 740))
CUT: Final = """() => [...document.querySelectorAll("body *")].filter((each) => {
  if (each.closest("svg, .plot, .timeline, [hidden], details:not([open])")) return false;
  if (each.scrollWidth <= each.clientWidth + 2) return false;
  if (getComputedStyle(each).overflowX === "visible" || getComputedStyle(each).display === "inline") return false;
  const cue = each.closest("[data-table]")?.querySelector(".cue");
  return !cue || cue.hidden;
}).map((each) => `${each.tagName} ${each.id} ${each.className}`)"""
"""The elements of which a part is hidden, and which do not say so."""


@contextmanager
def open_tabs(chromium: Any, files: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    """Open each page when it is first used. At the end, no page has logged anything or requested another file."""
    said: list[str] = []
    asked: list[str] = []
    context = chromium.new_context(reduced_motion="reduce", offline=True)

    class Tabs(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            self[name] = page = context.new_page()
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(files[name].as_uri())
            page.wait_for_selector(":root[data-ready]")
            return page

    yield Tabs()
    context.close()
    assert said == []
    own = {path.as_uri() for path in files.values()}
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} <= own


def fits_every_screen(page: Any, answer: str) -> None:
    """At each width, the answer is on the first screen, and nothing is cut without a cue."""
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found = page.query_selector(answer)
        assert found.inner_text().strip()
        box = found.bounding_box()
        assert box["y"] + box["height"] <= height, (width, box)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CUT) == []
