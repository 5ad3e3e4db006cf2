"""The page of each kind of results, and the explorer, in a real browser: one browser and one tab for each page.

At each width the answer is on the first screen, nothing overflows without a cue, and nothing is requested or logged.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from icnsim.cli import icnsim as command_line
from icnsim.rare_events import methods
from icnsim.rare_events.methods import Orders
from icnsim.rare_events.rare import estimated
from icnsim.report import explore
from icnsim.report.opening import html_of
from icnsim.scenario import loads
from icnsim.scenario.loading import read
from icnsim.sweeps.engines import Serial
from tests.once import once
from tests.report.tabs import fits_every_screen, open_tabs

pytestmark = pytest.mark.slow

KINDS = ("searched", "advised", "rare", "explorer")
"""`test_in_a_browser` has the other kinds."""
LATE = """
name: late
executors: [{group: a, count: 3}]
actors: {count: 10}
drain: 10s
manager: {timeout: 400ms, check_interval: 1s}
workload: {migrations: 3}
"""
ANSWER = {"explorer": "#verdict"}
"""Where the answer of a page is, if not in its description."""


@pytest.fixture(scope="module")
def files(searched: Path, advised: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file of a page of each kind."""

    def write(place: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(methods, "SMALLEST_PILOT", 80)
            rare = estimated(loads(LATE), Orders("false_positive", "auto", 20, 2), place, Serial()).folder
        assert rare is not None
        for name, folder in {"searched": searched, "advised": advised, "rare": rare}.items():
            (place / f"{name}.html").write_text(html_of(folder)[0], "utf-8")
        week4 = "scenarios/week4.yaml"
        (place / "explorer.html").write_text(explore.html(read(week4), week4, {})[1], "utf-8")

    place = once(tmp_path_factory, "kinds", write)
    return {name: place / f"{name}.html" for name in KINDS}


@pytest.fixture(scope="module")
def tabs(chromium: Any, files: dict[str, Path]) -> Iterator[dict[str, Any]]:
    """Each page, opened once from disk. At the end, no page has requested anything, and none has logged anything."""
    with open_tabs(chromium, files) as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
def test_the_answer_is_on_the_first_screen_and_nothing_is_cut_without_a_cue(tabs: dict[str, Any], kind: str) -> None:
    fits_every_screen(tabs[kind], ANSWER.get(kind, ".description"))


@pytest.mark.parametrize("kind", ["searched", "advised"])
def test_every_plot_is_drawn(tabs: dict[str, Any], kind: str) -> None:
    page = tabs[kind]
    for plot in page.query_selector_all(".plot"):
        plot.scroll_into_view_if_needed()
        page.wait_for_function("plot => plot.classList.contains('drawn')", arg=plot)
        assert plot.query_selector("svg.main-svg path") is not None
    page.evaluate("scrollTo(0, 0)")


@pytest.mark.parametrize("kind", ["searched", "advised", "explorer"])
def test_every_command_on_a_page_runs_when_pasted(tabs: dict[str, Any], kind: str, tmp_path: Path) -> None:
    told = "\n".join(each.inner_text() for each in tabs[kind].query_selector_all("pre.command"))
    commands = [line for line in told.splitlines() if line.strip()]
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "icnsim"
        few = ["--set", "workload.migrations=60", "--set", "expect={}"] if kind == "explorer" else []
        done = CliRunner().invoke(command_line, [*arguments, *few, "--quiet", "--out", str(tmp_path)])
        assert done.exit_code in (0, 1), (command, done.output)  # 1: the run ended, and an expectation failed
        assert done.exception is None or isinstance(done.exception, SystemExit), command
