"""The counts of a snapshot of a running federation. They are computed only when an observer requests a snapshot."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.states import ACTIVE
from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT, Recorder


def counted(recorder: Recorder) -> tuple[int, int, dict[str, int]]:
    """The number of attempts so far, the number of retries among them, and the ended attempts by outcome."""
    completed, failed, failure = (
        np.frombuffer(column, column.typecode)
        for column in (recorder.times["completed"], recorder.times["failed"], recorder.flags["failure"])
    )
    done = completed != NEVER
    lost = (failed != NEVER) & ~done
    kinds = np.bincount(failure[lost], minlength=4).tolist()
    ended = {
        "completed": int(done.sum()),
        "timed_out": kinds[TIMED_OUT],
        "rejected": kinds[REJECTED],
        "failed": sum(kinds) - kinds[TIMED_OUT] - kinds[REJECTED],
    }
    begun = np.frombuffer(recorder.times["requested"], "q") != NEVER
    return int(begun.sum()), int(begun[recorder.arrivals :].sum()), ended


def held(managers: Iterable[MigrationManager]) -> tuple[dict[str, int], int]:
    """The active records of these managers by state, and the number of all their records."""
    active: Counter[str] = Counter()
    records = 0
    for manager in managers:
        records += len(manager.active) + len(manager.ended)
        active.update(record.state.label for record in manager.active.values())
    return {state.label: active[state.label] for state in sorted(ACTIVE)}, records
