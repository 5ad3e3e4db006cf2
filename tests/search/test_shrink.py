"""The reducer with known predicates: its result fails, is no larger, and cannot be reduced further."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from icnsim.search.shrink import ABSENT, Document, Path, Shrunk, shrink

NUMBERS = st.integers(0, 50)
ITEMS = st.lists(NUMBERS, max_size=12).map(tuple)
DOCUMENTS = st.fixed_dictionaries({"items": ITEMS, "count": NUMBERS, "other": st.dictionaries(st.text("abc"), NUMBERS)})
MANY = 100_000


def size(value: Any) -> int:
    return len(json.dumps(value))


def needs(wanted: frozenset[int], least: int) -> Callable[[Document], bool]:
    """Fails where all these items are there, in any order, and the count is large enough."""

    def fails(document: Document) -> bool:
        return wanted <= set(document.get("items", ())) and document.get("count", 0) >= least

    return fails


@st.composite
def failing(draw: st.DrawFn) -> tuple[Document, Callable[[Document], bool]]:
    document = draw(DOCUMENTS)
    some = draw(st.lists(st.sampled_from(document["items"]), max_size=4)) if document["items"] else []
    return document, needs(frozenset(some), draw(st.integers(0, document["count"])))


@given(failing())
def test_what_comes_of_it_still_fails_and_is_no_larger(case: tuple[Document, Callable[[Document], bool]]) -> None:
    document, fails = case
    found = shrink(document, fails, MANY)
    assert found.whole
    assert fails(found.document)
    assert size(found.document) <= size(document)


@given(failing())
def test_no_single_item_can_go_from_what_comes_of_it(case: tuple[Document, Callable[[Document], bool]]) -> None:
    document, fails = case
    found = shrink(document, fails, MANY).document
    items = found.get("items", ())
    for place in range(len(items)):
        assert not fails({**found, "items": items[:place] + items[place + 1 :]})


@given(failing())
def test_what_is_not_needed_is_gone_and_numbers_are_the_smallest(
    case: tuple[Document, Callable[[Document], bool]],
) -> None:
    document, fails = case
    found = shrink(document, fails, MANY).document
    assert "other" not in found
    assert not fails({**found, "count": found.get("count", 0) - 1})


@given(failing(), st.integers(0, 20))
def test_the_limit_of_tries_is_kept_and_what_comes_of_it_still_fails(
    case: tuple[Document, Callable[[Document], bool]], limit: int
) -> None:
    document, fails = case
    asked: list[Document] = []

    def counted(candidate: Document) -> bool:
        asked.append(candidate)
        return fails(candidate)

    found = shrink(document, counted, limit)
    assert found.tries == len(asked) <= limit
    assert fails(found.document)
    assert found.whole or len(asked) == limit


@given(failing())
@settings(max_examples=30)
def test_it_does_the_same_each_time_and_nothing_twice(case: tuple[Document, Callable[[Document], bool]]) -> None:
    document, fails = case
    runs: list[tuple[Shrunk, list[str]]] = []
    for _ in range(2):
        asked: list[str] = []

        def noted(candidate: Document, asked: list[str] = asked) -> bool:
            asked.append(json.dumps(candidate, sort_keys=True))
            return fails(candidate)

        runs.append((shrink(document, noted, MANY), asked))
    assert runs[0] == runs[1]
    assert len(set(runs[0][1])) == len(runs[0][1])


def test_a_variant_is_taken_where_a_change_alone_does_not_do() -> None:
    def fails(document: Document) -> bool:
        return document["count"] >= (3 if document["seed"] == 7 else 1)

    def variants(path: Path, document: Document) -> list[Document]:
        return [{**document, "seed": 8}] if path == ("count",) else []

    def fewer(path: Path, value: Any) -> list[Any]:
        return [value - 1] if path == ("count",) else []

    found = shrink({"count": 3, "seed": 7}, fails, MANY, simpler=fewer, variants=variants)
    assert found.document == {"count": 1, "seed": 8}


def test_keys_of_a_mapping_inside_a_list_can_go_but_not_its_items_by_the_second_pass() -> None:
    def fails(document: Document) -> bool:
        return len(document["faults"]) == 2

    def all_of_it(_: Path, value: Any) -> list[Any]:
        return [] if isinstance(value, tuple) else [ABSENT]

    found = shrink({"faults": ({"kind": "loss", "at": "1s"}, {"kind": "crash"})}, fails, MANY, simpler=all_of_it)
    assert found.document == {"faults": ({}, {})}
