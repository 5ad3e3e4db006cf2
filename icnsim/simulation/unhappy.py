"""The federation in which things go wrong: other profiles, faults, retries, trust, actors' messages, quorums.

The same arrivals, draws and network as the plain `Federation`, with hosts for executors. On a
scenario that asks for none of it both give the same results (tests hold it); this one ticks
every tick, watches every invariant, and is several times slower.
"""

from array import array
from collections.abc import Mapping
from dataclasses import replace
from itertools import compress

from icnsim.draws.streams import Streams
from icnsim.errors import BudgetError
from icnsim.protocol.messages import VOTING, ActorId, AttemptId, ExecutorId, SwitchedMessage
from icnsim.protocol.record import SwitchedRecord
from icnsim.protocol.states import State
from icnsim.protocol.switched import SwitchedManager
from icnsim.recording.columns import NEVER, UNREACHABLE, Integers, Recording
from icnsim.recording.lattices import LatticeLog
from icnsim.recording.violations import UNTRACKED_MS, Observed
from icnsim.scenario import Scenario
from icnsim.scenario.actors import Checkpoints
from icnsim.scenario.schema import Adjustment
from icnsim.simulation.attempts import Attempts
from icnsim.simulation.ballots import Ballots
from icnsim.simulation.branch import Branch
from icnsim.simulation.copies import Copies
from icnsim.simulation.environment import Budget
from icnsim.simulation.faults import Faults
from icnsim.simulation.glimpse import Glimpse, Onlooker
from icnsim.simulation.host import Host
from icnsim.simulation.hostloop import HostLoop
from icnsim.simulation.links import Letter, Links
from icnsim.simulation.mailbox import Mailboxes
from icnsim.simulation.memories import Memories
from icnsim.simulation.monitor import Monitor
from icnsim.simulation.placement import Placement, used
from icnsim.simulation.policyloop import PolicyLoop
from icnsim.simulation.recordbook import RecordBook
from icnsim.simulation.recorded import SAMPLED, RecordedFederation
from icnsim.simulation.recoveries import Recoveries
from icnsim.simulation.retries import Retries
from icnsim.simulation.settings import Supervisor, gossiped, may_crash, schedules
from icnsim.simulation.shared import Shared
from icnsim.simulation.tasks import Tasks
from icnsim.simulation.work import NoWork, Work


class CutShort(BudgetError):
    """The budget of a run is used up.

    Attributes
    ----------
    events : that it has processed. observed : what its monitor had seen until then.
    """

    def __init__(self, message: str, events: int, observed: Observed) -> None:
        super().__init__(message)
        self.events = events
        self.observed = observed


class UnhappyFederation(RecordedFederation):
    """One simulation of a scenario in which things go wrong, ready to run.

    Parameters
    ----------
    scenario : what is simulated. branch : where its draws leave the scenario's seed, if they do.
    """

    def __init__(self, scenario: Scenario, branch: Branch | None = None) -> None:
        self._branch = branch
        super().__init__(scenario)

    def _assemble(self, times: Integers) -> None:
        scenario, env, homes = self.scenario, self.env, list(self.directory.home)
        self._first_homes = homes
        switches = scenario.protocol.switches
        drawing = gossiped(scenario, direct=switches.direct_requests)
        self._streams = [Streams(drawing, times)]
        if self._branch is not None:
            self._streams.append(Streams(drawing.model_copy(update={"seed": self._branch.seed}), times))
        self.streams = self._streams[0]
        self.copies = Copies(homes, len(times))
        busy = self.directory.migrating if scenario.submissions is None else bytearray([1]) * len(times)
        self.monitor = Monitor(env, busy, 1 + scenario.retry.max_retries, scenario.quorum.most)
        self.monitor.absent = self._absent
        self.book = RecordBook(for_broadcasts=not switches.addressed_accepts)
        self.links = self.network = Links(
            env, self.streams, scenario, self._draws, self._attempt_of, self.monitor, self._holders
        )
        planned = schedules(scenario, self.state_sizes, homes)
        kept = max((schedule.interval + schedule.cost + schedule.flush for schedule in planned), default=0)
        self.mailboxes = Mailboxes(scenario, env, self.streams, self.copies, homes, kept, self.window_end)
        self._counted = bool(
            may_crash(scenario) or scenario.actors.message_rate or scenario.checkpoints != Checkpoints()
        )
        self.work = (Work if self._counted else NoWork)(lambda: env._now, self.copies, planned)
        self.recoveries = Recoveries(lambda: env._now, self.copies, self.mailboxes, self.work, self.directory.home)
        self.mailboxes.ran = self.work.ran
        self.links.on_request.append(self.work.asks)
        self.mailboxes.stands = lambda executor: bool(self.hosts[executor].stalled)
        self.links.on_cut = self._unreachable
        self.memories = None if scenario.wasm is None else Memories(scenario, scenario.wasm, self.state_sizes)
        self._log = LatticeLog()
        self._supervisor = Supervisor(scenario)
        self._interval = scenario.manager.check_interval
        self._bind()
        self.hosts = self._make_hosts()
        self.executors = list(self.hosts)
        self.links.join([host.deliver for host in self.hosts])
        for actor, home in enumerate(homes):
            self.hosts[home].manager.runtime.settle(ActorId(actor), (0, home))
        self.attempts = self.workload = Attempts(
            scenario, env, self._streams, self.recorder, self.directory, self.hosts, self.state_sizes,
            self.copies, self.monitor,
        )  # fmt: skip
        self._place_by_policy(homes)
        self.retries = Retries(
            scenario, env, self.streams, self.recorder, self.directory, self.attempts.targets, self._attempt_of,
            self.attempts.again, self.attempts.stands, self.attempts.avoided,
        )  # fmt: skip
        self._let_decide(times)
        self.faults = Faults(
            scenario, env, self.hosts, self.links, self.monitor, self.recoveries, self._draws, self._attempt_of,
            self.horizon,
        )  # fmt: skip
        self._samples = {name: array("q") for name in (*SAMPLED, "running", "paused")}
        self._start()

    def _place_by_policy(self, homes: list[ExecutorId]) -> None:
        """Let a policy decide what migrates or where to, if one is used."""
        scenario = self.scenario
        self.placement = None
        self._policy: PolicyLoop | None = None
        if scenario.uses_policy:
            self.placement = Placement(scenario, homes, self.attempts.targets.trust)
            self.attempts.place = self._place
            if scenario.workload.trigger == "policy":
                self._policy = PolicyLoop(
                    scenario, self.env, self.hosts, self.directory, self.placement, self.attempts.decided
                )

    def _let_decide(self, times: Integers) -> None:
        """Let tasks be submitted at these times, or migrations be put to the vote, if they are."""
        scenario = self.scenario
        self.ballots = None
        self.tasks = None
        if scenario.submissions is not None:
            checker = scenario.task_checker
            phases = self._phases("task_checker", checker.enabled, checker.check_interval)
            self.tasks = Tasks(
                scenario, scenario.submissions, times, self.env, self.hosts, self.links, self.monitor, self.recoveries,
                self._draws, phases,
            )  # fmt: skip
            if self.placement is not None:
                self.tasks.place_by(self.placement, used(scenario, len(times)))
        elif scenario.quorum.enabled:
            self.ballots = Ballots(
                scenario, self.env, self.hosts, self.links, self.monitor, self._draws, self.attempts.agreed,
                self.retries.finish, self.retries.pending,
            )  # fmt: skip
            self.attempts.vote = self.ballots.ask

    def _start(self) -> None:
        if self.phases is not None and self.tasks is None:  # without migrations no tick finds anything
            gap = 0 if self.scenario.protocol.switches.atomic_detection else self.scenario.protocol.detection_gap
            managed = self.scenario.having("migration_manager")
            for host, phase in compress(zip(self.hosts, self.phases.tolist(), strict=True), managed):
                host.ticker = HostLoop(self.env, host, self._interval, gap, self.recorder.ticks, self._log)
                host.ticker.start(phase)
        for adjustment in self.scenario.manager.adjustments:
            self.env.at(adjustment.at, self._adjust, adjustment)
        self.faults.start()
        self.mailboxes.start()
        if self.tasks is not None:
            self.tasks.start()
        if self._policy is not None:
            self._policy.start()

    def _make_hosts(self) -> list[Host]:
        scenario = self.scenario
        shared = Shared(
            self.env, self.links, self.recorder, self.directory, self.copies, self.work, self.memories, self.monitor,
            self.book, self._draws, self._attempt_of, self,
        )  # fmt: skip
        switches = scenario.protocol.switches

        def make(host: Host) -> SwitchedManager:
            manager = SwitchedManager(host.id, host, self._supervisor.settings, switches)
            manager.copies_live = scenario.wasm is not None and scenario.wasm.migration == "pre-copy"
            return manager

        hosts: list[Host] = []
        for group in scenario.executors:
            behavior = self._behavior(group)
            for streams in self._streams:
                for stage in ("evaluation", "checkpoint", "restore"):
                    streams.stage(stage, behavior.slowdown)
            first = len(hosts)
            hosts += [Host(ExecutorId(first + number), behavior, make, shared) for number in range(group.count)]
        return hosts

    # What the parts ask

    def _draws(self) -> Streams:
        if self._branch is not None and self.env._now >= self._branch.at:
            return self._streams[1]
        return self._streams[0]

    def _attempt_of(self, row: int) -> tuple[int, int]:
        return self.attempts.of(row)

    def _holders(self, actor: ActorId) -> list[ExecutorId]:
        """The executors that hold a record of an actor: nobody else would do anything with a broadcast."""
        return sorted(executor for executor, count in self.book.holders.get(actor, {}).items() if count)

    def _place(self, actor: ActorId, source: ExecutorId, row: int, avoided: ExecutorId | None) -> ExecutorId | None:
        """Where the policy sends an actor that somebody else wants to migrate."""
        assert self.placement is not None
        choice = self.placement.best(actor, source, self.env._now, avoided)
        if choice is None:
            return None
        self.placement.chose(actor, source, choice, row, self.env._now)
        return ExecutorId(choice.executor)

    def _unreachable(self, letter: Letter) -> None:
        """A message has met a link that is cut: if it is its attempt's own, the target is not to be reached."""
        if letter.message.kind in VOTING:
            return
        attempt, recorder = letter.message.attempt, self.recorder
        sides = {recorder.source[attempt], recorder.target[attempt]}
        if {letter.message.signer, letter.to} == sides and recorder.times["failed"][attempt] == NEVER:
            recorder.flags["willing"][attempt] = UNREACHABLE

    def _absent(self, actor: ActorId) -> bool:
        """Whether an actor runs nowhere, and no executor that is down will bring it back."""
        return self.tasks is None and not self.copies.where[actor] and not self.recoveries.elsewhere.get(actor)

    def _bind(self) -> None:
        """Hold the records to the settings that there are now (I6): a timeout, an interval and a tick.

        Where nothing tracks a state, to the design's timeout.
        """
        settings, managed = self._supervisor.settings, self.phases is not None

        def by_state(timeouts: Mapping[State, int]) -> list[int]:
            return [timeouts.get(state, UNTRACKED_MS) if managed else UNTRACKED_MS for state in State]

        torn = not self.scenario.protocol.switches.atomic_detection
        slack = self._interval // 1000 + 1 + (self.scenario.protocol.detection_gap // 1000 if torn else 0)
        own = {actor: by_state(timeouts) for actor, (timeouts, _) in settings.overrides.items() if timeouts is not None}
        # Until its first tick, which keeps its phase, an executor has the settings of the start.
        first = int(self.phases.max()) if self.phases is not None else 0
        self.monitor.bounds.bind(by_state(settings.timeouts), slack, own, max(self.env._now, first) // 1000)

    def _adjust(self, adjustment: Adjustment, _: int) -> None:
        """The supervisor gives other settings: they hold at once, for the records that are there, too."""
        settings = self._supervisor.adjust(adjustment)
        for host in self.hosts:
            host.manager.adjust(settings)
        if adjustment.check_interval is not None:
            self._interval = adjustment.check_interval
            for host in self.hosts:
                if host.ticker is not None:
                    host.ticker.change(self._interval)
        self._bind()

    def glimpse(self) -> Glimpse:
        """What it looks like now, its actors, and what goes wrong too."""
        broken = {name: count for name, count in sorted(self.monitor.counts.items()) if count}
        return replace(
            super().glimpse(),
            running=self._running(), nowhere=self.copies.absent, faults=self.faults.in_effect(), violations=broken,
            tasks=None if self.tasks is None else self.tasks.became(),
        )  # fmt: skip

    def run(self, budget: Budget, progress: Onlooker | None) -> Recording:
        """Simulate to the horizon; raises CutShort where the budget is used up."""
        try:
            return super().run(budget, progress)
        except BudgetError as error:
            raise CutShort(str(error), self.env.processed, self._observed(ended=False)) from None

    # What the hosts tell: a `Listener`

    def source_ended(self, record: SwitchedRecord, host: Host) -> None:
        """The source's record of an attempt has come to its end."""
        if record.state is State.COMPLETE:
            self.mailboxes.handed_over(record.actor, host.id, record.peer, record.attempt)
        self.retries.ended(record, host.id)

    def source_forgotten(self, record: SwitchedRecord) -> None:
        """Nobody remembers an attempt that was under way."""
        self.retries.forgotten(record)

    def started(self, actor: ActorId, host: Host, *, anew: bool) -> None:
        """A copy runs, from a checkpoint if `anew`, or goes on."""
        self.recoveries.began(actor)
        if self.placement is not None:
            self.placement.loads.lives(actor, host.id, self.env._now)
        self.mailboxes.runs(actor, host.id, anew=anew, forwarded=self.scenario.protocol.switches.completion_ack)

    def crashed(self, host: Host, *, disk_survives: bool) -> None:
        """A process has ended: what it had planned is forgotten, or waits."""
        self.retries.crashed(host.id, disk_survives=disk_survives)
        if self.memories is not None:
            self.memories.crashed(host.id, self.env._now)
        if self.placement is not None:
            self.placement.reports.crashed(host.id, self.env._now)
        if self.tasks is not None:
            self.tasks.crashed(host, disk_survives=disk_survives)

    def restarted(self, host: Host) -> None:
        """A process is back."""
        self.retries.restarted(host.id)
        if self.placement is not None:
            self.placement.reports.restarted(host.id, self.env._now)
        if self.tasks is not None:
            self.tasks.restarted(host)

    def went_on(self, host: Host) -> None:
        """A process goes on: its actors handle what has come meanwhile."""
        for actor in host.manager.runtime.copies:
            self.mailboxes.goes_on(actor)
        if self.tasks is not None:
            self.tasks.went_on(host)

    def paused(self, actor: ActorId, host: Host, attempt: AttemptId) -> None:
        """A copy is paused for an attempt."""
        self.mailboxes.paused(actor, attempt)

    def voting(self, message: SwitchedMessage, host: Host) -> None:
        """What belongs to no attempt has come."""
        deciding = self.tasks or self.ballots
        assert deciding is not None
        deciding.receive(message, host)
