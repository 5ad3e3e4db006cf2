"""The detectors of overdue answers: their kinds and their parameters.

A detector decides when it checks the waiting records, and after which time a record is too old. `poll` checks at every
tick of the manager, `wheel` at every tick of its timing wheel, and all others at a timer that each record has. With
`poll`, `deadline` and `wheel` a record is too old after `manager.timeout`. The others learn that time from what they
observe of a record's peer: the answers to earlier messages, or the peer's heartbeats (`manager.heartbeat`).
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from icnsim.scenario.fields import Duration, Milliseconds, folder_of
from icnsim.scenario.plugins import detectors, registry
from icnsim.scenario.plugins.parameters import Given
from icnsim.scenario.plugins.schema import SchemaOf
from icnsim.scenario.section import Section

KINDS: Final = ("poll", "deadline", "wheel", "adaptive", "chen", "phi-accrual")
"""The built-in kinds."""

registry.reserve("detector", KINDS)

PARAMETERS: Final[Mapping[str, Mapping[str, object]]] = {
    "poll": {},
    "deadline": {},
    "wheel": {"tick": "1s"},
    "adaptive": {"margin": 4, "window": 8, "minimum": "1s", "by": "target"},
    "chen": {"alpha": "1s", "window": 1000, "by": "target"},
    "phi-accrual": {
        "threshold": 8, "window": 1000, "min_std": "100ms", "pause": "0s", "distribution": "normal", "by": "target"
    },
}  # fmt: skip
"""The parameters of each kind and their defaults.

Sources: RFC 6298, sections 2.3 and 2.4 (K = 4, gains of 1/8 and 1/4, at least 1 s); Chen, Toueg and Aguilera (2002),
section 6.3 (a window of 1000 heartbeats); Akka's PhiAccrualFailureDetector (threshold 8, 1000 samples, a standard
deviation of at least 100 ms).
"""

Pause = Annotated[Duration, Field(le=3_600_000_000)]
LEARNING: Final = ("adaptive", "chen", "phi-accrual")
"""The kinds that learn how long an answer takes."""
HEEDING: Final = ("chen", "phi-accrual")
"""The kinds that learn from heartbeats if the executors send them."""


def learns(kind: str) -> bool:
    """Whether a kind of detector learns how long an answer takes: those of plug-ins do."""
    return kind in LEARNING or kind not in KINDS


def _known(kind: str, info: ValidationInfo) -> str:
    return registry.known("detector", kind, folder_of(info).plugins)


DetectorKind = Annotated[str, AfterValidator(_known), SchemaOf(lambda: registry.schema("detector"))]


class Detector(Section):
    """A kind of detector with its parameters. Those of the other kinds are null, and a resolved scenario omits them."""

    kind: DetectorKind = "poll"
    tick: Milliseconds | None = None
    margin: Annotated[float, Field(gt=0, le=1000)] | None = None
    alpha: Milliseconds | None = None
    threshold: Annotated[float, Field(gt=0, le=300)] | None = None
    window: Annotated[int, Field(ge=1, le=100_000)] | None = None
    minimum: Milliseconds | None = None
    min_std: Milliseconds | None = None
    pause: Pause | None = None
    distribution: Literal["normal", "exponential"] | None = None
    by: Literal["target", "all"] | None = None
    parameters: Given | None = None

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: object) -> object:
        """The parameters of the kind that are missing or null get their defaults."""
        if not isinstance(value, dict):
            return value
        kind = str(value.get("kind", "poll"))
        given = {key: item for key, item in value.items() if item is not None or key not in cls.model_fields}
        if kind in PARAMETERS:
            return {**PARAMETERS[kind], **given}
        plugin, own = registry.installed("detector").get(kind), given.get("parameters", {})
        if plugin is None or not isinstance(own, Mapping):
            return given
        return {"by": "target", **given, "parameters": detectors.written(plugin, own)}

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        return {key: value for key, value in write(self).items() if value is not None}

    @property
    def misplaced(self) -> tuple[str, ...]:
        """The keys that are parameters of other kinds."""
        own = {"kind", *PARAMETERS.get(self.kind, ("by", "parameters"))}
        return tuple(key for key in type(self).model_fields if key not in own and getattr(self, key) is not None)

    def smallest_window(self, *, heartbeats: bool) -> int:
        """The smallest `window` with which the detector can learn.

        The accrual detector needs two answers, or three heartbeats, which have two silences between them.
        """
        if self.kind != "phi-accrual":
            return 1
        return 3 if heartbeats else 2


class Heartbeat(Section):
    """The heartbeats that every executor sends to every other one if a detector learns from them."""

    every: Milliseconds = 1_000_000
