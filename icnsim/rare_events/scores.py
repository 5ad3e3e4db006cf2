"""The score of a run: its nearness to a rare event.

The score only guides the splitting. The recorded data of the run determine whether the event happened. Hence a poor
score makes the estimate less precise, but does not bias it.

The score of both events is a ratio: the duration of a wait that a message ended, divided by the duration after which a
tick would have ended it. The ratio is below 1, because the message was earlier. The score of a run is its largest
ratio. A ratio is a better guide than a difference. While the wait is short, a difference favours an early tick over a
late message. The chains would then concentrate on runs with an early tick.
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
    count : the function that counts it in a run.
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
    """Returns `HAPPENED`, the largest ratio of a run in [0, 1), or `NOWHERE_NEAR`."""
    if event.count(recording):
        return HAPPENED
    timeouts = scenario.timeouts_ms
    shares = [_largest(recording, state, timeouts[state], scenario) for state in event.states if state in timeouts]
    return max(shares, default=NOWHERE_NEAR)


def _largest(recording: Recording, state: State, timeout_ms: int, scenario: Scenario) -> float:
    """Returns the largest ratio below 1 of the stays of willing attempts in one state.

    A stay does not count if it has no message, or if its tick was earlier without the event. The timeout is the
    scenario's. If an override or an adjustment changes it, the score is less exact.
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
