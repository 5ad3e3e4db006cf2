"""The time of a move of a slider in the explorer: ``python -m benchmarks.explorer [SCENARIO…]``.

The time is from the input event to the frame that has the new figures, in Chromium without a screen, for each shipped
scenario in which actors migrate. Each slider goes from its first place to its last in a few steps, and back to the
settings of the scenario. Settings are new to the page on the way, so most moves compute everything. The curves, which
the page draws later and in pieces, are not part of a move. The time is that of this machine and of what else it does.
The processor time is that of the page's main thread, with the pieces of the curves that were due.
"""

import argparse
import shutil
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import sync_playwright

from benchmarks.processes import ROOT
from icnsim.errors import ScenarioError
from icnsim.report.explore import html
from icnsim.scenario.loading import read

WANTED_MS: Final = 100
STEPS: Final = 8
"""The moves of each slider."""

PLACES: Final = """(steps) => [...document.querySelectorAll("#sliders input:not(:disabled)")].flatMap((input) =>
  [...Array(steps).keys()].map((k) => Math.round((k * input.max) / (steps - 1))).concat(Number(input.value))
    .map((place) => [input.id, place]))"""
"""The moves: for each slider its id and its places, the last of which is that of the scenario."""
MOVE: Final = """async ([id, place]) => {
  const input = document.getElementById(id);
  await new Promise(requestAnimationFrame);
  input.value = place;
  const began = performance.now();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now() - began);
    port2.postMessage(null);
  }));
}"""
"""Makes a move; the time until the new figures are painted, ms."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explorer", description="Measure moves of a slider.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="files; all shipped ones by default")
    chosen = parser.parse_args()
    files = [Path(each) for each in chosen.scenarios] or sorted(ROOT.glob("scenarios/*.yaml"))
    print("| scenario | moves | median, ms | slowest, ms | processor, slowest, ms | slowest move |")
    print("|---|---|---|---|---|---|")
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, offline=True)
        slow = [each.stem for each in files if _measured(page, each, Path(folder) / "page.html") >= WANTED_MS]
        browser.close()
    print(f"\nSlower than {WANTED_MS} ms: {', '.join(slow) or 'none'}.")


def _measured(page: Any, scenario: Path, file: Path) -> float:
    """Print the row of a scenario; return its slowest move, ms. A scenario without an explorer has no move."""
    try:
        file.write_text(html(read(scenario), str(scenario), {})[1], "utf-8")
    except ScenarioError:
        return 0.0
    page.goto(file.as_uri())
    page.wait_for_selector(":root[data-ready=yes]")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    moves = []
    for slider, place in page.evaluate(PLACES, STEPS):
        before = _processor_ms(session)
        took = page.evaluate(MOVE, [slider, place])
        moves.append((took, _processor_ms(session) - before, f"{slider} {place}"))
    slowest, processor = max(moves), max(each[1] for each in moves)
    middle = statistics.median(move[0] for move in moves)
    cells = (scenario.stem, len(moves), f"{middle:.1f}", f"{slowest[0]:.1f}", f"{processor:.1f}", slowest[2])
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return float(slowest[0])


def _processor_ms(session: Any) -> float:
    """The processor time of the page's main thread so far, ms. Other programs do not disturb it."""
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


if __name__ == "__main__":
    main()
