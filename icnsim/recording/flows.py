"""Durations of flows that share a bandwidth: transfers over links, and writes of checkpoints into stores.

A table of flows has the columns `began` and `ended` (µs) and `fate`.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from icnsim.recording.censoring import describe_open, nothing
from icnsim.recording.columns import Recording
from icnsim.recording.integers import Column
from icnsim.recording.uncertainty import Samplings, Unit

UNFINISHED, DONE, LOST = range(3)
"""The fates of a flow: it has not ended, it has carried everything, or a crash has ended it."""
COLUMNS: Final = ("bytes", "began", "ended", "fate")


def figures(
    flows: Mapping[str, Column] | None, recording: Recording, section: str, samplings: Samplings
) -> tuple[dict[str, Any], int | None]:
    """The durations of the flows that began in the window, and the number of lost ones; None without a table."""
    if flows is None:
        return nothing(), None
    began, fate = flows["began"], flows["fate"]
    inside = (began >= recording.window_start) & (began <= recording.window_end)
    lasts = np.where(fate == UNFINISHED, recording.horizon, flows["ended"]) - began
    done = fate == DONE
    units = {Unit.EXECUTOR: flows["executor"]} if "executor" in flows else {}
    sampling = samplings.of(section, units, inside & done)
    durations = describe_open(lasts[inside & done], lasts[inside & ~done], sampling)
    return durations, int((inside & (fate == LOST)).sum())
