"""The resolved scenario: as YAML, as a run-id, and as a JSON Schema for editors."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib import metadata
from typing import Any

import yaml
from pydantic import BaseModel

from icnsim.scenario import faults
from icnsim.scenario.meanings import MEANINGS
from icnsim.scenario.schema import Scenario
from icnsim.scenario.section import section_in


def to_yaml(scenario: Scenario) -> str:
    """The scenario with all defaults filled in; reading it again gives the same scenario, byte for byte."""
    text: str = yaml.dump(plain(scenario), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def plain(scenario: Scenario) -> dict[str, Any]:
    """The scenario as the plain data that a file holds, quantities with their units."""
    data: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True)
    return data


def run_id(scenario: Scenario, version: str) -> str:
    """16 hex digits that identify the resolved scenario, its seed, its data files, the version and `written_by`."""
    return seeded(fingerprint(scenario, version), scenario.seed)


def fingerprint(scenario: Scenario, version: str) -> bytes:
    """32 bytes that identify a run except for its seed; the `sweep` section is not part of a run.

    Equal runs have equal bytes in every file but the manifest, on every machine. So the version of each package that
    can change a byte is part of it.
    """
    content = {key: value for key, value in plain(scenario).items() if key not in ("seed", "sweep")}
    digest = hashlib.sha256(f"{version}\n{written_by()}\n{json.dumps(content)}".encode())
    for name, data in scenario.files.items():
        digest.update(f"\n{name}\n{len(data)}\n".encode() + data)
    return digest.digest()


@cache
def written_by() -> str:
    """The package that writes the tables, and its version: the bytes of a Parquet file depend on it."""
    return installed("pyarrow")


def installed(*packages: str) -> str:
    """The versions of packages as a part of an identity, such as ``numpy 2.4.6, scipy 1.17.1``."""
    return ", ".join(f"{package} {metadata.version(package)}" for package in packages)


def seeded(print_of_run: bytes, seed: int) -> str:
    """The run-id of a run with that fingerprint and seed."""
    return hashlib.sha256(print_of_run + f"{seed}".encode()).hexdigest()[:16]


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, with the meaning and the default of each key as a file has them."""
    schema = Scenario.model_json_schema()
    for key, model, name, usual in every_key():
        place = schema["properties"] if model is Scenario else schema["$defs"][model.__name__]["properties"]
        property_of_key = place[model.model_fields[name].alias or name]
        property_of_key["description"] = MEANINGS[key]
        if "default" in property_of_key:
            property_of_key["default"] = usual
    items = schema["properties"]["faults"]
    lone = {"$ref": "#/$defs/RandomFaults"}
    schema["properties"]["faults"] = {
        "anyOf": [{"type": "array", "items": items.pop("items"), "maxItems": items.pop("maxItems")}, lone],
        **{key: value for key, value in items.items() if key != "type"},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "icnsim scenario"}


def every_key() -> Iterator[tuple[str, type[BaseModel], str, Any]]:
    """Every key of a scenario: dotted, its section's model, its field there, and its default as a file has it.

    The keys of an item of `faults` are under its kind, those of random faults under `random`.
    """
    yield from _keys(Scenario, Scenario.model_validate({"name": "example"}).model_dump(mode="json"), "")
    for kind, model in faults.KINDS.items():
        yield from _keys(model, _defaults(model), f"faults.{kind}.")
    yield from _keys(faults.RandomFaults, {"random": _defaults(faults.RandomOf)}, "faults.")


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """The defaults of a section; required keys are omitted."""
    defaults: dict[str, Any] = model.model_construct().model_dump(mode="json", warnings=False)
    return defaults


def _keys(model: type[BaseModel], usual: Any, prefix: str) -> Iterator[tuple[str, type[BaseModel], str, Any]]:
    usual = usual[0] if isinstance(usual, list) and usual else usual
    for name, field in model.model_fields.items():
        value = usual.get(name) if isinstance(usual, dict) else None
        key = f"{prefix}{field.alias or name}"
        yield key, model, name, value
        inner = None if key == "faults" else section_in(field.annotation)
        if inner is not None:
            yield from _keys(inner, value, f"{key}.")


class _Dumper(yaml.SafeDumper):
    """Quotes every text, so that it cannot be read as another type; never writes an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = value.replace("_", "a").replace("-", "a").isalnum() and value[0].isalpha()
    reserved = value.lower() in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
    style = None if plain and not reserved else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    """The shortest decimal without an exponent that reads as the same number."""
    text = f"{Decimal(repr(value)):f}"
    if value == int(value):
        return dumper.represent_scalar("tag:yaml.org,2002:int", text.removesuffix(".0"))
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)
