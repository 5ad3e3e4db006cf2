"""Arrow arrays from columns, against Python's own lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording.arrays import Texts, names_of


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 100, 1234])
def test_numbered_texts_are_the_prefix_and_the_number(count: int) -> None:
    texts = Texts.numbered([("actor-", count), ("task-", 2)])
    assert len(texts) == count + 2
    assert texts.all().to_pylist() == [*(f"actor-{number}" for number in range(count)), "task-0", "task-1"]


@given(st.lists(st.integers(0, 11)), st.booleans())
def test_a_dictionary_holds_the_names_that_occur_in_their_order(codes: list[int], some_are_missing: bool) -> None:
    names = [f"é{number}" for number in range(12)]
    missing = np.array(codes, dtype=np.int64) % 2 == 1 if some_are_missing else None
    found = names_of(np.array(codes, dtype=np.int64), Texts(names), missing)
    expected = [None if some_are_missing and code % 2 else names[code] for code in codes]
    assert found.to_pylist() == expected
    assert found.dictionary.to_pylist() == sorted({name for name in expected if name}, key=names.index)
