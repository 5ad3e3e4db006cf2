"""The JSON Schema of a quantity or its distribution: editors check units, families and their parameters."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from icnsim.scenario import quantities

Schema = dict[str, Any]
_POSITIVE: Final[Schema] = {"type": "number", "minimum": 0}
"""A weight or a shape, which has no unit."""


def forms(scalar: Mapping[str, Any], names: Iterable[str]) -> list[Schema]:
    """The forms of a value: the quantity itself, and an object for each family of distributions.

    Parameters
    ----------
    scalar : the schema of the quantity, such as a text with a unit of time.
    names : the families. One that `quantities` does not know may have any parameters.
    """
    one = dict(scalar)
    simple = [_family(kind, one) for kind in names if kind != "mixture"]
    weighted = [_weighted(each) for each in (_object({"value": one}), *simple, _mixture({"type": "object"}))]
    return [one, *simple, _mixture({"anyOf": weighted})]


def _family(kind: str, one: Schema) -> Schema:
    if kind == "empirical":
        own: dict[str, Schema] = {"file": {"type": "string"}, "column": {"type": "string"}}
    elif kind in quantities.parameters():
        own = {key: one if in_unit else _POSITIVE for key, in_unit in quantities.parameters()[kind].items()}
    else:
        return {"type": "object", "required": ["distribution"], "properties": {"distribution": {"const": kind}}}
    return _object({"distribution": {"const": kind}, **own})


def _mixture(part: Schema) -> Schema:
    parts = {"type": "array", "items": part, "minItems": 1, "maxItems": quantities.MAX_PARTS}
    return _object({"distribution": {"const": "mixture"}, "parts": parts})


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object", "required": list(properties), "properties": dict(properties), "additionalProperties": False
    }  # fmt: skip


def _weighted(form: Schema) -> Schema:
    """A part of a mixture, which has a weight as well."""
    properties = {"weight": _POSITIVE, **form["properties"]}
    return {**form, "required": ["weight", *form["required"]], "properties": properties}
