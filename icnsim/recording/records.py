"""The records of a run as intervals of time."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.recording.integers import Column, Integers

FATES: Final = ("removed", "replaced", "forgotten", "left")
REMOVED, REPLACED, FORGOTTEN, LEFT = range(len(FATES))
"""The codes of `Records.fate`. Cleanup removed the record, another record of its actor replaced it, a crash lost it, or
its executor holds it at the end of the simulation."""


@dataclass(frozen=True, slots=True)
class Records:
    """Every record of a run, on both sides, in any order.

    A record is active in [created, ended) and terminal in [ended, gone); times are in µs. `fate` is an index into
    `FATES`. `timed_out` is true if a tick of the manager failed the record. An event that has not happened by the end
    of the simulation has the time of the horizon, which is after all events. `actor` is the actor of the record's
    migration.
    """

    executor: Column
    actor: Column
    created: Integers
    ended: Integers
    gone: Integers
    fate: Column
    timed_out: Column

    def fates(self) -> dict[str, int]:
        """The number of records by fate; every record has exactly one."""
        counts: list[int] = np.bincount(self.fate, minlength=len(FATES)).tolist()
        return dict(zip(FATES, counts, strict=True))
