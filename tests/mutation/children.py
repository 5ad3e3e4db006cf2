"""Child processes that are forked, limited in processor time and memory, and whose results are read from a file."""

import contextlib
import ctypes
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

MEMORY: Final = 2 << 30
"""The bytes of address space that a child may allocate in addition to what it inherits."""
PATIENCE_S: Final = 600.0
"""The wall time after which a child is killed that waits without using the processor."""
PR_SET_PDEATHSIG: Final = 1
"""From `sys/prctl.h` of Linux."""
SIGNALS: Final = {int(signal.SIGXCPU): "it takes too long", int(signal.SIGKILL): "it waits"}
"""Why a child was killed by a signal."""


class Ended(NamedTuple):
    """The end of a child.

    Attributes
    ----------
    key : the key of its task. result : what its task returned; None if it was killed or raised an error.
    reason : why there is no result, "" otherwise.
    """

    key: int
    result: object
    reason: str


def forked(
    tasks: Iterable[tuple[int, Callable[[], object]]], jobs: int = 1, patience_s: float = PATIENCE_S
) -> Iterator[Ended]:
    """Perform each task in a child of its own, at most `jobs` at once; yield their ends, in the order of their ends.

    The temporary files of a child are in a folder that is removed after its end. Its output is discarded. A child that
    has not ended after `patience_s` is killed.
    """
    waiting, running = iter(tasks), dict[int, tuple[int, Path, float]]()
    exhausted = False
    try:
        while not exhausted or running:
            while not exhausted and len(running) < jobs:
                task = next(waiting, None)
                exhausted = task is None
                if task is not None:
                    place = Path(tempfile.mkdtemp(prefix="mutation-"))
                    running[_started(task[1], place)] = (task[0], place, time.monotonic())
            for pid in list(running):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    key, place, _ = running.pop(pid)
                    yield _end(key, place, status)
                elif time.monotonic() - running[pid][2] > patience_s:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)
    finally:
        for pid, (_, place, _) in running.items():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            shutil.rmtree(place, ignore_errors=True)


def limit_time(seconds: float) -> None:
    """Kill this process when it has used this much more processor time."""
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, resource.RLIM_INFINITY))


def _started(task: Callable[[], object], place: Path) -> int:
    """Start a child that performs a task; returns its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a child does not outlive this process
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = str(place)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY, resource.RLIM_INFINITY))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        found = pickle.dumps(task())
        (place / "result.part").write_bytes(found)
        (place / "result.part").rename(place / "result")
    except BaseException:
        (place / "error").write_text(traceback.format_exc(), "utf-8")
    finally:
        os._exit(0)


def _end(key: int, place: Path, status: int) -> Ended:
    result, reason = None, "" if status == 0 else f"signal {os.WTERMSIG(status)}"
    try:
        result = pickle.loads((place / "result").read_bytes())
    except FileNotFoundError:
        error = place / "error"
        reason = error.read_text("utf-8") if error.exists() else SIGNALS.get(os.WTERMSIG(status), reason)
    with contextlib.suppress(OSError):
        shutil.rmtree(place)
    return Ended(key, result, reason)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
