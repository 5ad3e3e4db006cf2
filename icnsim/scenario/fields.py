"""The types of a scenario's values: how each is read, written and described in the schema."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema

from icnsim.scenario import quantities, quantityschema, units
from icnsim.scenario.datafiles import DataFolder
from icnsim.scenario.distributions import Distribution
from icnsim.scenario.plugins import registry
from icnsim.scenario.plugins.schema import SchemaOf
from icnsim.scenario.quantities import Quantity


def folder_of(info: ValidationInfo) -> DataFolder:
    """The data files of the scenario that is being validated."""
    context = info.context
    return context if isinstance(context, DataFolder) else DataFolder(None)


def _unit(read: Callable[[object], Any], write: Callable[[Any], str], pattern: str, example: str) -> tuple[Any, ...]:
    schema = {"type": "string", "pattern": pattern, "examples": [example]}
    return BeforeValidator(read), PlainSerializer(write, return_type=str), WithJsonSchema(schema)


def _positive(read: Callable[[object], Any], expected: str) -> Callable[[object], Any]:
    def above_zero(value: object) -> Any:
        result = read(value)
        if result <= 0:
            raise ValueError(f"{expected}, above 0")
        return result

    return above_zero


def read_milliseconds(value: object) -> int:
    """A duration above 0 of whole ms, in µs; raises ValueError with the expectation."""
    duration = units.parse_duration(value)
    if duration <= 0 or duration % 1000:
        raise ValueError("a duration of whole milliseconds, above 0: the protocol's clock has no finer ones")
    return duration


def _time_step(value: object) -> int:
    step = units.parse_step(value)
    if not step:
        raise ValueError(f"{units.STEP}, not 0")
    return step


Probability = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
MessageKind = Literal[
    "request", "accept", "reject", "complete", "ack", "cancel", "cancelled", "ballot", "result", "task", "checkpoint",
    "checkpoint_ballot", "checkpoint_result",
]  # fmt: skip
Travelling = Literal[MessageKind, "report", "forward", "heartbeat"]
"""All kinds of messages between executors: protocol messages, load reports, forwarded actor messages and heartbeats."""

_DURATION = r"^[0-9]+(\.[0-9]+)? ?(us|ms|s|min|h|d)$"
_read_positive_duration = _positive(units.parse_duration, units.DURATION)
_write_duration = units.format_duration

Duration = Annotated[int, *_unit(units.parse_duration, _write_duration, _DURATION, "30s")]
PositiveDuration = Annotated[int, *_unit(_read_positive_duration, _write_duration, _DURATION, "30s")]
Milliseconds = Annotated[int, *_unit(read_milliseconds, _write_duration, _DURATION, "60s")]
TimeStep = Annotated[int, *_unit(_time_step, _write_duration, _DURATION.replace("^", "^-?"), "-2min")]
_SIZE = r"^[0-9]+(\.[0-9]+)? ?(B|[kMG]B|[KMGT]iB)$"
Size = Annotated[int, *_unit(units.parse_size, units.format_size, _SIZE, "10MiB")]
Rate = Annotated[float, *_unit(units.parse_rate, units.format_rate, r"^[0-9]+(\.[0-9]+)? ?/ ?(s|min|h)$", "5/s")]
PositiveRate = Annotated[
    float,
    *_unit(_positive(units.parse_rate, units.RATE), units.format_rate, r"^[0-9]+(\.[0-9]+)? ?/ ?(s|min|h)$", "5/s"),
]
_BANDWIDTH = r"^[0-9]+(\.[0-9]+)? ?([kKMGT]?i?B|[kMG]bit) ?/s$"
Bandwidth = Annotated[int, *_unit(units.parse_bandwidth, units.format_bandwidth, _BANDWIDTH, "100MiB/s")]
_SCALARS: dict[str, dict[str, Any]] = {
    "duration": {"type": "string", "pattern": _DURATION, "examples": ["30s"]},
    "size": {"type": "string", "pattern": _SIZE, "examples": ["10MiB"]},
    "number": {"type": "number", "minimum": 0},
}
"""The schema of a value of each quantity, by the quantity's name."""


def _random(quantity: Quantity) -> tuple[Any, ...]:
    def read(value: object, info: ValidationInfo) -> Distribution:
        return value if isinstance(value, Distribution) else quantities.parse(value, quantity, folder_of(info))

    return _read_by(quantity, read)


def _random_or_null(quantity: Quantity) -> tuple[Any, ...]:
    def read(value: object, info: ValidationInfo) -> Distribution | None:
        if value is None or isinstance(value, Distribution):
            return value
        return quantities.parse(value, quantity, folder_of(info))

    return _read_by(quantity, read, {"type": "null"})


def _read_by(quantity: Quantity, read: Callable[..., Any], *forms: dict[str, str]) -> tuple[Any, ...]:
    def schema() -> dict[str, Any]:
        return {
            "description": f"a {quantity.name}, or a distribution of such values",
            "anyOf": [*quantityschema.forms(_SCALARS[quantity.name], registry.names("distribution")), *forms],
        }

    return (
        BeforeValidator(read),
        PlainSerializer(lambda value: None if value is None else quantities.spec(value, quantity)),
        SchemaOf(schema),
    )


RandomDuration = Annotated[Any, *_random(quantities.DURATION)]
RandomDurationOrNull = Annotated[Any, *_random_or_null(quantities.DURATION)]
RandomSize = Annotated[Any, *_random(quantities.SIZE)]
RandomNumber = Annotated[Any, *_random(quantities.NUMBER)]
