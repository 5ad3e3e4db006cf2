"""The folder of all results describes itself, and its README is never taken for a result."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

import icnsim
from icnsim.cli import icnsim as command_line
from icnsim.recording import home
from icnsim.sweeps.listed import KINDS, newest

TINY = "name: tiny\nexecutors: [{group: a, count: 2}]\nworkload: {migrations: 5}\n"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    return Path("tiny.yaml")


def test_a_run_describes_the_folder_of_results_that_it_creates(tiny: Path) -> None:
    run = icnsim.run(tiny, out="some/results")
    assert Path("some/results/README.md").read_text("utf-8") == home.TEXT
    assert sorted(path.name for path in Path("some/results").iterdir()) == ["README.md", "tiny"]
    assert run.folder is not None
    assert newest(Path("some/results")) == [run.folder]


def test_a_sweep_describes_it_too_before_its_runs_have_ended(tiny: Path) -> None:
    icnsim.sweep(tiny, {"manager.timeout": ["30s"]}, replications=1, jobs=1, out="results")
    assert Path("results/README.md").read_text("utf-8") == home.TEXT


def test_a_folder_or_a_readme_of_the_user_stays_as_it_is(tiny: Path) -> None:
    Path("mine").mkdir()
    icnsim.run(tiny, out="mine")
    assert [path.name for path in Path("mine").iterdir()] == ["tiny"]
    Path("mine/README.md").write_text("notes", "utf-8")
    icnsim.run(tiny, seed=2, out="mine")
    assert Path("mine/README.md").read_text("utf-8") == "notes"


def test_the_readme_is_not_listed_and_not_opened_as_a_result(tiny: Path) -> None:
    icnsim.run(tiny, out="results")
    listed = CliRunner().invoke(command_line, ["list"]).stdout.splitlines()
    assert len(listed) == 1 and listed[0].startswith("results/tiny/")
    last = icnsim.load(last=True)
    assert isinstance(last, icnsim.Run)


def test_many_that_create_the_folder_at_once_all_succeed(tmp_path: Path) -> None:
    homes = [tmp_path / "results" / f"s{number % 5}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(home.make, homes))
    assert (tmp_path / "results" / "README.md").read_text("utf-8") == home.TEXT
    assert all(each.is_dir() for each in homes)


def test_every_kind_of_result_is_in_the_readme(tmp_path: Path) -> None:
    assert set(re.findall(r"`NAME/([a-z]+)-HASH/`", home.TEXT)) == set(KINDS)
