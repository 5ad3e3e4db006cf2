"""The background loops, without the ticks at which nothing is due.

Theory of operation. A loop ticks at phase + k x interval. A tick that finds nothing changes
nothing, so only the others become events; the cost model counts all of them afterwards by
arithmetic. The tick that will remove an executor's oldest ended record is known at once; it
asks for the one that removes the next. Whether a record in a tracked state will time out is
not known: `Deadlines` holds the entries in order of their deadlines (for one state they come
in that order, for its timeout is one number) and looks, with a single event a state, at the
oldest that still waits. The answered ones before it are passed over without an event of
their own.
"""

from collections import deque
from heapq import heappop, heappush

from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, Ticks
from icnsim.simulation.environment import TICK, Environment


class Calendar:
    """The ticks of all executors at which something may be due, with one event at a time.

    They wait in a heap of their own: most are minutes ahead, and in the environment's queue
    they would make each of its steps slower.
    """

    __slots__ = ("_armed", "_env", "_heap")

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._heap: list[tuple[int, int, ManagerLoop]] = []
        self._armed = NEVER

    def add(self, when: int, loop: "ManagerLoop") -> None:
        """Let the loop tick at the instant `when`, µs; twice at one instant does no harm."""
        heappush(self._heap, (when, loop.executor, loop))
        if self._armed == NEVER or when < self._armed:
            self._arm(when)

    def _arm(self, when: int) -> None:
        self._armed = when
        self._env.at(when, self._turn, None, TICK)

    def _turn(self, _: None, __: int) -> None:
        heap, now = self._heap, self._env._now
        while heap and heap[0][0] == now:
            heappop(heap)[2].tick()
        if heap and self._armed <= now:
            self._arm(heap[0][0])
        elif not heap:
            self._armed = NEVER


def tick_from(phase: int, interval: int, due: int) -> int:
    """The first of the ticks at phase + k x interval that is at or after the instant `due`, µs."""
    return phase + max(0, -((phase - due) // interval)) * interval


class ManagerLoop:
    """One executor's loop over `detect_timeouts` and `cleanup_migrations`.

    Parameters
    ----------
    executor : whose loop it is.
    phase, interval : of the ticks, µs.
    """

    __slots__ = (
        "_calendar", "_env", "_interval", "_manager", "_phase", "_removal", "_retention_us", "_ticks", "executor"
    )  # fmt: skip

    def __init__(
        self,
        env: Environment,
        calendar: Calendar,
        manager: MigrationManager,
        executor: int,
        phase: int,
        interval: int,
        ticks: Ticks,
    ) -> None:
        self._env = env
        self._calendar = calendar
        self._manager = manager
        self.executor = executor
        self._phase = phase
        self._interval = interval
        self._retention_us = manager.retention * 1000
        self._ticks = ticks
        self._removal = NEVER

    def tick_at(self, due: int) -> None:
        """Make the first tick at or after the instant `due`, µs, an event."""
        self._calendar.add(tick_from(self._phase, self._interval, due), self)

    def ended(self) -> None:
        """A record has just become terminal: if it is the only one, ask for the tick that removes it."""
        if self._removal == NEVER:
            self._await_removal(self._env._now // 1000)

    def tick(self) -> None:
        """Detect and clean up, now."""
        manager, now = self._manager, self._env._now // 1000
        active, records = len(manager.active), len(manager.active) + len(manager.ended)
        late = manager.detect_timeouts(now)
        old = manager.cleanup_migrations(now)
        if late or old:
            self._ticks.add(self.executor, self._env._now, active, records, len(late), len(old))
        if self._removal == self._env._now:
            self._removal = NEVER
            if manager.ended:
                self._await_removal(next(iter(manager.ended.values())).since)

    def _await_removal(self, since: int) -> None:
        """Make the tick that will remove the oldest ended record, ended at that ms, an event."""
        self._removal = when = tick_from(self._phase, self._interval, since * 1000 + self._retention_us)
        self._calendar.add(when, self)


class Deadlines:
    """The deadlines of all records in one tracked state, in order.

    Parameters
    ----------
    state, timeout : the tracked state and its timeout in ms.
    """

    __slots__ = ("_armed", "_env", "_slack_us", "_state", "_waiting")

    def __init__(self, env: Environment, state: State, timeout: int) -> None:
        self._env = env
        self._state = state
        # Strictly older than the timeout, in whole ms.
        self._slack_us = (timeout + 1) * 1000
        self._waiting: deque[tuple[int, MigrationRecord, ManagerLoop]] = deque()
        self._armed = False

    def add(self, record: MigrationRecord, loop: ManagerLoop) -> None:
        """The record has just entered the state."""
        due = self._env._now // 1000 * 1000 + self._slack_us
        self._waiting.append((due, record, loop))
        if not self._armed:
            self._armed = True
            self._env.at(due, self._look)

    def _look(self, _: None, __: int) -> None:
        waiting, state, now = self._waiting, self._state, self._env._now
        while waiting:
            due, record, loop = waiting[0]
            if record.state is state:
                if due > now:
                    self._env.at(due, self._look)
                    return
                loop.tick_at(due)
            waiting.popleft()
        self._armed = False
