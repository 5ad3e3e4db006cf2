"""The transfers of messages that carry state, if they share bandwidth.

`Recording.transfers` has a row per transfer: `sender`, `receiver`, `bytes`, `began` and `ended` (µs), and `fate`, an
index into `FATES`.
"""

from typing import Any, Final

import numpy as np

from icnsim.recording.censoring import describe_open, nothing
from icnsim.recording.columns import Recording

COLUMNS: Final = ("sender", "receiver", "bytes", "began", "ended", "fate")

FATES: Final = ("transmitting", "transmitted", "lost")
"""Whether a transfer has not ended, has transmitted everything, or was ended by a crash of its sender."""
TRANSMITTING, TRANSMITTED, LOST = range(3)


def figures(recording: Recording) -> dict[str, Any]:
    """The figures of the transfers that began in the window; empty if transfers share nothing."""
    t = recording.transfers
    if t is None:
        return {"transfer": nothing(), "transfers_lost": None}
    began, fate = t["began"], t["fate"]
    inside = (began >= recording.window_start) & (began <= recording.window_end)
    lasts = np.where(fate == TRANSMITTING, recording.horizon, t["ended"]) - began
    done = fate == TRANSMITTED
    return {
        "transfer": describe_open(lasts[inside & done], lasts[inside & ~done]),
        "transfers_lost": int((inside & (fate == LOST)).sum()),
    }
