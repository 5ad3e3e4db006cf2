"""The metadata of the package: CITATION.cff and pyproject.toml agree, and the citation fits its schema.

`cff-1.2.0.schema.json` is the schema of the Citation File Format 1.2.0 as its authors publish it (CC-BY-4.0).
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import icnsim

ROOT = Path(__file__).parents[2]


@pytest.fixture
def citation() -> dict[str, Any]:
    # The schema wants a date as text, and a version that looks like a number as text.
    return yaml.load((ROOT / "CITATION.cff").read_text("utf-8"), yaml.BaseLoader)


@pytest.fixture
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture
def schema() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "cff-1.2.0.schema.json").read_text("utf-8"))


def typed(value: Any) -> Any:
    """Whole numbers for the texts of digits: BaseLoader reads every scalar as text."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return int(value) if value.isdecimal() else value


def test_the_citation_fits_the_schema_of_its_format(citation: dict[str, Any], schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(typed(citation))] == []
    del citation["authors"]
    assert [error.message for error in validator.iter_errors(typed(citation))] == ["'authors' is a required property"]


def test_the_citation_and_the_package_have_one_version_license_and_author(
    citation: dict[str, Any], project: dict[str, Any]
) -> None:
    assert citation["version"] == project["version"] == icnsim.__version__
    assert citation["license"] == project["license"]
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in project["authors"]]


def test_the_classifiers_name_the_oldest_python_that_the_package_takes(project: dict[str, Any]) -> None:
    oldest = re.fullmatch(r">=(3\.\d+)", project["requires-python"])
    assert oldest is not None
    assert f"Programming Language :: Python :: {oldest[1]}" in project["classifiers"]
    assert project["classifiers"] == sorted(set(project["classifiers"]))


def test_an_address_of_the_project_is_that_of_the_protocol_or_reserved_as_a_placeholder(
    project: dict[str, Any],
) -> None:
    protocol = "https://github.com/InterCooperative-Network/icn"
    assert {url for url in project["urls"].values() if not url.endswith(".example")} == {protocol}
