"""`icnsim list` as its user meets it."""

import re
import sys
from pathlib import Path

import pytest

from icnsim import load
from icnsim.cli import main
from tests.command import icnsim

TINY = "name: tiny\nexecutors: [{group: a, count: 3}]\nworkload: {migrations: 5}\n"


def listed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["icnsim", "list", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


def test_what_is_being_written_is_not_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("0123", ".unfinished-x", ".replaced-y", "sweep-4567"):
        Path("results", "week4", name).mkdir(parents=True)
        Path("results", "week4", name, "manifest.json").touch()
    Path("results", "week4", "draft").symlink_to(".unfinished-x")
    Path("results", "week4", "link").symlink_to("0123")
    assert listed(monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == [
        "results/week4/0123  run", "results/week4/link  run", "results/week4/sweep-4567  sweep",
    ]  # fmt: skip


def test_results_are_listed_by_date_with_the_keys_in_which_they_differ_and_the_last_is_the_newest(
    tmp_path: Path,
) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    empty = icnsim("list", cwd=tmp_path)
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "no scenarios in ./scenarios and no results in results\n" in empty.stderr
    assert "icnsim init" in empty.stderr and "icnsim new NAME" in empty.stderr
    none = icnsim("report", "--last", cwd=tmp_path)
    assert none.returncode == 2 and "results: no results here; `icnsim run SCENARIO` makes some" in none.stderr
    for option in ("seed=1", "manager.timeout=90s"):
        assert icnsim("run", "tiny.yaml", "--set", option, cwd=tmp_path).returncode == 0
    found = icnsim("list", cwd=tmp_path)
    assert found.stderr == ""
    lines = found.stdout.splitlines()
    assert [line.partition("  run  ")[2] for line in lines] == ["manager.timeout=1min", "manager.timeout=90s"]
    assert all(re.search(r"  20\d\d-\d\d-\d\d \d\d:\d\d UTC  run  ", line) for line in lines)
    several = icnsim("report", "results/tiny", cwd=tmp_path)
    assert several.returncode == 2 and "or --last for the newest" in several.stderr
    assert all(line in several.stderr for line in lines)
    newest = lines[1].partition("  ")[0]
    assert load(tmp_path / "results", last=True).folder == tmp_path / newest
    for arguments in (("--last",), ("results/tiny", "--last"), (newest,)):
        kinds = icnsim("plot", *arguments, cwd=tmp_path)
        assert kinds.returncode == 0 and "detection-latency" in kinds.stdout, kinds.stderr
    missing = icnsim("plot", cwd=tmp_path)
    assert missing.returncode == 2 and "Missing argument" in missing.stderr


def test_a_name_that_no_folder_can_have_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(monkeypatch, "--out", "a" * 5000) == 2
    assert "no folder that can be listed: file name too long" in capsys.readouterr().err


def test_no_command_takes_a_draft_for_a_result_and_a_replaced_one_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    assert icnsim("run", "tiny.yaml", "--quiet", cwd=tmp_path).returncode == 0
    home = tmp_path / "results" / "tiny"
    (result,) = home.iterdir()
    draft = home / ".unfinished-killed"
    result.rename(draft)
    for arguments in (
        ("report", "results/tiny"), ("report", draft), ("report", "results/tiny", draft), ("report", "--last"),
        ("plot", draft, "success-rate"), ("trace", draft), ("metrics", draft), ("compare", draft, "tiny.yaml"),
        ("compare", "--last"),
    ):  # fmt: skip
        done = icnsim(*arguments, cwd=tmp_path)
        assert done.returncode == 2 and done.stdout == "" and "error" in done.stderr.lower(), (arguments, done.stderr)
    assert icnsim("list", cwd=tmp_path).stdout == ""
    replaced = home / ".replaced-killed"
    replaced.mkdir()
    draft.rename(replaced / result.name)
    assert icnsim("report", f"results/tiny/{result.name}", cwd=tmp_path).returncode == 0
    assert [path.name for path in home.iterdir() if path.name == result.name] == [result.name]
    result.rename(replaced / result.name)
    assert result.name in icnsim("list", cwd=tmp_path).stdout
