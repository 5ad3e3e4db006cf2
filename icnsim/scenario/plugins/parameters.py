"""The parameters of plug-ins: their declaration, and how a scenario's values for them are read."""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator

from icnsim.numbers import exact
from icnsim.scenario.units import DURATION, parse_duration

Unit = Literal["number", "duration", "quantity"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a plug-in.

    Attributes
    ----------
    meaning : one sentence for the documentation.
    unit : ``number`` is a plain number. ``duration`` is written with its unit and passed in whole ms.
        ``quantity`` is for distributions: the value has the unit of the key that the distribution is given for, and it
        is passed in µs, bytes or as a plain number.
    default : the value as a scenario has it; None if a scenario must give one.
    minimum, maximum : the smallest and the largest value, in the unit in which it is passed.
    """

    meaning: str
    unit: Unit = "number"
    default: float | str | None = None
    minimum: float = 0.0
    maximum: float = math.inf


def read_number(value: object) -> float:
    """A finite number; raises ValueError with the expectation."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a number")
    return float(value)


def read_whole_ms(value: object) -> int:
    """A duration in whole ms; raises ValueError with the expectation."""
    duration = parse_duration(value)
    if duration % 1000:
        raise ValueError(f"{DURATION}, in whole milliseconds")
    return duration // 1000


class Values(dict[str, Any]):
    """The parameters of a plug-in as a scenario has them; nothing changes them, so they have a hash."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


Given = Annotated[dict[str, Any], AfterValidator(Values)]
"""The type of a scenario's key that holds the parameters of a plug-in."""

READERS: Final[Mapping[Unit, Callable[[object], float]]] = {"number": read_number, "duration": read_whole_ms}


def with_defaults(owner: str, given: Mapping[str, object], parameters: Mapping[str, Parameter]) -> dict[str, object]:
    """The values as a scenario has them, in the order of the declaration, with the defaults filled in.

    Raises
    ------
    ValueError : a key is unknown, or a required one is missing; `owner` names the plug-in in the message.
    """
    keys = ", ".join(parameters) or "none"
    unknown = sorted(str(key) for key in given.keys() - parameters.keys())
    if unknown:
        near = difflib.get_close_matches(unknown[0], parameters, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{owner} with the parameters {keys}, not {unknown[0]!r}{hint}")
    missing = [key for key, parameter in parameters.items() if parameter.default is None and given.get(key) is None]
    if missing:
        raise ValueError(f"{owner} with the parameters {keys}; {missing[0]!r} is missing")
    return {key: parameter.default if given.get(key) is None else given[key] for key, parameter in parameters.items()}


def read(
    owner: str,
    written: Mapping[str, object],
    parameters: Mapping[str, Parameter],
    quantity: Callable[[object], float] = read_number,
) -> dict[str, float]:
    """The values that a plug-in is constructed with.

    Parameters
    ----------
    written : a value for each parameter, as a scenario has it. quantity : reads parameters of the unit ``quantity``.

    Raises
    ------
    ValueError : a value is not of its parameter's unit, or it is out of range.
    """
    found: dict[str, float] = {}
    for key, parameter in parameters.items():
        reads = READERS.get(parameter.unit, quantity)
        try:
            found[key] = reads(written[key])
        except ValueError as error:
            raise ValueError(f"{owner} with {key}: {error}") from None
        if not parameter.minimum <= found[key] <= parameter.maximum:
            unit = " ms" if parameter.unit == "duration" else ""
            most = "" if math.isinf(parameter.maximum) else f" and at most {exact(parameter.maximum)}{unit}"
            raise ValueError(f"{owner} with {key}: at least {exact(parameter.minimum)}{unit}{most}")
    return found
