"""Figures for readers: at least three digits, a unit that fits, no text that hides a difference."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.cli.comparetable import _difference
from icnsim.numbers import (
    CPU,
    NOISE,
    brief,
    checked,
    exact,
    expected,
    figure,
    grouped,
    interval,
    number,
    rounded,
    share_difference,
    signed,
)  # fmt: skip
from icnsim.statistics.paired import Paired
from icnsim.sweeps.overview import key_value

SHARES = st.floats(1e-12, 1 - 1e-15, exclude_max=True)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (15.0, "s", "15.000 s"), (0.2, "s", "200 ms"), (0.0123, "s", "12.3 ms"), (0.00012345, "s", "123 µs"),
        (3e-7, "s", "0.300 µs"), (0.99996, "s", "1.000 s"), (0, "s", "0 s"), (1234.56, "s", "1,234.6 s"),
        (-0.003, "s", "-3.00 ms"), (1.0, "%", "100 %"), (0.99999999, "%", "99.999999 %"), (0.0, "%", "0 %"),
        (4.7e-7, "%", "0.0000470 %"), (-1.7e-19, "%", "0 %"), (0.123456, "%", "12.346 %"), (512, "B", "512 B"),
        (47_200, "B", "47.20 kB"), (1_234_567, "B", "1.235 MB"), (0.012, CPU, "12,000 µs/s"), (7, "", "7"),
        (123_456, "", "123,456"), (0.0005, "", "0.000500"), (12_345.678, "", "12,345.7"), (None, "s", "-"),
        (math.nan, "%", "-"), (math.inf, "s", "∞ s"), (1.5, "1/s", "1.500 1/s"),
    ],
)  # fmt: skip
def test_a_figure_has_three_digits_and_a_unit_that_fits(value: float | None, unit: str, text: str) -> None:
    assert figure(value, unit) == text


@given(SHARES)
def test_only_one_is_a_hundred_per_cent_and_no_share_has_an_exponent(share: float) -> None:
    printed = Decimal(figure(share, "%").removesuffix(" %"))
    assert 0 < printed < 100
    assert "e" not in figure(share, "%").lower()
    assert float(printed) == pytest.approx(100 * share, rel=5e-3)


@given(st.floats(1e-6, 1e6))
def test_a_duration_is_the_printed_number_of_the_printed_unit(seconds: float) -> None:
    text, unit = figure(seconds, "s").split(" ")
    assert float(text.replace(",", "")) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit] == pytest.approx(seconds, rel=5e-3)


@given(st.floats(1e-3, 1e6), st.integers(1, 40))
def test_a_figure_that_misses_a_limit_differs_from_it_in_print(limit: float, steps: int) -> None:
    missed = limit
    for _ in range(steps):
        missed = math.nextafter(missed, math.inf)
    assert figure(missed, "", apart_from=[limit]) != figure(limit, "", apart_from=[missed])


def test_a_failed_expectation_shows_how_it_failed_and_a_held_one_is_short() -> None:
    failed = {"metric": "m", "expected": "at most 43.187", "found": 43.1870004, "held": False}
    assert checked(failed) == "43.1870004"
    assert checked({**failed, "held": True}) == "43.187"
    assert checked({**failed, "expected": "40 ± 3.187"}) == "43.1870004"
    assert checked({**failed, "expected": "null", "found": 3}) == "3"


def test_an_expectation_has_the_unit_of_its_figure() -> None:
    assert expected({"expected": "at most 1.5"}, "s") == "at most 1.5 s"
    assert expected({"expected": "0.29 ± 0.01"}, "%") == "29 % ± 1 %"
    assert expected({"expected": "null"}, "s") == "null"
    assert checked({"expected": "at most 30", "found": 30.00004, "held": False}, "s") == "30.00004 s"


def test_a_brief_number_has_three_digits_and_all_of_its_whole_part() -> None:
    assert [brief(value) for value in (0.5, 51.13, 56_193.4, 0.0, math.inf)] == ["0.500", "51.1", "56,193", "0", "∞"]


def test_a_rounded_number_has_no_exponent() -> None:
    assert [rounded(value, 2) for value in (3.9e-05, 12_345.0, 30.0)] == ["0.000039", "12000", "30"]


def test_a_half_width_has_the_unit_of_its_mean_and_an_interval_names_a_unit_once() -> None:
    assert figure(0.00012, "s", scale_of=14.9) == "0.000120 s"
    assert interval(1.2, 3.4, "s") == "[1.200, 3.400 s]"
    assert interval(0.2, 3.4, "s") == "[200 ms, 3.400 s]"


def test_a_difference_of_shares_is_in_percentage_points_and_an_error_of_rounding_is_zero() -> None:
    assert share_difference(0.0012) == "0.120 pp"
    row = Paired(*([10] + [0.25, 0.25, -1.7e-16] + [math.nan] * 20)[: len(Paired._fields)])
    assert _difference(row, "%") == "0 pp"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_an_exact_number_reads_as_the_same_number_and_has_no_exponent(value: float) -> None:
    assert float(exact(value)) == value
    assert float(grouped(value).replace(",", "")) == value
    assert "e" not in exact(value)


QUANTITIES = st.one_of(st.floats(1e-15, 1e15), st.floats(-1e15, -1e-15))
SCALE = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "%": 0.01, CPU: 1e-6, "1/s": 1.0}


def _last_digit(text: str) -> Decimal:
    """The value of one unit of the last digit that is printed."""
    return Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent))


@given(QUANTITIES, st.sampled_from(["s", "B", "%", CPU, "1/s", ""]))
def test_a_printed_figure_is_within_its_last_digit_of_the_value(value: float, unit: str) -> None:
    text, _, name = figure(value, unit).replace(",", "").partition(" ")
    if float(text) == 0:
        assert abs(value) < NOISE and unit in ("%", "s")
        return
    scale = Decimal(repr(SCALE.get(name, 1.0)))
    slack = abs(Decimal(value)) * Decimal("1e-15")  # the division by the unit is rounded
    assert abs(Decimal(text) * scale - Decimal(value)) <= _last_digit(text) * scale / 2 + slack
    assert unit == "" or "e" not in text
    assert len(text.partition("e")[0].lstrip("-0.").replace(".", "")) >= 3


@given(QUANTITIES, st.sampled_from(["%", "s", ""]))
def test_a_number_of_a_cell_has_three_digits_and_no_unit(value: float, unit: str) -> None:
    text = number(value, unit)
    assert " " not in text and "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=5e-3)
    assert unit != "%" or text != "100" or value == 100


@given(st.floats(1e-300, 1e15), st.floats(1e-300, 1e15))
def test_different_values_of_a_key_never_have_the_same_text(one: float, other: float) -> None:
    assert (key_value(one) == key_value(other)) == (one == other)


@given(QUANTITIES)
def test_a_difference_has_its_sign(value: float) -> None:
    assert signed(value, "").startswith("+" if value > 0 else "-")
