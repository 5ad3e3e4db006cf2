"""Which migrations and which executors a timeline draws one by one, where there are too many to draw all of them.

Migrations that need an explanation come first: those with a violation, then false positives, then unfinished ones, then
attempts that failed. Each class gets at most half of the places that are left, the last class all of them. Within a
class the migrations are spread evenly over time.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

MOST_ATTEMPTS: Final = 200
MOST_OF_ONE: Final = 10
"""Attempts of one migration."""
MOST_ROWS: Final = 30
MOST_GROUPS: Final = 8
"""Rows of executors without a row of their own."""


def attempts(migration: Integers, classes: Integers, most: int = MOST_ATTEMPTS) -> Integers:
    """The rows of the attempts that are drawn, ascending; all of them if there are at most `most`.

    Parameters
    ----------
    migration : of each attempt, ascending. classes : of each attempt, 0 if it needs an explanation most.
    """
    if len(migration) <= most:
        return np.arange(len(migration), dtype=np.int64)
    first = np.flatnonzero(np.diff(migration, prepend=-1))
    count = np.minimum(np.diff(first, append=len(migration)), MOST_OF_ONE)
    best = np.minimum.reduceat(classes, first)
    taken: list[int] = []
    left = most
    present = np.unique(best).tolist()
    for each in present:
        members = np.flatnonzero(best == each)
        share = left if each == present[-1] else -(-left // 2)
        wanted = min(len(members), share * len(members) // int(count[members].sum()))
        for number in members[np.arange(wanted) * len(members) // max(1, wanted)].tolist():
            if count[number] <= left:
                left -= int(count[number])
                taken += range(int(first[number]), int(first[number] + count[number]))
    return np.array(sorted(taken), dtype=np.int64)


class Row(NamedTuple):
    """A row of the timeline: its name, and whether it is one executor; others share one row."""

    name: str
    single: bool


def rows(
    names: Sequence[str], groups: Sequence[str], scores: Integers, most: int = MOST_ROWS
) -> tuple[list[Row], Integers]:
    """The rows, and the row of each executor: each has its own if there are at most `most` executors.

    If there are more, those with the highest scores have their own. The others share one row for each group.

    Parameters
    ----------
    names, groups, scores : of each executor.
    """
    every = list(dict.fromkeys(groups))
    together = len(every) > MOST_GROUPS
    shared = 1 if together else len(every)
    alone = np.ones(len(names), dtype=bool)
    if len(names) > most:
        alone[:] = False
        alone[np.lexsort((np.arange(len(names)), -scores))[: most - shared]] = True
    rests: dict[str, int] = {}
    for name, own in zip(groups, alone.tolist(), strict=True):
        if not own:
            rest = "executors" if together else name
            rests[rest] = rests.get(rest, 0) + 1
    made = [Row(name, single=True) for name, own in zip(names, alone.tolist(), strict=True) if own]
    single = {row.name: place for place, row in enumerate(made)}
    places = {name: len(made) + place for place, name in enumerate(rests)}
    made += [Row(f"+{count:,} {name}", single=False) for name, count in rests.items()]
    row_of = [
        single[name] if own else places["executors" if together else group]
        for name, group, own in zip(names, groups, alone.tolist(), strict=True)
    ]
    return made, np.array(row_of, dtype=np.int64)
