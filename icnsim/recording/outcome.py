"""Outcomes, false positives, first and last attempts, computed from the attempts' columns."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT, WILLING
from icnsim.recording.integers import Column, Integers

OUTCOMES: Final = ("unfinished", "completed", "rejected", "timed_out", "failed")
UNFINISHED, COMPLETED, REFUSED, LATE, FAILED = range(len(OUTCOMES))
"""The codes of the outcomes: the indices in `OUTCOMES`."""

Attempts = Mapping[str, Column]
Booleans = NDArray[np.bool_]


def outcomes(attempts: Attempts) -> Column:
    """The code of the outcome of each attempt; every attempt has exactly one outcome."""
    by_failure = np.array([FAILED, FAILED, FAILED, FAILED], dtype=np.int8)
    by_failure[TIMED_OUT], by_failure[REJECTED] = LATE, REFUSED
    codes = np.where(attempts["failed"] != NEVER, by_failure[attempts["failure"]], UNFINISHED)
    return np.where(attempts["completed"] != NEVER, COMPLETED, codes).astype(np.int8)


def false_positives(attempts: Attempts, codes: Column) -> Booleans:
    """Whether each attempt timed out although the target was up, reachable and willing."""
    positives: Booleans = (codes == LATE) & (attempts["willing"] == WILLING)
    return positives


def starts(attempts: Attempts) -> Integers:
    """The row of the first attempt of each attempt's migration; attempts are in the order of their migrations."""
    numbers = np.arange(len(attempts["attempt"]))
    first = np.ones(len(numbers), dtype=bool)
    first[1:] = attempts["migration"][1:] != attempts["migration"][:-1]
    rows: Integers = np.maximum.accumulate(np.where(first, numbers, 0)) if len(numbers) else numbers
    return rows


def lasts(attempts: Attempts) -> Booleans:
    """Whether each attempt is the last of its migration."""
    last = np.ones(len(attempts["migration"]), dtype=bool)
    last[:-1] = attempts["migration"][1:] != attempts["migration"][:-1]
    return last
