"""The transfers of messages that carry state, if they share bandwidth.

`Recording.transfers` has a row per transfer: `sender`, `receiver`, `bytes`, `began` and `ended` (µs), and `fate`, an
index into `FATES`.
"""

from typing import Any, Final

from icnsim.recording import flows
from icnsim.recording.columns import Recording
from icnsim.recording.uncertainty import Samplings

COLUMNS: Final = ("sender", "receiver", *flows.COLUMNS)

FATES: Final = ("transmitting", "transmitted", "lost")
"""Whether a transfer has not ended, has transmitted everything, or was ended by a crash of its sender."""
TRANSMITTING, TRANSMITTED, LOST = flows.UNFINISHED, flows.DONE, flows.LOST


def figures(recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """The figures of the transfers that began in the window; empty if transfers share nothing."""
    durations, lost = flows.figures(recording.transfers, recording, "network.transfer", samplings)
    return {"transfer": durations, "transfers_lost": lost}
