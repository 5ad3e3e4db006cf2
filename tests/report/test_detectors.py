"""The page of a comparison of detectors: the first sentence says whether the difference is shown."""

import math

import pytest

from icnsim.report import detectors


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-31.0, -20.0, ", a difference of [-31.000, -20.000 s] at 95 %"),
        (-31.0, 2.0, ", but the interval of the difference, [-31.000, 2.000 s], includes 0"),
        (math.nan, math.nan, ", but these replications give no interval of the difference"),
    ],
)
def test_the_first_sentence_says_whether_a_detector_is_shown_to_be_faster(low: float, high: float, words: str) -> None:
    assert detectors._shown_faster({"difference_s_low": low, "difference_s_high": high}) == words
