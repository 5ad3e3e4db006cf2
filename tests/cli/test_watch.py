"""`icnsim run --watch` on a terminal and off it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from icnsim.cli.watch import Watch
from icnsim.simulation.glimpse import Glimpse
from tests.cli.test_commands import environment, icnsim

SCENARIO = str(Path("scenarios/hardened.yaml").resolve())
OPTIONS = ("--watch", "--set", "expect={}", "--set", "duration=2h")


def test_off_a_terminal_it_tells_lines_on_stderr_and_stdout_is_as_ever(tmp_path: Path) -> None:
    done = icnsim("run", SCENARIO, *OPTIONS, "--json", cwd=tmp_path)
    assert done.returncode == 0
    document = json.loads(done.stdout)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("hardened: virtual time: ")
    assert f"{document['attempts']['total']:,} begun, {document['attempts']['completed']:,} completed" in last
    assert "copies run" in last and "\x1b" not in done.stderr


def test_on_a_terminal_the_last_picture_stays(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "icnsim", "run", SCENARIO, *OPTIONS, "--quiet"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, env=environment())
    os.close(theirs)
    told = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        told += piece
    assert process.wait() == 0
    text = told.decode()
    for title in ("virtual time", "wall time", "attempts", "active", "records", "actors", "begun per min"):
        assert title in text
    assert "100%" in text[text.rindex("virtual time") :]


def test_it_looks_seldom_where_a_look_takes_long() -> None:
    watch = Watch("slow", every=0)
    assert watch.due()
    watch._looked -= 1  # the look has taken a second
    watch.see(Glimpse(60_000_000, 120_000_000, 10, 6, {"timed_out": 3}, 0, {"requesting": 1}, 2, 1))
    assert not watch.due()
    assert 99 < watch._next - watch._looked < 102
    assert list(watch.rates) == [(6, 3)]
    rows = dict(watch.rows())
    assert rows["virtual time"] == "60 of 120 s, 50%" and rows["detected per min"].startswith("3  █")
