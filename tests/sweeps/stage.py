"""Code that the tests of sweeps share: a small sweep, the command that runs it, and the files that it writes."""

import os
import pickle
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from icnsim.recording.progress import Budget
from icnsim.sweeps.engines import Engine, Serial
from icnsim.sweeps.plan import plan
from icnsim.sweeps.store import Store
from icnsim.sweeps.sweep import Sweep, run_plan
from icnsim.sweeps.work import Outcome, Task, perform
from tests.command import command, environment


def median_budget(events: "pd.Series[float]") -> Budget:
    """A budget that about half of the runs of a sweep by columns exhaust, from their figure `events`."""
    return Budget(max_events=int(events.median()))


NAME = "tiny"
POINTS, REPLICATIONS = 6, 2
RUNS = POINTS * REPLICATIONS
SCENARIO = """
name: tiny
executors: [{group: a, count: 8}, {group: silent, count: 1, behavior: unresponsive}]
workload: {migrations: %d, arrivals: {rate: 5/s}}
"""
SWEEP = """
sweep:
  vary: {manager.timeout: [20s, 45s], manager.check_interval: [5s, 15s, 30s]}
  replications: 2
"""
PATIENCE_S = 60.0
"""For what should take moments; on a busy machine it may take longer."""


def scenario(folder: Path, migrations: int = 100, sweep: str = SWEEP) -> Path:
    """Write the small sweep's scenario."""
    path = folder / "tiny.yaml"
    path.write_text(SCENARIO % migrations + sweep, "utf-8")
    return path


def swept(
    path: Path,
    out: Path,
    engine: Engine | None = None,
    sweep: dict[str, object] | None = None,
    overrides: dict[str, object] | None = None,
    **how: Any,
) -> Sweep:
    """Sweep in this process, as the command does."""
    return run_plan(plan(path, overrides, sweep), out, engine or Serial(), **how)


def files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file of a results folder, but of its manifest."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    del found["manifest.json"]
    return found


def of_sweep(out: Path) -> dict[str, bytes]:
    """The files of the only sweep there."""
    (folder,) = (out / NAME).glob("sweep-*")
    return files(folder)


def stored(out: Path) -> dict[str, tuple[int, int]]:
    """The runs that are stored and whole, by their ids; inode and time change if a file is written again."""
    folder = out / NAME / "runs"
    store = Store(folder)
    return {
        path.stem: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in sorted(folder.glob("??/*.json"))
        if store.whole(path.stem)
    }


@dataclass
class Counted:
    """Watches a sweep and counts; `then` is called with the number of runs that have ended."""

    then: Callable[[int], None] = lambda _: None
    runs: int = 0
    found_before: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    points_written: list[tuple[int, int]] = field(default_factory=list)

    @property
    def ended_now(self) -> int:
        return len(self.outcomes)

    def planned(self, runs: int) -> None:
        self.runs = runs

    def found(self) -> None:
        self.found_before += 1

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.then(self.ended_now)

    def waiting(self) -> None:
        """Nothing is counted."""

    def written(self, points: int, total: int) -> None:
        self.points_written.append((points, total))


class Through(Executor):
    """An executor that does something else in place of what it is given."""

    def __init__(self, inner: Executor, instead: Callable[..., Any]) -> None:
        self._inner = inner
        self._instead = instead

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._inner.submit(self._instead, *args, **kwargs)


class Threads(Serial):
    """Several runs at once in one process, as a worker of Dask does them that has several threads."""

    slots = 4

    def open(self, *, alone: bool = False) -> Executor:
        return ThreadPoolExecutor(max_workers=3)


DEADLY = (45_000_000, 15_000_000)
"""Timeout and interval of the point whose runs kill their worker, in µs."""


def perform_or_die(task: Task) -> Outcome:
    """Performs a task as a worker does; some runs kill the worker."""
    manager = pickle.loads(task.scenario).manager
    if (manager.timeout, manager.check_interval) == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return perform(task)


# The command


class Started:
    """The command as it runs, in a session of its own, as from a terminal of its own; a mark tells its processes."""

    def __init__(self, *arguments: str | Path, cwd: Path) -> None:
        self._mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            command(*arguments), cwd=cwd, env=environment(ICNSIM_TEST=self._mark), start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def processes(self) -> list[psutil.Process]:
        """All living processes that the command started, also those that have another parent now."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("ICNSIM_TEST") == self._mark and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def workers(self) -> list[psutil.Process]:
        """Its worker processes."""
        return [process for process in self.processes() if "popen_loky_posix" in " ".join(_arguments(process))]

    def end(self) -> tuple[int, str]:
        """Wait for its end; its exit code and what it said."""
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said

    def kill(self) -> None:
        """SIGKILL, to the command's own process alone."""
        self.process.kill()
        self.process.wait(PATIENCE_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()  # not read to their ends: a process that is left over would hold them open

    def clear(self) -> None:
        """End what a failed test has left."""
        if self.process.returncode is None:
            self.kill()
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C, which a terminal sends to all; its exit code and what it said."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.end()


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def until(condition: Callable[[], object], every_s: float = 0.01) -> bool:
    """Wait for a condition; False where it does not come to hold."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every_s)
    return True


def rows(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """The rows of points.parquet."""
    yield from sweep.points.to_dict("records")
