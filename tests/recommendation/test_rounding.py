"""Rounded values of ranges."""

import itertools

import pytest

from icnsim.recommendation.rounding import rounded
from icnsim.scenario.variation import measured


@pytest.mark.parametrize(
    ("value", "levels", "expected"),
    [
        ("59974ms", "10s..5min", 60.0),
        ("18981ms", "10s..5min", 19.0),
        ("131274ms", "10s..5min", 130.0),
        ("283s", "10s..5min", 280.0),
        ("1234ms", "1s..2s", 1.25),
        (0.4273, "0.1..0.9", 0.43),
        (1037, "1..5000", 1050),
        (0, "0..5000", 0),
    ],
)
def test_values_have_two_digits_and_half_steps_below_twenty(value: object, levels: str, expected: float) -> None:
    found = measured(rounded(value, levels))
    assert found is not None and found[1] == pytest.approx(expected)


def test_a_value_stays_in_its_range() -> None:
    assert measured(rounded("10010ms", "10007ms..30s")) == ("s", 10.007)
    assert measured(rounded("29996ms", "10s..29997ms")) == ("s", 29.997)


def test_neighbours_are_at_most_five_percent_apart() -> None:
    found = sorted({float(rounded(1.01**step, "1.0..1000.0")) for step in range(690)})
    assert max(b / a for a, b in itertools.pairwise(found)) <= 1.0501
