"""The tasks that executors run: their work, their checkpoints, and what a crash leaves of both.

A crash loses an ephemeral task. A stateful task begins again from its newest stored checkpoint when its executor is
back, unless the disk was lost or there is no store. Work takes process time, multiplied by the slowdown of the
executor's group.
"""

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.draws.streams import draws
from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.task import ComputeTask, Mode, Progress
from icnsim.recording.columns import NEVER, Column
from icnsim.recording.tasks import BECAME
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.recoveries import Recoveries
from icnsim.simulation.time.environment import Environment

_COLUMNS: Final = (
    "task", "executor", "began", "ended", "outcome", "work", "state_bytes", "checkpoints", "refused", "standing",
    "crashes", "work_lost",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Execution:
    """One executor's run of one task.

    Attributes
    ----------
    row : its row in the columns. since : the process time at which the present stretch of work began; NEVER
        between two stretches.
    recovery : the row of its newest crash in the recoveries.
    """

    task: int
    host: Executor
    progress: Progress
    row: int
    since: int = NEVER
    recovery: int = NEVER


class Executions:
    """The executions of all tasks.

    Parameters
    ----------
    run_times : the work of each task, µs. recoveries : records each crash.
    ran : called with an execution that has done all of its work. saved : called with an execution that has stored a
        checkpoint, and with the number of that checkpoint.

    Attributes
    ----------
    running : the number of executions that run now; those on an executor that is down do not.
    on_load : called with a task, its executor, and 1 when the task begins to run there or -1 when it stops.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hosts: Sequence[Executor],
        run_times: Sequence[int],
        tasks: Sequence[ComputeTask],
        recoveries: Recoveries | None,
        ran: Callable[[Execution], None],
        saved: Callable[[Execution, int], None],
    ) -> None:
        self._env = env
        self._run_times = run_times
        self._tasks = tasks
        self._recoveries = recoveries
        self._ran = ran
        self._told = saved
        self._checkpoints = scenario.checkpoints
        self._growth = scenario.tasks.growth or 0
        self._stores = scenario.having("checkpoint_store")
        self._sizes: list[int] = draws(scenario.seed, "state_size", scenario.actors.state_size, len(run_times)).tolist()
        self._begun: set[tuple[int, int]] = set()
        self._live: list[dict[int, Execution]] = [{} for _ in hosts]
        self._columns = {name: array("q") for name in _COLUMNS}
        self.running = 0
        self.on_load: Callable[[int, ExecutorId, int], None] = lambda _, __, ___: None

    @property
    def live(self) -> int:
        """The number of executions that have not ended, including those on executors that are down."""
        return sum(map(len, self._live))

    def knows(self, task: int, host: Executor) -> bool:
        """Whether an executor has begun that task before."""
        return (task, host.id) in self._begun

    def begin(self, task: int, host: Executor) -> None:
        """An executor begins with a task."""
        self._begun.add((task, host.id))
        body = self._tasks[task]
        progress = Progress(
            body, self._run_times[task], self._sizes[task], self._growth,
            makes_checkpoints=self._stores[host.id] and body.mode is not Mode.EPHEMERAL,
        )  # fmt: skip
        execution = Execution(task, host, progress, len(self._columns["task"]))
        self._live[host.id][task] = execution
        for name in _COLUMNS:
            self._columns[name].append(0)
        for name, value in (("task", task), ("executor", host.id), ("began", self._env._now), ("ended", NEVER)):
            self._columns[name][execution.row] = value
        self._runs(execution, 1)
        self._work(execution)

    def stop(self, task: int, host: Executor) -> None:
        """An executor stops a task that has missed its deadline, if it still runs it."""
        execution = self._live[host.id].get(task)
        if execution is not None:
            execution.progress.work = self._done(execution)
            self._end(execution, "stopped")

    def crashed(self, host: Executor, *, disk_survives: bool) -> None:
        """A process has crashed with all of its executions; tasks with a store begin again when it has restarted."""
        for execution in list(self._live[host.id].values()):
            progress = execution.progress
            progress.work = self._done(execution)
            execution.since = NEVER
            if disk_survives and progress.makes_checkpoints:
                lost, kept = progress.crash(), progress.sequence(progress.saved)
                self._runs(execution, -1)
            else:
                lost, kept = progress.work, 0
                progress.work = 0
                self._begun.discard((execution.task, host.id))  # the executor has forgotten the task
                self._end(execution, "lost")
            assert self._recoveries is not None  # there is one if an executor may crash
            execution.recovery = self._recoveries.interrupted(ActorId(execution.task), host.id, kept, lost)
            self._columns["crashes"][execution.row] += 1
            self._columns["work_lost"][execution.row] += lost

    def losing(self, host: Executor) -> None:
        """A process that is down loses its disk, and with it the checkpoints of its executions."""
        for execution in list(self._live[host.id].values()):
            progress = execution.progress
            lost, progress.work = progress.work, 0
            self._begun.discard((execution.task, host.id))
            self._columns["work_lost"][execution.row] += lost
            assert self._recoveries is not None
            self._recoveries.loses_more(execution.recovery, lost)
            self._close(execution, "lost")

    def restarted(self, host: Executor) -> list[Execution]:
        """A process has restarted; returns the executions with which it goes on."""
        again = list(self._live[host.id].values())
        for execution in again:
            assert self._recoveries is not None
            self._recoveries.resumed(execution.recovery)
            self._runs(execution, 1)
            self._work(execution)
        return again

    def columns(self) -> dict[str, Column]:
        """A row per execution that began, in that order; see `recording.tasks`."""
        for live in self._live:
            for execution in live.values():
                if execution.host.up:
                    execution.progress.work = self._done(execution)
                self._note(execution)
        return {name: np.frombuffer(column, np.int64) for name, column in self._columns.items()}

    # Its work

    def _work(self, execution: Execution) -> None:
        """Work until the next checkpoint is due, or until all work is done."""
        host = execution.host
        execution.since = host.time.whole(self._env._now)
        span = math.ceil(execution.progress.left * host.behavior.slowdown)
        host.stage(span, ActorId(execution.task), self._worked, execution)

    def _worked(self, execution: Execution, _: int) -> None:
        if not self._is_live(execution):
            return
        progress = execution.progress
        progress.work += progress.left
        execution.since = NEVER
        if progress.ended:
            self._end(execution, "completed")
            self._ran(execution)
            return
        size = progress.checkpoint()
        if size is None:
            self._work(execution)
            return
        cost, work = self._checkpoints.cost(size), progress.work
        execution.host.stage(cost, ActorId(execution.task), self._made, (execution, work, size, cost))
        if not self._checkpoints.pauses:
            self._work(execution)

    def _made(self, subject: tuple[Execution, int, int, int], _: int) -> None:
        """The checkpoint of the state after that work is made: write it."""
        execution, work, size, cost = subject
        host = execution.host
        if self._is_live(execution):
            since = host.time.whole(self._env._now)
            host.write(size, ActorId(execution.task), self._written, (execution, work, cost, since))

    def _written(self, subject: tuple[Execution, int, int, int], _: int) -> None:
        """The checkpoint is written, which has begun at that process time."""
        execution, work, cost, since = subject
        if not self._is_live(execution):
            return
        flush = self._checkpoints.flush
        if flush:
            execution.host.stage(flush, ActorId(execution.task), self._stored, (execution, work))
        else:
            self._stored((execution, work), 0)
        if self._checkpoints.pauses:
            self._columns["standing"][execution.row] += cost + execution.host.time.whole(self._env._now) - since
            self._work(execution)

    def _stored(self, subject: tuple[Execution, int], _: int) -> None:
        execution, work = subject
        progress = execution.progress
        if self._is_live(execution) and progress.stored(work):
            number = progress.sequence(work)
            execution.host.manager.checkpoints.store(ActorId(execution.task), number)
            self._columns["checkpoints"][execution.row] += 1
            self._told(execution, number)

    def _is_live(self, execution: Execution) -> bool:
        return self._live[execution.host.id].get(execution.task) is execution

    def _done(self, execution: Execution) -> int:
        """The work that has been done so far."""
        progress = execution.progress
        if execution.since == NEVER:
            return progress.work
        worked = execution.host.time.whole(self._env._now) - execution.since
        return progress.work + min(progress.left, int(worked / execution.host.behavior.slowdown))

    def _end(self, execution: Execution, became: str) -> None:
        self._runs(execution, -1)
        self._close(execution, became)

    def _close(self, execution: Execution, became: str) -> None:
        del self._live[execution.host.id][execution.task]
        self._columns["ended"][execution.row] = self._env._now
        self._columns["outcome"][execution.row] = BECAME.index(became)
        self._note(execution)

    def _runs(self, execution: Execution, more: int) -> None:
        self.running += more
        self.on_load(execution.task, execution.host.id, more)

    def _note(self, execution: Execution) -> None:
        for name, value in (
            ("work", execution.progress.work),
            ("state_bytes", execution.progress.size),
            ("refused", execution.progress.refused),
        ):
            self._columns[name][execution.row] = value
