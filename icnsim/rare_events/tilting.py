"""Importance sampling with a mixture of shifts that the runs of a pilot suggest.

Theory of operation. The runs of the pilot with the event show which draws must be extreme. They are
grouped by their most extreme coordinate. Each group gives a component: a normal distribution whose mean is that of the
group in the coordinates that clearly differ from 0, and 0 in all others, with variance 1. The runs that reached an
earlier level give components, too: they cover the runs in which several draws are moderately extreme. A population
may lose one of several ways to the event. Therefore every draw that was extreme at any level has its own component,
with a shift as large as that of the event. The sampling density is

    q(z) = a φ(z) + (1 - a) Σⱼ wⱼ φ(z - μⱼ)

and a run with the event counts φ(z) / q(z), which is at most 1/a. The mean over runs is unbiased for any components. If
the pilot is wrong, the estimate is less precise but not biased. A coordinate that a run does not read is not part of
the ratio, because it integrates to 1.

Sources: Rubinstein and Kroese, "The Cross-Entropy Method" (2004), section 4.2, for shifts from elite samples; Owen and
Zhou, "Safe and effective importance sampling" (2000), for the mixture with the original density.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.rare_events.point import Coordinate, Point, Shift
from icnsim.rare_events.runs import Sample
from icnsim.rare_events.splitting import seed_of

PLAIN: Final = 0.1
"""The share a of runs without a shift."""
LAST: Final = 0.5
ALONE: Final = 0.2
"""The share of the shifted runs whose components come from the runs with the event, and the share of those whose
components shift a single draw. The earlier levels share the rest equally."""
LEVELS_LEFT_OUT: Final = 2
"""The number of first levels that are not used, because runs reach them without an extreme draw."""
LEAST_GROUP: Final = 0.03
"""The least share of a level's runs that form a group."""
LEAST_MEAN: Final = 1.3
"""The least mean that counts as a shift. The states of chains depend on each other, so that draws without an effect
often have smaller means."""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the mixture.

    Attributes
    ----------
    weight : its share of the shifted runs. shift : the coordinates with a mean other than 0, and these means.
    """

    weight: float
    shift: Shift

    def ratio(self, point: Point) -> float:
        """φ(z - μ) / φ(z) at the coordinates that the run has read."""
        exponent = 0.0
        for coordinate, mean in self.shift.items():
            value = point.at(coordinate)
            if value is not None:
                exponent += mean * value - mean * mean / 2
        return math.exp(min(exponent, 700.0))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some runs of importance sampling.

    Attributes
    ----------
    mean : the mean of the runs' values, an unbiased estimate of the probability. square : the mean of the squared
        values.
    hits : the number of runs with the event. runs : the number of runs.
    """

    mean: float
    square: float
    hits: int
    runs: int


def fitted(levels: Sequence[Sequence[Sample]]) -> tuple[Component, ...]:
    """Returns the components from the runs at each level; the last level is the event. Empty if no draw is extreme."""
    each_level = [_grouped(samples) for samples in levels]
    if not each_level or not each_level[-1]:
        return ()
    earlier = each_level[LEVELS_LEFT_OUT:-1]
    found = [(LAST, each_level[-1]), (ALONE, _alone(each_level))]
    found += [((1 - LAST - ALONE) / len(earlier), components) for components in earlier]
    return tuple(Component(share * each.weight, each.shift) for share, components in found for each in components)


def _alone(each_level: Sequence[tuple[Component, ...]]) -> tuple[Component, ...]:
    """Returns a component for each coordinate and sign that a level shifts, by the largest shift of the last level."""
    largest = max(abs(by) for component in each_level[-1] for by in component.shift.values())
    shifted = (item for components in each_level for each in components for item in each.shift.items())
    ways = dict.fromkeys((coordinate, math.copysign(largest, by)) for coordinate, by in shifted)
    return tuple(Component(1 / len(ways), {coordinate: by}) for coordinate, by in ways)


def _grouped(samples: Sequence[Sample]) -> tuple[Component, ...]:
    """Returns a component for each group of runs with the same most extreme coordinate. Weights sum to at most 1."""
    groups: dict[tuple[Coordinate, bool], list[Point]] = {}
    for sample in samples:
        groups.setdefault(_most_extreme(sample.point), []).append(sample.point)
    large = [points for points in groups.values() if len(points) >= LEAST_GROUP * len(samples)]
    total = sum(map(len, large))
    components = (Component(len(points) / total, _shift(points)) for points in large)
    return tuple(component for component in components if component.shift)


def batch(begin: Callable[[int, Shift], Sample], components: Sequence[Component], size: int, seed: int) -> Batch:
    """Simulates `size` independent runs of the mixture."""
    generator = np.random.Generator(np.random.Philox(key=seed_of(f"{seed}/components")))
    bounds = np.cumsum([component.weight for component in components])
    values, hits = [], 0
    for number, u in enumerate(generator.random(size).tolist()):
        place = int(np.searchsorted(bounds, (u - PLAIN) / (1 - PLAIN) * bounds[-1], side="right"))
        shift = {} if u < PLAIN else components[min(place, len(components) - 1)].shift
        sample = begin(seed_of(f"{seed}/run/{number}"), shift)
        happened = sample.score == math.inf
        hits += happened
        if happened:
            density = math.fsum(each.weight / bounds[-1] * each.ratio(sample.point) for each in components)
            values.append(1 / (PLAIN + (1 - PLAIN) * density))
    return Batch(math.fsum(values) / size, math.fsum(value * value for value in values) / size, hits, size)


def _most_extreme(point: Point) -> tuple[Coordinate, bool]:
    """The coordinate with the largest absolute value, and whether it is negative."""
    found = (0.0, ("", 0), False)
    for name, values in point.streams():
        place = int(np.argmax(np.abs(values)))
        value = float(values[place])
        if abs(value) > found[0]:
            found = (abs(value), (name, place), value < 0)
    return found[1], found[2]


def _shift(points: Sequence[Point]) -> Shift:
    """Returns the large means of a group's coordinates, among those that all its runs have read."""
    held = [dict(point.streams()) for point in points]
    shift = {}
    for name in held[0]:
        columns = [streams[name] for streams in held if name in streams]
        if len(columns) < len(held):
            continue
        count = min(map(len, columns))
        means = np.mean([column[:count] for column in columns], axis=0)
        for place in np.flatnonzero(np.abs(means) > LEAST_MEAN).tolist():
            shift[name, place] = float(means[place])
    return shift
