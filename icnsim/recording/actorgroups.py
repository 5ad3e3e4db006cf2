"""The certainty of a total over all records, if the records of an actor do not depend on those of other actors.

Theory of operation. Migrations that begin at the times of a Poisson process, each of an actor chosen at random, form
independent Poisson processes of the actors (thinning: Kingman 1993, *Poisson Processes*, chapter 5). An actor's records
follow from its own migrations: retries, records that replace others, and records that stay and block the actor. So the
totals of the actors are independent, and they have the same distribution. This holds in a window of any length, with
the start of the run or without it. If no actor migrates twice, the variance is that of a compound Poisson sum: the sum
of the squares of the migrations' contributions. The variance includes that of the number of migrations.

Actors are dealt into `GROUPS` groups by their numbers, which costs less than a total of each actor and makes the totals
nearly normal. The variance comes from the differences between groups.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from icnsim.recording.blocks import blocks
from icnsim.recording.clusters import FEW, Certainty, Totals, of_units, too_few
from icnsim.recording.integers import Column
from icnsim.recording.records import Records

GROUPS: Final = 128


def group_of(actors: Column) -> Column:
    """The group of each actor."""
    found: Column = actors % GROUPS
    return found


def sizes(actors: int) -> Totals:
    """The number of actors in each group, if there are this many actors; empty groups are left out."""
    return np.bincount(group_of(np.arange(actors)))[:GROUPS].astype(np.float64)


def areas(records: Records, start: int, end: int) -> Totals:
    """The time within [start, end) for which each group's records exist, summed, µs; exact below 2^53."""
    found = np.zeros(GROUPS)
    for block in blocks(len(records.actor)):
        inside = np.minimum(records.gone[block], end) - np.maximum(records.created[block], start)
        np.maximum(inside, 0, out=inside)
        found += np.bincount(group_of(records.actor[block]), inside, GROUPS)
    return found


def certainty(sums: Totals, actors: int, over: float, migrations: int) -> Certainty | str:
    """The certainty of the total of all groups divided by a constant, or the reason why it is unknown.

    Parameters
    ----------
    sums : the total of each of `GROUPS` groups. actors : the number of all actors. over : the constant.
    migrations : the number of migrations that contribute. With fewer than `clusters.FEW` there is no interval.
    """
    if migrations < FEW:
        return too_few("migrations", migrations)
    some = sizes(actors)
    found = of_units(sums[: len(some)], some * (over / actors), "actors")
    if isinstance(found, str):
        return found
    return Certainty(found.error, min(found.freedom, migrations - 1))


def contributing(attempts: Mapping[str, Column], start: int, end: int) -> int:
    """The number of migrations that begin in [start, end]."""
    requested = attempts["requested"]
    return int(((attempts["attempt"] == 1) & (requested >= start) & (requested <= end)).sum())
