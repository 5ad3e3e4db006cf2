"""The actors of submitted tasks, in a run in which actors migrate.

Theory of operation. A stateful task that one executor runs is an actor from the beginning of its first run until it
ends. The actor starts at the executor that begins the task. So arrivals, policies, records, copies, messages, faults
and invariants treat it like every other actor. This part connects its copies with its runs (`Executions`):

=========================================  =====================================================================
the run of a task begins                   the actor starts there
its copy is paused, or its process ends    the run does no work; it keeps its slot
its copy runs again                        the run continues; the task checker watches the deadline again
its final checkpoint is made               the checkpoint carries the state and all work done so far
a copy starts elsewhere                    another run begins there, with the work of the checkpoint that arrived
its old copy is dropped                    the old run ends as migrated and releases its slot
the run ends                               the actor ends: no arrival can pick it, and its Request is cancelled
=========================================  =====================================================================

A task that several executors run does not migrate. Each of its runs has one vote, and an executor with two runs after a
migration would vote twice. An ephemeral task has no state and does not migrate either.

A copy that starts after its task has ended runs the task again from its checkpoint; the gateway counts its result as
late. With the fixes of the hazards no such copy starts.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence

from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, Content, ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.records import NO_ATTEMPT
from icnsim.protocol.runtime import Copy
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.tasks import Tasks


class Residents:
    """The tasks that are actors.

    Parameters
    ----------
    actors : the number of the scenario's own actors; the task with number k has the actor `actors` + k.
    copies : where the actors run. executors : their processes.
    state_sizes : the sizes of the states of the scenario's own actors, bytes.

    Attributes
    ----------
    living : the actors that exist now, in the order of their numbers.
    homes : the first executor of each task's actor.
    sizes : the size of the state at each attempt of a task's actor, bytes.
    """

    def __init__(
        self,
        hooks: Hooks,
        actors: int,
        tasks: Tasks,
        copies: Copies,
        executors: Sequence[Executor],
        state_sizes: Sequence[int],
    ) -> None:
        self._hooks = hooks
        self._first = actors
        self._tasks = tasks
        self._runs = tasks.executions
        self._copies = copies
        self._executors = executors
        self._state_sizes = state_sizes
        self._final: dict[tuple[ActorId, Content], int] = {}
        self._arriving: dict[tuple[ActorId, ExecutorId], int] = {}
        self.living = array("q", range(actors))
        self.homes: dict[ActorId, ExecutorId] = {}
        self.sizes: dict[AttemptId, int] = {}
        hooks.run_began.append(self._began)
        hooks.run_ended.append(self._ended)
        hooks.copy_started.append(self._started)
        hooks.copy_stopped.append(self._stopped)
        hooks.checkpoint_sized.append(self._carries)
        hooks.checkpoint_made.append(self._made)
        hooks.checkpoint_arrived.append(self._arrived)
        hooks.attempt_began.append(self._asked)

    def size_of(self, actor: ActorId) -> int:
        """The present size of an actor's state, bytes."""
        if actor < self._first:
            return self._state_sizes[actor]
        host = self._executors[self._copies.home[actor]]
        execution = self._runs.at(actor - self._first, host)
        return 0 if execution is None else self._runs.size(execution)

    def ran_until_checkpoint(self, actor: ActorId, executor: ExecutorId) -> int:
        """How long the actor of a task had run at an executor at its newest checkpoint there, µs."""
        execution = self._runs.at(actor - self._first, self._executors[executor])
        return 0 if execution is None else execution.saved_at

    # From runs to actors

    def _began(self, task: int, host: Executor) -> None:
        """Start the actor of a task that an executor begins to run, unless the actor has arrived there."""
        execution = self._runs.at(task, host)
        if execution is None or not self._tasks.migrates(task):
            return
        execution.resident = True
        actor, runtime = self._tasks.actor(task), host.manager.runtime
        if actor in runtime.copies:
            return
        self.homes.setdefault(actor, host.id)
        runtime.settle(actor, (0, host.id))
        host.runs(actor, runtime.copies[actor], NO_ATTEMPT)

    def _ended(self, task: int, became: str, host: Executor) -> None:
        """End the actor of a run that has ended, unless it continues at another executor."""
        actor = self._tasks.actor(task)
        if became == "migrated" or not self._tasks.migrates(task):
            return
        host.manager.runtime.copies.pop(actor, None)
        if host.id in self._copies.where[actor]:
            for stopped in self._hooks.copy_stopped:
                stopped(actor, NO_ATTEMPT, "end", host)
        self._end(actor, lost=became == "lost")
        if host.up:
            host.manager.actor_ended(actor, host.clock_ms())

    def _end(self, actor: ActorId, *, lost: bool) -> None:
        """End an actor unless one of its copies runs; if a crash has lost it, a paused copy may also run again."""
        kept = lost and any(actor in executor.manager.runtime.copies for executor in self._executors)
        if self._copies.exists[actor] and not self._copies.where[actor] and not kept:
            self._copies.leave(actor)
            del self.living[bisect_left(self.living, actor)]

    # From actors to runs

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, host: Executor) -> None:
        if actor < self._first:
            return
        task = actor - self._first
        if not self._copies.exists[actor]:
            self._copies.enter(actor)
            insort(self.living, actor)
        work = self._arriving.pop((actor, host.id), 0)
        execution = self._runs.at(task, host)
        if execution is None:
            self._runs.arrive(task, host, work)
        elif execution.held or execution.down:
            self._runs.resume(execution)
        else:
            return
        self._tasks.watch(task, host)

    def _stopped(self, actor: ActorId, attempt: AttemptId, how: str, host: Executor) -> None:
        execution = None if actor < self._first else self._runs.at(actor - self._first, host)
        if execution is None:
            return
        if how == "drop":
            self._runs.depart(execution)
        elif how != "end":
            self._runs.hold(execution)

    # Checkpoints

    def _asked(self, actor: ActorId, number: int, source: ExecutorId, target: ExecutorId, attempt: AttemptId) -> None:
        if actor >= self._first:
            self.sizes[attempt] = self.size_of(actor)

    def _carries(self, record: MigrationRecord) -> None:
        """Give the final checkpoint the present size of the state."""
        if record.actor >= self._first:
            record.size_bytes = self.size_of(record.actor)

    def _made(self, record: MigrationRecord, host: Executor) -> None:
        actor = record.actor
        execution = None if actor < self._first else self._runs.at(actor - self._first, host)
        if execution is not None:
            self._runs.keep(execution)
            if record.content != EMPTY:
                self._final[actor, record.content] = execution.progress.work

    def _arrived(self, record: MigrationRecord, host: Executor) -> None:
        """Read the work from a final checkpoint that has arrived; an empty, damaged or forged one contains none."""
        actor = record.actor
        if actor >= self._first:
            work = 0 if record.damaged else self._final.get((actor, record.content), 0)
            self._arriving[actor, host.id] = work
