"""The state of a run at the last processed arrival, for an observer.

The kernel writes the times of an ordinary migration at its arrival. Therefore a column may contain future times.
"""

from collections.abc import Mapping

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT
from icnsim.recording.integers import Column
from icnsim.recording.progress import Snapshot


def snapshot(
    attempts: Mapping[str, Column], retries: int, now: int, horizon: int, events: int, skipped: Integers, in_flight: int
) -> Snapshot:
    """The state at the instant `now`.

    Parameters
    ----------
    attempts : the columns of `Recording.attempts` that hold times, and `failure`.
    retries : the number of attempts that are retries.
    now, horizon : µs.
    events : the number of events so far.
    skipped : the times of skipped arrivals, µs.
    in_flight : the number of messages in flight.
    """

    def happened(*columns: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        found = np.zeros(len(attempts["requested"]), bool)
        for name in columns:
            found |= (attempts[name] != NEVER) & (attempts[name] <= now)
        return found

    begun, accepted, checkpointed = happened("requested"), happened("accepted"), happened("checkpointed")
    ended, failed = happened("completed", "failed"), happened("failed")
    admitted, over = happened("admitted"), happened("restored", "target_failed")
    kinds = np.bincount(attempts["failure"][failed], minlength=4).tolist()
    active = {
        "requesting": int((begun & ~accepted & ~ended).sum()),
        "checkpointing": int((accepted & ~checkpointed & ~ended).sum()),
        "transferring": int((checkpointed & ~ended).sum()),
        "restoring": int((admitted & ~over).sum()),
    }
    held = int(begun.sum()) - int(happened("removed", "replaced").sum())
    held += int(admitted.sum()) - int(happened("target_removed", "target_replaced").sum())
    return Snapshot(
        at=now,
        horizon=horizon,
        events=events,
        attempts=int(begun.sum()),
        retries=retries,
        ended={
            "completed": int(happened("completed").sum()),
            "timed_out": kinds[TIMED_OUT],
            "rejected": kinds[REJECTED],
            "failed": sum(kinds) - kinds[TIMED_OUT] - kinds[REJECTED],
        },
        skipped=int((skipped <= now).sum()),
        active=active,
        records=held,
        in_flight=in_flight,
    )
