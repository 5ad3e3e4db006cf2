"""Represents the draws of a run as a point in a space of normal coordinates, and moves this point.

Theory of operation. Every random draw of a run is a uniform number u at one place of one stream (`draws.streams`).
Hence a run is a function of a vector of independent uniforms, or of normal coordinates z with u = Φ(z). A point
contains the coordinates that its run has read. A coordinate that no run has read yet comes from the streams of the
point's own seed. This is exact, because the score of the earlier run did not depend on it. Until it moves, a
coordinate keeps the exact uniform of its seed: choices of executors and actors hash all bits of their uniforms
(`draws.stable`), and Φ(Φ⁻¹(u)) can differ from u by a rounding error.

A move replaces all coordinates by √(1 - σ²) z + σ ξ, with ξ standard normal. This step is reversible with respect to
the normal distribution for every σ in (0, 1]. Hence a chain that accepts the moves whose score is at least a level
keeps the distribution of the runs whose score is at least that level.

A shift moves the mean of some coordinates away from 0, for importance sampling (`tilting`).

Sources: Papaioannou, Betz, Zwirglmaier and Straub, "MCMC algorithms for subset simulation" (2015), section 5; Cérou,
Del Moral, Furon and Guyader, "Sequential Monte Carlo for rare event estimation" (2012), section 3.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from icnsim.draws.streams import BLOCK, Floats, GivenDraws, uniforms
from icnsim.elementary.columns import normal, normal_share

LEAST: Final = 2.0**-54
MOST: Final = 1 - 2.0**-53
"""The uniforms between which the normal coordinates are finite."""

NOTHING: Final[Floats] = np.zeros(0)

Coordinate = tuple[str, int]
"""The stream and the place of a coordinate."""
Shift = Mapping[Coordinate, float]


def _split(whole: Floats, like: Iterable[Floats]) -> list[Floats]:
    """The parts of an array, with the lengths of others."""
    ends = [0, *accumulate(map(len, like))]
    return [whole[start:end] for start, end in pairwise(ends)]


class Point(GivenDraws):
    """The draws of one run.

    Parameters
    ----------
    seed : the seed of the coordinates that the point does not contain.
    coordinates : by stream, the normal coordinates of places 0, 1, 2…; the arrays are shared and are not changed.
    shift : the values that are added to coordinates of the seed.
    """

    _uniforms: dict[str, Floats]
    """The uniforms of every stream that the point contains."""
    _coordinates: dict[str, Floats]
    """The coordinates of the first places of these streams. `_completed` computes the others when they are needed, for
    all streams at once: most runs of an estimate are never moved, and most streams are short."""
    _shift: Shift

    def __new__(cls, seed: int, coordinates: Mapping[str, Floats] | None = None, shift: Shift | None = None) -> "Point":
        point = super().__new__(cls, seed)
        point._coordinates = dict(coordinates or {})
        # One call for all streams, because most of them are short.
        uniform = np.minimum(normal_share(np.concatenate([*point._coordinates.values(), np.zeros(0)])), MOST)
        point._uniforms = dict(zip(point._coordinates, _split(uniform, point._coordinates.values())))
        point._shift = shift or {}
        return point

    def given(self, purpose: str, count: int, start: int) -> Floats:
        """Returns the numbers `start` to `start + count` of a stream, uniform on [0, 1)."""
        end = start + count
        held = self._uniforms.get(purpose)
        if held is None or len(held) < end:
            # A stream of single draws is read one by one.
            held = self._longer(purpose, -(-end // BLOCK) * BLOCK if start else end)
        return held[start:end]

    def _longer(self, purpose: str, count: int) -> Floats:
        """Returns the uniforms of the first `count` places, and adds them to the point."""
        fresh = uniforms(int(self), purpose, count)
        held = self._uniforms.get(purpose, NOTHING)
        fresh[: len(held)] = held
        self._uniforms[purpose] = fresh
        shifts = [(place, by) for (stream, place), by in self._shift.items() if stream == purpose]
        new = [(place, by) for place, by in shifts if len(held) <= place < count]
        if new:
            coordinates = self._completed([purpose])[0].copy()
            for place, by in new:
                coordinates[place] += by
                fresh[place] = min(float(normal_share(coordinates[place])), MOST)
            self._coordinates[purpose] = coordinates
        return fresh

    def _completed(self, names: Sequence[str]) -> list[Floats]:
        """Returns the coordinates of these streams, in one call for all streams."""
        found = [self._coordinates.get(name, NOTHING) for name in names]
        rest = [self._uniforms[name][len(known) :] for name, known in zip(names, found, strict=True)]
        if any(map(len, rest)):
            fresh = _split(normal(np.maximum(np.concatenate(rest), LEAST)), rest)
            for number, (name, more) in enumerate(zip(names, fresh, strict=True)):
                if len(more):
                    found[number] = self._coordinates[name] = np.concatenate([found[number], more])
        return found

    def moved(self, seed: int, step: float) -> "Point":
        """Returns another point near this one.

        Parameters
        ----------
        seed : the seed of the move and of the coordinates that no run has read yet. step : σ, in (0, 1].
        """
        key = int.from_bytes(hashlib.sha256(f"{seed}/move".encode()).digest()[:16], "little")
        generator = np.random.Generator(np.random.Philox(key=key))
        every = dict(self.streams())
        held = np.concatenate(list(every.values()))
        noise = normal(np.maximum(generator.random(len(held)), LEAST))
        moved = math.sqrt(1 - step * step) * held + step * noise
        return Point(seed, dict(zip(every, _split(moved, every.values()))))

    def at(self, coordinate: Coordinate) -> float | None:
        """The value of a coordinate; None if the run has not read it."""
        stream, place = coordinate
        if len(self._uniforms.get(stream, NOTHING)) <= place:
            return None
        return float(self._completed([stream])[0][place])

    def streams(self) -> Iterator[tuple[str, Floats]]:
        """The name and the coordinates of each stream that the run has read."""
        yield from zip(self._uniforms, self._completed(list(self._uniforms)), strict=True)
