"""The two sides of a comparison, and the pairs of their points that are compared.

Points are paired by the values of the keys that vary. Nothing is run here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from icnsim.errors import ResultsError, ScenarioError
from icnsim.sweeps import sides
from icnsim.sweeps.equivalence import Margins
from icnsim.sweeps.plan import Checked
from icnsim.sweeps.sides import Side


class Pairing(NamedTuple):
    """Two sides, the pairs of points that are compared, by their numbers, and the margins of equivalence."""

    a: Side
    b: Side
    points: list[tuple[int, int]]
    margins: Margins


def prepare(
    a: str | Path,
    b: str | Path,
    overrides: Mapping[str, object] | None = None,
    overrides_b: Mapping[str, object] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    equivalence: Sequence[str] = (),
    *,
    allow_large: bool = False,
    checked: Checked | None = None,
) -> Pairing:
    """Read both sides and pair their points. See `icnsim.sweeps.comparison.compare` and, for `checked`, `plan`.

    Raises
    ------
    ScenarioError : a scenario, or a margin, cannot be used. ResultsError : there are no results, values are set for
    runs that are done, or the sides have no point or no seed in common.
    """
    margins = Margins.read(equivalence)
    both = dict(overrides or {})
    if sides.is_results(b) and overrides_b:
        raise ResultsError(f"{b}: its runs are done, no value can be set for them; a scenario file as B takes values")
    if sides.is_results(a) and sides.is_results(b) and (both or replications is not None or seed is not None):
        raise ResultsError(f"{a} and {b}: their runs are done; values, seed and replications are for scenario files")
    first = sides.opened(a, both, replications, seed, allow_large=allow_large, checked=checked)
    try:
        second = sides.opened(
            b, {**both, **(overrides_b or {})}, replications, seed, allow_large=allow_large, checked=checked
        )
    except ScenarioError as error:
        raise ScenarioError([sides.of_b(problem, overrides_b or {}) for problem in error.problems]) from None
    if not first.seeds & second.seeds:
        raise ResultsError(
            f"{_seeds(first)}, {_seeds(second)}, and none is common: replications are paired by their seeds; "
            "run the scenario files with the same --seed, and as many --replications"
        )
    return Pairing(first, second, _paired_points(first, second), margins)


def _seeds(side: Side) -> str:
    least = sorted(side.seeds)[:3]
    return f"{side.title} has the seeds {', '.join(map(str, least))}{', …' if len(side.seeds) > 3 else ''}"


def _paired_points(a: Side, b: Side) -> list[tuple[int, int]]:
    if len(a.points) == 1 or len(b.points) == 1:
        return [(first, second) for first in range(len(a.points)) for second in range(len(b.points))]
    order = tuple(key.name for key in a.keys)
    if set(order) != {key.name for key in b.keys}:
        raise ResultsError(
            f"{_varies(a)}, {_varies(b)}: points are paired where both vary the same keys, or one side has one point"
        )
    partners: dict[tuple[object, ...], int] = {}
    for point in range(len(b.points)):
        partners.setdefault(b.comparable(point, order), point)
    found = [(point, partners.get(a.comparable(point, order))) for point in range(len(a.points))]
    pairs = [(first, second) for first, second in found if second is not None]
    if not pairs:
        raise ResultsError(
            f"{a.title} and {b.title}: both vary {', '.join(order)}, but no point is common: give both the same values"
        )
    return pairs


def _varies(side: Side) -> str:
    return f"{side.title} varies {', '.join(key.name for key in side.keys)}"
