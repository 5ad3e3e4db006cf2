"""An event with a known probability: the mean of a few normal coordinates exceeds a bound."""

import math
from collections.abc import Callable

from icnsim.draws.streams import uniforms
from icnsim.rare_events.point import Point, Shift
from icnsim.rare_events.runs import Sample
from icnsim.rare_events.splitting import Moves

COORDINATES = 6


def sample(point: Point, weights: tuple[float, ...], bound: float) -> Sample:
    uniforms(point, "a", COORDINATES)
    z = dict(point.streams())["a"]
    value = sum(weight * float(each) for weight, each in zip(weights, z))
    return Sample(point, math.inf if value > bound else value)


def moves(weights: tuple[float, ...], bound: float) -> Moves[Sample]:
    return Moves(
        lambda seed: sample(Point(seed), weights, bound),
        lambda state, seed, step: sample(state.point.moved(seed, step), weights, bound),
    )


def begin(weights: tuple[float, ...], bound: float) -> Callable[[int, Shift], Sample]:
    return lambda seed, shift: sample(Point(seed, shift=shift), weights, bound)
