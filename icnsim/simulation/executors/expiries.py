"""Records that wait until known instants: one event in the queue for each length of wait.

Records that wait equally long become due in the order in which they began to wait. So each length has a separate queue,
and only the first record in it that still waits has an event. Records that were answered in the meantime are skipped
without an event. This is valid while no fault affects a process or a clock; see `timers` for the other cases.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.states import State
from icnsim.simulation.time.environment import Environment

Expired = Callable[[MigrationRecord, int], None]
"""Called with a record that is still in its state, and the instant for which it waited, µs."""

MOST: Final = 1000
"""The number of queues. Timeouts by the size of states may have more lengths; their records have separate events."""


class Expiries:
    """The records that wait. The calls have the priority of deliveries and stages."""

    __slots__ = ("_env", "_queues")

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._queues: dict[int, _Queue] = {}

    def add(self, length: int, due: int, record: MigrationRecord, expired: Expired) -> None:
        """Call `expired` at the instant `due`, µs, if the record is in its present state then.

        The instants of equal lengths must not decrease.
        """
        queue = self._queues.get(length)
        if queue is None:
            if len(self._queues) >= MOST:
                self._env.at(due, _alone, (due, record, record.state, expired))
                return
            queue = self._queues[length] = _Queue(self._env)
        queue.add(due, record, expired)


def _alone(waiting: tuple[int, MigrationRecord, State, Expired], _: int) -> None:
    due, record, state, expired = waiting
    if record.state is state:
        expired(record, due)


class _Queue:
    """The records that wait for one length."""

    __slots__ = ("_armed", "_env", "_waiting")

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._waiting: deque[tuple[int, MigrationRecord, State, Expired]] = deque()
        self._armed = False

    def add(self, due: int, record: MigrationRecord, expired: Expired) -> None:
        """Add a record that waits from now on."""
        self._waiting.append((due, record, record.state, expired))
        if not self._armed:
            self._armed = True
            self._env.at(due, self._check)

    def _check(self, _: None, __: int) -> None:
        waiting, now = self._waiting, self._env._now
        while waiting:
            due, record, state, expired = waiting[0]
            if record.state is state:
                if due > now:
                    self._env.at(due, self._check)
                    return
                expired(record, due)
            waiting.popleft()
        self._armed = False
