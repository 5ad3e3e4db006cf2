"""Drains: an executor that is being drained moves its actors away; the drain is finished when the last one has left.

Theory of operation. From the beginning to the end of a drain, the executor decides to migrate every actor that lives
there: those that are there at the beginning, and those that begin to run there later because of a hand-over in progress
or a restart of the process. Each of these migrations is like that of an arrival: its target is chosen in the same way,
a quorum may have to agree, and its attempts are retried. If it fails, or if there is no target, another one begins
after a pause. The pauses of an actor grow like those between retries, by the executor's clock.

The drain does not interrupt a migration in progress; the executor waits for its end. A process that is down or stalled
begins nothing, and continues after its restart or stall.

An actor has left when its migration has ended at the executor, and its newest copy runs elsewhere.
"""

from array import array
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.retry import Backoff
from icnsim.protocol.runtime import Copy
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.scenario import Scenario
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import ARRIVAL, Environment
from icnsim.simulation.workload.migrating import Migrating

COLUMNS: Final = ("executor", "began", "ended", "finished", "actors")


class Drain:
    """One drain of one executor.

    Attributes
    ----------
    row : its place in the columns.
    living : the actors that have not left. seen : all actors that have lived there during the drain.
    leaving : the actors that migrate because of the drain. waiting : those whose next migration is planned.
    pauses : for each actor the number of its pauses so far, and the last one, µs.
    """

    __slots__ = ("leaving", "living", "pauses", "row", "seen", "waiting")

    def __init__(self, row: int) -> None:
        self.row = row
        self.living: set[ActorId] = set()
        self.seen: set[ActorId] = set()
        self.leaving: set[ActorId] = set()
        self.waiting: set[ActorId] = set()
        self.pauses: dict[ActorId, tuple[int, int]] = {}


class Drains:
    """Moves the actors of drained executors away, and keeps a row for each drain.

    Parameters
    ----------
    evict : begins a migration of an actor from an executor; False if none begins.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        copies: Copies,
        migrating: Migrating,
        streams: Streams,
        evict: Callable[[ActorId, ExecutorId], bool],
    ) -> None:
        backoff = scenario.retry.backoff
        self._env = env
        self._hooks = hooks
        self._executors = executors
        self._copies = copies
        self._migrating = migrating
        self._streams = streams
        self._evict = evict
        self._backoff = Backoff(backoff.base, backoff.factor, backoff.max, backoff.jitter)
        self._migrates = [group.migrates for group in scenario.group_of_each]
        self._open: dict[ExecutorId, Drain] = {}
        self._columns = {name: array("q") for name in COLUMNS}
        hooks.drain_began.append(self._began)
        hooks.drain_ended.append(self._ended)
        hooks.request_stored.append(self._asked)
        hooks.copy_started.append(self._started)
        hooks.migration_ended.append(self._over)
        hooks.executor_crashed.append(self._crashed)
        hooks.executor_restarted.append(self._restarted)
        hooks.executor_resumed.append(self._resumed)
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def columns(self) -> dict[str, Column]:
        """A row per drain of an executor; `ended` is -1 if it is still drained at the end of the run."""
        for drain in self._open.values():
            self._columns["actors"][drain.row] = len(drain.seen)
        return {name: np.frombuffer(column, np.int64) for name, column in self._columns.items()}

    # A drain

    def _began(self, host: Executor) -> None:
        drain = self._open[host.id] = Drain(len(self._columns["began"]))
        now = self._env._now
        for name, value in zip(COLUMNS, (host.id, now, NEVER, now, 0), strict=True):
            self._columns[name].append(value)
        for actor, copy in sorted(host.manager.runtime.copies.items()):
            if copy.running or self._copies.home[actor] == host.id:
                self._lives(actor, drain, host)

    def _ended(self, host: Executor) -> None:
        drain = self._open.pop(host.id)
        self._columns["ended"][drain.row] = self._env._now
        self._columns["actors"][drain.row] = len(drain.seen)

    def _lives(self, actor: ActorId, drain: Drain, host: Executor) -> None:
        """Plan to move an actor that lives at a drained executor away."""
        drain.living.add(actor)
        drain.seen.add(actor)
        self._columns["finished"][drain.row] = NEVER
        # The actor may begin to run within a handler of the manager, which must return before a migration begins.
        self._env.at(self._env._now, self._begin, (actor, host.id), ARRIVAL)

    def _begin(self, subject: tuple[ActorId, ExecutorId], _: int) -> None:
        actor, executor = subject
        drain = self._open.get(executor)
        if drain is not None and actor in drain.living and actor not in drain.waiting:
            self._move(actor, drain, self._executors[executor])

    def _again(self, subject: tuple[ActorId, ExecutorId, Drain], _: int) -> None:
        actor, executor, drain = subject
        drain.waiting.discard(actor)
        if self._open.get(executor) is drain and actor in drain.living:
            self._move(actor, drain, self._executors[executor])

    def _move(self, actor: ActorId, drain: Drain, host: Executor) -> None:
        """Begin to migrate an actor, unless it must wait."""
        runs_here = host.id in self._copies.where[actor]
        if not host.up or host.stalled or self._migrating.flags[actor] or not runs_here:
            return
        if not self._migrates[host.id]:
            return
        if self._evict(actor, host.id):
            drain.leaving.add(actor)
        else:
            self._pause(actor, drain, host)

    def _pause(self, actor: ActorId, drain: Drain, host: Executor) -> None:
        """Plan another migration of an actor after a pause."""
        if actor in drain.waiting or not host.up:
            return
        number, last = drain.pauses.get(actor, (0, 0))
        u = self._streams.further.uniform(f"drain/{drain.row}/{number}", actor)
        pause = self._backoff.pause(number + 1, last, u)
        drain.pauses[actor] = number + 1, pause
        drain.waiting.add(actor)
        host.timers.after(pause, self._again, (actor, host.id, drain), ARRIVAL)

    def _settle(self, actor: ActorId, drain: Drain, host: Executor) -> None:
        """Record that an actor has left, if it has."""
        copies = self._copies
        if copies.home[actor] == host.id or host.id in copies.where[actor] or actor in host.manager.active:
            return
        drain.living.discard(actor)
        if not drain.living:
            self._columns["finished"][drain.row] = self._env._now

    # Events

    def _asked(self, request: Message, host: Executor) -> None:
        """Mark the target of a Request as not willing: a drained executor rejects the Request."""
        if host.draining:
            for listener in self._hooks.request_unreachable:
                listener(request)

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, host: Executor) -> None:
        drain = self._open.get(host.id)
        if drain is not None:
            self._lives(actor, drain, host)

    def _over(self, actor: ActorId) -> None:
        """Plan the next migration of an actor that has not left; after a pause if the drain has tried before."""
        for executor, drain in self._open.items():
            if actor in drain.living:
                host = self._executors[executor]
                self._settle(actor, drain, host)
                if actor not in drain.living:
                    continue
                if actor in drain.leaving:
                    drain.leaving.remove(actor)
                    self._pause(actor, drain, host)
                else:
                    self._env.at(self._env._now, self._begin, (actor, executor), ARRIVAL)

    def _crashed(self, host: Executor, disk_survives: bool) -> None:
        """Remove the plans of a process that has crashed."""
        drain = self._open.get(host.id)
        if drain is not None:
            drain.waiting.clear()

    def _restarted(self, host: Executor) -> None:
        """Record the actors that left while the process was down; actors that run here again are already known."""
        drain = self._open.get(host.id)
        if drain is not None:
            for actor in sorted(drain.living):
                self._settle(actor, drain, host)

    def _resumed(self, host: Executor) -> None:
        """Continue after a stall."""
        drain = self._open.get(host.id)
        if drain is not None:
            for actor in sorted(drain.living):
                self._begin((actor, host.id), 0)
