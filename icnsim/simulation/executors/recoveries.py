"""The cost of a crash for the actors of the executor: the time until they run again, the checkpoint, and the lost work.

An actor makes a checkpoint of itself every `checkpoint_interval` while it runs, so a crash loses the work since the
last one, at most one interval's. If the disk is lost too, or the executor never restarts, the actor loses the work
since the newest checkpoint that another executor holds at the end, or all work, unless a copy runs elsewhere, then or
later. For submitted tasks, `Executions` has the checkpoints and the work, and this part has the rest.
"""

from array import array
from collections.abc import Callable, Mapping

import numpy as np

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.runtime import Copy
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.work import Work
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

LoseMessages = Callable[..., int]
"""Called with an actor, its executor, its run time at its newest checkpoint, and `unsaved`; see `Mailboxes.crashed`."""

COLUMNS = ("actor", "executor", "crashed", "restarted", "sequence", "work_lost", "messages_lost", "elsewhere")


class Recoveries:
    """A row for each actor at each crash of its executor.

    An outage ends when the actor runs there again (`restarted`), or when it runs at another executor (`elsewhere`).

    Parameters
    ----------
    copies : where the actors run. work : their work.
    lose_messages : see `LoseMessages`; None without messages to actors.
    actors : the number of actors that are not submitted tasks.

    Attributes
    ----------
    elsewhere : for each actor that a crash has stopped, the executors that may run it again.
    ran_until_checkpoint : how long the actor of a task had run at an executor at its newest checkpoint, µs.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        copies: Copies,
        work: Work,
        lose_messages: LoseMessages | None,
        actors: int,
    ) -> None:
        self._env = env
        self._copies = copies
        self._lose_messages = lose_messages
        self._work = work
        self._actors = actors
        self._lost_by_task: dict[ActorId, int] = {}
        self._tasks_down: dict[ExecutorId, list[ActorId]] = {}
        self.ran_until_checkpoint: Callable[[ActorId, ExecutorId], int] = lambda _, __: 0
        self._rows = {name: array("q") for name in COLUMNS}
        self._open: dict[ExecutorId, list[tuple[int, int]]] = {}
        self._running_nowhere: dict[ActorId, list[int]] = {}
        self._doomed: dict[ActorId, tuple[int, int]] = {}
        self.elsewhere: dict[ActorId, set[ExecutorId]] = {}
        hooks.copy_started.append(self._began)
        hooks.executor_crashing.append(self._crashing)
        hooks.executor_losing.append(self._losing)
        hooks.executor_restarted.append(self._restarted)

    def _began(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        """End the outage of an actor of which a copy runs: not all of its work is lost."""
        self.elsewhere.pop(actor, None)
        self._doomed.pop(actor, None)
        for row in self._running_nowhere.pop(actor, ()):
            here = self._rows["executor"][row] == executor.id
            self._rows["restarted" if here else "elsewhere"][row] = self._env._now

    def _crashing(self, host: Executor, disk_survives: bool, returns: bool) -> None:
        manager = host.manager
        opened = self._open[host.id] = []
        for actor, copy in manager.runtime.copies.items():
            if not copy.running and self._copies.home[actor] != host.id:
                continue  # a copy that a migration left behind
            unsaved = copy.running or not copy.saved
            if actor >= self._actors:
                if self._lose_messages is not None:
                    since = self.ran_until_checkpoint(actor, host.id)
                    self._lost_by_task[actor] = self._lose_messages(actor, host.id, since, unsaved=unsaved)
                continue
            made = self._work.stored(actor, host.id) if unsaved else 0
            sequence = manager.checkpoints.get(actor, 0) + made
            if made:
                manager.checkpoints[actor] = sequence
            since = self._work.stored_since(actor, host.id)
            lost = 0
            if self._lose_messages is not None:
                lost = self._lose_messages(actor, host.id, since, unsaved=unsaved)
            done, saved = self._work.crashed(actor, host.id)
            row = self.interrupted(actor, host.id, sequence, done - saved, lost)
            opened.append((row, done))
            if any(where != host.id for where in self._copies.where[actor]):
                self._rows["elsewhere"][row] = self._env._now
            else:
                self._running_nowhere.setdefault(actor, []).append(row)
            # Only the executor where it lives can run it again, not one where a copy was left.
            self.elsewhere.setdefault(actor, set()).add(host.id)
        if not (disk_survives and returns):
            self._losing(host, disk_survives)

    def _losing(self, host: Executor, disk_survives: bool) -> None:
        """Handle a lost disk, or an executor that never restarts: its checkpoints cannot restore any actor."""
        for row, done in self._open.pop(host.id, ()):
            self._rows["sequence"][row] = 0
            actor = ActorId(self._rows["actor"][row])
            if not any(where != host.id for where in self._copies.where[actor]):
                self._doomed[actor] = row, done
        self._work.gone(host.id)

    def interrupted(
        self, actor: ActorId, executor: ExecutorId, sequence: int, work_lost: int, messages_lost: int = 0
    ) -> int:
        """Add the row of an actor or a task whose executor has crashed; returns its number."""
        messages_lost += self._lost_by_task.pop(actor, 0)
        row = (actor, executor, self._env._now, NEVER, sequence, work_lost, messages_lost, NEVER)
        for name, value in zip(COLUMNS, row, strict=True):
            self._rows[name].append(value)
        return len(self._rows["actor"]) - 1

    def may_return(self, actor: ActorId, executor: ExecutorId, row: int) -> None:
        """Note that the task of that row continues when its executor restarts."""
        self._tasks_down.setdefault(executor, []).append(actor)
        self.elsewhere.setdefault(actor, set()).add(executor)
        self._running_nowhere.setdefault(actor, []).append(row)

    def loses_more(self, row: int, work: int) -> None:
        """Lose the checkpoint from which that row's task would have restarted, with its work, µs."""
        self._rows["sequence"][row] = 0
        self._rows["work_lost"][row] += work

    def resumed(self, row: int) -> None:
        """Note that the actor or task of that row runs there again."""
        self._rows["restarted"][row] = self._env._now

    def found(self, executor: ExecutorId, checkpoints: Mapping[ActorId, int]) -> None:
        """Replace the computed checkpoints of the last crash by those that a real process has found on its disk."""
        for row, _ in self._open.get(executor, ()):
            actor = ActorId(self._rows["actor"][row])
            self._rows["sequence"][row] = checkpoints.get(actor, 0)

    def _restarted(self, host: Executor) -> None:
        """Restore the actors of which a restarted executor still has checkpoints."""
        for actor in self._tasks_down.pop(host.id, ()):
            self.elsewhere.get(actor, set()).discard(host.id)
        for row, _ in self._open.pop(host.id, ()):
            actor = ActorId(self._rows["actor"][row])
            copy = host.manager.runtime.copies.get(actor)
            self.elsewhere.get(actor, set()).discard(host.id)
            if copy is not None and copy.running:
                self.resumed(row)

    def columns(self) -> dict[str, Column]:
        """The table, at the end of the run."""
        left = self._work.left(self._doomed)
        for actor, (row, done) in self._doomed.items():
            self._rows["work_lost"][row] = max(0, done - left[actor])
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}
