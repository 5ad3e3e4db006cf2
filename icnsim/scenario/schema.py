"""The scenario: every key of SPEC section 3 with its default and its type.

Durations are whole µs, sizes whole bytes, rates events per second.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr

from icnsim.protocol.profile import PROFILES
from icnsim.protocol.quorum import MOST
from icnsim.protocol.states import State
from icnsim.scenario.actors import Actors, Checkpoints, RuntimeOf, StatefulMode, WasmMode
from icnsim.scenario.datafiles import RoundTrips, Trace
from icnsim.scenario.distributions import Constant, Uniform
from icnsim.scenario.executors import PARTS, ExecutorGroup, Part
from icnsim.scenario.faults import Items
from icnsim.scenario.fields import (
    Duration,
    Name,
    PositiveDuration,
    RandomDuration,
    RandomNumber,
    Text,
)
from icnsim.scenario.manager import Manager
from icnsim.scenario.names import EVERYBODY, Names
from icnsim.scenario.network import Link, NetworkOf
from icnsim.scenario.packages import Packages
from icnsim.scenario.policy import Policy
from icnsim.scenario.profile import Profile
from icnsim.scenario.profiles import ProtocolOf
from icnsim.scenario.recorded import Record
from icnsim.scenario.retry import Retry
from icnsim.scenario.section import Section
from icnsim.scenario.submissions import Submissions
from icnsim.scenario.tasks import TaskChecker, TasksOf
from icnsim.scenario.variation import SweepOf
from icnsim.scenario.workload import TrustOf, WorkloadOf, migrates

S, MS = 1_000_000, 1_000
MINUTE = 60 * S


class Stages(Section):
    evaluation: RandomDuration = Constant(100.0 * MS)
    checkpoint: RandomDuration = Uniform(1.0 * S, 5.0 * S)
    restore: RandomDuration = Constant(500.0 * MS)


class Quorum(Section):
    enabled: bool = False
    executors: Literal["by-credits"] | Annotated[int, Field(ge=1, le=1000)] = "by-credits"
    credits: RandomNumber = Constant(5000.0)
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.67
    window: PositiveDuration = 30 * S
    grace: Duration = S
    on: Annotated[tuple[Literal["decision", "checkpoint"], ...], Field(min_length=1, max_length=2)] = ("decision",)

    @property
    def decides(self) -> bool:
        """Whether there is a vote on each migration before it begins."""
        return self.enabled and "decision" in self.on

    @property
    def confirms(self) -> bool:
        """Whether there is a vote on each final checkpoint before it is sent."""
        return self.enabled and "checkpoint" in self.on

    @property
    def most(self) -> int:
        """The largest number of executors that it may ask; 0 if it is not enabled."""
        if not self.enabled:
            return 0
        return MOST if self.executors == "by-credits" else self.executors


def _not_empty(value: dict[str, Any]) -> dict[str, Any]:
    if not value:
        raise ValueError("a bound: {about, within}, {at_most}, {at_least} or {equals}")
    return value


Bound = Annotated[dict[Literal["about", "within", "at_most", "at_least", "equals"], Any], AfterValidator(_not_empty)]


class Scenario(Section):
    """A scenario with all defaults filled in."""

    name: Name
    description: Text = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    duration: PositiveDuration | None = None
    warmup: Duration = 0
    drain: Duration = 15 * MINUTE
    executors: Annotated[tuple[ExecutorGroup, ...], Field(min_length=1, max_length=1000)] = (
        ExecutorGroup(group="responsive", count=100, hosts_actors=True),
    )
    actors: Actors = Actors()
    checkpoints: Checkpoints = Checkpoints()
    runtime: RuntimeOf = RuntimeOf()
    network: NetworkOf = NetworkOf()
    stages: Stages = Stages()
    manager: Manager = Manager()
    task_checker: TaskChecker = TaskChecker()
    tasks: TasksOf = TasksOf()
    protocol: ProtocolOf = ProtocolOf()
    workload: WorkloadOf = WorkloadOf()
    policy: Policy = Policy()
    retry: Retry = Retry()
    trust: TrustOf = TrustOf()
    faults: Items = ()
    quorum: Quorum = Quorum()
    record: Record = Record()
    plugins: Packages = Field(default={})
    expect: dict[str, Bound] = Field(default={})
    sweep: SweepOf = SweepOf()

    _matrix: RoundTrips | None = PrivateAttr(default=None)
    _trace: Trace | None = PrivateAttr(default=None)
    _submissions: Submissions | None = PrivateAttr(default=None)
    _trust: tuple[float, ...] | None = PrivateAttr(default=None)
    _profile: Profile | None = PrivateAttr(default=None)
    _files: dict[str, bytes] = PrivateAttr(default_factory=dict)
    _origin: str = PrivateAttr(default="<text>")

    @property
    def matrix(self) -> RoundTrips | None:
        """The round trips between regions, None without `network.matrix`."""
        return self._matrix

    @property
    def trace(self) -> Trace | None:
        """The arrivals from a file, None unless `workload.trigger` names one."""
        return self._trace

    @property
    def submissions(self) -> Submissions | None:
        """The submitted tasks from a file, None unless `workload.trigger` names one."""
        return self._submissions

    @property
    def profile(self) -> Profile | None:
        """The profile of the arrival rate, None unless `workload.arrivals.profile` names a file."""
        return self._profile

    @property
    def given_times(self) -> tuple[int, ...] | None:
        """The times of arrivals, or of tasks if nothing else is triggered, µs, ascending; None without a file."""
        given = self._trace or (None if self.migrates else self._submissions)
        return None if given is None else given.at_us

    @property
    def migrates(self) -> bool:
        """Whether actors migrate: the workload has a trigger other than the submission of tasks."""
        return self._submissions is None or self.workload.migrates

    @property
    def tasks_migrate(self) -> bool:
        """Whether tasks are submitted and migrations are triggered, so that the actors of tasks may migrate."""
        return self._submissions is not None and self.workload.migrates

    @property
    def trust_file(self) -> tuple[float, ...] | None:
        """The trust in each executor at the start, None unless `trust.initial` names a file."""
        return self._trust

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of every data file that the scenario refers to, by its relative name."""
        return self._files

    @cached_property
    def executor_names(self) -> tuple[str, ...]:
        """The executors, in the order of their groups."""
        return tuple(f"{group.group}-{number}" for group in self.executors for number in range(group.count))

    @property
    def actor_names(self) -> list[str]:
        """The actors, and after them the submitted tasks, by their numbers."""
        return [f"{prefix}{number}" for prefix, count in self.numbered_actors for number in range(count)]

    @property
    def numbered_actors(self) -> tuple[tuple[str, int], ...]:
        """The prefixes of the names of actors and of tasks, each with its count; a number from 0 follows the prefix."""
        tasks = 0 if self.submissions is None else len(self.submissions.tasks)
        return ("actor-", self.actors.count), ("task-", tasks)

    @property
    def actor_count(self) -> int:
        """The number of actors that may migrate, including those of submitted tasks."""
        tasks = len(self.submissions.tasks) if self.submissions is not None and self.tasks_migrate else 0
        return self.actors.count + tasks

    @cached_property
    def executors_by_name(self) -> Names:
        """The executors by their names."""
        return Names(self.executor_names)

    @property
    def wasm(self) -> WasmMode | None:
        """The mode of actors in WASM; None for other actors."""
        mode = self.actors.mode
        return None if isinstance(mode, str) else mode.wasm_stateful

    @property
    def most_retries(self) -> int:
        """The largest number of retries that any migration may have."""
        manager = self.manager
        others = [*(own.retry for own in manager.overrides), *(change.retry for change in manager.adjustments)]
        return max([self.retry.max_retries, *(other.max_retries or 0 for other in others if other is not None)])

    @property
    def uses_policy(self) -> bool:
        """Whether a policy decides which actors migrate, or their targets."""
        return self.workload.by_policy or self.workload.target == "policy"

    def without_tasks(self) -> "Scenario":
        """The same scenario without its submitted tasks, if actors migrate besides."""
        trigger = next(filter(migrates, self.workload.triggers))
        workload = self.workload.model_copy(update={"trigger": trigger})
        alone = self.model_copy(update={"workload": workload, "tasks": TasksOf()})
        alone._submissions = None
        return alone

    @property
    def stateful(self) -> StatefulMode:
        """The mode of the actors that make checkpoints."""
        mode = self.actors.mode
        assert not isinstance(mode, str)
        return mode.stateful or mode.wasm_stateful or StatefulMode()

    def matching(self, patterns: Iterable[str]) -> tuple[int, ...]:
        """The numbers of the executors whose names match any of these names or patterns, ascending."""
        return self.executors_by_name.matching(patterns)

    def selected(self, patterns: Iterable[str] | None, region: str | None) -> tuple[int, ...]:
        """The numbers of the executors that match any of the patterns and are in the region; None selects all."""
        found = self.matching((EVERYBODY,) if patterns is None else patterns)
        if region is None:
            return found
        groups = self.group_of_each
        return tuple(number for number in found if groups[number].region == region)

    @cached_property
    def timeouts_ms(self) -> dict[State, int]:
        """The tracked states, each with its timeout, ms, for an actor without settings of its own.

        If timeouts depend on the size of the state and the sizes vary, it is that of an actor without state.
        """
        size = self.actors.state_size.constant
        return self.manager.limits.at(0 if size is None else round(size))

    @property
    def timeouts_vary(self) -> bool:
        """Whether the actors' timeouts differ because the sizes of their states do."""
        return self.manager.by_size and self.actors.state_size.constant is None

    @cached_property
    def plain(self) -> bool:
        """Whether the scenario has only migrations as designed, with checkpoints that take no time."""
        return self.undisturbed and self.checkpoints == Checkpoints()

    @property
    def only_retries(self) -> bool:
        """Whether the scenario has retries and nothing else besides plain migrations."""
        return self._designed and bool(self.most_retries) and self.checkpoints == Checkpoints()

    @cached_property
    def undisturbed(self) -> bool:
        """Whether there are no faults, retries, trust, messages and votes; checkpoints may have costs."""
        return self._designed and not self.most_retries

    @cached_property
    def _designed(self) -> bool:
        """As `undisturbed`, but retries are allowed."""
        return (
            self.protocol.switches == PROFILES["as-designed"]
            and not self.faults
            and self.workload.target == "uniform"
            and not self.workload.by_policy
            and self._submissions is None
            and not self.actors.message_rate
            and not self.manager.overrides
            and not self.manager.adjustments
            and not self.quorum.enabled
            and self.wasm is None
            and all(group.parts == PARTS and not group.plugged for group in self.executors)
        )

    @cached_property
    def group_of_each(self) -> tuple[ExecutorGroup, ...]:
        """The group of each executor."""
        return tuple(group for group in self.executors for _ in range(group.count))

    def link(self, sender: int, receiver: int) -> Link:
        """The link from one executor to another."""
        groups = self.group_of_each
        return self.network.link(groups[sender].region, groups[receiver].region)

    def having(self, part: Part) -> list[bool]:
        """Whether each executor has that part."""
        return [part in group.parts for group in self.group_of_each]

    @property
    def executor_count(self) -> int:
        """The number of executors in all groups."""
        return sum(group.count for group in self.executors)

    @property
    def origin(self) -> str:
        """The name of the file that it was read from, for messages."""
        return self._origin

    def attach(
        self,
        origin: str,
        matrix: RoundTrips | None,
        trace: Trace | None,
        files: dict[str, bytes],
        trust: tuple[float, ...] | None = None,
        submissions: Submissions | None = None,
        profile: Profile | None = None,
    ) -> None:
        """Keep the origin of the scenario and the contents of its data files; omitted values stay unchanged."""
        self._origin, self._matrix, self._trace, self._files = origin, matrix, trace, files
        self._submissions = submissions or self._submissions
        self._profile = profile or self._profile
        if trust is not None:
            self._trust = trust
