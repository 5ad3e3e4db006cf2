"""Submitted tasks: executors run them until enough of their results agree.

Theory of operation. A task is submitted to one executor, its gateway. The gateway gives it to as many executors,
possibly including itself, as its quorum has voters; without a quorum to one. Each of them runs it (`Executions`) and
sends the digest of its result, and with a quorum the digest of each stored checkpoint. The gateway counts them
(`protocol.quorum`); a result that needs no confirmation is a quorum of one. The gateway's task checker ends tasks that
have missed their deadlines. A crash of the gateway loses the state of its tasks.

A stateful task that one executor runs may migrate (`Residents`). The executor where it runs at the end sends the result
for the executor that first received the task.

No message of a task is sent again: a lost task does not run, and a lost result does not count.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from icnsim.draws.lottery import Lottery, among
from icnsim.draws.streams import Streams, draws, uniforms
from icnsim.protocol.messages import (
    FIRST_TASK,
    ActorId,
    AttemptId,
    Digest,
    ExecutorId,
    Kind,
    Message,
    task_attempt,
)
from icnsim.protocol.quorum import Tally, Verdict
from icnsim.protocol.task import Mode
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column, Integers
from icnsim.recording.tasks import OUTCOMES
from icnsim.scenario import Scenario
from icnsim.scenario.submissions import Submissions
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.recoveries import Recoveries
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.checkerloop import CheckerLoop
from icnsim.simulation.tasks.electorate import RIGHT, agreeing, assigned, counted, drawn, message, says
from icnsim.simulation.tasks.execution import Execution
from icnsim.simulation.tasks.executions import Executions
from icnsim.simulation.time.environment import ARRIVAL, TICK, Environment
from icnsim.simulation.workload.placement import Placement

FOR_EVER: Final = 1 << 62

_SUBMITTED: Final = ("gateway", "executors", "needed", "submitted", "deadline", "run_time")
_VOTES: Final = ("votes", "double_votes", "backers")
_AGREED: Final = ("checkpoints_agreed", "checkpoints_divergent", "checkpoints_insufficient", "checkpoints_wrong")
_BECAME: Final = ("ended", "outcome", "right", *_VOTES, "late_results", *_AGREED)


@dataclass(slots=True, eq=False)
class Submitted:
    """A task in the state of its gateway.

    Attributes
    ----------
    incarnation : of the gateway at the submission. tally : counts the results; None until the window opens.
    checkpoints : the tally of each checkpoint; None after its window.
    """

    number: int
    gateway: Executor
    incarnation: int
    executors: tuple[ExecutorId, ...]
    needed: int
    deadline_ms: int | None
    tally: Tally | None = None
    checkpoints: dict[int, Tally | None] = field(default_factory=dict)


class Tasks:
    """Submits the tasks of a scenario and records the outcome of each.

    Parameters
    ----------
    times : when the tasks arrive, µs. sizes : the size of each task's state at its start, bytes.
    rhythm : the ticks of the task checkers; None if they do not run.
    first, worker : see `Executions`.
    """

    def __init__(
        self,
        scenario: Scenario,
        submissions: Submissions,
        times: Integers,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        recoveries: Recoveries | None,
        streams: Streams,
        rhythm: Rhythm | None,
        sizes: Sequence[int],
        first: int,
        worker: ActorId | None,
    ) -> None:
        self._env = env
        self._hooks = hooks
        self._executors = executors
        self._streams = streams
        self._times: list[int] = times.tolist()
        self._tasks = submissions.tasks
        self._first = first
        self._quorum = scenario.quorum
        self._open_for = scenario.quorum.window + scenario.quorum.grace
        self._at_once = scenario.quorum.enabled and scenario.tasks.window == "submission"
        self._usual_deadline = None if scenario.tasks.deadline is None else scenario.tasks.deadline // 1000
        switches = scenario.protocol.switches
        self._one_vote_each, self._early = switches.one_vote_each, switches.early_verdict
        groups = scenario.group_of_each
        self._says = [says(group, number) for number, group in enumerate(groups)]
        self._mute = [group.behavior == "unresponsive" for group in groups]
        self._weighted = [ExecutorId(number) for number, group in enumerate(groups) if group.weight]
        self._takers = self._weighted
        self._lottery = Lottery(scenario.executors, [float(group.weight > 0) for group in scenario.executors])
        self._held: dict[ExecutorId, list[Message]] = {}
        count = len(times)
        hosting = [float(bool(group.hosts_actors)) for group in scenario.executors]
        keys = uniforms(scenario.seed, "task/gateway", count)
        self._gateways = among(scenario.executors, hosting, keys).chosen.tolist()
        usual = draws(scenario.seed, "task/run_time", scenario.tasks.run_time, count).tolist()
        self._run_times = [
            drawn_us if task.duration is None else task.duration * 1_000_000
            for drawn_us, task in zip(usual, self._tasks)
        ]
        self.executions = Executions(
            scenario, env, hooks, executors, self._run_times, sizes, self._tasks, recoveries, first, worker, self._ran,
            self._saved,
        )  # fmt: skip
        self.placement: Placement | None = None
        self._checkers: list[CheckerLoop] | None = None
        if rhythm is not None:
            self._checkers = checkers = [
                CheckerLoop(env, host, lattice, self._missed)
                for host, lattice in zip(executors, rhythm.lattices, strict=True)
                if lattice is not None
            ]
            rhythm.failed.append(lambda executor: checkers[executor].tick_failed())
        self._submitted: dict[int, Submitted] = {}
        self._open: list[dict[int, Submitted]] = [{} for _ in executors]
        self._columns = {name: array("q") for name in (*_SUBMITTED, *_BECAME)}
        hooks.vote_received.append(self._receive)
        hooks.executor_crashed.append(self._crashed)
        hooks.executor_losing.append(self._losing)
        hooks.executor_restarted.append(self._restarted)
        hooks.executor_resumed.append(self._ticks_changed)
        hooks.executor_irregular.append(self._ticks_changed)
        hooks.drain_began.append(self._drained)
        hooks.drain_ended.append(self._back)
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    @property
    def submitted(self) -> int:
        """The number of tasks submitted so far."""
        return len(self._columns["submitted"])

    @property
    def undecided(self) -> int:
        """The number of tasks that their gateways have not decided."""
        return sum(map(len, self._open))

    def start(self) -> None:
        """Schedule the first task."""
        if self._times:
            self._env.at(self._times[0], self._arrive, 0, ARRIVAL)

    def columns(self) -> dict[str, Column]:
        """A row per task, in the order of their submissions; see `recording.tasks`."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._columns.items()}

    def became(self) -> dict[str, int]:
        """The tasks submitted so far by outcome, including those in progress."""
        counts = np.bincount(np.array(self._columns["outcome"], dtype=np.int64), minlength=len(OUTCOMES)).tolist()
        return {"under way": counts[0], **dict(zip(OUTCOMES[1:], counts[1:], strict=True))}

    # The life of a task

    def _arrive(self, number: int, _: int) -> None:
        if number + 1 < len(self._times):
            self._env.at(self._times[number + 1], self._arrive, number + 1, ARRIVAL)
        task, gateway = self._tasks[number], self._executors[self._gateways[number]]
        most = len(self._takers)
        wanted = min(1, most)
        if self._quorum.enabled and most:
            wanted = assigned(self._quorum, task, most)
        executors = tuple(self._chosen(number, gateway.id, wanted))
        threshold = agreeing(self._quorum, task, len(executors)) if self._quorum.enabled and executors else 1
        after = self._usual_deadline if task.deadline is None else task.deadline
        deadline = None if after is None else gateway.clock_ms() + after
        submitted = Submitted(number, gateway, gateway.incarnation, executors, threshold, deadline)
        self._submitted[number] = self._open[gateway.id][number] = submitted
        now = self._env._now
        due = NEVER if after is None else (now // 1000 + after) * 1000
        row = (gateway.id, len(executors), threshold, now, due, self._run_times[number])
        for name, value in (*zip(_SUBMITTED, row, strict=True), *((name, 0) for name in _BECAME)):
            self._columns[name].append(value)
        self._columns["ended"][number] = NEVER
        if not gateway.up or not executors:  # `executors` is empty if all are drained
            self._decide(submitted, "failed")
            return
        if self._at_once:
            submitted.tally = self._opened(submitted)
            self._await(submitted, self._close, submitted)
        # A stalled gateway accepts the task when it resumes.
        gateway.stage(0, self.actor(number), self._give, submitted)

    def _chosen(self, number: int, gateway: ExecutorId, wanted: int) -> list[ExecutorId]:
        """The executors of a task: drawn, or chosen by the policy and completed by drawn ones."""
        further = self._streams.further
        if self.placement is None:
            return drawn(further, "task/executor", number, wanted, self._lottery)
        now, task = self._env._now, self.actor(number)
        choices = self.placement.several(task, gateway, wanted, now)
        for choice in choices:
            self.placement.chose(task, gateway, choice, task_attempt(number), now)
        liked = [ExecutorId(choice.executor) for choice in choices]
        return liked + drawn(further, "task/executor", number, wanted - len(liked), self._lottery, liked)

    def place_by(self, placement: Placement) -> None:
        """Let a policy choose the executors."""
        self.placement = placement

    def weigh_on(self, placement: Placement, loads: Sequence[int]) -> None:
        """Add the load of each task to its executor's load while it runs there."""
        add = placement.loads.add
        self.executions.on_load = lambda task, executor, more: add(executor, more * loads[task], self._env._now)

    def _give(self, submitted: Submitted, _: int) -> None:
        """Send a task from its gateway to its executors."""
        self.watch(submitted.number, submitted.gateway)
        for place, executor in enumerate(submitted.executors):
            self._send(Kind.TASK, submitted, submitted.gateway.id, executor, place)

    def watch(self, number: int, host: Executor) -> None:
        """Let an executor's task checker watch the deadline of a task, if it has one."""
        deadline_ms = self._submitted[number].deadline_ms
        if self._checkers is not None and deadline_ms is not None:
            self._checkers[host.id].add(number, deadline_ms)

    def migrates(self, number: int) -> bool:
        """Whether a task may migrate: it has a state, and one executor runs it."""
        return self._tasks[number].mode is not Mode.EPHEMERAL and len(self._submitted[number].executors) == 1

    def actor(self, number: int) -> ActorId:
        """The actor of a task."""
        return ActorId(self._first + number)

    def _missed(self, number: int, host: Executor) -> None:
        """Handle a missed deadline of a task, by the clock of an executor that has the task."""
        submitted = self._submitted[number]
        if host is submitted.gateway and self._is_open(submitted):
            self._decide(submitted, "timed_out")
        self.executions.stop(number, host)

    def _receive(self, message: Message, host: Executor) -> None:
        """Receive a task, a result or the digest of a checkpoint."""
        submitted = self._submitted.get(message.attempt - FIRST_TASK)
        if submitted is None:  # a vote on a migration
            return
        if message.kind is Kind.TASK:
            if host.draining:
                self._held.setdefault(host.id, []).append(message)
            elif self._takes(submitted, message.sequence, host):
                self.watch(submitted.number, host)
                self.executions.begin(submitted.number, host)
        elif host.incarnation != submitted.incarnation:
            return  # the gateway has restarted and has lost the task
        elif message.kind is Kind.RESULT:
            self._count(submitted, message)
        else:
            self._count_checkpoint(submitted, message)

    def _takes(self, submitted: Submitted, place: int, host: Executor) -> bool:
        """Whether an executor runs a task that it receives: not a second time, and not if it never answers."""
        if host.silent or self._mute[host.id] or self.executions.knows(submitted.number, host):
            return False
        probability = host.behavior.answer_probability
        if probability == 1:
            return True
        return self._streams.further.uniform(f"answered/task/{place}", submitted.number) < probability

    # Votes

    def _ran(self, execution: Execution) -> None:
        """Send the result of a task that an executor has finished."""
        submitted, host = self._submitted[execution.task], execution.host.id
        place, voters = self._place(submitted, host), len(submitted.executors)
        for more, digest in enumerate(self._says[host]):
            self._send(Kind.RESULT, submitted, host, submitted.gateway.id, place + more * voters, digest)

    def _place(self, submitted: Submitted, host: ExecutorId) -> int:
        """The place of an executor among those that received the task; a task that migrates has one place."""
        return submitted.executors.index(host) if len(submitted.executors) > 1 else 0

    def _as_of_voter(self, submitted: Submitted, result: Message) -> Message:
        """The result in the name of the executor that received the task, because the actor may have migrated since."""
        voter = submitted.executors[result.sequence % len(submitted.executors)]
        return result if result.signer == voter else replace(result, signer=voter)

    def _saved(self, execution: Execution, checkpoint: int) -> None:
        """Send the digest of the stored checkpoint with that number, on which a quorum must agree."""
        if not self._quorum.enabled:
            return
        submitted, host = self._submitted[execution.task], execution.host.id
        place, voters, most = self._place(submitted, host), len(submitted.executors), 2
        for more, digest in enumerate(self._says[host]):
            sequence = (checkpoint * most + more) * voters + place
            self._send(Kind.CHECKPOINT, submitted, host, submitted.gateway.id, sequence, digest)

    def _opened(self, submitted: Submitted) -> Tally:
        """A tally whose window opens now by the gateway's clock; without a quorum it never closes."""
        ends_at = self._reading(submitted) + self._open_for if self._quorum.enabled else FOR_EVER
        return Tally(
            submitted.executors, submitted.needed, ends_at, one_vote_each=self._one_vote_each, early=self._early,
            grace=self._quorum.grace,
        )  # fmt: skip

    def _count(self, submitted: Submitted, result: Message) -> None:
        if not self._is_open(submitted):
            self._columns["late_results"][submitted.number] += 1
            return
        if submitted.tally is None:
            submitted.tally = self._opened(submitted)
            if self._quorum.enabled:
                self._await(submitted, self._close, submitted)
        result = self._as_of_voter(submitted, result)
        verdict = counted(submitted.tally, result, self._reading(submitted), self._hooks, self._subject(submitted))
        if verdict is not Verdict.WAITING:
            self._agree(submitted, verdict)

    def _close(self, submitted: Submitted, _: int) -> None:
        """Close the window after its grace; a stalled gateway does so when it resumes."""
        if self._is_open(submitted):
            assert submitted.tally is not None
            self._agree(submitted, submitted.tally.close())

    def _await(self, submitted: Submitted, function: Callable[[Any, int], None], subject: object) -> None:
        """Call a function when a window that opens now has closed; a result of that instant still counts."""
        submitted.gateway.timer(self._open_for, self.actor(submitted.number), function, subject, TICK)

    def _reading(self, submitted: Submitted) -> int:
        """The gateway's clock, µs."""
        return submitted.gateway.clock.at(self._env._now)

    def _agree(self, submitted: Submitted, verdict: Verdict) -> None:
        tally, number = submitted.tally, submitted.number
        assert tally is not None
        if verdict is Verdict.CONSENSUS:
            self._reached(submitted, tally)
            self._columns["right"][number] = tally.agreed == RIGHT
        self._columns["backers"][number] = tally.backers
        self._decide(submitted, "completed" if verdict is Verdict.CONSENSUS else verdict.value)

    def _decide(self, submitted: Submitted, became: str) -> None:
        number, tally = submitted.number, submitted.tally
        del self._open[submitted.gateway.id][number]
        self._columns["ended"][number] = self._env._now
        self._columns["outcome"][number] = OUTCOMES.index(became)
        if tally is not None:
            self._columns["votes"][number], self._columns["double_votes"][number] = tally.votes, tally.double_votes
        for listener in self._hooks.vote_decided:
            listener(self.actor(number), f"task {became}", submitted.gateway.id, task_attempt(number))
        for ended in self._hooks.task_ended:
            ended(self.actor(number))

    def _reached(self, submitted: Submitted, tally: Tally) -> None:
        for reached in self._hooks.consensus_reached:
            reached(*self._subject(submitted), tally.backers, submitted.needed)

    def _count_checkpoint(self, submitted: Submitted, message: Message) -> None:
        checkpoint = message.sequence // (2 * len(submitted.executors))
        if checkpoint not in submitted.checkpoints:
            submitted.checkpoints[checkpoint] = self._opened(submitted)
            self._await(submitted, self._close_checkpoint, (submitted, checkpoint))
        tally = submitted.checkpoints[checkpoint]
        if tally is None or tally.verdict is not Verdict.WAITING:
            return
        message = self._as_of_voter(submitted, message)
        verdict = counted(tally, message, self._reading(submitted), self._hooks, self._subject(submitted))
        if verdict is not Verdict.WAITING:
            self._agree_checkpoint(submitted, tally, verdict)

    def _close_checkpoint(self, subject: tuple[Submitted, int], _: int) -> None:
        submitted, checkpoint = subject
        tally, submitted.checkpoints[checkpoint] = submitted.checkpoints[checkpoint], None
        if tally is not None and tally.verdict is Verdict.WAITING:
            self._agree_checkpoint(submitted, tally, tally.close())

    def _agree_checkpoint(self, submitted: Submitted, tally: Tally, verdict: Verdict) -> None:
        number = submitted.number
        agreed = verdict is Verdict.CONSENSUS
        name = {Verdict.CONSENSUS: "agreed", Verdict.DIVERGENCE: "divergent"}.get(verdict, "insufficient")
        self._columns[f"checkpoints_{name}"][number] += 1
        if agreed:
            self._reached(submitted, tally)
            self._columns["checkpoints_wrong"][number] += tally.agreed != RIGHT

    def _is_open(self, submitted: Submitted) -> bool:
        """Whether nothing has been decided yet."""
        return submitted.number in self._open[submitted.gateway.id]

    def _subject(self, submitted: Submitted) -> tuple[ActorId, AttemptId, ExecutorId]:
        return self.actor(submitted.number), task_attempt(submitted.number), submitted.gateway.id

    def _send(
        self,
        kind: Kind,
        submitted: Submitted,
        sender: ExecutorId,
        receiver: ExecutorId,
        sequence: int,
        digest: Digest = RIGHT,
    ) -> None:
        task = self.actor(submitted.number), task_attempt(submitted.number)
        executor = self._executors[sender]
        executor.send(message(kind, *task, executor, receiver, sequence, digest))

    # Drains, crashes, restarts and stalls of executors

    def _drained(self, host: Executor) -> None:
        """Stop new tasks at a drained executor, including those that are on their way to it."""
        self._takers = [taker for taker in self._takers if taker != host.id]
        self._lottery.bar(host.id)

    def _back(self, host: Executor) -> None:
        """Start the tasks that have arrived during a drain that is over."""
        self._takers = [taker for taker in self._weighted if not self._executors[taker].draining]
        self._lottery.lift(host.id)
        for held in self._held.pop(host.id, ()):
            self._receive(held, host)

    def _crashed(self, host: Executor, disk_survives: bool) -> None:
        """Remove the state of the tasks that were submitted to a process that has ended."""
        self._held.pop(host.id, None)
        for submitted in list(self._open[host.id].values()):
            self._decide(submitted, "failed")
        if self._checkers is not None:
            self._checkers[host.id].crashed()
        self.executions.crashed(host, disk_survives=disk_survives)

    def _restarted(self, host: Executor) -> None:
        """Continue the tasks of which a restarted process has checkpoints."""
        for execution in self.executions.restarted(host):
            self.watch(execution.task, host)

    def _losing(self, host: Executor, disk_survives: bool) -> None:
        """Handle a process that is down and loses its disk, or never restarts."""
        if not disk_survives:
            self.executions.losing(host)

    def _ticks_changed(self, host: Executor) -> None:
        if self._checkers is not None:
            self._checkers[host.id].rearm()
