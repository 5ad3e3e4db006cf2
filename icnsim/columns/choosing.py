"""Whom a source asks: another executor by weight, and after repeated failures not the one that has failed."""

from icnsim.columns.layout import (
    DRAWS_OF_TARGET,
    N_EVEN,
    N_EXECUTORS,
    NONE,
    World,
)
from icnsim.columns.retrying import block_at, target_stream, turn_u

WANTED = -2
"""A draw is wanted first."""


def by_weight(w: World, u: float, source: int) -> int:
    """Another executor, by weight: one draw over the weights with the source's cut out."""
    cumulative, own, count = w.cumulative, w.weights[source], w.numbers[N_EXECUTORS]
    place = u * (cumulative[count - 1] - own)
    if place >= cumulative[source] - own:
        place += own
    target = int(place) if w.numbers[N_EVEN] else first_above(w, place)
    if target >= count or target == source:
        # The rounding of the sums has put the draw a hair onto the source or past the end.
        target = 0
        while target == source or w.weights[target] == 0:
            target += 1
    return target


def first_above(w: World, place: float) -> int:
    """The first executor whose cumulative weight is above a place."""
    cumulative = w.cumulative
    low, high = 0, w.numbers[N_EXECUTORS]
    while low < high:
        middle = (low + high) >> 1
        if place < cumulative[middle]:
            high = middle
        else:
            low = middle + 1
    return low


def choose_again(w: World, u: float, source: int, migration: int, number: int, avoided: int) -> int:
    """The target of a retry; NONE where there is no candidate, WANTED where a draw is missing."""
    target = by_weight(w, u, source)
    turn = 1
    while target == avoided and turn < DRAWS_OF_TARGET:
        slot = block_at(w, target_stream(w, number, turn), migration)
        if slot == NONE:
            return WANTED
        target = by_weight(w, turn_u(w, slot, migration), source)
        turn += 1
    if target != avoided:
        return target
    slot = block_at(w, target_stream(w, number, DRAWS_OF_TARGET), migration)
    if slot == NONE:
        return WANTED
    return listed(w, turn_u(w, slot, migration), source, avoided)


def listed(w: World, u: float, source: int, avoided: int) -> int:
    """A candidate by weight, of all that there are; the avoided one if it is alone."""
    weights, count = w.weights, w.numbers[N_EXECUTORS]
    whole = 0.0
    for other in range(count):
        if other not in (source, avoided):
            whole += weights[other]
    if whole == 0.0:
        return avoided if avoided != source and weights[avoided] > 0 else NONE
    place, upto = u * whole, 0.0
    for other in range(count):
        if other not in (source, avoided):
            upto += weights[other]
        if upto > place:
            return other
    return count
