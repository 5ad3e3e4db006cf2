"""The work of the copies of each actor, and of its stored checkpoints.

Theory of operation. The *work* in a state is the process time that has gone into it. A copy begins with the work of the
checkpoint from which it starts, and adds the process time for which it runs, except the time that its own checkpoints
take. So a stopped process does no work and makes no checkpoints. Its `Schedule` determines the times of its own
checkpoints, which are computed and are not events. An executor also stores the final checkpoints that it makes, and
those that Requests and Completes carry. A crash loses the work that was done and not stored.
"""

from collections.abc import Iterable, Sequence

from icnsim.protocol.checkpoint import Schedule
from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, Content, ExecutorId, Message
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

Place = tuple[ActorId, ExecutorId]


class Work:
    """The work of all copies and of all stored checkpoints, µs.

    Parameters
    ----------
    copies : where the actors run. executors : their processes.
    schedules : the schedule of each actor's own checkpoints, µs of process time.

    Attributes
    ----------
    standing : the time for which actors were paused for their own checkpoints, µs; complete at the end of the run.
    idle : the difference between virtual time and process time of the running copies, because their processes were
        stalled or slow, µs; complete at the end of the run.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        copies: Copies,
        executors: Sequence[Executor],
        schedules: Sequence[Schedule],
    ) -> None:
        self._env = env
        self._copies = copies
        self._executors = executors
        self._schedules = schedules
        self.standing = 0
        self.idle = 0
        self._runs_since: dict[Place, tuple[int, int]] = {
            (ActorId(actor), home): (0, 0) for actor, where in enumerate(copies.where) for home in where
        }
        self._from: dict[Place, int] = {}
        self._began: dict[Place, int] = {}
        self._paused: dict[Place, int] = {}
        self._stored: dict[ExecutorId, dict[ActorId, int]] = {}
        self._asking: dict[tuple[AttemptId, int], int] = {}
        self._final: dict[tuple[ActorId, Content], int] = {}
        hooks.copy_started.append(self._started)
        hooks.copy_stopped.append(self._stopped)
        hooks.request_sent.append(self._asks)
        hooks.request_stored.append(self._asked)
        hooks.checkpoint_made.append(self._made)
        hooks.checkpoint_arrived.append(self._kept)

    def _now(self, executor: ExecutorId) -> int:
        """The executor's process time."""
        return self._executors[executor].time.whole(self._env._now)

    # Copies

    def ran(self, actor: ActorId, executor: ExecutorId) -> int:
        """How long the copy there has run since it started from a checkpoint or made its final one, µs."""
        place = (actor, executor)
        paused = self._paused.get(place)
        return (self._now(executor) if paused is None else paused) - self._began.get(place, 0)

    def stored(self, actor: ActorId, executor: ExecutorId) -> int:
        """The number of its own checkpoints that it has stored since then."""
        return self._schedules[actor].stored(self.ran(actor, executor))

    def stored_since(self, actor: ActorId, executor: ExecutorId) -> int:
        """How long it had run when it began the newest of them, µs."""
        return self.stored(actor, executor) * self._schedules[actor].interval

    def done(self, actor: ActorId, executor: ExecutorId) -> int:
        """The work of the copy there."""
        return self._from.get((actor, executor), 0) + self._schedules[actor].work(self.ran(actor, executor))

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        now, place = self._now(executor.id), (actor, executor.id)
        self._runs_since[place] = self._env._now, now
        paused = self._paused.pop(place, now)
        if attempt >= 0 and copy.paused_for == attempt:
            # The copy is resumed. Its run time continues and its beginning moves by the pause, unless its final
            # checkpoint was made: then its next checkpoint is an interval after that one.
            self._began[place] = now if copy.saved else self._began.get(place, 0) + now - paused
        else:
            self._from[place], self._began[place] = self._stored_at(actor, executor.id), now

    def _stopped(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        self._rests(actor, executor.id)
        if how == "pause":
            self._paused[actor, executor.id] = self._now(executor.id)
        else:
            self._end(actor, executor.id)

    def _rests(self, actor: ActorId, executor: ExecutorId) -> None:
        """Add to the idle time of a copy that does not run from now on."""
        began = self._runs_since.pop((actor, executor), None)
        if began is not None:  # a paused copy does not run already
            since, reading = began
            self.idle += self._env._now - since - (self._now(executor) - reading)

    def finish(self) -> None:
        """Add the times for which the running copies were paused, at the end of the run."""
        for actor, where in enumerate(self._copies.where):
            for executor in where:
                self._rests(ActorId(actor), executor)
                self._end(ActorId(actor), executor)

    def crashed(self, actor: ActorId, executor: ExecutorId) -> tuple[int, int]:
        """Lose a copy except for its stored checkpoints; returns the work done and the work stored."""
        place = (actor, executor)
        saved, done = self._saved(actor, executor), self._end(actor, executor)
        self._stored.setdefault(executor, {})[actor] = self._from[place] = saved
        self._began[place] = self._paused[place] = self._now(executor)
        return done, saved

    # Checkpoints

    def _asks(self, request: Message) -> None:
        """Note the newest checkpoint that a Request carries."""
        actor, source = request.actor, request.sender
        if source in self._copies.where[actor]:
            self._asking[request.attempt, request.sent_at] = self._saved(actor, source)

    def _asked(self, request: Message, executor: Executor) -> None:
        """Store a Request's checkpoint at its target; a second copy of the Request changes nothing."""
        work = self._asking.pop((request.attempt, request.sent_at), 0)
        if work > self._stored_at(request.actor, executor.id):
            self._stored.setdefault(executor.id, {})[request.actor] = work

    def _made(self, record: MigrationRecord, executor: Executor) -> None:
        """Store a final checkpoint; without a copy there is nothing to save."""
        if record.actor not in executor.manager.runtime.copies:
            return
        work = self._end(record.actor, executor.id)
        self._stored.setdefault(executor.id, {})[record.actor] = work
        if record.content != EMPTY:
            self._final[record.actor, record.content] = work

    def _kept(self, record: MigrationRecord, executor: Executor) -> None:
        """Store a Complete's checkpoint in place of the target's own; an empty or forged one contains no work."""
        work = self._final.get((record.actor, record.content), 0)
        self._stored.setdefault(executor.id, {})[record.actor] = work

    def gone(self, executor: ExecutorId) -> None:
        """Remove a store that is lost or can never be reached again."""
        self._stored.pop(executor, None)

    def left(self, actors: Iterable[ActorId]) -> dict[ActorId, int]:
        """The work in the newest checkpoint of each of these actors in any store."""
        newest = dict.fromkeys(actors, 0)
        for stored in self._stored.values():
            for actor, work in stored.items():
                if actor in newest:
                    newest[actor] = max(newest[actor], work)
        return newest

    def _end(self, actor: ActorId, executor: ExecutorId) -> int:
        """End a run of a copy; returns its work, from which the next run continues."""
        place, ran, work = (actor, executor), self.ran(actor, executor), self.done(actor, executor)
        self.standing += ran - self._schedules[actor].work(ran)
        self._from[place], self._began[place] = work, self._paused.get(place, self._now(executor))
        return work

    def _stored_at(self, actor: ActorId, executor: ExecutorId) -> int:
        return self._stored.get(executor, {}).get(actor, 0)

    def _saved(self, actor: ActorId, executor: ExecutorId) -> int:
        """The work in the newest checkpoint there, including the copy's own checkpoints."""
        own = self._from.get((actor, executor), 0) + self._schedules[actor].saved(self.ran(actor, executor))
        return max(own, self._stored_at(actor, executor))
