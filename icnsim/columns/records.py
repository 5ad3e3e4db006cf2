"""The records of a run as intervals, from the attempts' columns: each attempt has a source's and perhaps a target's."""

from collections.abc import Mapping

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, TIMED_OUT, Column
from icnsim.recording.occupancy import Records


def records(attempts: Mapping[str, Column], horizon: int) -> Records:
    """Every record of the run; what has not happened by the horizon is at the horizon, µs."""
    admitted = np.flatnonzero(attempts["admitted"] != NEVER)

    def both(source: tuple[str, str], target: tuple[str, str]) -> Integers:
        """The later of two times, of which at most one happened: of the sources, then of the targets."""
        count = len(attempts["source"])
        times = np.empty(count + len(admitted), np.int64)
        np.maximum(attempts[source[0]], attempts[source[1]], out=times[:count])
        np.maximum(attempts[target[0]][admitted], attempts[target[1]][admitted], out=times[count:])
        times[times == NEVER] = horizon
        return times

    return Records(
        executor=np.concatenate([attempts["source"], attempts["target"][admitted]]),
        created=np.concatenate([attempts["requested"], attempts["admitted"][admitted]]),
        ended=both(("completed", "failed"), ("restored", "target_failed")),
        gone=both(("removed", "replaced"), ("target_removed", "target_replaced")),
        removed=np.concatenate([attempts["removed"] != NEVER, attempts["target_removed"][admitted] != NEVER]),
        timed_out=np.concatenate([attempts["failure"] == TIMED_OUT, attempts["target_failed"][admitted] != NEVER]),
    )
