"""Durations that are rounded up to a round value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.scenario.units import format_duration, parse_duration, rounded_up

S = 1_000_000


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"), (0.2, "1s"), (59.974, "1min"), (61, "75s"), (75.5, "90s"), (91, "2min"), (310, "6min"),
        (390, "7min"), (611, "12min"), (5401, "2h"), (3 * 86_400 + 1, "4d"), (40 * 3600, "2d"),
    ],
)  # fmt: skip
def test_a_duration_is_rounded_up_to_a_round_number(seconds: float, written: str) -> None:
    assert rounded_up(seconds * S) == parse_duration(written)


@given(st.floats(0, 1e15, allow_subnormal=False))
def test_it_is_never_shortened_and_at_most_doubled(duration: float) -> None:
    rounded = rounded_up(duration)
    assert duration <= rounded <= max(2 * duration, S)
    assert rounded_up(rounded) == rounded == parse_duration(format_duration(rounded))
