"""The federation as the supervisor sees it: the parts of the simulation that decide and observe, on mirrors.

Arrivals, targets, retries and faults run here and command the processes. Every report of a process is applied to the
mirror of its executor and passed to the same hook points as in the simulation. So the record log, the monitor, the
timeline and all other observers are those of the simulation, and so is the recording.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from icnsim.live import image, reporter
from icnsim.live.environment import LiveEnvironment
from icnsim.live.faults import MirroredFaults
from icnsim.live.flights import Flights
from icnsim.live.image import Event
from icnsim.live.loopreports import RemoteLoops, ReportedBeats, ReportedTicks
from icnsim.live.mirror import Control, Mirror, RemoteManager
from icnsim.live.verdicts import ReportedBallots, ReportedVotes
from icnsim.live.wire import unpacked
from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.states import Event as Step
from icnsim.protocol.states import State
from icnsim.recording.canonical import canonical
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.conservation import conserved
from icnsim.recording.learned import Learned
from icnsim.scenario import Scenario
from icnsim.simulation.assembly import Assembly, heartbeats
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.recorded import recording_of
from icnsim.simulation.tasks.ballots import DECISION
from icnsim.simulation.tasks.checkpointvotes import CHECKPOINT


class LiveFederation(Assembly):
    """The parts of a live run in the supervisor.

    Parameters
    ----------
    control : commands the processes.
    error : the promised error of timers and sockets, µs of virtual time; a record may be older by it (I6).

    Attributes
    ----------
    outcomes : records that have ended so far, by the reason of their failure, or "complete".
    """

    executor_type = Mirror
    manager_type = RemoteManager
    faults_type = MirroredFaults

    def __init__(self, scenario: Scenario, env: LiveEnvironment, control: Control, error: int) -> None:
        self._error_ms = -(-error // 1000)
        super().__init__(scenario, env=env)
        self.live_env = env
        self.mirrors = cast(list[Mirror], self.executors)
        for mirror in self.mirrors:
            mirror.attach(control)
        self._begun: dict[int, ExecutorId] = {}
        self._over: list[ActorId] = []
        self._flights = Flights(self.hooks, self.network, self.activity, self.mirrors, self._ends)
        self._learning: dict[int, tuple[int, int]] = {}
        self.outcomes: Counter[str] = Counter()
        self._repeats: dict[int, dict[int | tuple[int, str], int]] = {}
        self._appliers: dict[str, Callable[..., None]] = {
            **self._flights.appliers, image.MOVED: self._moved, image.WATCHED: self._watched,
            image.REMOVED: self._removed, image.REPLACED: self._replaced, image.STORED: self._stored,
            image.MADE: self._made, image.ARRIVED: self._arrived, image.RUNS: self._runs,
            image.STOPPED: self._stopped, reporter.IGNORED: self._ignored, reporter.HAZARD: self._hazard,
            reporter.STAGE: self._stage, reporter.STAGED: self._staged, reporter.TICK: self._tick,
            reporter.ERROR: lambda where: self.ticks.error(ExecutorId(where)), reporter.TICKED: self._ticked,
            reporter.FIRED: self._fired, reporter.BLOCKED: self._blocked, reporter.EFFECT: self._effect,
            reporter.STALLED: self._stalled, reporter.RESUMING: self._resuming,
            reporter.RESUMED: self._resumed, reporter.RESTARTING: self._restarting,
            reporter.RESTARTED: self._restarted, reporter.RESTORED: self._restored, reporter.LEARNED: self._learned,
            reporter.REPEATED: self._repeated, reporter.ASKED: self._asked, reporter.VERDICT: self._verdict,
            reporter.BEAT: self._beats.add,
        }  # fmt: skip

    def _create_loops(self) -> None:
        """Create the records of the loops, which run elsewhere."""
        scenario, manager = self.scenario, self.scenario.manager
        self.phases = self._phases("manager", manager.enabled, manager.check_interval)
        self.rhythm, self.loops = None, None
        self.wheels: dict[int, Rhythm] = {}
        self.interval = manager.check_interval
        self._bind()
        if self.phases is None:
            return
        managed = scenario.having("migration_manager")
        self.ticks = ReportedTicks(self.env, self.hooks, self.phases, manager.check_interval, managed)
        self.ticks.failed.append(self._tick_failed)
        self.rhythm, self.loops = self.ticks, RemoteLoops()
        self.wheels = {
            tick // 1000: Rhythm(self.env, self.hooks, self.phases % tick, tick, managed)
            for tick in manager.wheel_ticks
        }

    def _create_votes(self) -> None:
        """Create the registers of the votes, which happen in the processes of the executors."""
        quorum, env, hooks = self.scenario.quorum, self.env, self.hooks
        self._polls: dict[int, ReportedVotes] = {}
        self._told: ReportedBallots | None = None
        if quorum.decides:
            self._told = ReportedBallots(
                env, hooks, self.attempts.agreed, self.retries.finish, self.retries.pending,
                lambda: self.recorder.skipped.append(env._now),
            )  # fmt: skip
            self.ballots = self._polls[DECISION.ballot] = self._told
            self.attempts.vote = self._tell
        if quorum.confirms:
            self.checkpoint_votes = self._polls[CHECKPOINT.ballot] = ReportedVotes(CHECKPOINT, env, hooks)

    def _create_heartbeats(self) -> None:
        """Count the heartbeats that the processes report."""
        self._beats = ReportedBeats(self.scenario.executor_count - 1)
        self.heartbeats = self._beats if heartbeats(self.scenario) else None

    def _tell(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> None:
        """Let a source put a migration to the vote."""
        assert self._told is not None
        self._told.wait(actor, source, target, number)
        executor = self.executors[source]
        assert isinstance(executor, Mirror)
        executor.control.vote(number, actor, source, target)

    def _slack(self, detector: Parameters) -> int:
        """The longest time from a record's deadline until its detector finds it, ms, with the error of its timers."""
        return super()._slack(detector) + self._error_ms

    def start(self) -> None:
        """Schedule the first arrival, fault and sample."""
        for adjustment in self.scenario.manager.adjustments:
            self.env.at(adjustment.at, self._adjust, adjustment)
        for part in (self.arrivals, self.faults, self.mailboxes):
            if part is not None:
                part.start()
        if self.timeline is not None:
            self.timeline.start(self.live_env.lag)

    def finish(self) -> Recording:
        """The recording, when every report has been applied."""
        self.env._now = self.span.horizon
        for row in list(self._begun):
            self._blocked(self._begun[row], row)
        if self._told is not None:
            self._told.close()
        samples, numbers = (sum(column) for column in zip((0, 0), *self._learning.values(), strict=True))
        return canonical(conserved(replace(recording_of(self), learned=Learned(samples, numbers))))

    # Commands

    def begins(self, attempt: AttemptId, source: ExecutorId) -> tuple[int, int]:
        """Note an attempt that its source has been asked to begin; returns its migration and its number within it."""
        self._begun[attempt] = source
        return self.attempts.of(attempt)

    def died(self, executor: ExecutorId, *, disk_survives: bool, returns: bool) -> None:
        """Apply the end of a killed process: it has lost the messages in its sockets, and the commands to it."""
        mirror = self.mirrors[executor]
        mirror.died(disk_survives=disk_survives, returns=returns)
        self._flights.died(executor)
        for row in [row for row, source in self._begun.items() if source == executor]:
            self._blocked(executor, row)
        self._end_items()

    # Reports

    def apply(self, batch: list[Event]) -> None:
        """Apply a batch of events, whose time is now."""
        for name, executor, *what in batch:
            self._appliers[name](executor, *what)
        self._end_items()

    def _ends(self, actor: ActorId) -> None:
        """An item of an actor ends with the present batch."""
        self._over.append(actor)

    def _end_items(self) -> None:
        """End the items that have ended in a batch, after all of its effects."""
        ended, self._over = self._over, []
        for actor in ended:
            self.activity.end(actor)

    def _moved(self, where: int, serial: int, fields: list[Any], before: int, event: int, attempt: int) -> None:
        mirror = self.mirrors[where]
        if event == Step.INITIATE:
            self._begun.pop(attempt, None)
        record = mirror.image.moved(serial, fields)
        if record.state is State.FAILED or record.state is State.COMPLETE:
            self.outcomes[record.reason or record.state.label] += 1
        mirror.moved(record, State(before), Step(event), AttemptId(attempt))

    def _watched(self, where: int, serial: int, fields: list[Any]) -> None:
        self.mirrors[where].image.update(serial, fields)

    def _removed(self, where: int, serial: int) -> None:
        mirror = self.mirrors[where]
        mirror.removed(mirror.image.gone(serial))

    def _replaced(self, where: int, serial: int) -> None:
        mirror = self.mirrors[where]
        mirror.replaced(mirror.image.gone(serial))

    def _stored(self, where: int, actor: int, sequence: int, unsigned: bool, fields: list[Any]) -> None:
        mirror = self.mirrors[where]
        mirror.image.stored(ActorId(actor), sequence, unsigned=unsigned)
        request = unpacked(fields)
        for listener in self.hooks.request_stored:
            listener(request, mirror)

    def _made(self, where: int, serial: int, fields: list[Any], sequence: int, unsigned: bool) -> None:
        mirror = self.mirrors[where]
        record = mirror.image.update(serial, fields)
        mirror.image.stored(record.actor, sequence, unsigned=unsigned)
        mirror.image.made(record)
        for listener in self.hooks.checkpoint_made:
            listener(record, mirror)

    def _arrived(self, where: int, serial: int, fields: list[Any], sequence: int, unsigned: bool) -> None:
        mirror = self.mirrors[where]
        record = mirror.image.update(serial, fields)
        mirror.image.stored(record.actor, sequence, unsigned=unsigned)
        for listener in self.hooks.checkpoint_arrived:
            listener(record, mirror)

    def _runs(self, where: int, actor: int, fields: list[Any], attempt: int) -> None:
        mirror = self.mirrors[where]
        mirror.runs(ActorId(actor), mirror.image.runs(ActorId(actor), fields), AttemptId(attempt))

    def _stopped(self, where: int, actor: int, attempt: int, how: str) -> None:
        mirror = self.mirrors[where]
        mirror.image.stopped(ActorId(actor), AttemptId(attempt), how)
        mirror.stopped(ActorId(actor), AttemptId(attempt), how)

    def _ignored(self, _: int, state: int, event: int, attempt: int) -> None:
        for listener in self.hooks.event_ignored:
            listener(State(state), Step(event), attempt)

    def _hazard(self, where: int, number: int, actor: int, attempt: int) -> None:
        for listener in self.hooks.hazard:
            listener(number, ActorId(actor), AttemptId(attempt), ExecutorId(where))

    # Stages, loops and attempts

    def _stage(self, where: int, actor: int) -> None:
        stages = self.mirrors[where].stages
        stages[ActorId(actor)] = stages.get(ActorId(actor), 0) + 1
        self.activity.items[actor] += 1

    def _staged(self, where: int, actor: int) -> None:
        mirror = self.mirrors[where]
        mirror.stages_ended += 1
        mirror.stages[ActorId(actor)] -= 1
        self._ends(ActorId(actor))

    def _tick(self, where: int) -> None:
        now = self.env._now
        self.mirrors[where].ticked_at = now
        self.ticks.happened.append((where, now))

    def before(self, where: ExecutorId) -> tuple[int, int]:
        """The ticks of an executor's manager that have failed so far, and the heartbeats that it has sent."""
        return 0 if self.rhythm is None else self.ticks.errors_of[where], self._beats.of[where]

    def _ticked(self, where: int, active: int, records: int, failed: int, removed: int) -> None:
        self.recorder.ticks.add(where, self.env._now, active, records, failed, removed)

    def _fired(self, where: int, active: int, ended: int, failed: int) -> None:
        self.recorder.firings.add(where, self.env._now, active, active + ended, failed)

    def _blocked(self, where: int, row: int) -> None:
        """An attempt could not begin: the migration ends, and an arrival counts as skipped."""
        if self._begun.pop(row, None) is None:
            return
        migration, number = self.attempts.of(row)
        if number == 1 and self._told is None:  # after a vote the table of decisions has the migration
            self.recorder.skipped.append(self.env._now)
        self.recorder.source[row] = self.recorder.target[row] = NEVER
        self.retries.finish(ActorId(self.recorder.actor[row]), migration)

    def _effect(self, _: int, kind: str) -> None:
        for listener in self.hooks.fault_took_effect:
            listener(kind)

    # Processes

    def _stalled(self, where: int) -> None:
        self.mirrors[where].stalled_now()

    def _resuming(self, where: int) -> None:
        self.mirrors[where].resuming()

    def _resumed(self, where: int) -> None:
        for listener in self.hooks.executor_resumed:
            listener(self.mirrors[where])

    def _restarting(self, where: int) -> None:
        self.mirrors[where].restarting()

    def _restarted(self, where: int) -> None:
        for listener in self.hooks.executor_restarted:
            listener(self.mirrors[where])

    def _restored(self, where: int, checkpoints: list[tuple[int, int]]) -> None:
        """Note the checkpoints from which a process restarts its actors; the mirror has computed them."""
        mirror = self.mirrors[where]
        found = {ActorId(actor): sequence for actor, sequence in checkpoints}
        if self.recoveries is not None:
            self.recoveries.found(mirror.id, found)
        if self.scenario.protocol.switches.durable_checkpoints:
            for actor, sequence in found.items():
                mirror.image.stored(actor, sequence, unsigned=actor in mirror.manager.checkpoints.unsigned)

    def repeats(self, where: ExecutorId) -> list[tuple[int | tuple[int, str], int]]:
        """How often the process of an executor has sent each message that may be repeated, see `reporter.Repeats`."""
        return list(self._repeats.get(where, {}).items())

    def _repeated(self, where: int, message: int | list[Any], number: int) -> None:
        place = message if isinstance(message, int) else (int(message[0]), str(message[1]))
        self._repeats.setdefault(where, {})[place] = number

    def _asked(self, where: int, ballot: int, row: int, number: int, actor: int, voters: int, needed: int) -> None:
        self._polls[ballot].asked(ExecutorId(where), row, AttemptId(number), ActorId(actor), voters, needed)

    def _verdict(self, where: int, ballot: int, row: int, *what: Any) -> None:
        self._polls[ballot].verdict(ExecutorId(where), row, *what)

    def _learned(self, where: int, samples: int, numbers: int) -> None:
        self._learning[where] = samples, numbers
