"""What a scenario makes go wrong: a model for each kind of fault.

An item of `faults` has a `kind`, or is `random`: then it stands for faults of some kinds that
come and go by themselves. `from`, `to` and `for` are words of Python: the attributes are
`sources`, `targets` and `lasting`. Times are whole µs.
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


class _Lasting(_Beginning):
    lasting: PositiveDuration | None = Field(default=None, alias="for")


class Crash(_Beginning):
    """The process ends, and with it all that is not durable."""

    kind: Literal["crash"]
    executors: Patterns
    restart_after: PositiveDuration | None = None
    state: CrashState = "durable"


class Pause(_Lasting):
    """The process stalls: nothing is handled, its loop ticks late, messages wait."""

    kind: Literal["pause"]
    executors: Patterns


class Unresponsive(_Lasting):
    """Requests are not answered."""

    kind: Literal["unresponsive"]
    executors: Patterns


class Slow(_Lasting):
    """All work of the process takes longer."""

    kind: Literal["slow"]
    executors: Patterns
    factor: Factor = 10


class Partition(_Lasting):
    """Links are cut."""

    kind: Literal["partition"]
    sources: Patterns = Field(alias="from")
    targets: Patterns = Field(alias="to")
    symmetric: bool = True
    messages: Cutting = "drop"


class Heal(_Beginning):
    """Every partition ends."""

    kind: Literal["heal"]


class Disturbing(_Lasting):
    """Befalls a share of the messages that some executors send."""

    executors: Patterns = (EVERYBODY,)
    probability: Probability = 1
    messages: Annotated[tuple[Travelling, ...], Field(min_length=1, max_length=13)] | None = None


class Loss(Disturbing):
    """Messages are lost."""

    kind: Literal["loss"]


class Duplication(Disturbing):
    """Messages arrive twice."""

    kind: Literal["duplication"]


class Reordering(Disturbing):
    """Messages are overtaken, for they are late."""

    kind: Literal["reordering"]
    delay: RandomDuration = Uniform(0.0, 10.0 * S)


class ClockStep(_Beginning):
    """A clock is set."""

    kind: Literal["clock_step"]
    executors: Patterns
    by: TimeStep


class ClockDrift(_Lasting):
    """A clock runs too fast or too slow."""

    kind: Literal["clock_drift"]
    executors: Patterns
    rate: Annotated[float, Field(ge=0.5, le=2)] = 1.01


class CorruptCheckpoint(_Lasting):
    """Final checkpoints that are made there are no good."""

    kind: Literal["corrupt_checkpoint"]
    executors: Patterns
    probability: Probability = 1
    how: Flaw = "corrupt"


class Forge(_Lasting):
    """An executor accepts what others were asked."""

    kind: Literal["forge"]
    executors: Patterns
    probability: Probability = 1


Fault = (
    Crash | Pause | Unresponsive | Slow | Partition | Heal | Loss | Duplication | Reordering
    | ClockStep | ClockDrift | CorruptCheckpoint | Forge
)  # fmt: skip
"""A fault at its time."""

KINDS: Final[Mapping[str, type[Fault]]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(Fault)
}
"""The model of each kind."""

RandomKind = Literal[
    "crash", "pause", "unresponsive", "slow", "partition", "loss", "duplication", "reordering",
    "clock_step", "clock_drift", "corrupt_checkpoint", "forge",
]  # fmt: skip


def _once(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Twice the same kind would have the same times."""
    if len(set(kinds)) < len(kinds):
        raise ValueError("each kind once")
    return kinds


class RandomOf(Section):
    """Faults that come and go by themselves, at each executor and of each kind apart."""

    kinds: Annotated[tuple[RandomKind, ...], Field(min_length=1, max_length=12), AfterValidator(_once)] = ("crash",)
    executors: Patterns = (EVERYBODY,)
    mtbf: PositiveDuration = HOUR
    mttr: PositiveDuration = 2 * MINUTE
    state: CrashState = "durable"
    factor: Factor = 10
    probability: Probability = 1
    by: TimeStep = 90 * S
    how: Flaw = "corrupt"
    symmetric: bool = True
    messages: Cutting = "drop"

    def one(self, kind: str, executor: str, at: int, lasting: int) -> Fault:
        """A fault of one executor, from `at` on for so long, both µs."""
        model = KINDS[kind]
        values: dict[str, Any] = {"kind": kind, "at": at, "for": lasting, "executors": (executor,)}
        if model is Partition:
            values |= {"from": (executor,), "to": (EVERYBODY,)}
        if model is Crash:
            values |= {"restart_after": lasting, "state": self.state}
        own = ("factor", "probability", "by", "how", *(("symmetric", "messages") if model is Partition else ()))
        values |= {name: getattr(self, name) for name in own if name in model.model_fields}
        keys = {field.alias or name for name, field in model.model_fields.items()}
        return model.model_construct(**{key: value for key, value in values.items() if key in keys})


class RandomFaults(Section):
    """An item of `faults` that stands for many."""

    random: RandomOf


RANDOM: Final = "random"


def tag(kind: str) -> str:
    """What an item of that kind is called in pydantic's errors; never part of a key's path."""
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
    """Items of `faults`: {random: …} alone is the only one of a list."""
    return (value,) if isinstance(value, dict) and RANDOM in value else value


WRONG_KIND: Final = "fault_kind"
"""The type of pydantic's error of an item that is of no kind."""

Item = Annotated[
    Annotated[Crash, Tag("{crash}")]
    | Annotated[Pause, Tag("{pause}")]
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
    | Annotated[RandomFaults, Tag("{random}")],
    Discriminator(_tag, custom_error_type=WRONG_KIND, custom_error_message="a fault", custom_error_context={}),
]
Items = Annotated[tuple[Item, ...], Field(max_length=MAX_FAULTS), BeforeValidator(as_list)]
