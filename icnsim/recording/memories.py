"""What migrations copied of the memories of WASM actors.

`Recording.memories` has a row per attempt whose final checkpoint was made: `attempt`, `pages`, `rounds` and
`live_pages` that were copied while the actor ran and `live`, how long that took, µs; `final_pages` while it was paused;
`post_pages` that followed it and `post`, how long, µs.
"""

from typing import Any, Final

import numpy as np

from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.distribution import EMPTY, describe

PLAIN: Final = ("rounds", "final_pages")
TIMED: Final = ("live_copy", "total", "post_copy")


def figures(recording: Recording) -> dict[str, Any]:
    """The figures of the attempts that began in the window; null without actors in WASM."""
    m = recording.memories
    if m is None:
        return {"copied": None, "pages_sent": None, "at_risk": None, **{name: dict(EMPTY) for name in (*PLAIN, *TIMED)}}
    a = recording.attempts
    rows = m["attempt"]
    began, restored = a["requested"][rows], a["restored"][rows]
    inside = (began >= recording.window_start) & (began <= recording.window_end)
    done = inside & (restored != NEVER)
    return {
        "copied": int(inside.sum()),
        "pages_sent": int((m["live_pages"] + m["final_pages"] + m["post_pages"])[inside].sum()),
        "at_risk": recording.at_risk,
        **{name: describe(m[name][inside].astype(np.float64)) for name in PLAIN},
        "live_copy": describe(m["live"][inside] / 1e6),
        "total": describe((restored + m["post"] - a["accepted"][rows])[done] / 1e6),
        "post_copy": describe(m["post"][inside] / 1e6),
    }
