"""What follows from an attempt's columns: outcome, deadline, downtime. Arithmetic on arrays."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT, WILLING, Column, Integers

OUTCOMES: Final = ("unfinished", "completed", "rejected", "timed_out", "failed")
UNFINISHED, COMPLETED, REFUSED, LATE, FAILED = range(len(OUTCOMES))
"""The codes of the outcomes: the places in `OUTCOMES`."""

Attempts = Mapping[str, Column]
Booleans = NDArray[np.bool_]


def outcomes(attempts: Attempts) -> Column:
    """The outcome's code of each attempt; every attempt has exactly one."""
    by_failure = np.array([FAILED, FAILED, FAILED, FAILED], dtype=np.int8)
    by_failure[TIMED_OUT], by_failure[REJECTED] = LATE, REFUSED
    codes = np.where(attempts["failed"] != NEVER, by_failure[attempts["failure"]], UNFINISHED)
    return np.where(attempts["completed"] != NEVER, COMPLETED, codes).astype(np.int8)


def timed_out_in(attempts: Attempts) -> Column:
    """The source's state before it failed or stopped, as far as the columns tell."""
    state = np.full(len(attempts["requested"]), int(State.REQUESTING), dtype=np.int8)
    state[attempts["accepted"] != NEVER] = State.CHECKPOINTING
    state[attempts["checkpointed"] != NEVER] = State.TRANSFERRING
    return state


def entered_last(attempts: Attempts) -> Integers:
    """When the source entered that state, µs."""
    entry = np.maximum(attempts["requested"], attempts["accepted"])
    latest: Integers = np.maximum(entry, attempts["checkpointed"])
    return latest


def false_positives(attempts: Attempts, codes: Column) -> Booleans:
    """Timed out though the target was up, reachable and willing."""
    positives: Booleans = (codes == LATE) & (attempts["willing"] == WILLING)
    return positives


def ran_again(attempts: Attempts) -> Integers:
    """When the paused actor ran again, at the target or at home, µs; NEVER where it did not."""
    failed_after = np.where(attempts["accepted"] != NEVER, attempts["failed"], NEVER)
    restored = attempts["restored"]
    both = np.minimum(failed_after, restored)
    return np.where((failed_after != NEVER) & (restored != NEVER), both, np.maximum(failed_after, restored))


def failures(attempts: Attempts, timeouts_ms: Mapping[State, int]) -> tuple[Column, Integers, Integers]:
    """Of what timed out: the state in which it did, its entry and its deadline, µs; NEVER for the others."""
    timeouts = np.zeros(len(State), dtype=np.int64)
    for state, milliseconds in timeouts_ms.items():
        timeouts[state] = milliseconds * 1000
    late = (attempts["failed"] != NEVER) & (attempts["failure"] == TIMED_OUT)
    states, entered = timed_out_in(attempts), entered_last(attempts)
    return (
        np.where(late, states, int(State.REQUESTING)), np.where(late, entered, NEVER),
        np.where(late, entered + timeouts[states], NEVER),
    )  # fmt: skip


def starts(attempts: Attempts) -> Integers:
    """The row of the first attempt of each attempt's migration; attempts lie in order of their migrations."""
    numbers = np.arange(len(attempts["attempt"]))
    first = np.ones(len(numbers), dtype=bool)
    first[1:] = attempts["migration"][1:] != attempts["migration"][:-1]
    rows: Integers = np.maximum.accumulate(np.where(first, numbers, 0)) if len(numbers) else numbers
    return rows


def lasts(attempts: Attempts) -> Booleans:
    """Which attempts are the last of their migrations."""
    last = np.ones(len(attempts["migration"]), dtype=bool)
    last[:-1] = attempts["migration"][1:] != attempts["migration"][:-1]
    return last


def downtimes(attempts: Attempts, horizon: int) -> Integers:
    """How long the actor ran nowhere, µs; to the horizon where it still does, NEVER without a pause."""
    again = ran_again(attempts)
    until = np.where(again == NEVER, horizon, again)
    return np.where(attempts["accepted"] == NEVER, NEVER, until - attempts["accepted"])
