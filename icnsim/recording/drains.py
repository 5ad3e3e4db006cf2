"""The figures of drains. Each drain of each executor counts separately."""

from typing import Any

import numpy as np

from icnsim.recording.censoring import describe_open, nothing
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.uncertainty import Samplings


def figures(recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """The numbers of drains, of finished drains and of affected actors, and the durations.

    A drain is finished when the last actor has left. If actors are left when it ends, its duration is censored there.
    """
    rows = recording.drains
    if rows is None:
        return {"count": 0, "finished": 0, "actors": 0, "time": nothing()}
    finished = rows["finished"] != NEVER
    until = np.where(rows["ended"] == NEVER, recording.horizon, rows["ended"])
    return {
        "count": len(finished),
        "finished": int(finished.sum()),
        "actors": int(rows["actors"].sum()),
        "time": describe_open(
            (rows["finished"] - rows["began"])[finished],
            (until - rows["began"])[~finished],
            samplings.of("drains.time"),
        ),
    }
