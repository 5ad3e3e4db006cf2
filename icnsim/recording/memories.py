"""The pages of WASM actors' memories that migrations copied.

`Recording.memories` has a row per attempt whose final checkpoint was made: `attempt`; `pages`; `rounds`,
`live_pages` and `live` (µs) of the copies while the actor ran; `final_pages` copied while it was paused;
`post_pages` and `post` (µs) of the copies after it ran at the target; `lost`, whether a crash of the source has ended
these copies. The times include stalls of a process. If some pages have not arrived at the end of the run, `post` is the
time that they will take.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from icnsim.recording.censoring import describe_open, nothing
from icnsim.recording.clusters import Sampling
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.distribution import EMPTY, describe
from icnsim.recording.integers import Column
from icnsim.recording.uncertainty import Rows, Samplings, Unit

Memories = Mapping[str, Column]

PLAIN: Final = ("rounds", "final_pages")
TIMED: Final = ("live_copy", "total", "post_copy")


def pages_sent(memories: Memories) -> Column:
    """The number of pages that were copied for each attempt."""
    return memories["live_pages"] + memories["final_pages"] + memories["post_pages"]


def total(recording: Recording, memories: Memories) -> Column:
    """The time from an Accept until the actor ran at the target with all its pages, µs; NEVER if it did not."""
    rows = memories["attempt"]
    accepted, restored = (recording.attempts[name][rows] for name in ("accepted", "restored"))
    never = (restored == NEVER) | (memories["lost"] != 0)
    return np.where(never, NEVER, restored + memories["post"] - accepted)


def figures(recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """The figures of the attempts that began in the window; null without WASM actors."""
    m = recording.memories
    if m is None:
        empty = {**{name: dict(EMPTY) for name in (*PLAIN, *TIMED)}, "total": nothing()}
        return {"copied": None, "pages_sent": None, "at_risk": None, **empty}
    a = {
        name: recording.attempts[name][m["attempt"]]
        for name in ("requested", "accepted", "completed", "failed", "source", "actor")
    }
    took, lasts = total(recording, m), recording.horizon - a["accepted"]
    inside = (a["requested"] >= recording.window_start) & (a["requested"] <= recording.window_end)
    ended = (took != NEVER) & (took <= lasts)
    under_way = (a["completed"] == NEVER) & (a["failed"] == NEVER)
    waits = ~ended & ((took != NEVER) | (m["lost"] != 0) | under_way)
    units = {Unit.TIME: a["requested"], Unit.SOURCE: a["source"], Unit.ACTOR: a["actor"]}

    def sampling(name: str, rows: Rows = inside) -> Sampling:
        return samplings.of(f"wasm.{name}", units, rows)

    return {
        "copied": int(inside.sum()),
        "pages_sent": int(pages_sent(m)[inside].sum()),
        "at_risk": recording.at_risk,
        **{name: describe(m[name][inside], 1, sampling(name)) for name in PLAIN},
        "live_copy": describe(m["live"][inside], sampling=sampling("live_copy")),
        "total": describe_open(took[inside & ended], lasts[inside & waits], sampling("total", inside & ended)),
        "post_copy": describe(m["post"][inside], sampling=sampling("post_copy")),
    }
