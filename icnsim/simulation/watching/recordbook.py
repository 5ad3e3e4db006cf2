"""Every record of a run as an interval: where, and when it was created, ended and gone."""

from array import array
from collections import Counter

import numpy as np

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.record import SwitchedRecord
from icnsim.protocol.states import ACTIVE, Event, State
from icnsim.recording.columns import NEVER
from icnsim.recording.occupancy import Records


class RecordBook:
    """A row per record, both sides, as records come and go; and how many are in each state now.

    Attributes
    ----------
    held : indexed by `State`: records in that state now.
    failures : of the attempts whose source timed out: in which state, since when, and its deadline, µs.
    holders : for each actor the executors that hold a record of it, each with how many; kept `for_broadcasts` only.
    """

    def __init__(self, *, for_broadcasts: bool) -> None:
        self._broadcasts = for_broadcasts
        self.holders: dict[ActorId, Counter[ExecutorId]] = {}
        self._executor = array("q")
        self._times = {name: array("q") for name in ("created", "ended", "gone")}
        self._flags = {name: array("b") for name in ("removed", "timed_out")}
        self._state = array("b")
        self.held = [0] * len(State)
        self.failures: dict[int, tuple[State, int, int]] = {}

    def moved(self, record: SwitchedRecord, event: Event, executor: ExecutorId, now: int) -> None:
        """A record has entered a state, for the first time or by this event from another."""
        row = record.row
        if row < 0:
            row = record.row = len(self._state)
            self._executor.append(executor)
            for name, column in self._times.items():
                column.append(now if name == "created" else NEVER)
            for flag in self._flags.values():
                flag.append(0)
            self._state.append(State.IDLE)
            if self._broadcasts:
                self.holders.setdefault(record.actor, Counter())[executor] += 1
        else:
            self.held[self._state[row]] -= 1
        state = record.state
        self._state[row] = state
        self.held[state] += 1
        self._times["ended"][row] = NEVER if state in ACTIVE else now
        self._flags["timed_out"][row] = event is Event.TIME_OUT and state not in ACTIVE

    def gone(self, record: SwitchedRecord, now: int, *, removed: bool) -> State:
        """A record is not held any more: removed by cleanup, replaced, or forgotten; the state that it was in."""
        row = record.row
        state = State(self._state[row])
        self.held[state] -= 1
        self._times["gone"][row] = now
        if self._broadcasts:
            self.holders[record.actor][ExecutorId(self._executor[row])] -= 1
        self._flags["removed"][row] = removed
        if self._times["ended"][row] == NEVER:
            self._times["ended"][row] = now
        return state

    def records(self, horizon: int) -> Records:
        """All of them; what has not happened is at the horizon."""
        times = {name: np.frombuffer(column, np.int64).copy() for name, column in self._times.items()}
        for column in times.values():
            column[column == NEVER] = horizon
        return Records(
            executor=np.frombuffer(self._executor, np.int64),
            **times,
            **{name: np.frombuffer(flag, np.int8) != 0 for name, flag in self._flags.items()},
        )
