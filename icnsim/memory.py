"""The address space that a command and a run need, checked before they start.

With less, libraries end the process in their own ways: with a missing symbol, with a signal, or with a thread that does
not start.
"""

import os
import resource
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
