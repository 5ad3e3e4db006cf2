"""Splitting on an event with a known probability."""

import math
from dataclasses import dataclass
from random import Random
from statistics import fmean, stdev

import pytest
from scipy.special import ndtr, ndtri

from icnsim.rare_events import splitting
from icnsim.rare_events.estimate import estimated
from icnsim.rare_events.point import Point
from icnsim.rare_events.splitting import Level, Moves, pilot, repeat
from tests.rare_events.gaussian import moves, sample

ONE, FOUR = (1.0,), (0.5, 0.5, 0.5, 0.5)
"""The value depends on one coordinate, or on four with the same weight. Both values are standard normal."""


@pytest.mark.parametrize(("weights", "exponent"), [(ONE, 4), (FOUR, 2)])
def test_the_mean_of_repetitions_is_the_probability(weights, exponent):
    """Within 4 estimated standard errors, which a correct program exceeds with a probability of 0.1 %."""
    probability = 10.0**-exponent
    event = moves(weights, float(-ndtri(probability)))
    levels = pilot(event, 100, 1).levels
    values = [repeat(event, levels, 40, 100 + number).probability(len(levels)) for number in range(16)]
    assert fmean(values) == pytest.approx(probability, abs=4 * stdev(values) / 4)
    assert stdev(values) / 4 < 0.5 * probability


def test_a_chain_keeps_the_distribution_above_its_level():
    """The mean excess over the level does not change, within 4.5 standard errors of a mean of 500 values."""
    level, event = 2.0, moves(ONE, math.inf)
    tail = float(ndtr(-level))
    states = []
    for number in range(500):
        z = float(-ndtri(tail * (number + 0.5) / 500))
        point = Point(number)
        sample(point, ONE, math.inf)
        dict(point.streams())["a"][0] = z
        states.append(sample(point, ONE, math.inf))
    before = fmean(state.score for state in states)
    for turn in range(6):
        states = splitting._advance(event, states, level, 0.5, f"test/{turn}")
    scores = [state.score for state in states]
    assert min(scores) >= level
    assert fmean(scores) == pytest.approx(before, abs=4.5 * stdev(scores) / 500**0.5)


def test_a_level_that_no_state_reaches_ends_a_repetition():
    found = repeat(moves(ONE, 9.0), (Level(0.0, 0.5), Level(8.0, 0.5), Level(math.inf, 0.5)), 20, 1)
    assert found.shares[-1] == 0
    assert found.probability(3) == 0
    assert found.probability(1) == found.shares[0] > 0


@dataclass(frozen=True)
class Flat:
    score: float


def test_a_pilot_stops_if_all_scores_are_equal():
    found = pilot(Moves(lambda _: Flat(0.5), lambda state, _, __: state), 20, 1)
    assert found.stuck
    assert [level.score for level in found.levels] == [0.5]


def test_a_pilot_takes_the_next_higher_score_if_many_are_equal():
    found = pilot(Moves(lambda seed: Flat(float(seed % 50 == 0)), lambda state, _, __: state), 200, 1)
    assert [level.score for level in found.levels] == [0.0, 1.0]


@dataclass(frozen=True)
class Line:
    """A state with one normal coordinate, which is faster than a point."""

    z: float

    @property
    def score(self) -> float:
        return math.inf if self.z > BOUND else self.z


BOUND = float(-ndtri(0.002))


def moved(state: Line, seed: int, step: float) -> Line:
    return Line((1 - step * step) ** 0.5 * state.z + step * Random(seed).gauss(0, 1))


def test_the_interval_covers_the_probability():
    """At least 33 of 40 intervals cover it. With a coverage of 95 %, fewer do with a probability of 0.001."""
    event = Moves(lambda seed: Line(Random(seed).gauss(0, 1)), moved)
    levels = pilot(event, 200, 1).levels
    covered = 0
    for experiment in range(40):
        values = [
            repeat(event, levels, 40, 1000 + 20 * experiment + number).probability(len(levels)) for number in range(20)
        ]
        found = estimated(values)
        covered += found.low <= 0.002 <= found.high
    assert covered >= 33
