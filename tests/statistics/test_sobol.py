"""Sobol' indices of functions with known indices, with and without random errors."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import qmc, sobol_indices, t

from icnsim.statistics.sobol import LEAST, Indices, indices

Floats = np.ndarray


def design(keys: int, rows: int, seed: int = 1) -> Floats:
    """A Saltelli design on the unit cube: points × keys."""
    both = qmc.Sobol(2 * keys, rng=seed).random(rows)
    a, b = both[:, :keys], both[:, keys:]
    return np.concatenate([a, b, *(np.where(np.arange(keys) == key, b, a) for key in range(keys))])


def sure(values: Floats) -> Floats:
    """The same values in all replications."""
    return np.repeat(values[:, np.newaxis], LEAST, axis=1)


def ishigami(points: Floats) -> Floats:
    x, y, z = (2 * points.T - 1) * np.pi
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def linear(points: Floats) -> Floats:
    return 2 * points[:, 0] + points[:, 1]


FUNCTIONS = {
    "ishigami": (ishigami, [0.3139, 0.4424, 0], [0.5576, 0.4424, 0.2437]),  # Ishigami and Homma 1990, a = 7, b = 0.1
    "linear": (linear, [0.8, 0.2, 0], [0.8, 0.2, 0]),
}
"""Functions of three keys, their first-order and their total indices."""


def found(values: Floats, keys: int = 3) -> Indices:
    result = indices(values, keys)
    assert result is not None
    return result


# Without random errors


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_indices_are_those_of_the_closed_form(name: str) -> None:
    function, first, total = FUNCTIONS[name]
    result = found(sure(function(design(3, 4096))))
    assert np.allclose(result.first, first, atol=0.013) and np.allclose(result.total, total, atol=0.013)
    assert result.noise == 0
    for low, middle, high in (
        (result.first_low, result.first, result.first_high),
        (result.total_low, result.total, result.total_high),
    ):
        assert (low <= middle).all() and (middle <= high).all()


def test_without_random_errors_the_indices_are_those_of_scipy() -> None:
    points = design(3, 64)
    values = np.exp(points).prod(axis=1) + points[:, 1]
    a, b, *mixed = values.reshape(5, 1, -1)
    theirs = sobol_indices(func={"f_A": a, "f_B": b, "f_AB": np.array(mixed)}, n=64)
    result = found(sure(values))
    assert np.allclose(result.first, theirs.first_order) and np.allclose(result.total, theirs.total_order)


def test_a_figure_that_does_not_vary_has_no_indices() -> None:
    assert indices(np.full((4 * 8, LEAST), 3.0), 2) is None


def test_a_single_key_has_all_of_the_variance() -> None:
    result = found(sure(design(1, 256)[:, 0] ** 2), 1)
    assert np.allclose(result.first, 1, atol=0.02) and np.allclose(result.total, 1, atol=0.02)


# With random errors


def independent(points: Floats, generator: np.random.Generator, count: int) -> Floats:
    """Independent random errors at every point."""
    return generator.normal(size=(len(points), count))


def common(points: Floats, generator: np.random.Generator, count: int) -> Floats:
    """Random errors of a seed that depend smoothly on the third key, as with common random numbers."""
    phase, size = generator.uniform(0, 2 * np.pi, count), generator.normal(0, np.sqrt(2), count)
    return size * np.cos(2 * np.pi * points[:, 2:] + phase)


Chance = Callable[[Floats, np.random.Generator, int], Floats]


@pytest.mark.parametrize(("name", "chance"), [("linear", independent), ("ishigami", common)])
def test_random_errors_bias_neither_the_indices_nor_their_variance(name: str, chance: Chance) -> None:
    generator, estimates, naive = np.random.default_rng(2), [], []
    points = design(3, 256)
    value = FUNCTIONS[name][0](points)
    without = found(sure(value))
    for _ in range(150):
        values = value[:, np.newaxis] + 0.7 * value.std() * chance(points, generator, 6)
        result = found(values)
        estimates.append(np.concatenate([result.first, result.total]))
        naive.append(found(sure(values.mean(axis=1))).total)
    # The standard errors are below 0.008.
    assert np.allclose(np.mean(estimates, axis=0), [*without.first, *without.total], atol=0.03)
    # The indices of the point means would count the random errors, 0.5 / 6 of the function's variance, as an effect.
    assert np.mean(naive, axis=0)[2] > without.total[2] + 0.045


@pytest.mark.parametrize(("replications", "chance"), [(4, independent), (10, independent), (4, common)])
def test_the_intervals_of_keys_without_effect_contain_0_and_the_others_their_index(
    chance: Chance, replications: int
) -> None:
    generator, designs = np.random.default_rng(3), 300
    truth, held = np.array([0.8, 0.2, 0, 0.8, 0.2, 0]), np.zeros(6)
    for number in range(designs):
        points = design(3, 32, number)
        value = linear(points)
        result = found(value[:, np.newaxis] + 0.9 * value.std() * chance(points, generator, replications))
        if result.first is None:
            held += 1  # no claim is made
            continue
        low = np.concatenate([result.first_low, result.total_low])
        high = np.concatenate([result.first_high, result.total_high])
        held += (low <= truth) & (truth <= high)
    assert (held / designs >= 0.93).all(), held / designs


def test_the_noise_is_the_share_of_random_errors_in_the_variance_of_the_means() -> None:
    generator, points = np.random.default_rng(4), design(3, 256)
    value = linear(points)
    chance = [
        found(value[:, np.newaxis] + np.sqrt(4 * value.var()) * independent(points, generator, 4)).noise
        for _ in range(100)
    ]
    # The random errors of the means have the variance of the function: half of the total variance.
    assert np.mean(chance) == pytest.approx(0.5, abs=0.02)


def test_pure_random_errors_have_no_indices_or_intervals_that_contain_0() -> None:
    generator, none, wrong = np.random.default_rng(5), 0, 0
    for _ in range(200):
        result = found(generator.normal(size=(5 * 32, 5)))
        if result.first is None:
            none += 1
            assert result.noise == 1 and all(each is None for each in result[1:])
            continue
        wrong += bool((np.array([*result.first_low, *result.total_low]) > 0).any())
    assert 50 < none < 150 and wrong < 14


def test_a_common_effect_of_a_seed_at_all_points_has_no_influence() -> None:
    points = design(3, 32)
    values = linear(points)[:, np.newaxis] + independent(points, np.random.default_rng(6), 5)
    shifted = values + np.array([0, 1e3, -50, 7, 1e4])
    for one, other in zip(found(values), found(shifted), strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_the_intervals_are_those_of_the_jackknife_written_out() -> None:
    points = design(2, 16)
    values = linear(points)[:, np.newaxis] + 0.5 * independent(points, np.random.default_rng(7), 5)

    def forms(values: Floats) -> Floats:
        """V, then the numerators, from all pairs of different replications."""
        count = values.shape[1]
        total = np.zeros(5)
        for r in range(count):
            for s in range(count):
                if r != s:
                    a, b, *mixed = (values[:, r] - values[:, r].reshape(4, -1)[:2].mean()).reshape(4, -1)
                    c, d, *other = (values[:, s] - values[:, s].reshape(4, -1)[:2].mean()).reshape(4, -1)
                    total[0] += (a @ c + b @ d) / (2 * len(a))
                    total[1:3] += [b @ (each - c) / len(a) for each in other]
                    total[3:] += [(x - a) @ (y - c) / (2 * len(a)) for x, y in zip(mixed, other, strict=True)]
        return total / (count * (count - 1))

    whole = forms(values)
    rows = np.array([forms(np.delete(values.reshape(4, 16, 5), row, axis=1).reshape(60, 5)) for row in range(16)])
    replications = np.array([forms(np.delete(values, each, axis=1)) for each in range(5)])
    result = found(values, 2)
    estimates = whole[1:] / whole[0]
    assert np.allclose([*result.first, *result.total], estimates)
    for number, index in enumerate(estimates):
        linear_rows, linear_replications = (each[:, number + 1] - index * each[:, 0] for each in (rows, replications))
        parts = 15 / 16 * 16 * linear_rows.var(), 4 / 5 * 5 * linear_replications.var()
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / 15 + parts[1] ** 2 / 4)
        half = t.ppf(0.975, freedom) * np.sqrt(sum(parts)) / whole[0]
        low, high = np.array([*result.first_low, *result.total_low]), np.array([*result.first_high, *result.total_high])
        assert (low[number], high[number]) == pytest.approx((index - half, index + half), rel=1e-7)
