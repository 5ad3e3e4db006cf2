"""Verdicts on many figures: calculated by hand, compared with SciPy, and by the rate of false verdicts."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from icnsim.analysis.figures import BETTER, better
from icnsim.statistics.paired import Floats, paired
from icnsim.statistics.verdicts import Judged, Verdict, equivalence, holm, judged
from icnsim.sweeps.figures import names

NAN = math.nan


def judge(a: Floats, b: Floats, margin: float, direction: str = "lower") -> Judged:
    found, width = paired(a, b), a.shape[1]
    return judged([found], [np.full(width, margin)], [direction] * width, np.ones(width, dtype=bool))[0]


# Holm


def test_the_adjusted_values_are_those_calculated_by_hand() -> None:
    # 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1 is 0.04, 0.06, 0.06, 0.04. No value may be below an earlier one.
    np.testing.assert_allclose(holm(np.array([0.03, NAN, 0.01, 0.04, 0.02])), [0.06, NAN, 0.04, 0.06, 0.06])
    np.testing.assert_allclose(holm(np.array([0.5, 0.9])), [1, 1])
    assert holm(np.array([])).shape == (0,)


def test_at_most_5_percent_of_comparisons_of_forty_equal_figures_find_a_difference() -> None:
    generator, wrong, naive, comparisons = np.random.default_rng(1), 0, 0, 500
    for _ in range(comparisons):
        common = generator.normal(size=(10, 40))
        # The figures depend on each other: half of the variance of each comes from a common part.
        a, b = (common + generator.normal(size=(10, 1)) + generator.normal(size=(10, 40)) for _ in range(2))
        found = judge(a, b, NAN)
        wrong += any(verdict is not Verdict.UNDECIDED for verdict in found.verdicts)
        naive += bool((paired(a, b).p <= 0.05).any())
    # A procedure at exactly 5 % is above 8 % with a probability below 0.004.
    assert wrong / comparisons < 0.08 and naive / comparisons > 0.5


# Equivalence


def test_the_p_value_is_the_larger_one_of_two_one_sided_t_tests() -> None:
    generator = np.random.default_rng(2)
    a = generator.normal(10, 2, (12, 1))
    b = a + generator.normal(0.3, 0.5, (12, 1))
    margin = 0.8
    below = ttest_rel(b + margin, a, alternative="greater").pvalue
    above = ttest_rel(b - margin, a, alternative="less").pvalue
    assert equivalence(paired(a, b), np.array([margin]))[0] == pytest.approx(max(below[0], above[0]), rel=1e-9)


def test_without_a_margin_or_an_interval_no_figure_is_equivalent() -> None:
    a, b = np.full((6, 1), 3.0), np.full((6, 1), 3.1)
    assert equivalence(paired(a, b), np.array([0.2]))[0] == 2.0**-6
    assert equivalence(paired(a, b), np.array([0.05]))[0] == 1
    for pair, margin in ((paired(a, b), 0.0), (paired(a, b), NAN), (paired(a[:3], b[:3]), 0.2)):
        assert math.isnan(equivalence(pair, np.array([margin]))[0])


def test_means_that_are_the_margin_apart_are_called_equivalent_in_at_most_5_percent_of_comparisons() -> None:
    generator, called, comparisons = np.random.default_rng(3), 0, 500
    for _ in range(comparisons):
        a = generator.normal(10, 1, (8, 1))
        called += judge(a, a + generator.normal(0.5, 0.1, (8, 1)), 0.5).verdicts[0] is Verdict.EQUIVALENT
    # One-sided at 5 %: below 2 % or above 8 % with a probability below 0.01.
    assert 0.02 < called / comparisons < 0.08


# Verdicts


def test_a_verdict_names_the_better_side_if_the_figure_has_a_direction() -> None:
    noise = np.random.default_rng(4).normal(size=(10, 2))
    a, less = 10 + noise[:, :1], 8 + noise[:, :1] + 0.1 * noise[:, 1:]
    expected = {"lower": Verdict.BETTER, "higher": Verdict.WORSE, "none": Verdict.DIFFERENT}
    for direction, verdict in expected.items():
        assert judge(a, less, 0.5, direction).verdicts == [verdict]
    assert judge(less, a, 0.5, "lower").verdicts == [Verdict.WORSE]
    assert judge(a, less, 5.0).verdicts == [Verdict.EQUIVALENT]  # they differ, by less than the margin
    assert judge(a, a, NAN).verdicts == [Verdict.SAME]
    assert judge(a, a[::-1], 0.1).verdicts == [Verdict.UNDECIDED]
    assert judge(a[:1], less[:1], 0.5).verdicts == [None]


def test_figures_that_are_not_chosen_or_do_not_differ_are_not_part_of_the_family() -> None:
    generator = np.random.default_rng(5)
    a = generator.normal(size=(10, 4))
    b = a + generator.normal(0.8, 1, (10, 4))
    b[:, 3] = a[:, 3]
    found = paired(a, b)
    chosen = np.array([True, True, False, True])
    (of_pair,) = judged([found], [np.full(4, 0.1)], ["none"] * 4, chosen)
    np.testing.assert_allclose(of_pair.p_adjusted, [*holm(found.p[:2]), NAN, NAN])
    p = equivalence(found, np.full(4, 0.1))
    np.testing.assert_allclose(of_pair.p_equivalence, [*holm(p[:2]), NAN, NAN])
    assert of_pair.verdicts[2] is None and of_pair.verdicts[3] is Verdict.SAME
    one, two = judged([found, found], [np.full(4, 0.1)] * 2, ["none"] * 4, chosen)
    np.testing.assert_allclose(one.p_adjusted[:2], holm(np.tile(found.p[:2], 2))[:2])
    np.testing.assert_array_equal(one.p_adjusted, two.p_adjusted)


def test_figures_that_are_the_same_in_all_pairs_need_no_test_and_equal_differences_have_a_reason() -> None:
    a = np.arange(5.0)[:, np.newaxis]
    assert (judge(a, a, 0.5).verdicts, judge(a, a, 0.5).why) == ([Verdict.SAME], [None])
    constant = judge(a, a - 30, 0.5)
    assert constant.verdicts == [None]
    assert constant.why == [
        "all pairs differ by the same amount; fewer than 6 of them have no interval, so use 6 or more"
    ]
    assert judge(a[:1], a[:1] - 1, 0.5).why == ["one pair has no interval; use 2 or more"]
    assert judge(np.full((3, 1), NAN), a[:3], 0.5).why == ["no pair has this figure"]
    enough = np.arange(8.0)[:, np.newaxis]
    assert (judge(enough, enough - 30, 0.5).verdicts, judge(enough, enough - 30, 0.5).why) == ([Verdict.BETTER], [None])


# Directions


def test_directions_are_those_of_existing_figures_and_of_one_kind() -> None:
    named = [name for group in BETTER.values() for name in group]
    assert set(named) <= set(names()) and len(named) == len(set(named))


@pytest.mark.parametrize(
    ("figure", "direction"),
    [
        ("success_rate", "higher"), ("detection_total.p99", "lower"), ("detection_total.std", "none"),
        ("detection_total.count", "none"), ("invariants.I1", "lower"), ("migrations.total", "none"),
        ("predicted.detection_total.mean.value", "none"), ("downtime.restricted_mean.value", "lower"),
    ],
)  # fmt: skip
def test_the_better_direction_of_a_figure(figure: str, direction: str) -> None:
    assert figure in names() and better(figure) == direction
