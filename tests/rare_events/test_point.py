"""A run's draws as a point: its content, and moves that keep the distribution."""

import numpy as np
import pytest
from scipy import stats

from icnsim.draws.streams import Further, uniform_at, uniforms
from icnsim.rare_events.point import Point


def test_a_point_that_has_not_moved_has_the_draws_of_its_seed():
    point = Point(7)
    assert uniforms(point, "latency", 100).tolist() == uniforms(7, "latency", 100).tolist()
    assert uniforms(point, "latency", 300).tolist() == uniforms(7, "latency", 300).tolist()


def test_single_draws_are_those_of_the_column():
    point, other = Point(7), Point(7)
    column = uniforms(point, "actor", 200)
    single = Further(other)
    assert [single.uniform("actor", place) for place in (3, 130, 4, 3)] == column[[3, 130, 4, 3]].tolist()
    assert uniform_at(other, "actor", 150) == column[150]


def test_a_longer_column_begins_with_the_shorter_one():
    point = Point(7)
    short = uniforms(point, "actor", 10)
    assert uniforms(point, "actor", 40)[:10].tolist() == short.tolist()


def test_a_move_keeps_the_normal_distribution_and_has_the_correlation_of_its_step():
    """20 000 coordinates; the test of Kolmogorov and Smirnov fails by chance once in 10 000."""
    point = Point(3)
    uniforms(point, "a", 20_000)
    moved = point.moved(11, 0.6)
    before, after = (dict(each.streams())["a"] for each in (point, moved))
    assert stats.kstest(after, "norm").pvalue > 1e-4
    assert np.corrcoef(before, after)[0, 1] == pytest.approx(0.8, abs=0.01)


def test_a_move_changes_neither_the_point_nor_the_draws_of_its_seed():
    point = Point(3)
    before = uniforms(point, "a", 8).tolist()
    one, other = point.moved(11, 0.3), point.moved(11, 0.3)
    assert uniforms(point, "a", 8).tolist() == before
    assert uniforms(one, "a", 8).tolist() == uniforms(other, "a", 8).tolist() != before
    assert uniforms(one, "new", 4).tolist() == uniforms(other, "new", 4).tolist()


def test_a_shift_moves_only_one_coordinate():
    plain, shifted = Point(5), Point(5, shift={("a", 2): 3.0})
    uniforms(plain, "a", 4)
    uniforms(shifted, "a", 4)
    difference = dict(shifted.streams())["a"] - dict(plain.streams())["a"]
    assert difference == pytest.approx([0, 0, 3, 0])
    assert shifted.at(("a", 2)) == pytest.approx(plain.at(("a", 2)) + 3)
    assert shifted.at(("b", 0)) is None
    assert shifted.at(("a", 4)) is None
