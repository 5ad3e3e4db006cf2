"""The Pareto front against its definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from icnsim.statistics import pareto

COSTS = st.integers(1, 4).flatmap(
    lambda respects: st.lists(
        st.lists(st.one_of(st.integers(0, 4), st.just(float("nan"))), min_size=respects, max_size=respects), max_size=25
    ).map(lambda rows: np.array(rows, dtype=float).reshape(len(rows), respects))
)


def dominates(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one <= other).all() and (one < other).any())


@given(COSTS)
def test_the_front_is_the_set_of_points_that_no_point_dominates(costs: np.ndarray) -> None:
    whole = ~np.isnan(costs).any(axis=1)
    expected = [
        bool(whole[i]) and not any(whole[j] and dominates(costs[j], costs[i]) for j in range(len(costs)))
        for i in range(len(costs))
    ]
    assert pareto.front(costs).tolist() == expected


def test_equal_points_are_on_the_front_together_and_without_points_it_is_empty() -> None:
    assert pareto.front(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 3.0]])).tolist() == [True, True, False]
    assert pareto.front(np.empty((0, 2))).tolist() == []


def test_a_large_front_is_found() -> None:
    share = np.random.default_rng(1).random(50_000)
    assert pareto.front(np.stack([share, 1 - np.round(share, 2)], axis=1)).sum() >= 100
