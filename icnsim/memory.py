"""The address space that a command and a run need, checked before they start.

With less, libraries end the process in their own ways: with a missing symbol, with a signal, or with a thread that does
not start. Allocators reserve far more address space than they use where there is no limit: Arrow's own takes 1 GiB at
once, and the C library 64 MiB for each thread. Where there is a limit, `reserve_little` turns both off.
"""

import ctypes
import os
import resource
from collections.abc import Iterator
from typing import Final

from icnsim.errors import BudgetError

LIBRARIES_BYTES: Final = 640 * 2**20
"""Address space of the libraries and of a small run, with the reserve of their threads on two cores, measured."""
OPTIMISER_BYTES: Final = 1220 * 2**20
"""The same with the optimiser and the plots of `icnsim recommend`, measured."""
CORE_BYTES: Final = 40 * 2**20
"""Address space that the libraries reserve for each further core, in bytes: a buffer and a stack of a thread."""
CORES: Final = 2
"""The cores that `LIBRARIES_BYTES` contains."""
RESERVING: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"}
"""Settings of the libraries, and of worker processes, that reserve little address space. No result depends on them."""
ARENA_MAX: Final = -8
"""M_ARENA_MAX of glibc's mallopt, the same as MALLOC_ARENA_MAX for a process that has started."""
EXHAUSTED: Final = (
    "can't start new thread",
    "cannot allocate memory",
    "failed to launch worker thread",
    "failed to map segment from shared object",
    "malloc of size",
    "realloc of size",
    "unable to allocate",
)
"""Parts of the messages of libraries that have found no address space, in small letters."""


def is_limited() -> bool:
    """Whether the address space of this process is limited."""
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def reserve_little() -> None:
    """Make the allocators reserve little address space if it is limited; call it before a library is imported."""
    if not is_limited():
        return
    for name, value in RESERVING.items():
        os.environ.setdefault(name, value)
    c_library = ctypes.CDLL(None)
    if hasattr(c_library, "mallopt"):  # not in musl
        c_library.mallopt(ARENA_MAX, 1)


def is_exhausted(error: BaseException) -> bool:
    """Whether an error, or one that caused it, says that this process has no address space left under its limit."""
    return is_limited() and any(
        isinstance(each, MemoryError) or any(part in str(each).lower() for part in EXHAUSTED) for each in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an error and the errors that caused it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def refuse_little(run_bytes: float = 0, libraries: int = LIBRARIES_BYTES) -> None:
    """Raise BudgetError if the address space of this process is limited to less than the libraries and a run need.

    Parameters
    ----------
    run_bytes : the estimate of a run's memory without the libraries, bytes; 0 for the libraries alone.
    libraries : address space of the libraries on two cores, bytes.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    needed = needed_bytes(os.cpu_count() or 1, libraries) + run_bytes
    if limit != resource.RLIM_INFINITY and limit < needed:
        what = "this run needs about" if run_bytes else "icnsim needs"
        advice = (
            "raise the limit, or simulate fewer migrations, executors or actors" if run_bytes else "raise the limit"
        )
        raise BudgetError(
            f"the memory of this process is limited to {limit // 2**20} MiB (ulimit -v), and {what} "
            f"{needed / 2**20:.0f} MiB on this machine; {advice}"
        )


def needed_bytes(cores: int, libraries: int = LIBRARIES_BYTES) -> int:
    """The address space that a small command needs on a machine with this number of cores, bytes."""
    return libraries + max(0, cores - CORES) * CORE_BYTES
