"""`icnsim run --watch` on a terminal and off it."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from icnsim.cli import watch as module
from icnsim.cli.watch import Watch
from icnsim.recording.progress import Snapshot
from tests.command import command, environment, icnsim, on_a_terminal, pieces

SCENARIO = str(Path("scenarios/hardened.yaml").resolve())
OPTIONS = ("--watch", "--set", "expect={}", "--set", "duration=10min")
ENDED = {"completed": 2, "timed_out": 3, "rejected": 0, "failed": 0}
SEEN = Snapshot(60_000_000, 120_000_000, 10, 6, 1, ENDED, 4, {"requesting": 1}, 2, 1)


class Shown:
    """The output of a run on a terminal.

    Attributes
    ----------
    code : its exit code. text : all that it wrote. last : the last picture and what came after it, without controls.
    """

    def __init__(self, code: int, text: str) -> None:
        self.code, self.text = code, text
        pictures = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text).replace("\r", "")
        self.last = pictures[pictures.rindex("virtual time") :].splitlines()


def shown(place: Path, *arguments: str, columns: int = 80) -> Shown:
    return Shown(*on_a_terminal("run", *arguments, cwd=place, columns=columns))


def interrupted(place: Path, *arguments: str, after: int) -> Shown:
    """The output of a run that gets Ctrl-C after this number of pictures."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 80, 0, 0))
    process = subprocess.Popen(
        command("run", *arguments), cwd=place, stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment(TERM="xterm", LANG="C.UTF-8", COLUMNS="80"),
    )  # fmt: skip
    os.close(theirs)
    told = b""
    for piece in pieces(ours):
        told += piece
        if told.count(b"wall time") > after:
            process.send_signal(signal.SIGINT)
            after = sys.maxsize
    os.close(ours)
    return Shown(process.wait(), told.decode())


def titles(lines: Sequence[str]) -> list[str]:
    return [line[: module.TITLES].strip() for line in lines if line[: module.TITLES].strip()]


def test_off_a_terminal_it_says_so_tells_lines_on_stderr_and_stdout_is_as_ever(tmp_path: Path) -> None:
    done = icnsim("run", SCENARIO, *OPTIONS, "--json", cwd=tmp_path)
    assert done.returncode == 0
    document = json.loads(done.stdout)
    first, *_, last = done.stderr.splitlines()
    assert first == "stderr is not a terminal: --watch prints a line every 10 s"
    assert last.startswith("hardened: virtual time: ")
    assert f"{document['attempts']['total']:,} begun, {document['attempts']['completed']:,} completed" in last
    assert "copies run" in last and "\x1b" not in done.stderr and not set(module.BARS[1:]) & set(last)


def test_off_a_terminal_each_look_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0)
    with module.watching()("mine") as watch:
        for share in (0.25, 0.5, 1.0):
            watch._next = 0
            watch(share, 10, lambda: SEEN)
    told = capsys.readouterr()
    assert told.out == "" and len(told.err.splitlines()) == 1 + 3


def test_a_stage_is_a_row_until_the_next_snapshot_and_a_line_once_a_line_is_due(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[list[tuple[str, str]]] = []
    watch = module.Watch("mine", lambda each: shown.append(each.rows()))
    watch.stage("set-up")
    watch(1.0, 10, lambda: SEEN)
    watch.stage("summary")
    assert shown[0] == [("stage", "set-up")] and shown[2][0] == ("stage", "summary")
    assert shown[1][0][0] == "virtual time" and len(shown[2]) == 1 + len(shown[1])
    for every, lines in ((600, 1), (0, 2)):
        monkeypatch.setattr(module, "EVERY_S", every)
        with module.watching()("mine") as other:
            other.stage("writing")
        assert len(capsys.readouterr().err.splitlines()) == lines


def test_on_a_terminal_the_last_picture_stays(tmp_path: Path) -> None:
    picture = shown(tmp_path, SCENARIO, *OPTIONS, "--quiet")
    assert picture.code == 0
    assert titles(picture.last) == [
        "virtual time", "wall time", "attempts", "active", "records", "actors", "faults", "violated",
        "begun/min", "completed/min", "detected/min",
    ]  # fmt: skip
    assert "100 %" in picture.last[0]
    assert "nothing so far" in "".join(picture.last)


def test_a_narrow_terminal_is_not_overrun_and_every_run_shows_actors_faults_and_violations(tmp_path: Path) -> None:
    week4 = str(Path("scenarios/week4.yaml").resolve())
    few = ("--set", "expect={}", "--set", "workload.migrations=2000")
    picture = shown(tmp_path, week4, "--watch", *few, "--quiet", columns=40)
    assert picture.code == 0
    assert titles(picture.last)[:5] == ["virtual time", "wall time", "attempts", "active", "records"]
    assert {"actors", "faults", "violated"} <= set(titles(picture.last))
    assert max(map(len, picture.last)) <= 40
    rates = picture.last[-3:]
    assert [title.partition("/")[0] for title in titles(rates)] == list(module.RATES)  # a line each


def test_ctrl_c_leaves_the_last_picture_and_is_exit_3(tmp_path: Path) -> None:
    picture = interrupted(tmp_path, SCENARIO, "--watch", "--set", "expect={}", "--set", "duration=2000h", after=1)
    assert picture.code == 3
    assert titles(picture.last)[:2] == ["virtual time", "wall time"]
    assert "interrupted" in picture.last[-1] and "Traceback" not in picture.text
    assert "\x1b[?25h" in picture.text  # the cursor is there again
    assert list(tmp_path.iterdir()) == []


def test_results_that_are_there_leave_no_empty_picture(tmp_path: Path) -> None:
    assert icnsim("run", SCENARIO, *OPTIONS[1:], cwd=tmp_path).returncode == 0
    picture = shown(tmp_path, SCENARIO, *OPTIONS, "--quiet")
    assert picture.code == 0
    assert picture.text.endswith("\x1b[1A\x1b[2K" * 2)  # both of its lines are erased


def test_results_are_the_same_bytes_with_and_without(tmp_path: Path) -> None:
    for name, options in (("with", OPTIONS), ("without", OPTIONS[1:])):
        assert icnsim("run", SCENARIO, *options, "--out", name, cwd=tmp_path).returncode == 0
    written = [
        {
            str(file.relative_to(tmp_path / name)): file.read_bytes()
            for file in sorted((tmp_path / name).rglob("*"))
            if file.is_file() and file.name != "manifest.json"  # when it was made, and how long that took
        }
        for name in ("with", "without")
    ]
    assert written[0] == written[1] and len(written[0]) > 3


def test_a_terminal_that_cannot_move_its_cursor_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    assert module.watching() is module._in_lines
    monkeypatch.setenv("TERM", "xterm")
    assert module.watching() is module._on_terminal


def test_it_looks_seldom_where_a_look_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    # A look of half a second and as much to show it, by a clock of our own.
    times = iter([0.0, 0.25, 1.25, 1.25, 101.24, 101.25, 101.25])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(times)))
    looks: list[Watch] = []
    watch = Watch("slow", looks.append)
    for expected in (1, 1, 1, 2):
        watch(0.5, 10, lambda: SEEN)
        assert len(looks) == expected


def test_rows_tell_totals_and_rates_per_virtual_minute() -> None:
    watch = Watch("\x1b[2Jmine\n", lambda _: None)
    watch.see(SEEN)
    rows = dict(watch.rows(80))
    assert rows["virtual time"] == "60 of 120 s, 50.000 %"
    assert rows["attempts"].endswith("begun, 2 completed, 3 timed out, 0 rejected, 0 failed, 1 of them retries, "
                                     "4 arrivals skipped")  # fmt: skip
    assert rows["detected/min"] == "3 now, 3 on average  █"
    assert watch.line().startswith("�[2Jmine�: virtual time: 60 of 120 s")
    faulty = Snapshot(120_000_000, 120_000_000, 10, 6, 0, ENDED, 0, {}, 2, 1, 5, 1, {"clock_step": 2}, {"I1": 3})
    watch.see(faulty)
    rows = dict(watch.rows(80))
    assert rows["detected/min"] == "0 now, 2 on average  █ "
    assert (rows["faults"], rows["violated"]) == ("2 clock step", "I1 3 times")


def test_bars_give_way_to_numbers() -> None:
    watch = Watch("long", lambda _: None)
    for at in range(1, 100):
        watch.see(Snapshot(at, 100, 0, at, 0, ENDED, 0, {}, 0, 0))
    for width in (40, 60, 80, 200):
        told = dict(watch.rows(width))["begun/min"]
        assert told.startswith("60,000,000 now, 60,000,000 on average")
        bars = told.count("█")
        assert bars == max(0, min(module.LOOKS, width - module.TITLES - len("60,000,000 now, 60,000,000 on average  ")))
