"""Runs contestants as whole processes and measures their time and their peak memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
# As on a user's machine: Python keeps its compiled modules, also where this machine's settings prevent it.
ENVIRONMENT: Final = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command that is measured.

    Attributes
    ----------
    name : what tables call it.
    command : its arguments; OUT is replaced by a folder that is empty before each run.
    root : the folder in which it runs.
    reads : the seconds that count, from what the command prints; the whole process where None.
    """

    name: str
    command: Sequence[str]
    root: Path = ROOT
    reads: Callable[[str], float] | None = None


OUT: Final = "<out>"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its time in s and its peak memory in MiB."""

    took: float
    peak_mib: float


def measure(contestant: Contestant) -> Measured:
    """Run a contestant once; raises RuntimeError with what it printed where it fails."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as printed:
        command = [folder if word == OUT else word for word in contestant.command]
        began = time.perf_counter()
        with subprocess.Popen(command, cwd=contestant.root, env=ENVIRONMENT, stdout=printed, stderr=printed) as process:
            _, status, used = os.wait4(process.pid, 0)
            took = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read()
        if process.returncode:
            raise RuntimeError(f"{contestant.name} left with {process.returncode}: {text[-2000:]}")
        if contestant.reads is not None:
            took = contestant.reads(text)
        return Measured(took, used.ru_maxrss / 1024)


@dataclass(frozen=True, slots=True)
class Median:
    """The medians of several runs of one contestant, and their spread (the largest less the smallest time)."""

    name: str
    took: float
    peak_mib: float
    spread: float
    runs: int


def alternating(rounds: int, *contestants: Contestant, warm: bool = True) -> list[Median]:
    """The contestants one after the other, in as many rounds, after one run of each that does not count."""
    if warm:
        for contestant in contestants:
            measure(contestant)
    found: list[list[Measured]] = [[] for _ in contestants]
    for _ in range(rounds):
        for runs, contestant in zip(found, contestants, strict=True):
            runs.append(measure(contestant))
    return [median(contestant.name, runs) for contestant, runs in zip(contestants, found, strict=True)]


def median(name: str, runs: Sequence[Measured]) -> Median:
    """The medians of some runs."""
    times = [run.took for run in runs]
    return Median(
        name,
        statistics.median(times),
        statistics.median(run.peak_mib for run in runs),
        max(times) - min(times),
        len(runs),
    )


def module(name: str, *arguments: object, root: Path = ROOT) -> tuple[list[str], Path]:
    """The command that runs a Python module with arguments, and its folder."""
    return [sys.executable, "-m", name, *map(str, arguments)], root
