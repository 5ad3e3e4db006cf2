"""The groups of executors of a scenario: their sizes, capacity, parts and behavior."""

from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from icnsim.scenario.distributions import Constant
from icnsim.scenario.fields import Duration, Name, PositiveDuration, Probability, RandomNumber, Size, folder_of
from icnsim.scenario.plugins import behaviors, registry
from icnsim.scenario.plugins.filling import filled
from icnsim.scenario.plugins.parameters import Given
from icnsim.scenario.plugins.schema import SchemaOf
from icnsim.scenario.section import Section

MINUTE = 60_000_000


def _weight(value: float) -> float:
    """Checks a weight. Weights that differ by more than 10¹² would be lost to rounding in their sum."""
    if value != 0 and not 1e-6 <= value <= 1e6:
        raise ValueError("0, or a number from 0.000001 to 1000000")
    return value


Weight = Annotated[float, AfterValidator(_weight)]


class Wave(Section):
    """A periodic load: 0 at `phase`, `amplitude` half a period later, with the shape of 1 - cos."""

    amplitude: Annotated[float, Field(ge=0, le=1000)] = 0.5
    period: PositiveDuration = 10 * MINUTE
    phase: Duration = 0


class CapacityOf(Section):
    """The capacity that policies compare with."""

    memory: Size = 8 * 2**30
    queue: RandomNumber = Constant(0.0)
    tasks: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    load: RandomNumber = Constant(0.2)
    wave: Wave | None = None


Part = Literal["checkpoint_store", "migration_manager", "policy"]
PARTS: tuple[Part, ...] = get_args(Part)


def _each_once(value: tuple[Part, ...]) -> tuple[Part, ...]:
    if len(set(value)) < len(value):
        raise ValueError("each part once")
    return tuple(part for part in PARTS if part in value)


BEHAVIORS: Final = ("responsive", "unresponsive", "slow", "rejecting", "byzantine")
"""The built-in behaviors."""

registry.reserve("behavior", BEHAVIORS)


def _known(name: str, info: ValidationInfo) -> str:
    return registry.known("behavior", name, folder_of(info).plugins)


BehaviorName = Annotated[str, AfterValidator(_known), SchemaOf(lambda: registry.schema("behavior"))]


class ExecutorGroup(Section):
    """Identical executors; they are called <group>-<k>, k from 0."""

    group: Name
    count: Annotated[int, Field(ge=1, le=1_000_000)]
    behavior: BehaviorName = "responsive"
    parameters: Given | None = None
    lies: Literal["alone", "collude", "equivocate", "silent"] = "collude"
    slowdown: Annotated[float, Field(gt=0, le=1e6)] = 1
    answer_probability: Probability = 1
    hosts_actors: bool | None = None
    weight: Weight = 1
    region: Name | None = None
    capacity: CapacityOf = CapacityOf()
    parts: Annotated[tuple[Part, ...], Field(max_length=3), AfterValidator(_each_once)] = PARTS
    heartbeats: bool = True

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: object) -> object:
        """The parameters of a plug-in that are missing get their defaults."""
        return filled(value, "behavior", "behavior", behaviors.written)

    @property
    def plugged(self) -> bool:
        """Whether a plug-in decides how the executors answer."""
        return self.behavior not in BEHAVIORS

    @property
    def migrates(self) -> bool:
        """Whether actors can leave the group: this needs a manager and a checkpoint store."""
        return "migration_manager" in self.parts and "checkpoint_store" in self.parts

    @property
    def sends_heartbeats(self) -> bool:
        """Whether the managers of the group send heartbeats if a detector uses them."""
        return self.heartbeats and "migration_manager" in self.parts
