"""The home page shows the output of its first command, and its answers are those of the pages that it links to."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from icnsim.cli import icnsim

DOCS = Path(__file__).parents[2] / "docs"


def test_the_rows_of_the_home_page_are_those_that_the_first_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    runner = CliRunner()
    assert runner.invoke(icnsim, ["new", "first"]).exit_code == 0
    output = runner.invoke(icnsim, ["run", "first.yaml"]).stdout
    printed = [" ".join(line.split()) for line in output.splitlines()]
    head, _, *rows = (line for line in (DOCS / "index.md").read_text("utf-8").splitlines() if line.startswith("|"))
    places = [printed.index(" ".join(row.replace("|", " ").split())) for row in (head, *rows)]
    assert len(places) > 4 and places == sorted(places)


def test_the_answers_of_the_home_page_agree_with_the_linked_pages() -> None:
    home = " ".join((DOCS / "index.md").read_text("utf-8").split())
    parameters = (DOCS / "choose-parameters.md").read_text("utf-8").partition("## The timeout")[0]
    rows = {line.split("|")[1].strip(" *"): line for line in parameters.splitlines() if line.startswith("|")}
    assert "89.3 s" in rows["30 s"] and "64.9 s" in rows["5 s"] and "about 25 s earlier" in home
    assert "0.187 %" in rows["30 s"] and "0.281 %" in rows["5 s"] and "from 0.19 % to 0.28 %" in home
    (deadline,) = (line for line in (DOCS / "detectors.md").read_text("utf-8").splitlines() if "- `deadline`" in line)
    assert ": 9 times" in deadline and "9 times faster" in home
    hazards = " ".join((DOCS / "hazards.md").read_text("utf-8").split())
    assert "`as-implemented` violates an invariant 2123 times" in hazards and "2123 times on average" in home
