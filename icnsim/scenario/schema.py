"""The scenario: every key of SPEC section 3, its default and what it may be.

Durations are whole µs, sizes whole bytes, rates events per second. A key whose behaviour
is not there yet is read and checked all the same and refused by `pending` when it is set
to something other than its default.
"""

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, PrivateAttr, Tag

from icnsim.protocol.states import State
from icnsim.scenario.datafiles import RoundTrips, Trace
from icnsim.scenario.distributions import Constant, Uniform
from icnsim.scenario.fields import (
    Bandwidth,
    Duration,
    Milliseconds,
    PositiveDuration,
    PositiveRate,
    RandomDuration,
    RandomNumber,
    RandomSize,
    Rate,
    Size,
)
from icnsim.scenario.section import EITHER, MAPPING, SCALAR, Section, file_form
from icnsim.scenario.variation import SweepOf


def _weight(value: float) -> float:
    """Weights that differ by more than 10¹² would be lost in each other's rounding."""
    if value != 0 and not 1e-6 <= value <= 1e6:
        raise ValueError("0, or a number from 0.000001 to 1000000")
    return value


Weight = Annotated[float, AfterValidator(_weight)]
Probability = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Text = Annotated[str, Field(max_length=10_000)]
TrackedState = Literal["requesting", "checkpointing", "transferring", "restoring"]
MessageKind = Literal["request", "accept", "reject", "complete", "ack"]
S, MS = 1_000_000, 1_000
MINUTE = 60 * S


class CapacityOf(Section):
    """What a target's policy looks at."""

    memory: Size = 8 * 2**30
    queue: RandomNumber = Constant(0.0)
    load: RandomNumber = Constant(0.2)


class ExecutorGroup(Section):
    """Executors that are alike; one of them is called <group>-<k>, k from 0."""

    group: Name
    count: Annotated[int, Field(ge=1, le=1_000_000)]
    behavior: Literal["responsive", "unresponsive", "slow", "rejecting", "byzantine"] = "responsive"
    slowdown: Annotated[float, Field(gt=0, le=1e6)] = 1
    answer_probability: Probability = 1
    hosts_actors: bool | None = None
    weight: Weight = 1
    region: Name | None = None
    capacity: CapacityOf = CapacityOf()


class StatefulMode(Section):
    checkpoint_interval: PositiveDuration = 60 * S
    max_state_size: Size = 10 * 2**20


class ActorMode(Section):
    stateful: StatefulMode | None = None
    wasm_stateful: StatefulMode | None = None


class Actors(Section):
    count: Annotated[int, Field(ge=1, le=10_000_000)] = 1000
    mode: Annotated[Annotated[ActorMode, Tag(MAPPING)] | Annotated[Literal["ephemeral"], Tag(SCALAR)], EITHER] = (
        ActorMode(stateful=StatefulMode())
    )
    state_size: RandomSize = Constant(float(2**20))
    message_rate: Rate = 0.0
    blobs: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Gossip(Section):
    delay: RandomDuration = Uniform(1.0 * S, 2.0 * S)
    messages: Annotated[tuple[MessageKind, ...], Field(max_length=5)] = ("request",)


class NetworkOf(Section):
    latency: RandomDuration = Constant(200.0 * MS)
    matrix: Text | None = None
    gossip: Gossip = Gossip()
    bandwidth: Bandwidth | None = None
    loss: Probability = 0
    duplication: Probability = 0


class Stages(Section):
    evaluation: RandomDuration = Constant(100.0 * MS)
    checkpoint: RandomDuration = Uniform(1.0 * S, 5.0 * S)
    restore: RandomDuration = Constant(500.0 * MS)


class TimeoutByState(Section):
    requesting: Milliseconds = MINUTE
    checkpointing: Milliseconds = MINUTE
    transferring: Milliseconds = MINUTE
    restoring: Milliseconds = MINUTE


class Costs(Section):
    """Of a tick, of a record that detection scans, that cleanup removes, that is held."""

    tick: Annotated[Duration, Field(le=60 * MINUTE)] = 10
    detect: Annotated[Duration, Field(le=60 * MINUTE)] = 10
    cleanup: Annotated[Duration, Field(le=60 * MINUTE)] = 5
    record: Annotated[Size, Field(le=2**30)] = 100


class Override(Section):
    actors: Text
    timeout: Milliseconds | None = None
    retention: Milliseconds | None = None


class Adjustment(Section):
    at: Duration
    check_interval: PositiveDuration | None = None
    timeout: Milliseconds | None = None
    retention: Milliseconds | None = None


class Manager(Section):
    enabled: bool = True
    check_interval: Milliseconds = 30 * S
    timeout: Annotated[Annotated[TimeoutByState, Tag(MAPPING)] | Annotated[Milliseconds, Tag(SCALAR)], EITHER] = MINUTE
    retention: Milliseconds = 5 * MINUTE
    phase: Literal["random", "aligned"] = "random"
    tracked_states: Annotated[tuple[TrackedState, ...], Field(max_length=4)] = ("requesting",)
    overrides: tuple[Override, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    costs: Costs = Costs()

    @cached_property
    def timeouts_ms(self) -> dict[State, int]:
        """The tracked states, each with its timeout in the protocol's milliseconds."""
        timeout = self.timeout
        return {
            State[name.upper()]: (timeout if isinstance(timeout, int) else getattr(timeout, name)) // 1000
            for name in self.tracked_states
        }


class TaskChecker(Section):
    enabled: bool = True
    check_interval: PositiveDuration = 10 * S


class ProtocolOf(Section):
    """A profile, and switches over it; null is as the profile has it."""

    profile: Literal["as-implemented", "as-designed", "hardened"] = "as-designed"
    completion_ack: bool | None = None
    guarded_transitions: bool | None = None
    atomic_detection: bool | None = None


class Arrivals(Section):
    process: Literal["poisson", "periodic", "burst"] = "poisson"
    rate: PositiveRate = 10.0
    size: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    every: PositiveDuration | None = None


class FileName(Section):
    file: Text


class FileTrigger(Section):
    trace: FileName | None = None
    submissions: FileName | None = None


class WorkloadOf(Section):
    trigger: Annotated[
        Annotated[FileTrigger, Tag(MAPPING)] | Annotated[Literal["arrivals", "policy"], Tag(SCALAR)], EITHER
    ] = "arrivals"
    migrations: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    arrivals: Arrivals = Arrivals()
    target: Literal["uniform", "trust", "policy"] = "uniform"


class Policy(Section):
    """What makes an executor let an actor go, and to whom (PROTOCOL section 5)."""

    kind: Literal["default", "locality-first"] = "default"
    load_above: Probability = 0.8
    locality_below: Probability = 0.5
    candidate_load_below: Probability = 0.8 * 0.8
    minimum_trust: Probability = 0.3
    minimum_score: Annotated[float, Field(ge=0, le=1000)] = 3
    locality_gain: Probability = 0.3


class Backoff(Section):
    base: PositiveDuration = S
    factor: Annotated[float, Field(ge=1, le=1000)] = 2
    max: PositiveDuration = MINUTE
    jitter: Literal["none", "full", "equal", "decorrelated"] = "none"


class Retry(Section):
    max_retries: Annotated[int, Field(ge=0, le=1000)] = 0
    backoff: Backoff = Backoff()
    on: Annotated[tuple[Literal["timed_out", "rejected"], ...], Field(max_length=2)] = ("timed_out", "rejected")
    alternative_target_after: Annotated[int, Field(ge=1, le=1000)] = 1


class TrustOf(Section):
    initial: Annotated[
        Annotated[FileName, Tag(MAPPING)] | Annotated[RandomNumber, Tag(SCALAR)], Discriminator(file_form)
    ] = Constant(0.7)
    on_timeout: Annotated[float, Field(ge=-1, le=1)] = -0.2
    on_reject: Annotated[float, Field(ge=-1, le=1)] = 0
    on_success: Annotated[float, Field(ge=-1, le=1)] = 0.02
    minimum: Probability = 0.3


class Quorum(Section):
    enabled: bool = False
    executors: Literal["by-credits"] | Annotated[int, Field(ge=1, le=1000)] = "by-credits"
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.67
    window: PositiveDuration = 30 * S
    grace: Duration = S


class Record(Section):
    messages: bool = False
    manager: bool = True
    timeline: PositiveDuration | None = 30 * S


def _not_empty(value: dict[str, Any]) -> dict[str, Any]:
    if not value:
        raise ValueError("a bound: {about, within}, {at_most}, {at_least} or {equals}")
    return value


Bound = Annotated[dict[Literal["about", "within", "at_most", "at_least", "equals"], Any], AfterValidator(_not_empty)]


class Scenario(Section):
    """A scenario as a user wrote it, all defaults filled in."""

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
    network: NetworkOf = NetworkOf()
    stages: Stages = Stages()
    manager: Manager = Manager()
    task_checker: TaskChecker = TaskChecker()
    protocol: ProtocolOf = ProtocolOf()
    workload: WorkloadOf = WorkloadOf()
    policy: Policy = Policy()
    retry: Retry = Retry()
    trust: TrustOf = TrustOf()
    faults: tuple[dict[str, Any], ...] = ()
    quorum: Quorum = Quorum()
    record: Record = Record()
    expect: dict[str, Bound] = Field(default={})
    sweep: SweepOf = SweepOf()

    _matrix: RoundTrips | None = PrivateAttr(default=None)
    _trace: Trace | None = PrivateAttr(default=None)
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
    def files(self) -> dict[str, bytes]:
        """The bytes of every data file that the scenario refers to, by its relative name."""
        return self._files

    @cached_property
    def executor_names(self) -> tuple[str, ...]:
        """The executors, in the order of their groups."""
        return tuple(f"{group.group}-{number}" for group in self.executors for number in range(group.count))

    @property
    def executor_count(self) -> int:
        """How many executors there are in all groups."""
        return sum(group.count for group in self.executors)

    @property
    def origin(self) -> str:
        """The file that it was read from, for messages."""
        return self._origin

    def attach(self, origin: str, matrix: RoundTrips | None, trace: Trace | None, files: dict[str, bytes]) -> None:
        """Keep where it comes from and what was read from its data files; called once, by the loader."""
        self._origin, self._matrix, self._trace, self._files = origin, matrix, trace, files
