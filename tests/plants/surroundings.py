"""Changes of what a process finds around it: directory listings, clocks, addresses of objects, the order of threads.

A child process calls `enter` before it imports icnsim, and `scatter_objects` before each run. The parent sets hash
seeds, time zones and environment variables, see `worlds`.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import count
from types import TracebackType
from typing import Any, Final

LATE_S: Final = 0.02
"""The time for which every second task of a thread pool waits, s."""
PATIENCE_S: Final = 1.0
"""The longest time for which a thread waits for the task that it has submitted, s."""
LONGEST: Final = 512
"""The size of the largest object that Python's allocator takes from its own pools, bytes."""
EACH: Final = 3000
"""The number of objects of each size that are allocated."""

_KEPT: Final = list[bytes]()


def enter(world: int) -> None:
    """Change the surroundings of this process; processes with other numbers, 0 or 1, have others."""
    list_directories(descending=bool(world))
    shift_clocks(
        -world * 34_567_891.3
    )  # a clock that is ahead would make files look old, and icnsim removes old drafts
    schedule_threads(early=bool(world))


class _Listed:
    """The entries of a directory in another order, with the methods of the iterator that `os.scandir` returns."""

    def __init__(self, entries: "list[os.DirEntry[Any]]") -> None:
        self._entries = iter(entries)

    def __iter__(self) -> "Iterator[os.DirEntry[Any]]":
        return self._entries

    def __next__(self) -> "os.DirEntry[Any]":
        return next(self._entries)

    def __enter__(self) -> "_Listed":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open."""


def list_directories(*, descending: bool) -> None:
    """List every directory by name."""
    scan, names = os.scandir, os.listdir

    def scandir(path: Any = ".") -> _Listed:
        with scan(path) as entries:
            return _Listed(sorted(entries, key=lambda entry: entry.name, reverse=descending))

    def listdir(path: Any = ".") -> list[Any]:
        return sorted(names(path), reverse=descending)

    os.scandir, os.listdir = scandir, listdir  # type: ignore[assignment]


def shift_clocks(by_s: float) -> None:
    """Set the clocks of the module `time`. `datetime` reads the clock of the system, which is not changed."""
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, _shifted(getattr(time, name), by_s))
        setattr(time, f"{name}_ns", _shifted(getattr(time, f"{name}_ns"), round(by_s * 1e9)))


def _shifted(clock: Callable[[], Any], by: float) -> Callable[[], Any]:
    return lambda: clock() + by


def scatter_objects(seed: int) -> None:
    """Leave holes in the allocator's pools, in an order that the seed determines: new objects take their addresses.

    Imports fill the holes, so this is done again before each run.
    """
    _KEPT.clear()
    generator = random.Random(seed)
    for size in range(64, LONGEST + 1, 16):
        blocks = [bytes(size - b"".__sizeof__()) for _ in range(EACH)]
        generator.shuffle(blocks)
        _KEPT.extend(blocks[: EACH // 2])
        while len(blocks) > EACH // 2:
            blocks.pop()


def schedule_threads(*, early: bool) -> None:
    """Run each task of a pool of threads as early as possible, or let every second one begin late.

    A task that is early ends before the thread that submits it continues. So a result that depends on a race differs
    between the two, however many processors the machine has.
    """
    submit = ThreadPoolExecutor.submit
    numbers: dict[int, Iterator[int]] = {}

    def submit_early(self: ThreadPoolExecutor, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future = submit(self, work, *given, **named)
        wait([future], timeout=PATIENCE_S)
        return future

    def submit_late(self: ThreadPoolExecutor, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        number = next(numbers.setdefault(id(self), count()))

        def late() -> Any:
            if number % 2 == 0:
                time.sleep(LATE_S)
            return work(*given, **named)

        return submit(self, late)

    ThreadPoolExecutor.submit = submit_early if early else submit_late  # type: ignore[method-assign]
