"""Every key has a meaning, and the schema that editors use agrees with what is read."""

import re

from icnsim.scenario.meanings import MEANINGS
from icnsim.scenario.resolved import every_key, json_schema


def test_every_key_has_a_meaning_and_every_meaning_a_key() -> None:
    assert {key for key, *_ in every_key()} == set(MEANINGS)


def test_the_schema_s_defaults_are_as_a_file_has_them() -> None:
    schema = json_schema()
    for section in (schema, *schema["$defs"].values()):
        for name, key in section["properties"].items():
            assert key["description"]
            if isinstance(key.get("default"), str) and "pattern" in key:
                assert re.search(key["pattern"], key["default"]), name
            elif key.get("type") == "string" and "pattern" in key:
                assert "default" not in key or key["default"] is None, name
