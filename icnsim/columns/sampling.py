"""The records in each state at the instants of the timeline: how many have entered it and how many have left."""

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, Column


def states(a: dict[str, Column], step: int, instants: int) -> dict[str, Integers]:
    """A series for each state in which a record can be, at 0, step, 2 step…"""

    def count(times: Column) -> Integers:
        """How many of the times are at or before each instant."""
        slots = np.minimum(-(-times[times != NEVER] // step), instants)
        counts: Integers = np.cumsum(np.bincount(slots, minlength=instants + 1)[:instants])
        return counts

    accepted, sent, failed = a["accepted"], a["checkpointed"], a["failed"]
    entered = {name: count(a[name]) for name in ("requested", "admitted", "completed", "restored", "target_failed")}
    accepts, sends = count(accepted), count(sent)
    in_request = np.where(accepted == NEVER, failed, NEVER)
    in_checkpoint = np.where((accepted != NEVER) & (sent == NEVER), failed, NEVER)
    fails_asking, fails_making = count(in_request), count(in_checkpoint)
    fails_sent = count(np.where(sent == NEVER, NEVER, failed))
    gone, target_gone = np.maximum(a["removed"], a["replaced"]), np.maximum(a["target_removed"], a["target_replaced"])
    completed, restored = a["completed"] != NEVER, a["restored"] != NEVER
    return {
        "requesting": entered["requested"] - accepts - fails_asking,
        "checkpointing": accepts - sends - fails_making,
        "transferring": sends - entered["completed"] - fails_sent,
        "restoring": entered["admitted"] - entered["restored"] - entered["target_failed"],
        "complete": entered["completed"] + entered["restored"]
        - count(np.where(completed, gone, NEVER)) - count(np.where(restored, target_gone, NEVER)),
        "failed": fails_asking + fails_making + fails_sent + entered["target_failed"]
        - count(np.where(completed, NEVER, gone)) - count(np.where(restored, NEVER, target_gone)),
    }  # fmt: skip
