"""Values marked ~ in SPEC section 3: a quantity, or a distribution of quantities.

A `Quantity` is a kind of value (a duration, a size, a plain number) and defines how a scenario writes it. `parse` makes
a `Distribution` of the value in a scenario, and `spec` is its inverse.
"""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from icnsim.scenario import csvtable
from icnsim.scenario.composite import FAMILIES, Empirical, Mixture
from icnsim.scenario.datafiles import DataFolder
from icnsim.scenario.distributions import Constant, Distribution
from icnsim.scenario.plugins import distributions as plugged
from icnsim.scenario.plugins import registry
from icnsim.scenario.units import LONGEST_US, format_duration, format_size, parse_duration, parse_size

MAX_PARTS: Final = 64


@dataclass(frozen=True, slots=True)
class Quantity:
    """One kind of quantity.

    Attributes
    ----------
    name : for messages. read, write : convert from and to the value in the file.
    """

    name: str
    read: Callable[[object], float]
    write: Callable[[Any], object]


def parse_number(value: object) -> float:
    """A finite number >= 0; raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("a number of at least 0")
    return float(value)


def format_number(value: float) -> int | float:
    """A number as a user would write it: as an integer if it is whole."""
    return int(value) if value == int(value) else value


DURATION: Final = Quantity("duration", parse_duration, lambda value: format_duration(round(value)))
SIZE: Final = Quantity("size", parse_size, lambda value: format_size(round(value)))
NUMBER: Final = Quantity("number", parse_number, format_number)

_PLAIN: Final = Quantity("positive number", parse_number, format_number)

_PARAMETERS: Final[Mapping[str, Mapping[str, tuple[str, bool]]]] = {
    "uniform": {"low": ("low", True), "high": ("high", True)},
    "exponential": {"mean": ("mean_value", True)},
    "normal": {"mean": ("mean_value", True), "std": ("std", True)},
    "lognormal": {"mean": ("mean_value", True), "std": ("std", True)},
    "gamma": {"mean": ("mean_value", True), "std": ("std", True)},
    "weibull": {"scale": ("scale", True), "shape": ("shape", False)},
    "pareto": {"minimum": ("minimum", True), "alpha": ("alpha", False)},
}
"""For each family its keys: the attribute, and whether it is in the quantity's unit."""

registry.reserve("distribution", FAMILIES)


def parse(value: object, quantity: Quantity, folder: DataFolder) -> Distribution:
    """The distribution of a value in a file; raises ValueError with the expectation."""
    if not isinstance(value, Mapping):
        return Constant(quantity.read(value))
    kind = value.get("distribution")
    if not isinstance(kind, str):
        raise ValueError(
            f"a value, or a mapping whose key distribution has the name of a family: {', '.join(FAMILIES)}"
        )
    if kind == "mixture":
        return _mixture(value, quantity, folder)
    if kind == "empirical":
        return _empirical(value, quantity, folder)
    if kind not in _PARAMETERS:
        return plugged.parse(value, quantity.read, folder.plugins)
    parameters = _PARAMETERS[kind]
    _require(value, {"distribution", *parameters}, kind)
    arguments: dict[str, float] = {}
    wrong = []
    for key, (attribute, in_unit) in parameters.items():
        try:
            number = (quantity if in_unit else _PLAIN).read(value[key])
        except ValueError as error:
            wrong.append(f"{key}: {error}")
            continue
        if number <= 0 and (kind, key) not in ZERO_ALLOWED:
            wrong.append(f"{key}: above 0")
        arguments[attribute] = float(number)
    if wrong:
        raise ValueError(f"{kind} with {', and '.join(wrong)}")
    if kind == "uniform" and arguments["low"] >= arguments["high"]:
        raise ValueError("uniform: low below high")
    if not all(1e-3 <= arguments.get(name, 1) <= 1e3 for name in ("shape", "alpha")):
        raise ValueError(f"{kind}: a shape between 0.001 and 1000")
    return FAMILIES[kind](**arguments)


ZERO_ALLOWED: Final = {("uniform", "low"), ("normal", "mean")}


def spec(distribution: Distribution, quantity: Quantity) -> object:
    """The value of a file that `parse` reads as that distribution."""
    if isinstance(distribution, plugged.Plugged):
        arguments = zip(distribution.arguments, distribution.in_unit, strict=True)
        written = {key: (quantity if in_unit else _PLAIN).write(value) for (key, value), in_unit in arguments}
        return {"distribution": distribution.plugin.name, **written}
    if isinstance(distribution, Constant):
        return quantity.write(distribution.value)
    if isinstance(distribution, Empirical):
        return {"distribution": "empirical", "file": distribution.file, "column": distribution.column}
    if isinstance(distribution, Mixture):
        parts = []
        for weight, part in zip(distribution.weights, distribution.parts, strict=True):
            of_part = spec(part, quantity)
            inner = of_part if isinstance(of_part, dict) else {"value": of_part}
            parts.append({"weight": format_number(weight), **inner})
        return {"distribution": "mixture", "parts": parts}
    written_parameters = {
        key: (quantity if in_unit else _PLAIN).write(getattr(distribution, attribute))
        for key, (attribute, in_unit) in _PARAMETERS[distribution.kind].items()
    }
    return {"distribution": distribution.kind, **written_parameters}


def _require(value: Mapping[str, object], keys: set[str], kind: str) -> None:
    missing, unknown = sorted(keys - value.keys()), sorted(map(str, value.keys() - keys))
    if unknown:
        near = difflib.get_close_matches(unknown[0], keys, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{kind} with the keys {', '.join(sorted(keys))}, not {unknown[0]!r}{hint}")
    if missing:
        raise ValueError(f"{kind} with the keys {', '.join(sorted(keys))}; {missing[0]!r} is missing")


def _mixture(value: Mapping[str, object], quantity: Quantity, folder: DataFolder) -> Mixture:
    _require(value, {"distribution", "parts"}, "mixture")
    parts = value["parts"]
    if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= MAX_PARTS:
        raise ValueError(f"mixture.parts: a list of 1 to {MAX_PARTS} parts")
    if _leaves(value) > MAX_PARTS:
        raise ValueError(f"mixture.parts: at most {MAX_PARTS} parts in all, those of mixtures in it included")
    weights, distributions = [], []
    for part in parts:
        if not isinstance(part, Mapping) or "weight" not in part:
            raise ValueError("mixture.parts: each a mapping with a weight and a distribution or a value")
        weights.append(parse_number(part["weight"]))
        rest = {key: item for key, item in part.items() if key != "weight"}
        inner = rest["value"] if set(rest) == {"value"} else rest
        distributions.append(parse(inner, quantity, folder))
    if not sum(weights) > 0:
        raise ValueError("mixture.parts: a weight above 0")
    return Mixture(tuple(weights), tuple(distributions))


def _leaves(value: object) -> int:
    """The number of parts of a mixture, over all of its levels."""
    if not isinstance(value, Mapping) or not isinstance(value.get("parts"), list | tuple):
        return 1
    return sum(map(_leaves, value["parts"]))


def _empirical(value: Mapping[str, object], quantity: Quantity, folder: DataFolder) -> Empirical:
    """A CSV column; its numbers are seconds, bytes or plain, by the quantity."""
    _require(value, {"distribution", "file", "column"}, "empirical")
    file, column = str(value["file"]), str(value["column"])
    scale = 1e6 if quantity is DURATION else 1.0
    if (file, column, scale) in folder.columns:
        return Empirical(file, column, folder.columns[file, column, scale])
    table = folder.table(file)
    if column not in table.header:
        raise ValueError(f"empirical.column: one of {', '.join(table.header)[:200]} in {file}")
    place = table.header.index(column)
    values = []
    for line, cells in table.rows:
        try:
            found = csvtable.number(cells[place])
        except ValueError as error:
            raise ValueError(f"empirical: a number in column {column}, {error}, {table.place(line)}") from None
        if not 0 <= found < math.inf:
            raise ValueError(f"empirical: a number of at least 0 in column {column}, {table.place(line)}")
        values.append(found * scale)
    values.sort()
    if not values:
        raise ValueError(f"empirical: at least one row in {file}")
    if values[-1] > LONGEST_US:
        raise ValueError(f"empirical: seconds, and at most a century, in {file}, column {column}")
    folder.columns[file, column, scale] = tuple(values)
    return Empirical(file, column, folder.columns[file, column, scale])


def parameters() -> dict[str, dict[str, bool]]:
    """The parameters of each family of distributions, and whether each is in the unit of the quantity."""
    return {kind: {key: in_unit for key, (_, in_unit) in own.items()} for kind, own in _PARAMETERS.items()}
