"""Sobol' indices against the closed form of a function that has one."""

import numpy as np
import pytest
from scipy.stats import qmc, sobol_indices

from icnsim.analysis.sobol import indices


def blocks(function, keys: int, exponent: int) -> np.ndarray:
    """The function at a Saltelli design on the unit cube."""
    both = qmc.Sobol(2 * keys, rng=1).random_base2(exponent)
    a, b = both[:, :keys], both[:, keys:]
    mixed = [np.where(np.arange(keys) == key, b, a) for key in range(keys)]
    return np.concatenate([function(points) for points in (a, b, *mixed)])


def test_the_indices_of_ishigami_s_function_are_those_of_its_closed_form() -> None:
    def ishigami(points: np.ndarray) -> np.ndarray:
        x, y, z = (2 * points.T - 1) * np.pi
        return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)

    found = indices(blocks(ishigami, 3, 12), 3)
    assert found is not None
    # Ishigami and Homma 1990, with a = 7 and b = 0.1.
    assert np.allclose(found.first, [0.3139, 0.4424, 0], atol=0.013)
    assert np.allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.013)
    assert (found.first_low <= found.first).all() and (found.first <= found.first_high).all()
    assert (found.total_low <= found.total).all() and (found.total <= found.total_high).all()


def test_a_figure_of_one_key_alone_is_all_that_key_s() -> None:
    found = indices(blocks(lambda points: 5 + points[:, 1], 2, 8), 2)
    assert found is not None
    assert np.allclose(found.first, [0, 1], atol=0.02) and np.allclose(found.total, [0, 1], atol=0.02)


def test_a_figure_that_does_not_vary_has_no_indices() -> None:
    assert indices(np.full(4 * 8, 3.0), 2) is None


def test_the_same_figures_give_the_same_intervals() -> None:
    values = blocks(lambda points: points.sum(axis=1), 3, 5)
    first, second = indices(values, 3), indices(values, 3)
    assert first is not None and second is not None
    assert all((a == b).all() for a, b in zip(first, second))


def test_a_single_key_has_all_of_the_variance() -> None:
    found = indices(blocks(lambda points: points[:, 0] ** 2, 1, 8), 1)
    assert found is not None
    assert found.first[0] == pytest.approx(1, abs=0.02) and found.total[0] == pytest.approx(1, abs=0.02)


def test_the_indices_are_those_of_scipy() -> None:
    values = blocks(lambda points: np.exp(points).prod(axis=1) + points[:, 1], 3, 6)
    found = indices(values, 3)
    assert found is not None
    a, b, *mixed = values.reshape(5, 1, -1)
    theirs = sobol_indices(func={"f_A": a, "f_B": b, "f_AB": np.array(mixed)}, n=64)
    assert np.allclose(found.first, theirs.first_order) and np.allclose(found.total, theirs.total_order)
