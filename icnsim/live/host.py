"""The executors of one worker: the drivers and the network of the simulation, in real time.

A message leaves through `transmit`, also to an executor of the same worker, and waits for its delay at the receiver,
see `carrying`. A message that a socket has brought enters through `expect`. Faults of links and of the executors'
behaviour happen here by the same schedule as in the simulation; the supervisor kills and stops processes.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

import numpy as np

from icnsim.draws.arrivals import arrival_times, span
from icnsim.draws.population import homes, state_sizes
from icnsim.draws.streams import phases
from icnsim.live.beats import Beats
from icnsim.live.carrying import Arrivals, SocketLinks, Transmit
from icnsim.live.checkpoints import Files, OwnCheckpoints
from icnsim.live.draws import SparseStreams
from icnsim.live.environment import LiveEnvironment
from icnsim.live.faults import LocalFaults
from icnsim.live.image import EPOCHS, RUNS, Event, Image, copy_fields
from icnsim.live.loops import Deadlines, Loop, ManagerLoop, ManagerLoops, wheel_of
from icnsim.live.polls import Polls, ReportedRegister
from icnsim.live.reporter import BLOCKED, LEARNED, RESTORED, RESUMING, STAGE, STAGED, Repeats, Reporter, padded
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.record import NO_DEADLINE, MigrationRecord
from icnsim.protocol.records import NO_ATTEMPT
from icnsim.scenario import Scenario
from icnsim.scenario.manager import Adjustment
from icnsim.simulation.activity import Activity
from icnsim.simulation.assembly import heartbeats
from icnsim.simulation.executors.behavior import behavior_of
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.faults.supervisor import Supervisor, gossiped, schedules
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.network import Network
from icnsim.simulation.tasks.ballots import DECISION, draws_of
from icnsim.simulation.tasks.checkpointvotes import CheckpointVotes
from icnsim.simulation.tasks.votes import Vote, Votes
from icnsim.simulation.time.environment import TIMER
from icnsim.simulation.time.stream import Stream


@dataclass(frozen=True, slots=True)
class Peer:
    """An executor of another worker."""

    id: ExecutorId


class Hosted(Executor):
    """An executor of this worker, which reports its stages and the end of its pauses."""

    __slots__ = ("reporter",)

    reporter: Reporter

    def _stage_kept(
        self,
        duration: int,
        actor: ActorId,
        function: Callable[[Any, int], None],
        subject: Any,
        stream: Stream | None = None,
    ) -> None:
        self.reporter.add(STAGE, self.id, actor)
        super()._stage_kept(duration, actor, function, subject, stream)

    def _stage_ended(self, entry: tuple[ActorId, Callable[[Any, int], None], Any], now: int) -> None:
        super()._stage_ended(entry, now)
        self.reporter.add(STAGED, self.id, entry[0])

    def resume(self) -> None:
        """Continue after a pause."""
        self.reporter.add(RESUMING, self.id)
        super().resume()


class Host:
    """The executors of one worker.

    Parameters
    ----------
    own : the executors that this worker hosts.
    transmit : writes a message to a socket. report : makes the reporter for these hook points.
    beat : writes a heartbeat to a socket: sender, receiver, number.
    overhear : writes a Request to the socket of a forger's process.
    files : for the actors' own checkpoints; None to write none.
    restarts : whether the process replaces a killed one; its executors are down until `restart`.

    Attributes
    ----------
    executors : the executors that this worker hosts, by number.
    """

    def __init__(
        self,
        scenario: Scenario,
        own: Sequence[ExecutorId],
        env: LiveEnvironment,
        transmit: Transmit,
        report: Callable[[Hooks], Reporter],
        beat: Callable[[ExecutorId, ExecutorId, int], None] = lambda _, __, ___: None,
        overhear: Callable[[ExecutorId, Message], None] = lambda _, __: None,
        files: Files | None = None,
        *,
        restarts: bool,
    ) -> None:
        self._scenario = scenario
        self._env = env
        self.hooks = hooks = Hooks()
        self.reporter = report(hooks)
        times = arrival_times(scenario)
        self._rows: Final = len(times)
        self._retried: dict[int, tuple[int, int]] = {}
        self._sources, self._targets = array("q", [-1]) * len(times), array("q", [-1]) * len(times)
        sizes, first_homes = state_sizes(scenario), homes(scenario).tolist()
        self.supervisor = Supervisor(scenario, sizes)
        self._activity = activity = Activity(hooks, len(first_homes))
        drawing = gossiped(scenario, direct=scenario.protocol.switches.direct_requests)
        self._streams = SparseStreams(drawing, times)
        self._links = links = SocketLinks(env, hooks, self._streams, drawing)
        managed = [ExecutorId(n) for n, has in enumerate(scenario.having("migration_manager")) if has]
        self.network = Network(
            env, hooks, activity, self._streams, drawing, links, self.attempt_of, managed, self._sources, self._targets
        )
        self.network.use_links()
        links.network, links.transmit = self.network, transmit
        self._arrivals = Arrivals(self, self.reporter)
        self.repeats = Repeats(self.reporter, own[0])
        self.network.repeated = self.repeats
        self.executors = {number: self._executor(number, restarts=restarts) for number in own}
        self._images = {number: Image(executor.manager) for number, executor in self.executors.items()}
        if not restarts:
            for actor, home in enumerate(first_homes):
                if home in self.executors:
                    self.executors[home].manager.runtime.settle(ActorId(actor), (0, home))
        if files is not None:
            planned = schedules(scenario, sizes, [ExecutorId(home) for home in first_homes])
            OwnCheckpoints(env, hooks, self.executors, planned, files).begin()
        self._ticks: list[Loop] = []
        self._managers = ManagerLoops()
        self._wheels = list(self._make_loops())
        for adjustment in scenario.manager.adjustments:
            env.at(adjustment.at, self._adjust, adjustment)
        everybody = map(ExecutorId, range(scenario.executor_count))
        hosts = cast(Sequence[Executor], [self.executors.get(number, Peer(number)) for number in everybody])
        self._create_votes(hosts)
        self.beats: Beats | None = None
        if heartbeats(scenario):
            self.beats = Beats(scenario, env, hooks, self.executors, links, beat, self.reporter)
        self._faults: LocalFaults | None = None
        if scenario.faults:
            self._faults = faults = LocalFaults(
                scenario, env, hooks, hosts, links, self._streams, self.attempt_of,
                {"manager_error": self._managers, "checker_error": None}, span(scenario, times).horizon,
            )  # fmt: skip
            faults.own, faults.forgers.transmit = frozenset(own), overhear
            faults.start()

    def _executor(self, number: ExecutorId, *, restarts: bool) -> Hosted:
        scenario = self._scenario

        def manager_of(executor: Executor) -> MigrationManager:
            return MigrationManager(
                executor.id, executor, self.supervisor.settings, scenario.protocol.switches,
                votes=scenario.quorum.confirms,
            )  # fmt: skip

        behavior = behavior_of(scenario.group_of_each[number], scenario)
        executor = Hosted(
            number, behavior, self._env, self.hooks, self._activity, self._streams, self.network.send, manager_of,
            steady=False,
        )  # fmt: skip
        executor.reporter = self.reporter
        if restarts:
            executor.irregular, executor.up = True, False
        return executor

    def _create_votes(self, hosts: Sequence[Executor]) -> None:
        """Let the executors vote; the supervisor acts on the verdicts on migrations."""
        scenario, env, hooks, streams = self._scenario, self._env, self.hooks, self._streams
        make = partial(Polls, register=partial(ReportedRegister, reporter=self.reporter))
        self._decisions: Votes | None = None
        if scenario.quorum.decides:
            self._decisions = make(DECISION, scenario, env, hooks, hosts, streams, draws_of, _reported, _reported)
        if scenario.quorum.confirms:
            votes = CheckpointVotes(scenario, env, hooks, hosts, streams, self.attempt_of, make)
            for executor in self.executors.values():
                executor.confirm_checkpoints(votes.ask)

    def _make_loops(self) -> "Sequence[Loop]":
        """The loops of the managers, and the ticks of the detectors' wheels."""
        scenario, env, hooks, manager = self._scenario, self._env, self.hooks, self._scenario.manager
        if not manager.enabled:
            return []
        interval = manager.check_interval
        aligned = manager.phase == "aligned"
        starts = np.zeros(scenario.executor_count, np.int64) if aligned else phases(scenario, "manager", interval)
        gap = 0 if scenario.protocol.switches.atomic_detection else scenario.protocol.detection_gap
        Deadlines(env, hooks, self.reporter)
        loops = []
        for number, executor in self.executors.items():
            if not scenario.having("migration_manager")[number]:
                continue
            first = int(starts[number])
            loop = self._managers.of[number] = ManagerLoop(env, executor, gap, self.reporter)
            self._ticks.append(Loop(env, hooks, executor, first, interval, loop.tick))
            for tick in manager.wheel_ticks:
                turn = wheel_of(env, executor, tick // 1000, self.reporter)
                loops.append(Loop(env, hooks, executor, first % tick, tick, turn, TIMER))
        return loops

    def _adjust(self, adjustment: Adjustment, _: int) -> None:
        """Change the settings of the managers."""
        settings = self.supervisor.adjust(adjustment)
        for executor in self.executors.values():
            executor.manager.adjust(settings, executor.clock_ms())
        if adjustment.check_interval is not None:
            for loop in self._ticks:
                loop.change(adjustment.check_interval)

    # Attempts

    def attempt_of(self, row: int) -> tuple[int, int]:
        """The migration of an attempt, and its number within it."""
        return (row, 1) if row < self._rows else self._retried[row]

    def sides_of(self, row: int) -> tuple[int, int]:
        """The source and the target of an attempt."""
        return self._sources[row], self._targets[row]

    def meet(self, row: int, migration: int, number: int, source: int, target: int) -> None:
        """Note an attempt, before anything else about it happens here."""
        padded(self._sources, row + 1)
        padded(self._targets, row + 1)
        self._sources[row], self._targets[row] = source, target
        if row >= self._rows and row not in self._retried:
            self._retried[row] = migration, number
            self._streams.fill(row, migration, number)

    def begin(self, row: int, actor: int, target: int, size_bytes: int) -> None:
        """Let the source of an attempt send its Request."""
        executor = self.executors[ExecutorId(self._sources[row])]
        manager, now = executor.manager, executor.clock_ms()
        if not executor.up or not manager.initiate(ActorId(actor), ExecutorId(target), AttemptId(row), size_bytes, now):
            self.reporter.add(BLOCKED, executor.id, row)

    def vote(self, row: int, actor: int) -> None:
        """Let the source of a migration put it to the vote."""
        assert self._decisions is not None
        self._decisions.ask(ActorId(actor), ExecutorId(self._sources[row]), AttemptId(row))

    def expect(self, number: int, message: Message, to: ExecutorId, due: int) -> None:
        """Let a message arrive at the virtual time `due`, µs; `number` is that of the copy."""
        self._links.expect((message.signer, to, self._arrivals, (number, message, to)), due)

    def deliver(self, number: int, message: Message, to: ExecutorId) -> None:
        """Give a message that has arrived to its executor; `number` is that of the copy."""
        self.reporter.arriving(number, message)
        self.executors[to].deliver(message, self._env._now // 1000)

    def overhear(self, forger: ExecutorId, request: Message) -> None:
        """Give a Request that has arrived to an executor that forges an Accept."""
        assert self._faults is not None
        self._faults.forgers.arrived(self.executors[forger], request)

    # Restart

    def continues(self, errors: int, beats: int) -> None:
        """Continue the counts of a killed process: of the ticks that have failed, and of the heartbeats sent."""
        for loop in self._managers.of.values():
            loop.failing = max(0, loop.failing - errors)
        if self.beats is not None:
            self.beats.sent = dict.fromkeys(self.beats.sent, beats)

    def keep_actors(self) -> None:
        """Write the actors that live here at the start to the journal."""
        self.reporter.keep(
            [
                [RUNS, number, actor, copy_fields(copy), NO_ATTEMPT]
                for number, executor in self.executors.items()
                for actor, copy in executor.manager.runtime.copies.items()
            ]
        )

    def restore(self, journal: Sequence[list[Event]], checkpoints: Mapping[ActorId, int]) -> None:
        """Restore the part of the state on the disk of a killed process that the profile keeps.

        Parameters
        ----------
        journal : the changes of its state, in order. checkpoints : the newest checkpoint that each actor has made of
            itself.
        """
        switches = self._scenario.protocol.switches
        for changes in journal:
            for event in changes:
                if switches.durable_records or event[0] != EPOCHS:
                    self._images[event[1]].follow(event)
        for number, executor in self.executors.items():
            manager = executor.manager
            for actor in manager.runtime.copies:
                if actor in checkpoints:
                    manager.checkpoints.store(actor, checkpoints[actor])
            found = [(actor, manager.checkpoints.get(actor, 0)) for actor in manager.runtime.copies]
            self.reporter.add(RESTORED, number, found)
            self._keep(manager, self._images[number].records)

    def _keep(self, manager: MigrationManager, records: Mapping[int, MigrationRecord]) -> None:
        """Remove the part of a restored state that is not durable, and watch the records again."""
        switches = self._scenario.protocol.switches
        if switches.durable_records:
            for serial, record in records.items():
                self.reporter.know(serial, record)
        else:
            manager.active.clear()
            manager.ended.clear()
        if not switches.durable_checkpoints:
            manager.checkpoints.clear()
        for record in manager.active.values():
            if record.deadline != NO_DEADLINE:
                manager.detector_of(record.actor).hold(record)

    def restart(self) -> None:
        """Let the executors recover, after `restore`."""
        for executor in self.executors.values():
            executor.restart()

    def finish(self) -> None:
        """Report what the detectors have learned, at the end of the run."""
        for number, executor in self.executors.items():
            self.reporter.add(LEARNED, number, executor.manager.samples, executor.manager.numbers)


def _reported(_: Vote) -> None:
    """Do nothing: the register has reported the verdict."""
