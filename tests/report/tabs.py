"""Pages that are opened once from disk, with a record of what they log and request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
