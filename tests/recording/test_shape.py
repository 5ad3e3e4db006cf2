"""The types of a stored document are those of an example."""

from typing import Any

import pytest

from icnsim.recording.shape import wrong

EXAMPLE: dict[str, Any] = {
    "count": 3, "mean": 1.5, "on": True, "why": "few", "list": [1], "absent": None, "part": {"inner": 2},
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", 4), ("count", 4.5), ("mean", 2), ("mean", None), ("on", False), ("why", ""), ("why", None),
        ("list", []), ("absent", None), ("absent", 1.5), ("absent", "text"), ("absent", [1]), ("absent", True),
        ("part", {"inner": 0, "more": {}}), ("new", {}),
    ],
)  # fmt: skip
def test_an_entry_may_have_every_value_of_its_type(key: str, value: object) -> None:
    assert list(wrong({**EXAMPLE, key: value}, EXAMPLE)) == []


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("count", None, "a number"),
        ("count", True, "a number"),
        ("count", "4", "a number"),
        ("mean", "2", "a number"),
        ("mean", False, "a number"),
        ("on", 1, "true or false"),
        ("on", None, "true or false"),
        ("why", 3, "a text"),
        ("list", None, "a list"),
        ("list", {}, "a list"),
        ("absent", {}, "a value that is not a mapping"),
        ("part", 2, "a mapping"),
        ("part", None, "a mapping"),
    ],
)
def test_an_entry_of_another_type_is_named(key: str, value: object, expected: str) -> None:
    (found,) = wrong({**EXAMPLE, key: value}, EXAMPLE)
    assert (found[0], found[2]) == (key, expected)


def test_missing_entries_are_named_with_their_keys_and_all_wrong_ones_are_found() -> None:
    assert list(wrong({}, {"part": {"inner": 2}, "why": "few"})) == [
        ("part", "nothing", "a mapping"),
        ("why", "nothing", "a text"),
    ]
    document = {**EXAMPLE, "part": {"inner": "two"}, "count": "three"}
    assert [key for key, _, _ in wrong(document, EXAMPLE)] == ["count", "part.inner"]
    assert [key for key, _, _ in wrong({"part": {}}, {"part": {"inner": 2}}, "top")] == ["top.part.inner"]
