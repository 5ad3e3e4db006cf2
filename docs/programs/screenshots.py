"""Makes the pictures of reports in `docs/`: ``python -m docs.programs.screenshots``; it needs Chromium.

The pages are reports of two shipped scenarios. A picture has at most 256 colours, so that its file is small.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

import icnsim
from icnsim.report import explore, rendering, run
from icnsim.scenario.loading import read

DOCS: Final = Path(__file__).parents[1]
SCENARIOS: Final = DOCS.parent / "scenarios"
COLOURS: Final = 256
OPENED: Final = """part => {
  part.querySelectorAll("details.picture").forEach((each, number) => { each.open = !number; });
  part.scrollIntoView({ behavior: "instant" });
}"""
"""Opens the first diagram of a part, and puts the part at the top of the screen."""


def main() -> None:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        for name in ("week4", "as-implemented"):
            found = icnsim.run(SCENARIOS / f"{name}.yaml", out=place / "results")
            (place / f"{name}.html").write_text(rendering.html(run.page(found)), "utf-8")
        week4 = "scenarios/week4.yaml"
        (place / "explore.html").write_text(explore.html(read(SCENARIOS / "week4.yaml"), week4, {})[1], "utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        wide = _picture(browser, place / "week4.html", place / "wide.png", (1000, 800))
        phone = _picture(browser, place / "week4.html", place / "phone.png", (360, 800))
        _keep(_side_by_side(wide, phone), "report-run")
        of_timeline = _picture(browser, place / "as-implemented.html", place / "timeline.png", (900, 612), "#timeline")
        _keep(of_timeline, "report-timeline")
        violation = _picture(
            browser, place / "as-implemented.html", place / "violation.png", (1000, 800), "#violations", "dark"
        )
        _keep(violation, "report-violation")
        _keep(_picture(browser, place / "explore.html", place / "explore.png", (1280, 800)), "explore")
        browser.close()


def _picture(
    browser: Any, page: Path, to: Path, size: tuple[int, int], part: str | None = None, theme: str = "light"
) -> Image.Image:
    """The first screen of a page, or the screen with a part at its top and the part's first diagram open."""
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=theme, offline=True)
    tab.goto(page.as_uri())
    tab.wait_for_selector(":root[data-ready]")
    if part is not None:
        tab.locator(part).first.evaluate(OPENED)
    tab.wait_for_timeout(1500)
    tab.screenshot(path=to)
    tab.close()
    return Image.open(to).convert("RGB")


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + 10 + right.width, max(left.height, right.height)), "#8c959f")
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 10, 0))
    return both


def _keep(picture: Image.Image, name: str) -> None:
    picture.quantize(COLOURS).save(DOCS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
