"""The stores of checkpoints, if the writes at one executor share the bandwidth of its store.

Theory of operation. A checkpoint that is made is then written. Each of n simultaneous writes at an executor has a share
of 1/n of the bandwidth (egalitarian processor sharing). So the *service*, the bytes that a write gets, grows for all of
them by the same amount. A write of s bytes that begins at the service v ends at the service v + s, regardless of other
writes. Therefore a heap of these sums has the next end, and a beginning or an end costs O(log n). An idle store resets
its service to 0, which keeps a float exact enough.

A write is work of the process. It takes process time: a pause stops it, and a slow process writes slowly. A crash ends
it, and no part is stored. The end of its migration or task does not end it. Every end is rounded to a whole µs of
process time; writes that end together do so in the order of their beginning.
"""

from array import array
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple

import numpy as np

from icnsim.protocol.messages import ActorId
from icnsim.recording.checkpointwrites import COLUMNS, LOST, WRITING, WRITTEN
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.scenario.units import LONGEST_US
from icnsim.simulation.activity import Activity
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

SECOND_US: Final = 1_000_000


class Write(NamedTuple):
    """A write that has not ended, and the function to call with its subject at its end."""

    actor: ActorId
    function: Callable[[Any, int], None]
    subject: Any


class Store:
    """The store of one executor.

    Attributes
    ----------
    writes : the writes that have not ended, by their rows. ends : a heap of the service at which each ends and its
        row.
    service : the bytes that every present write has had since the store was idle, at the process time `since`, µs.
    changes : the number of changes so far; a call that was scheduled before the last change does nothing.
    """

    __slots__ = ("changes", "ends", "executor", "service", "since", "writes")

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.writes: dict[int, Write] = {}
        self.ends: list[tuple[float, int]] = []
        self.service = 0.0
        self.since: int | Fraction = 0
        self.changes = 0


class Stores:
    """The stores of all executors.

    Parameters
    ----------
    bandwidth : of each store, bytes per second. executors : use their stores from now on.
    """

    def __init__(
        self, env: Environment, hooks: Hooks, activity: Activity, bandwidth: int, executors: Sequence[Executor]
    ) -> None:
        self._env = env
        self._activity = activity
        self._bandwidth = bandwidth
        self._rows = {name: array("q") for name in COLUMNS}
        self._stores = [Store(executor) for executor in executors]
        for store in self._stores:
            store.executor.share_store(partial(self._begin, store))
        hooks.executor_crashed.append(self._crashed)

    @property
    def open(self) -> int:
        """The number of writes that have not ended."""
        return sum(len(store.writes) for store in self._stores)

    def columns(self) -> dict[str, Column]:
        """A row for each write, in the order of their beginning; see `recording.checkpointwrites`."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}

    def _begin(
        self, store: Store, size_bytes: int, actor: ActorId, function: Callable[[Any, int], None], subject: Any
    ) -> None:
        """Write a checkpoint, and call a function with its subject at the end."""
        row = len(self._rows["began"])
        for name, value in zip(COLUMNS, (store.executor.id, size_bytes, self._env._now, NEVER, WRITING), strict=True):
            self._rows[name].append(value)
        self._activity.items[actor] += 1
        self._advance(store)
        store.writes[row] = Write(actor, function, subject)
        heappush(store.ends, (store.service + size_bytes, row))
        self._await(store)

    def _advance(self, store: Store) -> None:
        """Add the service since the last change."""
        reading = store.executor.time.at(self._env._now)
        if store.writes:
            store.service += float(reading - store.since) * self._bandwidth / SECOND_US / len(store.writes)
        else:
            store.service = 0.0
        store.since = reading

    def _await(self, store: Store) -> None:
        """Schedule the next end of a write."""
        store.changes += 1
        if store.ends:
            left = max(0.0, store.ends[0][0] - store.service) * len(store.writes)
            delay = round(min(left * SECOND_US / self._bandwidth, LONGEST_US))
            store.executor.process.after(delay, self._ended, (store, store.changes))

    def _ended(self, subject: tuple[Store, int], _: int) -> None:
        """End the writes that end now, unless another one has begun or ended since this call was scheduled."""
        store, changes = subject
        if changes != store.changes:
            return
        self._advance(store)
        reached = store.ends[0][0]
        while store.ends and store.ends[0][0] <= reached:
            write = self._close(store, heappop(store.ends)[1], WRITTEN)
            store.executor.stage(0, write.actor, write.function, write.subject)
            self._activity.end(write.actor)
        self._await(store)

    def _close(self, store: Store, row: int, fate: int) -> Write:
        self._rows["ended"][row], self._rows["fate"][row] = self._env._now, fate
        return store.writes.pop(row)

    def _crashed(self, executor: Executor, _: bool) -> None:
        """Lose the writes of an executor that crashes; their items in flight end after the crash."""
        store = self._stores[executor.id]
        store.ends.clear()
        store.changes += 1
        for row in list(store.writes):
            self._env.at(self._env._now, self._release, self._close(store, row, LOST).actor)

    def _release(self, actor: ActorId, _: int) -> None:
        self._activity.end(actor)
