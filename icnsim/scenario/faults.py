"""The faults and the operator actions of a scenario: a model for each kind.

An item of `faults` has a `kind`, or is `random`: a random item generates faults of some kinds at random times. An item
affects the executors that match `executors` and that are in `region`, if it gives both. `every` and `times` repeat
an item, and `rolling` applies it to one executor after another. `from`, `to` and `for` are words of Python: the
attributes are `sources`, `targets` and `lasting`. Times are whole µs.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
)

from icnsim.scenario.distributions import Uniform
from icnsim.scenario.fields import (
    Duration,
    Name,
    PositiveDuration,
    Probability,
    RandomDuration,
    TimeStep,
    Travelling,
)
from icnsim.scenario.names import EVERYBODY
from icnsim.scenario.section import Section

MAX_FAULTS: Final = 1000
HOUR, MINUTE, S = 3600 * 1_000_000, 60 * 1_000_000, 1_000_000


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


_PATTERN: Final = {"type": "string", "minLength": 1, "maxLength": 200, "examples": ["responsive-3", "responsive-*"]}
Patterns = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
    Field(min_length=1, max_length=1000),
    BeforeValidator(_several),
    PlainSerializer(lambda patterns: patterns[0] if len(patterns) == 1 else list(patterns)),
    WithJsonSchema({"anyOf": [_PATTERN, {"type": "array", "items": _PATTERN, "minItems": 1}]}),
]
"""A name or a pattern of executors, or a list of them."""

Factor = Annotated[float, Field(gt=0, le=1e6)]
CrashState = Literal["durable", "volatile"]
Cutting = Literal["drop", "hold"]
Flaw = Literal["corrupt", "empty"]


class _Beginning(Section):
    kind: str
    at: Duration
    every: PositiveDuration | None = None
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    @property
    def ends(self) -> bool:
        """Whether each occurrence ends, or has no duration."""
        return True


class _Selecting(_Beginning):
    """A fault of executors, selected by patterns and by region."""

    executors: Patterns | None = None
    region: Name | None = None
    rolling: PositiveDuration | None = None


class _Lasting(_Selecting):
    lasting: PositiveDuration | None = Field(default=None, alias="for")

    @property
    def ends(self) -> bool:
        return self.lasting is not None


class Crash(_Selecting):
    """The process ends, and everything that is not durable is lost."""

    kind: Literal["crash"]
    restart_after: PositiveDuration | None = None
    state: CrashState = "durable"

    @property
    def ends(self) -> bool:
        return self.restart_after is not None


class Pause(_Lasting):
    """The process stalls: it handles nothing, its loop ticks late, and messages wait."""

    kind: Literal["pause"]


class Drain(_Lasting):
    """The executor rejects Requests, starts no task, and moves its actors away."""

    kind: Literal["drain"]


class _Failing(_Selecting):
    """A loop logs an error at some of its ticks and continues."""

    ticks: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class ManagerError(_Failing):
    """Ticks of the migration manager fail, both detection and cleanup."""

    kind: Literal["manager_error"]


class CheckerError(_Failing):
    """Ticks of the task checker fail."""

    kind: Literal["checker_error"]


class Unresponsive(_Lasting):
    """Requests are not answered."""

    kind: Literal["unresponsive"]


class Slow(_Lasting):
    """All work of the process takes longer."""

    kind: Literal["slow"]
    factor: Factor = 10


class Partition(_Lasting):
    """Links are cut: between two sets of executors, or between the selected executors and all others."""

    kind: Literal["partition"]
    sources: Patterns | None = Field(default=None, alias="from")
    targets: Patterns | None = Field(default=None, alias="to")
    symmetric: bool = True
    messages: Cutting = "drop"


class Heal(_Beginning):
    """Every partition ends."""

    kind: Literal["heal"]


class Disturbing(_Lasting):
    """Affects a share of the messages that some executors send."""

    executors: Patterns | None = (EVERYBODY,)
    probability: Probability = 1
    messages: Annotated[tuple[Travelling, ...], Field(min_length=1, max_length=16)] | None = None


class Loss(Disturbing):
    """Messages are lost."""

    kind: Literal["loss"]


class Duplication(Disturbing):
    """Messages arrive twice."""

    kind: Literal["duplication"]


class Reordering(Disturbing):
    """Messages are late, and others overtake them."""

    kind: Literal["reordering"]
    delay: RandomDuration = Uniform(0.0, 10.0 * S)


class ClockStep(_Selecting):
    """A clock is set."""

    kind: Literal["clock_step"]
    by: TimeStep


class ClockDrift(_Lasting):
    """A clock runs too fast or too slow."""

    kind: Literal["clock_drift"]
    rate: Annotated[float, Field(ge=0.5, le=2)] = 1.01


class CorruptCheckpoint(_Lasting):
    """Final checkpoints that the executor makes are damaged."""

    kind: Literal["corrupt_checkpoint"]
    probability: Probability = 1
    how: Flaw = "corrupt"


class Forge(_Lasting):
    """An executor accepts Requests that were sent to others."""

    kind: Literal["forge"]
    probability: Probability = 1


Fault = (
    Crash | Pause | Drain | Unresponsive | Slow | Partition | Heal | Loss | Duplication | Reordering
    | ClockStep | ClockDrift | CorruptCheckpoint | Forge | ManagerError | CheckerError
)  # fmt: skip
"""A fault with a given time."""

KINDS: Final[Mapping[str, type[Fault]]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(Fault)
}
"""The model of each kind."""

RandomKind = Literal[
    "crash", "pause", "drain", "unresponsive", "slow", "partition", "loss", "duplication", "reordering",
    "clock_step", "clock_drift", "corrupt_checkpoint", "forge", "manager_error", "checker_error",
]  # fmt: skip


def _once(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Rejects a repeated kind, because it would have the same times twice."""
    if len(set(kinds)) < len(kinds):
        raise ValueError("each kind once")
    return kinds


class RandomOf(Section):
    """Faults at random times, independent for each executor and each kind."""

    kinds: Annotated[tuple[RandomKind, ...], Field(min_length=1, max_length=15), AfterValidator(_once)] = ("crash",)
    executors: Patterns = (EVERYBODY,)
    region: Name | None = None
    mtbf: PositiveDuration = HOUR
    mttr: PositiveDuration = 2 * MINUTE
    state: CrashState = "durable"
    factor: Factor = 10
    probability: Probability = 1
    by: TimeStep = 90 * S
    how: Flaw = "corrupt"
    symmetric: bool = True
    messages: Cutting = "drop"
    ticks: Annotated[int, Field(ge=1, le=1_000_000)] = 1

    def one(self, kind: str, executor: str, at: int, lasting: int) -> Fault:
        """A fault of one executor that begins at `at` and lasts `lasting`, both µs."""
        model = KINDS[kind]
        values: dict[str, Any] = {"kind": kind, "at": at, "for": lasting, "executors": (executor,)}
        if model is Crash:
            values |= {"restart_after": lasting, "state": self.state}
        links = ("symmetric", "messages") if model is Partition else ()
        own = ("factor", "probability", "by", "how", "ticks", *links)
        values |= {name: getattr(self, name) for name in own if name in model.model_fields}
        keys = {field.alias or name for name, field in model.model_fields.items()}
        return model.model_construct(**{key: value for key, value in values.items() if key in keys})


class RandomFaults(Section):
    """An item of `faults` that generates many."""

    random: RandomOf


RANDOM: Final = "random"


def tag(kind: str) -> str:
    """The name of an item of that kind in pydantic's errors; never part of a key's path."""
    return f"{{{kind}}}"


MODELS: Final[Mapping[str, type[BaseModel]]] = {
    tag(kind): model for kind, model in (*KINDS.items(), (RANDOM, RandomFaults))
}
"""The model of each item, by its tag."""


def _tag(item: object) -> str | None:
    if isinstance(item, BaseModel):
        return tag(getattr(item, "kind", RANDOM))
    if not isinstance(item, dict):
        return None
    kind = RANDOM if RANDOM in item else item.get("kind")
    return tag(kind) if kind == RANDOM or (isinstance(kind, str) and kind in KINDS) else None


def as_list(value: object) -> object:
    """The items of `faults` as a list: {random: …} alone is a list of one item."""
    return (value,) if isinstance(value, dict) and RANDOM in value else value


WRONG_KIND: Final = "fault_kind"
"""The type of pydantic's error of an item without a known kind."""

Item = Annotated[
    Annotated[Crash, Tag("{crash}")]
    | Annotated[Pause, Tag("{pause}")]
    | Annotated[Drain, Tag("{drain}")]
    | Annotated[Unresponsive, Tag("{unresponsive}")]
    | Annotated[Slow, Tag("{slow}")]
    | Annotated[Partition, Tag("{partition}")]
    | Annotated[Heal, Tag("{heal}")]
    | Annotated[Loss, Tag("{loss}")]
    | Annotated[Duplication, Tag("{duplication}")]
    | Annotated[Reordering, Tag("{reordering}")]
    | Annotated[ClockStep, Tag("{clock_step}")]
    | Annotated[ClockDrift, Tag("{clock_drift}")]
    | Annotated[CorruptCheckpoint, Tag("{corrupt_checkpoint}")]
    | Annotated[Forge, Tag("{forge}")]
    | Annotated[ManagerError, Tag("{manager_error}")]
    | Annotated[CheckerError, Tag("{checker_error}")]
    | Annotated[RandomFaults, Tag("{random}")],
    Discriminator(_tag, custom_error_type=WRONG_KIND, custom_error_message="a fault", custom_error_context={}),
]
Items = Annotated[tuple[Item, ...], Field(max_length=MAX_FAULTS), BeforeValidator(as_list)]
