"""The strict reader of YAML, in addition to the errors in `tests.hostile.test_bad_scenarios`."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario.yamlfile import read


@pytest.mark.parametrize("text", ["a:\n\t- b\n", "a: [1\n", "a: b: c\n", "a: '\n", 'a: "\\ud800"\n'])
def test_the_message_of_the_parser_is_marked_as_its_own(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^s\.yaml:[1-3]: found invalid YAML: .*, expected valid YAML$"):
        read(text, "s.yaml")
