"""The runs of tasks on executors: their slots, their work, their checkpoints, and the effect of crashes.

An executor runs as many tasks at the same time as it has slots; the others wait (`Slots`). A crash loses an ephemeral
task, and every task that waits. A stateful task restarts from its newest stored checkpoint when its executor restarts,
unless the disk was lost or there is no store. Work takes process time, multiplied by the slowdown of the executor's
group.

A run does no work while it is held because its actor is paused for a migration (see `Residents`). It keeps its slot.
The next executor continues from the checkpoint that the actor arrives with.
"""

import math
from array import array
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.task import ComputeTask, Mode, Progress
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.recording.tasks import BECAME
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.recoveries import Recoveries
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.execution import Execution
from icnsim.simulation.tasks.slots import Slots
from icnsim.simulation.time.environment import Environment

_COLUMNS: Final = (
    "task", "executor", "began", "ended", "outcome", "work", "state_bytes", "checkpoints", "refused", "standing",
    "crashes", "work_lost", "waited",
)  # fmt: skip


class Executions:
    """The runs of all tasks on all executors.

    Parameters
    ----------
    run_times : the work of each task, µs. sizes : the size of each task's state at its start, bytes.
    recoveries : stores a row for each crash of a run.
    first : the number of the first task's actor. worker : the actor for which the stages of runs are counted; None for
        the task's own actor.
    ended, saved : called with a run that has ended, and with a run that has stored the checkpoint with that number.

    Attributes
    ----------
    running : the number of runs with a slot whose executors are up, without those of actors.
    came, gone : the runs that executors have received, and those of them that ended before they began.
    ran : how long the actor of a run has run at an executor, µs; messages to actors need it.
    on_load : called with a task, its executor, and 1 when the task begins to run there, -1 when it ends there.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        hosts: Sequence[Executor],
        run_times: Sequence[int],
        sizes: Sequence[int],
        tasks: Sequence[ComputeTask],
        recoveries: Recoveries | None,
        first: int,
        worker: ActorId | None,
        ended: Callable[[Execution], None],
        saved: Callable[[Execution, int], None],
    ) -> None:
        self._env = env
        self._run_times = run_times
        self._sizes = sizes
        self._tasks = tasks
        self._recoveries = recoveries
        self._first = first
        self._worker = worker
        self._ended = ended
        self._saved = saved
        self._run_began, self._run_ended = hooks.run_began, hooks.run_ended
        self._checkpoints = scenario.checkpoints
        self._growth = scenario.tasks.growth or 0
        self._stores = scenario.having("checkpoint_store")
        self._begun: set[tuple[int, int]] = set()
        self._live: list[dict[int, Execution]] = [{} for _ in hosts]
        self._slots = [Slots(group.capacity.tasks) for group in scenario.group_of_each]
        self._columns = {name: array("q") for name in _COLUMNS}
        self.running = 0
        self.came = 0
        self.gone = 0
        self.ran: Callable[[ActorId, ExecutorId], int] = lambda _, __: 0
        self.on_load: Callable[[int, ExecutorId, int], None] = lambda _, __, ___: None
        hooks.drain_began.append(self._drain_began)
        hooks.drain_ended.append(self._drain_ended)

    @property
    def live(self) -> int:
        """The number of runs that have begun and have not ended, including those of executors that are down."""
        return sum(execution.row != NEVER for live in self._live for execution in live.values())

    @property
    def pending(self) -> int:
        """The number of runs that have not begun yet."""
        return sum(execution.row == NEVER for live in self._live for execution in live.values())

    def waiting(self, host: ExecutorId) -> int:
        """The number of runs that wait for a slot at an executor."""
        return len(self._slots[host])

    def knows(self, task: int, host: Executor) -> bool:
        """Whether an executor has received that task before."""
        return (task, host.id) in self._begun

    def at(self, task: int, host: Executor) -> Execution | None:
        """The run of that task at an executor; None if it does not exist or has ended."""
        return self._live[host.id].get(task)

    def begin(self, task: int, host: Executor) -> None:
        """Add a task to an executor, which runs it when it has a free slot."""
        self._begun.add((task, host.id))
        self._admit(task, host, 0)

    def stop(self, task: int, host: Executor) -> None:
        """Stop a task that has missed its deadline, if it runs or waits here and does not migrate."""
        execution = self.at(task, host)
        if execution is None or execution.held:
            return
        execution.progress.work = self._done(execution)
        self._end(execution, "stopped")

    def crashed(self, host: Executor, *, disk_survives: bool) -> None:
        """End the runs of a process that has ended; those that have a store restart with it."""
        self._slots[host.id].clear()
        for execution in list(self._live[host.id].values()):
            progress = execution.progress
            progress.work = self._done(execution)
            execution.since = NEVER
            if execution.row == NEVER and not progress.saved:
                self._forget(execution)
                self._give_up(execution)
                continue
            if disk_survives and progress.makes_checkpoints:
                lost, kept = progress.crash(), progress.sequence(progress.saved)
                self._rest(execution)
            else:
                lost, kept = progress.work, 0
                progress.work = 0
                self._forget(execution)
                self._end(execution, "lost")
            assert self._recoveries is not None  # it exists if an executor may crash
            execution.recovery = self._recoveries.interrupted(self._actor(execution), host.id, kept, lost)
            if execution.row != NEVER:
                self._columns["crashes"][execution.row] += 1
                self._columns["work_lost"][execution.row] += lost
            if self._is_live(execution):
                self._recoveries.may_return(self._actor(execution), host.id, execution.recovery)
            execution.down = True

    def losing(self, host: Executor) -> None:
        """Remove the checkpoints of the runs at an executor that is down and loses its disk."""
        for execution in list(self._live[host.id].values()):
            progress = execution.progress
            lost, progress.work = progress.work, 0
            self._forget(execution)
            assert self._recoveries is not None
            self._recoveries.loses_more(execution.recovery, lost)
            if execution.row == NEVER:
                self._give_up(execution)
                continue
            self._columns["work_lost"][execution.row] += lost
            self._close(execution, "lost")

    def restarted(self, host: Executor) -> list[Execution]:
        """Continue the runs of a restarted process, and return them; runs whose actors stay paused stay held."""
        again = [execution for execution in self._live[host.id].values() if execution.down and not execution.held]
        for execution in again:
            self.resume(execution)
        return again

    def _drain_began(self, host: Executor) -> None:
        """Close the slots of a drained executor: it starts no run, and waiting runs continue to wait."""
        self._slots[host.id].closed = True

    def _drain_ended(self, host: Executor) -> None:
        slots = self._slots[host.id]
        slots.closed = False
        while (execution := slots.following()) is not None:
            self._start(execution)

    # Runs of actors that migrate

    def hold(self, execution: Execution) -> None:
        """Hold a run whose actor no longer runs here: it does no work until it is resumed."""
        execution.progress.work = self._done(execution)
        execution.since, execution.held = NEVER, True
        execution.stretch += 1
        self._slots[execution.host.id].leave(execution)

    def resume(self, execution: Execution) -> None:
        """Continue a run whose actor runs here again, or whose process has restarted."""
        if execution.down:
            assert self._recoveries is not None
            self._recoveries.resumed(execution.recovery)
            execution.down = False
            if execution.seated:
                self._runs(execution, 1)
        execution.held = False
        if execution.seated:
            self._work(execution)
        elif self._slots[execution.host.id].take(execution):
            self._start(execution)

    def arrive(self, task: int, host: Executor, work: int) -> None:
        """Add the run of an actor that has arrived with that work done; it continues when a slot is free."""
        self._begun.add((task, host.id))
        self._admit(task, host, work)

    def depart(self, execution: Execution) -> None:
        """End the run of an actor that was dropped because it runs at another executor."""
        if execution.row == NEVER:
            self._give_up(execution)
        else:
            self._end(execution, "migrated")

    def keep(self, execution: Execution) -> None:
        """Store the final checkpoint of a run, which contains all work done so far."""
        execution.progress.stored(execution.progress.work)
        execution.saved_at = 0  # the run time of the actor counts from its final checkpoint

    def size(self, execution: Execution) -> int:
        """The present size of the state of a run, bytes."""
        return execution.progress.size_after(self._done(execution))

    def columns(self) -> dict[str, Column]:
        """A row for each run that began, in that order; see `recording.tasks`."""
        for live in self._live:
            for execution in live.values():
                if execution.row == NEVER:
                    continue
                if execution.host.up:
                    execution.progress.work = self._done(execution)
                self._note(execution)
        return {name: np.frombuffer(column, np.int64) for name, column in self._columns.items()}

    # The life of a run

    def _admit(self, task: int, host: Executor, work: int) -> None:
        body = self._tasks[task]
        progress = Progress(
            body, self._run_times[task], self._sizes[task], self._growth,
            makes_checkpoints=self._stores[host.id] and body.mode is not Mode.EPHEMERAL,
        )  # fmt: skip
        progress.work = progress.saved = work
        execution = Execution(task, host, progress, body.priority, self._env._now)
        self._live[host.id][task] = execution
        self.came += 1
        if self._slots[host.id].take(execution):
            self._start(execution)

    def _start(self, execution: Execution) -> None:
        """Start a run that has got a slot, or continue it after a second wait."""
        if execution.row == NEVER:
            self._begin(execution)
        self._runs(execution, 1)
        self._work(execution)

    def _begin(self, execution: Execution) -> None:
        task, host, now = execution.task, execution.host, self._env._now
        execution.row = len(self._columns["task"])
        for name in _COLUMNS:
            self._columns[name].append(0)
        known = (
            ("task", task), ("executor", host.id), ("began", now), ("ended", NEVER), ("waited", now - execution.came)
        )  # fmt: skip
        for name, value in known:
            self._columns[name][execution.row] = value
        for began in self._run_began:
            began(task, host)

    def _work(self, execution: Execution) -> None:
        """Work until the next checkpoint is due, or until all work is done."""
        host = execution.host
        execution.since = host.time.whole(self._env._now)
        span = math.ceil(execution.progress.left * host.behavior.slowdown)
        host.stage(span, self._works(execution), self._worked, (execution, execution.stretch))

    def _worked(self, subject: tuple[Execution, int], _: int) -> None:
        execution, stretch = subject
        if not self._is_live(execution) or stretch != execution.stretch:
            return
        progress = execution.progress
        progress.work += progress.left
        execution.since = NEVER
        if progress.ended:
            self._end(execution, "completed")
            self._ended(execution)
            return
        size = progress.checkpoint()
        if size is None:
            self._work(execution)
            return
        ran = self.ran(self._actor(execution), execution.host.id)
        cost, made = self._checkpoints.cost(size), (execution, progress.work, ran, stretch)
        execution.host.stage(cost, self._works(execution), self._made, (made, size, cost))
        if not self._checkpoints.pauses:
            self._work(execution)

    def _made(self, subject: tuple[tuple[Execution, int, int, int], int, int], _: int) -> None:
        """Write the checkpoint of the state after that work, which has been made."""
        made, size, cost = subject
        execution, _work, _ran, stretch = made
        if self._is_live(execution) and (not self._checkpoints.pauses or stretch == execution.stretch):
            host = execution.host
            since = host.time.whole(self._env._now)
            host.write(size, self._works(execution), self._written, (made, cost, since))

    def _written(self, subject: tuple[tuple[Execution, int, int, int], int, int], _: int) -> None:
        """Store the checkpoint that has been written; the write began at the process time `since`."""
        (execution, work, ran, stretch), cost, since = subject
        pauses = self._checkpoints.pauses
        if not self._is_live(execution) or (pauses and stretch != execution.stretch):
            return
        flush = self._checkpoints.flush
        if flush:
            execution.host.stage(flush, self._works(execution), self._stored, (execution, work, ran))
        else:
            self._stored((execution, work, ran), 0)
        if pauses:
            self._columns["standing"][execution.row] += cost + execution.host.time.whole(self._env._now) - since
            self._work(execution)

    def _stored(self, subject: tuple[Execution, int, int], _: int) -> None:
        execution, work, ran = subject
        progress = execution.progress
        if self._is_live(execution) and progress.stored(work):
            execution.saved_at = ran
            number, store, actor = progress.sequence(work), execution.host.manager.checkpoints, self._actor(execution)
            if not store.store(actor, number):
                store.mint(actor)  # the final checkpoints of migrations are numbered, too
            self._columns["checkpoints"][execution.row] += 1
            self._saved(execution, number)

    def _is_live(self, execution: Execution) -> bool:
        return self._live[execution.host.id].get(execution.task) is execution

    def _done(self, execution: Execution) -> int:
        """The work done so far."""
        progress = execution.progress
        if execution.since == NEVER:
            return progress.work
        worked = execution.host.time.whole(self._env._now) - execution.since
        return progress.work + min(progress.left, int(worked / execution.host.behavior.slowdown))

    def _actor(self, execution: Execution) -> ActorId:
        return ActorId(self._first + execution.task)

    def _works(self, execution: Execution) -> ActorId:
        """The actor for which a stage of the run is counted."""
        return self._actor(execution) if self._worker is None else self._worker

    # The end of a run

    def _end(self, execution: Execution, became: str) -> None:
        if execution.row == NEVER:
            self._give_up(execution)
            return
        self._rest(execution)
        self._close(execution, became)

    def _rest(self, execution: Execution) -> None:
        """Release the slot of a run, unless a crash of its executor has already been counted."""
        if execution.seated and not execution.down:
            self._runs(execution, -1)

    def _close(self, execution: Execution, became: str) -> None:
        self._columns["ended"][execution.row] = self._env._now
        self._columns["outcome"][execution.row] = BECAME.index(became)
        self._note(execution)
        self._remove(execution, became)

    def _give_up(self, execution: Execution) -> None:
        """Remove a run that has not begun."""
        self.gone += 1
        self._remove(execution, "stopped")

    def _remove(self, execution: Execution, became: str) -> None:
        host = execution.host
        del self._live[host.id][execution.task]
        slots = self._slots[host.id]
        for ended in self._run_ended:
            ended(execution.task, became, host)
        if not execution.seated:
            slots.leave(execution)
        elif (following := slots.release(execution)) is not None:
            self._start(following)

    def _forget(self, execution: Execution) -> None:
        """Make the executor forget that it has received the task."""
        self._begun.discard((execution.task, execution.host.id))

    def _runs(self, execution: Execution, more: int) -> None:
        if not execution.resident:
            self.running += more
        self.on_load(execution.task, execution.host.id, more)

    def _note(self, execution: Execution) -> None:
        for name, value in (
            ("work", execution.progress.work),
            ("state_bytes", execution.progress.size),
            ("refused", execution.progress.refused),
        ):
            self._columns[name][execution.row] = value
