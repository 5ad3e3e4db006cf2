"""The writes of checkpoints into stores whose bandwidth they share.

`Recording.checkpoint_writes` has a row per write: `executor`, `bytes`, `began` and `ended` (µs), and `fate`, an index
into `FATES`.
"""

from typing import Any, Final

import numpy as np

from icnsim.recording.censoring import describe_open, nothing
from icnsim.recording.columns import Recording

COLUMNS: Final = ("executor", "bytes", "began", "ended", "fate")

FATES: Final = ("writing", "written", "lost")
"""Whether a write has not ended, has written everything, or was ended by a crash of its executor."""
WRITING, WRITTEN, LOST = range(3)


def figures(recording: Recording) -> dict[str, Any]:
    """The figures of the writes that began in the window; empty if writes share nothing."""
    w = recording.checkpoint_writes
    if w is None:
        return {"time": nothing(), "lost": None}
    began, fate = w["began"], w["fate"]
    inside = (began >= recording.window_start) & (began <= recording.window_end)
    lasts = np.where(fate == WRITING, recording.horizon, w["ended"]) - began
    done = fate == WRITTEN
    return {
        "time": describe_open(lasts[inside & done], lasts[inside & ~done]),
        "lost": int((inside & (fate == LOST)).sum()),
    }
