"""`icnsim list` as its user meets it."""

import sys
from pathlib import Path

import pytest

from icnsim.cli import main


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
    assert listed(monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == ["results/week4/0123", "results/week4/sweep-4567"]


def test_a_name_that_no_folder_can_have_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(monkeypatch, "--out", "a" * 5000) == 2
    assert "no folder that can be listed: file name too long" in capsys.readouterr().err
