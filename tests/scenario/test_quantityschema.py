"""The schema that editors use accepts and refuses the same values as a scenario does."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from icnsim.cli.new import TEMPLATE
from icnsim.errors import ScenarioError
from icnsim.scenario import load
from icnsim.scenario.resolved import json_schema

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
LATENCY = [
    "200ms", "1.5 s", {"distribution": "uniform", "low": "1s", "high": "2s"},
    {"distribution": "pareto", "minimum": "10ms", "alpha": 2.5},
    {"distribution": "mixture", "parts": [{"weight": 1, "value": "1s"}, {"weight": 2, "distribution": "exponential",
     "mean": "3s"}]},
]  # fmt: skip
WRONG = [
    200, "200", "200 parsecs", "10MiB", {"distribution": "unifrom", "low": "1s", "high": "2s"},
    {"distribution": "uniform", "low": "1s"}, {"distribution": "uniform", "low": "1s", "high": "2s", "mean": "1s"},
    {"distribution": "uniform", "low": 1, "high": "2s"}, {"distribution": "pareto", "minimum": "1s", "alpha": "2s"},
    {"distribution": "mixture", "parts": [{"value": "1s"}]}, {"distribution": "mixture", "parts": []}, [], True,
]  # fmt: skip


def whole(**network: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"name": "a", "executors": [{"group": "a", "count": 3}], "workload": {"migrations": 1}}
    return {**base, "network": network}


def read(tmp_path: Path, data: dict[str, Any]) -> None:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(data), "utf-8")
    load(tmp_path / "a.yaml")


@pytest.mark.parametrize("latency", LATENCY, ids=str)
def test_a_right_value_is_right_for_both(tmp_path: Path, latency: object) -> None:
    read(tmp_path, whole(latency=latency))
    VALIDATOR.validate(whole(latency=latency))


@pytest.mark.parametrize("latency", WRONG, ids=str)
def test_a_wrong_value_is_wrong_for_both(tmp_path: Path, latency: object) -> None:
    with pytest.raises(ScenarioError):
        read(tmp_path, whole(latency=latency))
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(whole(latency=latency))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_shipped_scenario_fits_the_schema(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text("utf-8")))


def test_the_template_fits_the_schema_that_it_names() -> None:
    text = TEMPLATE.format(name="mine", schema="icnsim.schema.json")
    assert "\n# yaml-language-server: $schema=./icnsim.schema.json\n" in text
    VALIDATOR.validate(yaml.safe_load(text))


def test_every_key_has_a_type_that_an_editor_can_check() -> None:
    schema = json_schema()
    kinds = {"type", "anyOf", "oneOf", "enum", "const", "$ref", "allOf"}
    for section in (schema, *schema["$defs"].values()):
        assert [key for key, about in section.get("properties", {}).items() if not kinds & {*about}] == []
    loose = {"type": "object", "required": ["distribution"]}
    assert str(loose) not in str(schema)
