"""The writes of checkpoints into stores whose bandwidth they share.

`Recording.checkpoint_writes` has a row per write: `executor`, `bytes`, `began` and `ended` (µs), and `fate`, an index
into `FATES`.
"""

from typing import Any, Final

from icnsim.recording import flows
from icnsim.recording.columns import Recording
from icnsim.recording.uncertainty import Samplings

COLUMNS: Final = ("executor", *flows.COLUMNS)

FATES: Final = ("writing", "written", "lost")
"""Whether a write has not ended, has written everything, or was ended by a crash of its executor."""
WRITING, WRITTEN, LOST = flows.UNFINISHED, flows.DONE, flows.LOST


def figures(recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """The figures of the writes that began in the window; empty if writes share nothing."""
    durations, lost = flows.figures(recording.checkpoint_writes, recording, "checkpoint_writes.time", samplings)
    return {"time": durations, "lost": lost}
