"""A setting of `--set` or of `overrides` that loses a text, a key or an earlier setting is refused."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import loads
from tests.hostile.test_bad_scenarios import GOOD


@pytest.mark.parametrize(("text", "found"), [('"a #1"', "a #1"), ("'a #1'", "a #1"), ("a#1", "a#1")])
def test_a_quoted_sign_of_a_comment_is_part_of_a_setting(text: str, found: str) -> None:
    assert loads(GOOD, overrides={"description": text}).description == found


TABS = ["hello\t#world", "a\t#b", "'a'\t#b", "[a\t#b\n]", "5\t#b", "\ufeffa\t#b", "|\t#b\n a", "{a: 1}\t#b"]


@pytest.mark.parametrize("text", ["a #1", "#1", "a\n# 1", "| # 1\n a", "[a, #1\n b]", *TABS])
def test_a_comment_in_a_setting_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match="found the comment '#"):
        loads(GOOD, overrides={"description": text})


@pytest.mark.parametrize("text", ["'a\t#b'", "|\n a\t#b", "a\tb#c"])
def test_a_setting_keeps_each_sign_of_a_comment_in_its_text(text: str) -> None:
    assert "#" in loads(GOOD, overrides={"description": text}).description


@pytest.mark.parametrize("text", ["{count: 5, count: 6}", "{count: 5, messages: {a: 1, a: 1}}"])
def test_a_key_that_a_setting_has_twice_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^--set actors:1: .*found the key a second time"):
        loads(GOOD, overrides={"actors": text})


def test_a_key_that_an_item_of_a_setting_has_twice_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"0\.count: found the key a second time"):
        loads(GOOD, overrides={"executors": "[{group: a, count: 5, count: 6}]"})


@pytest.mark.parametrize("value", ["{state_size: 2MiB}", {"state_size": "2MiB"}, {}])
def test_a_section_that_would_undo_a_key_set_before_it_is_refused(value: object) -> None:
    with pytest.raises(ScenarioError, match=r"^--set: actors: found the whole section after its key 'actors\.count'"):
        loads(GOOD, overrides={"actors.count": "5", "actors": value})


def test_a_key_after_its_section_adds_to_it() -> None:
    scenario = loads(GOOD, overrides={"actors": "{state_size: 2MiB}", "actors.count": "5"})
    assert (scenario.actors.count, scenario.actors.state_size.mean()) == (5, 2 * 2**20)


@pytest.mark.parametrize("key", ["executors.00.count", "executors.01.count", "executors.-0.count"])
def test_an_item_has_one_number_only(key: str) -> None:
    with pytest.raises(ScenarioError, match="expected a number from 0 to"):
        loads(GOOD, overrides={key: 5})


def test_two_keys_of_python_with_the_same_text_are_refused() -> None:
    with pytest.raises(ScenarioError, match="two keys of the same text"):
        loads(GOOD, overrides={"expect": {"success_rate": {1: 2, "1": 3}}})
