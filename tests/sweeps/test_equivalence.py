"""Margins of equivalence as a user states them."""

import numpy as np
import pytest

from icnsim.errors import ScenarioError
from icnsim.sweeps.equivalence import Margins
from icnsim.sweeps.figures import names


def margin(texts: list[str], name: str, mean_a: float) -> float:
    """The margin of one figure for this mean of A."""
    means = np.where(np.array(names()) == name, mean_a, np.nan)
    return float(Margins.read(texts).of(means)[names().index(name)])


@pytest.mark.parametrize(
    ("texts", "name", "mean", "expected"),
    [
        ([], "records.mean", 200, 10),
        ([], "records.mean", 0, 0),
        (["2%"], "detection_total.mean", 60, 1.2),
        (["2%", "1%"], "detection_total.mean", 60, 0.6),
        (["records.mean=50"], "records.mean", 200, 50),
        (["records.mean=50"], "records.peak", 200, 10),
        (["records.mean=1%", "2%"], "records.mean", 200, 2),
        (["detection_total.p99=1500ms"], "detection_total.p99", 60, 1.5),
        (["records.peak_bytes=10KiB"], "records.peak_bytes", 1e6, 10240),
        (["success_rate=0.5pp"], "success_rate", 0.99, 0.005),
        # A share, and its complement, have the same relative margin.
        ([], "success_rate", 0.99, 0.0005),
        ([], "success_rate", 0.01, 0.0005),
    ],
)
def test_a_margin_is_a_share_of_the_mean_of_a_or_a_value(
    texts: list[str], name: str, mean: float, expected: float
) -> None:
    assert margin(texts, name, mean) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", "--equivalence: found '5', expected a share of A's mean above 0% and below 100% such as 5%, or FIGURE="),
        ("0%", "above 0%"),
        ("100%", "below 100%"),
        ("-1%", "above 0%"),
        ("nan%", "above 0%"),
        ("x%", "such as 5%"),
        ("", "such as 5%"),
        ("2s", "FIGURE=VALUE with a value in the figure's unit"),
        ("records.mean=5s", "records.mean: found '5s'.*a number such as 3"),
        ("records.mean=inf", "a number such as 3"),
        ("records.mean=-3", "a number such as 3"),
        ("detection_total.p99=5", "a duration such as 2s"),
        ("success_rate=0.5", "percentage points such as 0.5pp"),
        ("records.mean=5pp", "a number such as 3"),
        ("records.meen=5%", "did you mean 'records.mean'"),
    ],
)
def test_a_margin_that_is_none_is_refused_with_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        Margins.read([text])
