"""Attempts: a source asks a target to take an actor. The rows of retries follow those of the arrivals."""

from collections.abc import Callable, Collection, Sequence

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.recording.columns import Recorder
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.workload.migrating import Migrating
from icnsim.simulation.workload.targets import Targets

Place = Callable[[ActorId, ExecutorId, int, Collection[ExecutorId]], ExecutorId | None]
"""Chooses the target of an attempt (by its row) of an actor from an executor; the last argument is as `failed` in
`Targets.choose`."""


class Attempts:
    """Begins the first attempt of each migration, and its retries.

    Parameters
    ----------
    arrivals : the maximum number of arrivals.
    streams : the columns of draws that grow with each retry.
    state_bytes : the size of each actor's state.

    Attributes
    ----------
    size_of : returns the present size of an actor's state, bytes.
    place : chooses targets by a policy, see `Place`; None without one.
    vote : starts a vote on a migration before its first attempt; None without a quorum.
    arrivals : the number of rows of arrivals, each of which is a first attempt.
    evicted : the number of migrations that began because their source is being drained.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        arrivals: int,
        streams: Sequence[Streams],
        recorder: Recorder,
        migrating: Migrating,
        copies: Copies,
        executors: Sequence[Executor],
        targets: Targets,
        state_bytes: Sequence[int],
    ) -> None:
        self._env = env
        self._hooks = hooks
        self._began = hooks.attempt_began
        self.arrivals = arrivals
        self._streams = streams
        self._recorder = recorder
        self._migrating = migrating
        self._copies = copies
        self._executors = executors
        self._targets = targets
        self.size_of: Callable[[ActorId], int] = state_bytes.__getitem__
        self._decided = 0
        self.evicted = 0
        self._retried: list[tuple[int, int]] = []
        self.place: Place | None = None
        self.vote: Callable[[ActorId, ExecutorId, ExecutorId, AttemptId], None] | None = None

    def of(self, row: int) -> tuple[int, int]:
        """The migration of an attempt, and the attempt's number within it."""
        return (row, 1) if row < self.arrivals else self._retried[row - self.arrivals]

    def begin(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> bool:
        """Begin a migration, or a vote on it; False if a record of the actor blocks it."""
        if self.vote is None:
            return self._request(actor, source, target, number, 1)
        if actor in self._executors[source].manager.active:
            return False
        self.vote(actor, source, target, number)
        return True

    def agreed(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> bool:
        """Begin a migration after a consensus; False if the actor has left or one of its records blocks it."""
        return source in self._copies.where[actor] and self._request(actor, source, target, number, 1)

    def decided(self, actor: ActorId, source: ExecutorId, target: ExecutorId) -> AttemptId | None:
        """Begin a migration that a policy has chosen; None if the scenario's limit is reached."""
        number = AttemptId(self._decided)
        if number >= self.arrivals or not self.begin(actor, source, target, number):
            return None
        self._decided += 1
        self._migrating.begin(actor)
        return number

    @property
    def decisions(self) -> int:
        """The number of migrations that began because of a policy."""
        return self._decided

    def blocking(self, planner: ExecutorId, actor: ActorId) -> ExecutorId | None:
        """The executor whose process must run again before a retry can begin; None if the retry can begin now.

        This is the executor that has planned the retry while its process is down or stalled. Otherwise it is the
        executor where the actor lives, while its process is stalled. If that one is down, the actor runs nowhere.
        """
        host, home = self._executors[planner], self._executors[self._copies.home[actor]]
        if not host.up or host.stalled:
            return planner
        return home.id if home.up and home.stalled else None

    def again(
        self, actor: ActorId, target: ExecutorId | None, migration: int, number: int, failed: Collection[ExecutorId]
    ) -> AttemptId | None:
        """Begin a retry. None if the actor runs nowhere, one of its records blocks the retry, or no target is left.

        Parameters
        ----------
        target : the target; None to choose one. number : of the attempt within its migration.
        failed : the targets that have failed in the migration, in the order of their last failures.
        """
        if not self._copies.where[actor]:
            return None
        source = self._copies.home[actor]
        if actor in self._executors[source].manager.active:
            return None
        row = self._extend(migration, number)
        if target is None and self.place is not None:
            target = self.place(actor, source, row, failed)
        elif target is None:
            target = self._targets.choose(source, row, failed)
        elif target != source:
            self._executors[source].hazard(18, actor, AttemptId(row))
        if target is None or target == source or not self._request(actor, source, target, row, number):
            return None
        return AttemptId(row)

    def evict(self, actor: ActorId, source: ExecutorId) -> bool:
        """Begin a migration that is not among the arrivals, to a target that is chosen now; False if none begins.

        The row of its first attempt is its number, as for arrivals.
        """
        number = AttemptId(len(self._recorder.actor))
        self._extend(number, 1)
        if self.place is not None:
            target = self.place(actor, source, number, ())
        else:
            target = self._targets.choose(source, number)
        if target is None or target == source or not self.begin(actor, source, target, number):
            return False
        self.evicted += 1
        self._migrating.begin(actor)
        return True

    def _extend(self, migration: int, number: int) -> int:
        """Append the row of an attempt that no column has yet; returns it."""
        self._retried.append((migration, number))
        self._copies.extend()
        for streams in self._streams:
            streams.extend(migration, number)
        return self._recorder.extend(migration, number)

    def _request(self, actor: ActorId, source: ExecutorId, target: ExecutorId, row: int, number: int) -> bool:
        """Let the source begin an attempt; False if a record of the actor blocks it."""
        executor, attempt = self._executors[source], AttemptId(row)
        recorder = self._recorder
        recorder.actor[row], recorder.source[row], recorder.target[row] = actor, source, target
        now = executor.clock_ms() if executor.irregular else self._env._now // 1000
        if not executor.manager.initiate(actor, target, attempt, self.size_of(actor), now):
            return False
        for listener in self._began:
            listener(actor, number, source, target, attempt)
        return True
