"""The records in each state at the instants of the timeline: cumulative entries minus cumulative exits.

Attempts are processed in blocks, so that temporary arrays stay in the processor's cache.
"""

from typing import Final

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.recording.blocks import blocks
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.recording.tables import STATES

BLOCK: Final = 1 << 15


def states(a: dict[str, Column], step: int, instants: int) -> dict[str, Integers]:
    """A series for each state at the instants 0, step, 2 step…

    Parameters
    ----------
    a : columns of times, µs. step : the distance of the instants, µs. instants : the length of each series.
    """
    changes = np.zeros((len(STATES), instants + 1), np.int64)
    names = (
        "requested", "accepted", "checkpointed", "completed", "failed", "admitted", "restored", "target_failed",
        "removed", "replaced", "target_removed", "target_replaced",
    )  # fmt: skip
    for rows in blocks(len(a["requested"]), max(BLOCK, instants)):
        _change(changes, {name: a[name][rows] for name in names}, step)
    series = np.cumsum(changes[:, :instants], axis=1)
    return dict(zip(STATES, series))


def _change(changes: Integers, a: dict[str, Column], step: int) -> None:
    """Add the changes that these attempts cause."""
    instants = changes.shape[1] - 1

    def count(times: Column) -> Integers:
        """The number of times in each interval (instant - step, instant]."""
        slots = np.minimum(-(-times[times != NEVER] // step), instants)
        counts: Integers = np.bincount(slots, minlength=instants + 1)
        return counts

    accepted, sent, failed = a["accepted"], a["checkpointed"], a["failed"]
    accepts, sends, completes, restores = (count(times) for times in (accepted, sent, a["completed"], a["restored"]))
    late, target_late = failed != NEVER, a["target_failed"] != NEVER
    fails_asking = count(failed[late & (accepted == NEVER)])
    fails_making = count(failed[late & (accepted != NEVER) & (sent == NEVER)])
    fails_sent = count(failed[late & (sent != NEVER)])
    fails_there = count(a["target_failed"][target_late])
    gone, target_gone = np.maximum(a["removed"], a["replaced"]), np.maximum(a["target_removed"], a["target_replaced"])
    changes[0] += count(a["requested"]) - accepts - fails_asking
    changes[1] += accepts - sends - fails_making
    changes[2] += sends - completes - fails_sent
    changes[3] += count(a["admitted"]) - restores - fails_there
    changes[4] += completes + restores - count(gone[~late]) - count(target_gone[~target_late])
    changes[5] += fails_asking + fails_making + fails_sent + fails_there - count(gone[late])
    changes[5] -= count(target_gone[target_late])
