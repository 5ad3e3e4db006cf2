"""Creates the parts that a scenario needs, and connects them.

A part subscribes to the hook points when it is created, and listeners are called in the order of their subscription.
Therefore the order of creation matters in a few places; a comment gives the reason.
"""

from collections.abc import Collection, Mapping
from functools import partial

import numpy as np

from icnsim.draws.arrivals import arrival_times, span, task_times
from icnsim.draws.population import homes, state_sizes, task_sizes
from icnsim.draws.streams import Integers, Streams, phases
from icnsim.protocol.checkpoint import NO_CHECKPOINTS
from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import FIRST_TASK, ActorId, AttemptId, ExecutorId
from icnsim.protocol.states import State
from icnsim.recording.columns import Recorder
from icnsim.recording.violations import UNTRACKED_MS
from icnsim.scenario import Scenario
from icnsim.scenario.actors import Checkpoints
from icnsim.scenario.detector import learns
from icnsim.scenario.manager import Adjustment
from icnsim.simulation.activity import Activity
from icnsim.simulation.branch import Branch
from icnsim.simulation.executors.behavior import behavior_of
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.loop import ManagerLoops
from icnsim.simulation.executors.mailbox import Mailboxes
from icnsim.simulation.executors.memories import Memories
from icnsim.simulation.executors.recoveries import Recoveries
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.executors.store import Stores
from icnsim.simulation.executors.timers import Timers
from icnsim.simulation.executors.work import Work
from icnsim.simulation.faults.faults import Faults
from icnsim.simulation.faults.supervisor import UNSTEADY, Supervisor, gossiped, kinds_of, schedules
from icnsim.simulation.heartbeats.heartbeats import LABEL, Counted, Heartbeats
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.links import Links
from icnsim.simulation.network.network import Network
from icnsim.simulation.network.transfers import Transfers
from icnsim.simulation.replay import Replay
from icnsim.simulation.tasks.ballots import Ballots
from icnsim.simulation.tasks.checkpointvotes import CheckpointVotes
from icnsim.simulation.tasks.executions import Executions
from icnsim.simulation.tasks.residents import Residents
from icnsim.simulation.tasks.tasks import Tasks
from icnsim.simulation.tasks.voteregister import Registered
from icnsim.simulation.time.environment import URGENT, Environment
from icnsim.simulation.watching.bounds import UNBOUNDED_MS
from icnsim.simulation.watching.deadlines import Deadlines
from icnsim.simulation.watching.herd import Herd
from icnsim.simulation.watching.messagelog import MessageRecorder
from icnsim.simulation.watching.monitor import Monitor
from icnsim.simulation.watching.recordlog import RecordLog
from icnsim.simulation.watching.timeline import Timeline
from icnsim.simulation.watching.trails import Trails
from icnsim.simulation.workload.arrivals import Arrivals
from icnsim.simulation.workload.attempts import Attempts
from icnsim.simulation.workload.drains import Drains
from icnsim.simulation.workload.migrating import Migrating
from icnsim.simulation.workload.placement import Placement, used
from icnsim.simulation.workload.policyloop import PolicyLoop
from icnsim.simulation.workload.retries import Retries
from icnsim.simulation.workload.targets import Targets
from icnsim.simulation.workload.weights import Weights


class Assembly:
    """The parts of one simulation, which know each other only by the hook points.

    Parameters
    ----------
    scenario : the scenario to simulate.
    branch : the instant from which the draws use another seed; None for the scenario's seed only.
    replay : the arrivals to process, with their actors; None for all arrivals.
    trails : the actors whose trails are recorded for the violations; None for all actors.
    env : the time of the parts; virtual time if omitted.
    """

    executor_type: type[Executor] = Executor
    manager_type: type[MigrationManager] = MigrationManager
    faults_type: type[Faults] = Faults

    def __init__(
        self,
        scenario: Scenario,
        branch: Branch | None = None,
        replay: Replay | None = None,
        trails: tuple[ActorId, ...] | None = None,
        env: Environment | None = None,
    ) -> None:
        self.scenario = scenario
        self.env = env = env or Environment()
        self.hooks = hooks = Hooks()
        times, submitted_at = arrival_times(scenario), task_times(scenario)
        self.span = span(scenario, times, submitted_at)
        self.first_homes = [ExecutorId(home) for home in homes(scenario).tolist()]
        self.state_sizes = state_sizes(scenario)
        self.supervisor = Supervisor(scenario, self.state_sizes)
        # The actors of tasks follow those of the scenario. If they migrate, the runs of tasks are counted for an
        # additional actor that never exists, because an actor is at rest while its task works.
        self.later = len(submitted_at) + scenario.tasks_migrate
        self.worker = ActorId(len(self.first_homes) + len(submitted_at)) if scenario.tasks_migrate else None
        self.recorder = Recorder(len(times))
        drawing = gossiped(scenario, direct=scenario.protocol.switches.direct_requests)
        self.streams = Streams(drawing, times)
        every_stream = [self.streams]
        if branch is not None:
            every_stream.append(Streams(drawing.model_copy(update={"seed": branch.seed}), times))
            env.at(branch.at, self._draw_from, every_stream[1], URGENT)
        self.executors: list[Executor] = []
        self.links = Links(env, hooks, self.streams, drawing)
        self.transfers: Transfers | None = None
        if scenario.network.sharing != "none":
            self.transfers = Transfers(env, hooks, scenario, self.links)
        self._create_actors(times)
        self._create_watching(trails)
        managed = [ExecutorId(n) for n, has in enumerate(scenario.having("migration_manager")) if has]
        self.network = Network(
            env, hooks, self.activity, self.streams, drawing, self.links, self._attempt_of, managed,
            self.recorder.source, self.recorder.target,
        )  # fmt: skip
        self._create_executors(replay)
        self._create_workload(times, every_stream, replay)
        self._create_tasks(submitted_at)
        self._create_loops()
        self._create_heartbeats()
        self.faults = None
        if scenario.faults:
            self.faults = self.faults_type(
                scenario, env, hooks, self.executors, self.links, self.streams, self._attempt_of,
                {"manager_error": self.rhythm, "checker_error": self.checkers}, self.span.horizon,
            )  # fmt: skip
        self.timeline = None
        if scenario.record.timeline is not None:
            self.timeline = Timeline(
                env, scenario.record.timeline, self.log.held, self.copies, self.in_flight, self._running
            )
        # An executor is available again after all other listeners of its restart have been called.
        hooks.executor_restarted.append(self.monitor.restarted)

    # The parts

    def _create_actors(self, times: Integers) -> None:
        scenario, env, hooks = self.scenario, self.env, self.hooks
        self.migrating = Migrating(len(self.first_homes) + self.later)
        self.copies = Copies(env, hooks, self.first_homes, len(times), self.later)
        self.work: Work | None = None
        self.mailboxes: Mailboxes | None = None
        self.recoveries: Recoveries | None = None
        self.memories: Memories | None = None
        planned = schedules(scenario, self.state_sizes, self.first_homes)
        kept = max((schedule.interval + schedule.cost + schedule.flush for schedule in planned), default=0)
        sends = bool(scenario.actors.message_rate and self.copies.home)
        kinds = kinds_of(scenario)
        if kinds & {"crash", "pause", "slow"} or sends or scenario.checkpoints != Checkpoints():
            # The runs of tasks make the checkpoints of the tasks' actors.
            self.work = Work(env, hooks, self.copies, self.executors, planned + [NO_CHECKPOINTS] * self.later)
        if sends:
            assert self.work is not None
            kept_of_each = [kept] * len(planned) + [self.span.horizon] * self.later
            self.mailboxes = Mailboxes(
                scenario, env, hooks, self.streams, self.copies, self.copies.home, kept_of_each, self.span.horizon,
                self.executors, self.links, self.work.ran,
            )  # fmt: skip
        if "crash" in kinds:
            assert self.work is not None
            lose = None if self.mailboxes is None else self.mailboxes.crashed
            self.recoveries = Recoveries(env, hooks, self.copies, self.work, lose, len(self.first_homes))
        if scenario.wasm is not None:
            self.memories = Memories(scenario, scenario.wasm, self.state_sizes, env, hooks, self.executors)

    def _create_watching(self, trails: tuple[ActorId, ...] | None) -> None:
        scenario, env, hooks = self.scenario, self.env, self.hooks
        busy = self.migrating.flags if scenario.migrates else bytearray([1]) * self.later
        self.activity = Activity(hooks, len(busy))
        # Trails are created before the monitor, so that a trail contains the event that violates an invariant. The
        # monitor is created before the record log, so that it sees a forgotten record first.
        voters = scenario.quorum.most * len(set(scenario.quorum.on))
        self.trails = None if trails == () else Trails(env, hooks, voters, trails)
        self.monitor = Monitor(
            env, hooks, busy, self.copies.where, self.activity, self.supervisor.most_attempts, self._absent,
            self.trails,
        )  # fmt: skip
        if not scenario.migrates:
            hooks.task_ended.append(self.monitor.task_ended)
        self.deadlines = Deadlines()
        self.log = RecordLog(
            env, hooks, self.recorder, self.activity, self.monitor.bounds, self.deadlines, scenario.protocol.switches,
            votes=scenario.quorum.confirms,
        )  # fmt: skip
        self.herd = Herd(env, hooks)
        self.messages = MessageRecorder(env, hooks) if scenario.record.messages else None

    def _create_executors(self, replay: Replay | None) -> None:
        scenario = self.scenario
        switches = scenario.protocol.switches
        kinds = kinds_of(scenario)
        # A cut link stops the streams of pages.
        self.steady = steady = not (kinds & UNSTEADY or (scenario.wasm is not None and "partition" in kinds))
        copies_live = scenario.wasm is not None and scenario.wasm.migration == "pre-copy"

        def manager_of(executor: Executor) -> MigrationManager:
            manager = self.manager_type(
                executor.id, executor, self.supervisor.settings, switches, votes=scenario.quorum.confirms
            )
            manager.copies_live = copies_live
            return manager

        for group in scenario.executors:
            behavior = behavior_of(group, scenario)
            for _ in range(group.count):
                identity = ExecutorId(len(self.executors))
                executor = self.executor_type(
                    identity, behavior, self.env, self.hooks, self.activity, self.streams, self.network.send,
                    manager_of, steady=steady,
                )  # fmt: skip
                self.executors.append(executor)
        self.network.connect(self.executors)
        # Without this, most of the time of a replay went to actors that it does not pick: 0.3 s for 100 000 of them.
        settled = range(len(self.first_homes)) if replay is None else replay.distinct_actors()
        for actor in settled:
            home = self.first_homes[actor]
            self.executors[home].manager.runtime.settle(ActorId(actor), (0, home))
        if self.memories is not None:
            for executor in self.executors:
                executor.copy_live(self.memories.begin)
        self.stores: Stores | None = None
        if scenario.checkpoints.store_bandwidth is not None:
            self.stores = Stores(
                self.env, self.hooks, self.activity, scenario.checkpoints.store_bandwidth, self.executors
            )

    def _create_workload(self, times: Integers, every_stream: list[Streams], replay: Replay | None) -> None:
        scenario, env, hooks = self.scenario, self.env, self.hooks
        targets = Targets(scenario, hooks, self.streams, self.recorder, Weights(scenario, hooks))
        self.attempts = Attempts(
            env, hooks, len(times), every_stream, self.recorder, self.migrating, self.copies, self.executors, targets,
            self.state_sizes,
        )  # fmt: skip
        self.retries = Retries(
            scenario, self.supervisor, env, hooks, self.streams, self.recorder, self.migrating, self.attempts,
            self.executors,
        )  # fmt: skip
        self.drains: Drains | None = None
        if "drain" in kinds_of(scenario):
            self.drains = Drains(
                scenario, env, hooks, self.executors, self.copies, self.migrating, self.streams, self.attempts.evict
            )
        self.arrivals: Arrivals | None = None
        self.placement: Placement | None = None
        self.policy: PolicyLoop | None = None
        if scenario.uses_policy:
            self.placement = Placement(scenario, env, hooks, self.first_homes, targets.trust)
            self.attempts.place = self._place
        if scenario.workload.by_policy:
            assert self.placement is not None
            every = scenario.policy.evaluate_every
            looks = [group.migrates and "policy" in group.parts for group in scenario.group_of_each]
            rhythm = Rhythm(env, hooks, phases(scenario, "policy", every), every, looks)
            self.policy = PolicyLoop(
                scenario, env, hooks, self.executors, rhythm, self.migrating, self.placement, self.attempts.decided
            )
        elif scenario.migrates:
            self.arrivals = Arrivals(
                scenario, env, self.streams, self.recorder, self.migrating, self.copies, self.executors, targets,
                self.attempts.begin, replay,
            )  # fmt: skip
            self.arrivals.place = self.attempts.place

    def _create_tasks(self, submitted_at: Integers) -> None:
        scenario, env, hooks = self.scenario, self.env, self.hooks
        checker = scenario.task_checker
        self.checkers: Rhythm | None = None
        starts = self._phases("task_checker", checker.enabled, checker.check_interval)
        if starts is not None:
            self.checkers = Rhythm(env, hooks, starts, checker.check_interval)
        self.tasks: Tasks | None = None
        self.residents: Residents | None = None
        if scenario.submissions is not None:
            first, tasks = len(self.first_homes), len(submitted_at)
            self.tasks = Tasks(
                scenario, scenario.submissions, submitted_at, env, hooks, self.executors, self.recoveries, self.streams,
                self.checkers, task_sizes(scenario, tasks), first, self.worker,
            )  # fmt: skip
            if scenario.workload.target == "policy":
                assert self.placement is not None
                self.tasks.place_by(self.placement)
            if self.placement is not None:
                self.tasks.weigh_on(self.placement, used(scenario, first + tasks)[first:])
            if scenario.migrates:
                self._create_residents(self.tasks)
        self.ballots: Registered | None = None
        self.checkpoint_votes: Registered | None = None
        if scenario.migrates:
            self._create_votes()

    def _create_votes(self) -> None:
        """Let quorums vote on migrations and on final checkpoints."""
        scenario, env, hooks = self.scenario, self.env, self.hooks
        if scenario.quorum.decides:
            ballots = Ballots(
                scenario, env, hooks, self.executors, self.streams, self.attempts.agreed, self.retries.finish,
                self.retries.pending,
            )  # fmt: skip
            self.ballots, self.attempts.vote = ballots, ballots.ask
        if scenario.quorum.confirms:
            votes = CheckpointVotes(scenario, env, hooks, self.executors, self.streams, self._attempt_of)
            self.checkpoint_votes = votes
            for executor in self.executors:
                executor.confirm_checkpoints(votes.ask)

    def _create_residents(self, tasks: Tasks) -> None:
        """Let the actors of tasks migrate, and let policies see the tasks that wait."""
        self.residents = residents = Residents(
            self.hooks, len(self.first_homes), tasks, self.copies, self.executors, self.state_sizes
        )
        self.attempts.size_of = residents.size_of
        if self.arrivals is not None:
            self.arrivals.living = residents.living
        if self.recoveries is not None:
            self.recoveries.ran_until_checkpoint = residents.ran_until_checkpoint
        if self.mailboxes is not None and self.work is not None:
            tasks.executions.ran = self.work.ran
        for executor, looks in zip(self.executors, self.scenario.having("policy"), strict=True):
            if looks:
                executor.queue_length = partial(_waiting, tasks.executions, executor.id)

    def _create_loops(self) -> None:
        scenario, manager = self.scenario, self.scenario.manager
        self.phases = self._phases("manager", manager.enabled, manager.check_interval)
        self.rhythm: Rhythm | None = None
        self.loops: ManagerLoops | None = None
        self.wheels: dict[int, Rhythm] = {}
        self.interval = manager.check_interval
        self._bind()
        # Without migrations, ticks would find nothing.
        if self.phases is None or not scenario.migrates:
            return
        switches = scenario.protocol.switches
        self.rhythm = Rhythm(
            self.env, self.hooks, self.phases, manager.check_interval, scenario.having("migration_manager")
        )
        gap = 0 if switches.atomic_detection else scenario.protocol.detection_gap
        self.loops = ManagerLoops(
            self.env, self.hooks, self.executors, self.rhythm, gap, self.recorder.ticks, manager.ever_tracked
        )
        self.rhythm.failed.append(self._tick_failed)
        if set(manager.detectors) != {"poll"}:
            self._create_timers(self.phases)

    def _create_timers(self, starts: Integers) -> None:
        """Create the timers of detectors that do not poll, and the ticks of their wheels."""
        managed = self.scenario.having("migration_manager")
        # A wheel's ticks have the phase of the manager's loop.
        self.wheels = {
            tick // 1000: Rhythm(self.env, self.hooks, starts % tick, tick, managed)
            for tick in self.scenario.manager.wheel_ticks
        }
        Timers(self.env, self.hooks, managed, self.wheels, self.recorder.firings, steady=self.steady)

    def _create_heartbeats(self) -> None:
        """Let the executors send heartbeats if a detector learns from them."""
        scenario, manager = self.scenario, self.scenario.manager
        self.heartbeats: Counted | None = None
        if not heartbeats(scenario) or manager.heartbeat is None:
            return
        every = manager.heartbeat.every
        starts = self._phases(LABEL, manager.enabled, every)
        assert starts is not None
        sends = [group.sends_heartbeats for group in scenario.group_of_each]
        rhythm = Rhythm(self.env, self.hooks, starts, every, sends)
        window = max(each.window or 1 for each in manager.learning_from_heartbeats)
        made = Heartbeats(scenario, self.env, self.hooks, self.streams, rhythm, self.links, window)
        self.heartbeats = made
        for executor in self.executors:
            executor.hears = made.heard

    def _phases(self, loop: str, enabled: bool, interval: int) -> Integers | None:
        if not enabled:
            return None
        if self.scenario.manager.phase == "aligned":
            return np.zeros(self.scenario.executor_count, dtype=np.int64)
        return phases(self.scenario, loop, interval)

    # During the run

    def in_flight(self) -> int:
        """The number of messages in transit, held by a partition, or waiting for a process that is paused."""
        return self.network.in_flight + sum(executor.waiting for executor in self.executors if executor.stalled)

    def _adjust(self, adjustment: Adjustment, _: int) -> None:
        """Change the settings at once, for existing records too (see `Deadlines`)."""
        before = self.supervisor.settings
        settings = self.supervisor.adjust(adjustment)
        self.deadlines.adjusted(before, settings, self.env._now)
        for executor in self.executors:
            executor.manager.adjust(settings, executor.clock_ms())
        self.retries.adjust(self.supervisor)
        if adjustment.check_interval is not None:
            self.interval = adjustment.check_interval
        if self.loops is not None:
            self.loops.adjust(adjustment.check_interval)
        self._bind()

    def _bind(self) -> None:
        """Give the monitor the maximum ages of records (I6); an untracked state has the design's timeout."""
        settings, managed = self.supervisor.settings, self.phases is not None

        def by_state(timeouts: Mapping[State, int]) -> list[int]:
            return [timeouts.get(state, UNTRACKED_MS) if managed else UNTRACKED_MS for state in State]

        common = by_state(settings.timeouts), self._slack(settings.detector)
        made = {
            id(each): (
                common[0] if each.timeouts is None else by_state(each.timeouts),
                common[1] if each.detector is None else self._slack(each.detector),
            )
            for each in settings.overrides.values()
            if each.timeouts is not None or each.detector is not None
        }
        own = {actor: made[id(each)] for actor, each in settings.overrides.items() if id(each) in made}
        # Until its first tick, whose phase does not change, an executor has the settings of the start.
        first = int(self.phases.max()) if self.phases is not None else 0
        self.monitor.bounds.bind(*common, own, max(self.env._now, first) // 1000)

    def _slack(self, detector: Parameters) -> int:
        """The longest time from a record's deadline until its detector finds it, ms."""
        if detector.kind == "poll":
            torn = not self.scenario.protocol.switches.atomic_detection
            return self.interval // 1000 + 1 + (self.scenario.protocol.detection_gap // 1000 if torn else 0)
        # Heartbeats can only make a suspicion earlier than the fixed timeout.
        return UNBOUNDED_MS if learns(detector.kind) and not detector.heartbeat else detector.tick + 1

    def _tick_failed(self, executor: ExecutorId) -> None:
        """Give the monitor a larger maximum age for records that ticks find (I6)."""
        if self.supervisor.settings.detector.kind != "poll" and not self.supervisor.settings.others:
            return
        self.monitor.bounds.tick_failed(executor, self.executors[executor].ages_ms()[0], self.interval // 1000)

    def _draw_from(self, streams: Streams, _: int) -> None:
        """Take the draws of messages and stages from other streams from now on."""
        for executor in self.executors:
            executor.draw_from(streams)
        for listener in self.hooks.draws_changed:
            listener(streams)

    def _attempt_of(self, row: int) -> tuple[int, int]:
        """The migration of an attempt and its number in it; a message of a task has the task's number and 1."""
        return self.attempts.of(row) if row < FIRST_TASK else (row - FIRST_TASK, 1)

    def _place(self, actor: ActorId, source: ExecutorId, row: int, failed: Collection[ExecutorId]) -> ExecutorId | None:
        """The target that the policy chooses for an actor that must migrate."""
        assert self.placement is not None
        choice = self.placement.best(actor, source, self.env._now, failed)
        if choice is None:
            return None
        self.placement.chose(actor, source, choice, row, self.env._now)
        return ExecutorId(choice.executor)

    def _absent(self, actor: ActorId) -> bool:
        """Whether an actor runs nowhere, and no executor that is down will run it again."""
        if self.copies.where[actor] or not self.copies.exists[actor]:
            return False
        return self.recoveries is None or not self.recoveries.elsewhere.get(actor)

    def _running(self) -> int:
        """The number of running copies of actors, and of runs of tasks without actors."""
        return self.copies.running + (0 if self.tasks is None else self.tasks.executions.running)


def heartbeats(scenario: Scenario) -> bool:
    """Whether the executors of a scenario send heartbeats."""
    manager = scenario.manager
    return manager.heartbeat is not None and bool(manager.learning_from_heartbeats) and scenario.migrates


def _waiting(executions: Executions, executor: ExecutorId, _: AttemptId) -> int:
    """The number of tasks that wait at an executor, as input of its policy."""
    return executions.waiting(executor)
