"""The points of a sweep: combinations of values, or samples of ranges.

A point is a tuple of values, one per key, in the form of a scenario file. The samples do not
depend on the scenario's seed, so that sweeps with other seeds have the same points, and
Sobol' sequences of more samples begin with those of fewer.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.scenario.variation import Range, SweepOf, meaning

Point = tuple[Any, ...]

MAX_POINTS: Final = 1_000_000
SCRAMBLING: Final = 20_041_994
"""The seed of the samples' scrambling: an arbitrary constant."""


def count(sweep: SweepOf) -> int:
    """The most points of the design (a one-at-a-time design has each point once)."""
    sizes = [
        Range.read(levels).number(sweep.samples or 1) if isinstance(levels, str) else len(levels)
        for levels in sweep.vary.values()
    ]
    samples = sweep.samples or 0
    return {
        "grid": math.prod(sizes),
        "one-at-a-time": 1 + sum(sizes),
        "sobol": samples,
        "lhs": samples,
        "saltelli": samples * (len(sizes) + 2),
    }[sweep.design]


def points(sweep: SweepOf, own: Mapping[str, Any]) -> Iterator[Point]:
    """The points of a sweep, in the order of its results.

    Parameters
    ----------
    own : the scenario's own value of each key, where one-at-a-time starts.
    """
    if not sweep.vary:
        return iter([()])
    if sweep.design == "grid":
        return itertools.product(*_levels(sweep))
    if sweep.design == "one-at-a-time":
        return _one_at_a_time(sweep, own)
    choices = [Range.read(levels) if isinstance(levels, str) else levels for levels in sweep.vary.values()]
    return (
        tuple(_pick(choice, share) for choice, share in zip(choices, row)) for block in _samples(sweep) for row in block
    )


def _levels(sweep: SweepOf) -> list[Sequence[Any]]:
    return [
        _spaced(levels, sweep.samples or 1) if isinstance(levels, str) else levels for levels in sweep.vary.values()
    ]


def _spaced(text: str, number: int) -> list[Any]:
    """Values of a range in equal steps, from end to end; of whole numbers each once."""
    values = Range.read(text)
    number = values.number(number)
    steps = [0.5] if number == 1 else [step / (number - 1) for step in range(number)]
    return list(dict.fromkeys(values.at(step) for step in steps))


def _one_at_a_time(sweep: SweepOf, own: Mapping[str, Any]) -> Iterator[Point]:
    keys = list(sweep.vary)
    base = tuple(own[key] for key in keys)
    yield base
    for place, levels in enumerate(_levels(sweep)):
        for level in levels:
            if meaning(level) != meaning(base[place]):
                yield (*base[:place], level, *base[place + 1 :])


def _pick(choice: Sequence[Any] | Range, share: float) -> Any:
    """The value at a share of the way: of a range, or of a list whose values are equally likely."""
    if isinstance(choice, Range):
        return choice.pick(share)
    return choice[min(int(share * len(choice)), len(choice) - 1)]


DRAWN: Final = ("lhs", "sobol", "saltelli")
"""The designs whose points SciPy draws."""


def _samples(sweep: SweepOf) -> Iterator[NDArray[np.float64]]:
    """Blocks of points of the unit cube."""
    from scipy.stats import qmc

    keys, number = len(sweep.vary), sweep.samples or 0
    if sweep.design == "lhs":
        yield qmc.LatinHypercube(keys, rng=SCRAMBLING).random(number)
        return
    exponent = number.bit_length() - 1
    if sweep.design == "sobol":
        yield qmc.Sobol(keys, rng=SCRAMBLING).random_base2(exponent)
        return
    # Saltelli et al. 2010, "Variance based sensitivity analysis of model output": A, B, and
    # for each key A with that key's column from B, as scipy.stats.sobol_indices requires.
    both = qmc.Sobol(2 * keys, rng=SCRAMBLING).random_base2(exponent)
    a, b = both[:, :keys], both[:, keys:]
    yield a
    yield b
    for key in range(keys):
        mixed = a.copy()
        mixed[:, key] = b[:, key]
        yield mixed
