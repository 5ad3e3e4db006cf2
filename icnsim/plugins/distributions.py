"""The trial of a distribution."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

import numpy as np

from icnsim.numbers import brief, rounded
from icnsim.plugins.calls import Calls, examples_of
from icnsim.scenario.distributions import Distribution, Floats
from icnsim.scenario.plugins.distributions import fault_of, made
from icnsim.scenario.plugins.registry import Plugin
from icnsim.scenario.units import parse_duration

POINTS: Final = 4096
TOLERANCE: Final = 2e-3
"""The largest difference between `cdf` and the shares of the values of `ppf` at the grid, which has 4096 points."""


def grid() -> Floats:
    """Uniform numbers: the middle of each of 4096 equal parts of [0, 1), and the smallest and the largest numbers."""
    return np.array([0.0, 2.0**-53, *((np.arange(POINTS) + 0.5) / POINTS).tolist(), 1 - 2.0**-53])


METHODS: Final[Mapping[str, Callable[[Distribution], object]]] = {
    "ppf": lambda part: part.ppf(grid()),
    "cdf": lambda part: part.cdf(np.linspace(0.0, 2e6, 1001)),
    "mean": lambda part: part.mean(),
    "variance": lambda part: part.variance(),
    "support": lambda part: part.support(),
}
"""The methods and the arguments with which they are called."""


def calls(plugin: Plugin) -> Calls:
    """Every method with every example."""
    found: dict[str, Callable[[], object]] = {}
    for number, example in enumerate(examples_of(plugin, plugin.load()), 1):
        for method, call in METHODS.items():
            found[f"{method}, example {number}"] = partial(_called, plugin, example, call)
    return found


def _called(plugin: Plugin, example: Mapping[str, object], call: Callable[[Distribution], object]) -> object:
    return call(made(plugin, example, parse_duration).part)


def violations(plugin: Plugin) -> Iterator[str]:
    """The broken rules of draws and of the closed forms."""
    for number, example in enumerate(examples_of(plugin, plugin.load()), 1):
        part = made(plugin, example, parse_duration).part
        yield from map(f"{{}} (example {number})".format, _of_one(part))


def _of_one(part: Distribution) -> Iterator[str]:
    u = grid()
    given = u.copy()
    values = part.ppf(given)
    if not np.array_equal(given, u):
        yield "ppf changes its argument"
    fault = fault_of(values, u.shape)
    if fault is not None:
        yield f"ppf returns {fault}"
        return
    yield from _by_element(part.ppf, u, values)
    below = np.searchsorted(np.sort(values), values, side="right") / len(values)
    shares = np.asarray(part.cdf(values.copy()))
    if shares.shape != values.shape or not ((shares >= 0) & (shares <= 1)).all():
        yield "cdf does not return one share from 0 to 1 for each value"
    elif (most := float(np.abs(shares - below).max())) > TOLERANCE:
        yield f"cdf differs from the shares of the values of ppf by {brief(most)}"
    low, high = part.support()
    if values.min() < low * (1 - 1e-9) or values.max() > high * (1 + 1e-9):
        found = f"{rounded(values.min(), 6)} to {rounded(values.max(), 6)}"
        yield f"values from {found} are outside of the support, {rounded(low, 6)} to {rounded(high, 6)}"
    yield from _moments(part, values[2:-1], float(high))


def _by_element(ppf: Callable[[Floats], Floats], u: Floats, values: Floats) -> Iterator[str]:
    """The value of a uniform number must not depend on the others in the array."""
    singly = np.array([ppf(u[at : at + 1].copy())[0] for at in range(0, len(u), 64)])
    reverse = ppf(u[::-1].copy())[::-1][::64]
    halves = np.concatenate([ppf(half.copy()) for half in np.array_split(u, 2)])[::64]
    for how, drawn in (("one at a time", singly), ("in reverse", reverse), ("in two halves", halves)):
        if not np.array_equal(drawn, values[::64]):
            yield f"ppf returns other values if the uniform numbers are given {how}"


def _moments(part: Distribution, values: Floats, high: float) -> Iterator[str]:
    """Compare the moments with the grid's; a distribution without an upper bound may have a tail beyond the grid."""
    mean, variance = part.mean(), part.variance()
    if np.isnan(mean) or np.isnan(variance) or mean < 0 or variance < 0:
        yield f"mean {mean} or variance {variance} is not a number of at least 0"
    elif np.isfinite(high):
        off = partial(np.isclose, rtol=1e-3, atol=1e-3 * high)
        if not off(mean, values.mean()) or not off(variance, values.var(), atol=1e-3 * high * high):
            yield (
                f"mean {rounded(mean, 6)} and variance {rounded(variance, 6)} differ from those of the values of ppf, "
                f"{rounded(values.mean(), 6)} and {rounded(values.var(), 6)}"
            )
