"""How near a run came to a rare event: a score that rises towards the event.

The score only guides the splitting. Whether the event happened is read from what the run recorded. So a score that is
a poor guide makes the estimate less precise, but not false.

The score of both events is a share: the duration of a wait that a message ended, divided by the duration after which a
tick would have ended it. It is below 1, because the message came first. The largest share of a run counts. A share is a
better guide than a difference: while the wait is short, a difference rewards an early tick more than a late message.
Then the chains gather where the tick is early, and cannot leave.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, WILLING, Recording
from icnsim.recording.integers import Integers
from icnsim.recording.lattices import Numbering
from icnsim.recording.outcome import false_positives, outcomes
from icnsim.recording.tracked import STAYS
from icnsim.scenario import Scenario

HAPPENED: Final = math.inf
"""The score of a run in which the event happened."""
NOWHERE_NEAR: Final = -math.inf
"""The score of a run without a wait that could have led to the event."""


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of rare event.

    Attributes
    ----------
    meaning : the event, in words. states : the waits that lead to it.
    count : how often it happened in a run.
    """

    meaning: str
    states: tuple[State, ...]
    count: Callable[[Recording], int]


def _mistakes(recording: Recording) -> int:
    return int(false_positives(recording.attempts, outcomes(recording.attempts)).sum())


def _doubles(recording: Recording) -> int:
    return recording.observed.counts.get("I1", 0)


EVENTS: Final[Mapping[str, Event]] = {
    "false_positive": Event(
        "an attempt timed out although its target was up, reachable and willing",
        (State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING),
        _mistakes,
    ),
    "double_run": Event("two copies of an actor ran at once (invariant I1)", (State.TRANSFERRING,), _doubles),
}


def score(event: Event, recording: Recording, scenario: Scenario) -> float:
    """`HAPPENED`, or the largest share of a run, from 0 to 1 (exclusive), or `NOWHERE_NEAR`."""
    if event.count(recording):
        return HAPPENED
    timeouts = scenario.timeouts_ms
    shares = [_largest(recording, state, timeouts[state], scenario) for state in event.states if state in timeouts]
    return max(shares, default=NOWHERE_NEAR)


def _largest(recording: Recording, state: State, timeout_ms: int, scenario: Scenario) -> float:
    """The largest share below 1 of the stays of willing attempts in one state.

    A stay without a message, or whose tick came first without the event, does not count. The timeout is the scenario's;
    one that an override or an adjustment changes only makes the score less exact.
    """
    lattices, attempts = recording.lattices, recording.attempts
    if lattices is None:
        return NOWHERE_NEAR
    side, entry, ends = STAYS[state]
    rows = np.flatnonzero((attempts[entry] != NEVER) & (attempts["willing"] == WILLING))
    entered = attempts[entry][rows].astype(np.int64)
    left: Integers = np.full(len(rows), np.iinfo(np.int64).max)
    for name in ends:
        column = attempts[name][rows]
        left = np.where(column >= entered, np.minimum(left, column), left)
    # A record is late if it is strictly older than the timeout, in whole ms.
    due = entered // 1000 * 1000 + (timeout_ms + 1) * 1000
    executor = attempts[side][rows]
    numbering = Numbering(lattices, scenario.executor_count)
    if not numbering.total:
        return NOWHERE_NEAR
    numbers = numbering.before(executor, due)
    found = np.minimum(numbers, numbering.total - 1)
    ticked = (numbers == found) & (numbering.executors(found) == executor)
    shares = ((left - entered) / (numbering.instants(found) - entered))[ticked]
    shares = shares[shares < 1]
    return float(shares.max()) if len(shares) else NOWHERE_NEAR
