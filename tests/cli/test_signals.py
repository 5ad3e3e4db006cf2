"""SIGTERM, SIGHUP and closed standard streams, in a process of its own for each test."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from icnsim.cli import signals
from tests.command import environment

PATIENCE_S = 60
SIGNALLED = """
import os, signal, sys, time
import click
from icnsim import cli

{before}

@click.command()
def command():
    try:
        os.kill(os.getpid(), signal.{name})
        time.sleep(60)
    finally:
        os.kill(os.getpid(), signal.{name})  # `timeout` signals the process and then its group
        print("cleaned up")

cli.icnsim.commands = {{"signalled": command}}
cli._Commands.get_command = lambda self, context, name: command
sys.argv = ["icnsim", "signalled"]
cli.main()
"""


def signalled(name: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """A command that gets this signal twice."""
    program = SIGNALLED.format(name=name, before=before)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment(),
        timeout=PATIENCE_S,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_is_exit_3_with_its_name_and_a_second_one_does_not_stop_the_clean_up(name: str) -> None:
    done = signalled(name)
    assert done.returncode == 3, done.stderr
    assert done.stdout == "cleaned up\n"
    assert done.stderr.strip() == f"interrupted by {name}: finished work is kept, unfinished work is removed"


def test_a_signal_that_the_caller_ignores_stays_ignored() -> None:
    before = "signal.signal(signal.SIGHUP, signal.SIG_IGN); time.sleep = lambda _: None"
    done = signalled("SIGHUP", before)
    assert (done.returncode, done.stdout, done.stderr) == (0, "cleaned up\n", "")


def test_a_terminal_that_is_gone_does_not_change_the_exit_code() -> None:
    ours, theirs = pty.openpty()
    program = SIGNALLED.format(name="SIGHUP", before="fcntl.ioctl(0, termios.TIOCSCTTY, 0)")
    program = program.replace("os.kill(os.getpid(), signal.SIGHUP)", "print('ready', flush=True)", 1)
    process = subprocess.Popen(
        [sys.executable, "-c", f"import fcntl, termios{program}"], stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment(), start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while b"ready" not in said:
        said += os.read(ours, 1000)
    os.close(ours)  # the system sends SIGHUP
    assert process.wait(PATIENCE_S) == 3


def test_the_signal_is_found_behind_an_error_that_it_caused() -> None:
    error = OSError("the stream is gone")
    error.__context__ = signals.Terminated("SIGTERM")
    assert signals.name_of(error) == "SIGTERM"
    assert signals.name_of(KeyboardInterrupt()) is None


SMALL = """
name: tiny
executors: [{group: a, count: 5}]
workload: {migrations: 20, arrivals: {rate: 5/s}}
"""


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", ">&- 2>&- <&-"])
def test_closed_descriptors_are_open_on_the_null_device_and_are_inherited(closed: str) -> None:
    program = (
        "import os, subprocess, sys; from icnsim import descriptors; descriptors.open_closed();"
        "found = [os.get_inheritable(number) for number in range(3)];"
        "found += [stream is not None for stream in (sys.stdin, sys.stdout, sys.stderr)];"
        "print('into nothing', file=sys.stderr); sys.exit(0 if all(found) else 9)"
    )
    asked = ["bash", "-c", f'"$@" {closed}', "bash", sys.executable, "-c", program]
    assert subprocess.run(asked, env=environment(), check=False, capture_output=True).returncode == 0


def test_a_sweep_in_a_script_has_its_workers_with_closed_descriptors(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(SMALL, "utf-8")
    program = """
import icnsim
with open("own.txt", "w", encoding="utf-8") as own:  # has the number of the first closed descriptor
    found = icnsim.sweep("tiny.yaml", {"manager.timeout": ["30s", "60s"]}, out="results", jobs=2)
    print("into nothing", flush=True)
    own.write(str(len(found.aggregate)))
"""
    asked = ["bash", "-c", '"$@" >&- 2>&- <&-', "bash", sys.executable, "-c", program]
    done = subprocess.run(asked, cwd=tmp_path, env=environment(), check=False, timeout=PATIENCE_S)
    assert done.returncode == 0
    assert (tmp_path / "own.txt").read_text("utf-8") == "2"
