"""The picture of the states shows every row of its table, and its texts do not overlap."""

import itertools
import re
from collections import Counter

import pytest

from docs.programs.state_diagram import WIDTH, diagram
from icnsim.protocol.profile import PROFILES
from icnsim.protocol.states import TRANSITIONS, UNGUARDED, Event, State, table

TABLES = {"as-designed": TRANSITIONS, "hardened": table(PROFILES["hardened"])}
TEXT = re.compile(r'<text class="(\w+)" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]*)</text>')


@pytest.mark.parametrize("profile", TABLES)
def test_each_row_of_the_table_is_drawn_once_on_each_side_with_this_transition(profile: str) -> None:
    rows = TABLES[profile]
    events = [text.removeprefix("↻ ") for kind, *_, text in TEXT.findall(diagram(rows, "title")) if kind == "event"]
    drawn = Counter(event for text in events for event in text.split(", "))
    expected = Counter(event.label for _, event in rows)
    expected[Event.CLEAN_UP.label] *= 2  # complete and failed are on both sides
    assert drawn == expected


@pytest.mark.parametrize("profile", TABLES)
def test_texts_do_not_overlap_and_are_within_the_picture(profile: str) -> None:
    boxes = []
    for _, x, y, anchor, text in TEXT.findall(diagram(TABLES[profile], "title")):
        width = 7.9 * len(text)  # a wide sans-serif font of 13 px, bold
        left = float(x) - {"start": 0, "middle": width / 2, "end": width}[anchor]
        assert left >= 0 and left + width <= WIDTH, text
        boxes.append((left, left + width, float(y) - 11, float(y) + 3, text))
    for a, b in itertools.combinations(boxes, 2):
        assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2], (a, b)


def test_a_row_without_a_place_in_the_layout_is_an_error() -> None:
    row = (State.COMPLETE, Event.ACCEPT)
    with pytest.raises(ValueError, match="complete --accept"):
        diagram({**TRANSITIONS, row: UNGUARDED[row]}, "title")
