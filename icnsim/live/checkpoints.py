"""The checkpoints that actors make of themselves at intervals: each is a file on the disk of their process.

The schedule and the run time are those of `Work` in the simulation, in real time. A restarted process reads the files.
Only a process that can restart writes them, because no other process reads them.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from icnsim.protocol.checkpoint import NO_CHECKPOINTS, Schedule
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment


class Files(Protocol):
    """The checkpoint files of a place; see `disk.Disk`."""

    def save(self, actor: ActorId, sequence: int, ran: int) -> None:
        """Replace the file of an actor."""

    def remove(self, actor: ActorId) -> None:
        """Remove the file of an actor."""


class OwnCheckpoints:
    """The actors of one worker, and the times of their own checkpoints.

    Parameters
    ----------
    executors : those of this worker. schedules : of each actor, µs of process time.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        executors: Mapping[ExecutorId, Executor],
        schedules: Sequence[Schedule],
        files: Files,
    ) -> None:
        self._env = env
        self._executors = executors
        self._schedules = schedules
        self._files = files
        self._began: dict[ActorId, int] = {}
        self._paused: dict[ActorId, int] = {}
        self._turns: dict[ActorId, int] = {}
        self._turn = 0
        hooks.copy_started.append(self._started)
        hooks.copy_stopped.append(self._stopped)
        hooks.checkpoint_made.append(self._made)

    def begin(self) -> None:
        """Schedule the first checkpoint of each actor that runs."""
        for executor in self._executors.values():
            for actor, copy in executor.manager.runtime.copies.items():
                self._started(actor, copy, AttemptId(-1), executor)

    def _now(self, executor: Executor) -> int:
        return executor.time.whole(self._env._now)

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        """Continue with an actor after a pause, or begin with it."""
        now = self._now(executor)
        paused = self._paused.pop(actor, now)
        resumed = attempt >= 0 and copy.paused_for == attempt and not copy.saved
        self._began[actor] = self._began.get(actor, 0) + now - paused if resumed else now
        self._await(actor, executor)

    def _stopped(self, actor: ActorId, _: AttemptId, how: str, executor: Executor) -> None:
        self._turns.pop(actor, None)
        if how == "pause":
            self._paused[actor] = self._now(executor)
        else:
            self._began.pop(actor, None)
            self._paused.pop(actor, None)
            self._files.remove(actor)

    def _made(self, record: MigrationRecord, executor: Executor) -> None:
        """Begin again after a final checkpoint, which is in the journal."""
        actor = record.actor
        if actor in self._began:
            self._began[actor] = self._paused.get(actor, self._now(executor))
            self._files.remove(actor)

    def _await(self, actor: ActorId, executor: Executor) -> None:
        """Schedule the next checkpoint of an actor that runs."""
        schedule = self._schedules[actor]
        if schedule == NO_CHECKPOINTS:
            return
        ran = self._now(executor) - self._began[actor]
        due = (schedule.stored(ran) + 1) * schedule.interval + schedule.cost + schedule.flush
        self._turn += 1  # an older call for this actor does nothing
        self._turns[actor] = self._turn
        executor.process.after(due - ran, self._stored, (actor, self._turn, executor))

    def _stored(self, subject: tuple[ActorId, int, Executor], _: int) -> None:
        """Write a checkpoint that is complete now."""
        actor, turn, executor = subject
        if self._turns.get(actor) != turn:
            return
        ran = self._now(executor) - self._began[actor]
        made = self._schedules[actor].stored(ran)
        self._files.save(actor, executor.manager.checkpoints.get(actor, 0) + made, ran)
        self._await(actor, executor)
