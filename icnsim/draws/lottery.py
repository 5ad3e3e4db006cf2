"""Lotteries: stable choices among the executors of a scenario, one by one or in columns. `stable` has the theory."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from icnsim.draws.stable import (
    FIRST_FACTOR,
    GOLDEN,
    HALF_ROOT,
    LN_2,
    NOBODY,
    SECOND_FACTOR,
    TO_53_BITS,
    TO_UNIT,
    TURNS,
    UPPER,
    WORD,
    first_of,
    lift_bar,
    set_bar,
    state_of,
    time_of,
)
from icnsim.draws.streams import Floats, Integers
from icnsim.scenario.executors import ExecutorGroup

Words = NDArray[np.uint64]


class Members(Protocol):
    """The part of a group of executors on which choices depend: its name and its number of members."""

    @property
    def group(self) -> str: ...

    @property
    def count(self) -> int: ...


def table(groups: Sequence[ExecutorGroup]) -> list[int]:
    """The lottery of all executors, as `stable` describes it. No executor is barred."""
    rows, ballots, first = [len(groups)], list[int](), 0
    for number, group in enumerate(groups):
        rows += [first, group.count, salt_of(group), group.count]
        ballots += [0, number] * group.count
        first += group.count
    return rows + ballots


def salt_of(group: Members) -> int:
    """The hash of a group's name, 32 bits."""
    return int.from_bytes(hashlib.sha256(group.group.encode()).digest()[:4], "little")


class Lottery:
    """Stable choices of an executor by weight.

    Parameters
    ----------
    groups : the groups of executors, in the order of the scenario.
    weights : the weight of each group; None if all executors are equally likely.
    """

    __slots__ = ("_m", "_member", "_salts", "_weights")

    def __init__(self, groups: Sequence[ExecutorGroup], weights: Iterable[float] | None = None) -> None:
        self._m = table(groups)
        self._weights = [1.0] * len(groups) if weights is None else [float(weight) for weight in weights]
        self._salts = [salt_of(group) for group in groups]
        self._member = [(number, place) for number, group in enumerate(groups) for place in range(group.count)]

    def bar(self, executor: int) -> None:
        """Exclude an executor until `lift` is called as often as `bar`."""
        set_bar(self._m, 0, executor)

    def lift(self, executor: int) -> None:
        """Take one bar of an executor back."""
        lift_bar(self._m, 0, executor)

    def draw(self, u: float, without: Iterable[int] = ()) -> int | None:
        """The executor that a key chooses when some executors are excluded; None if none is left."""
        left_out = list(without)
        for executor in left_out:
            self.bar(executor)
        chosen = first_of(self._m, self._weights, 0, 0, u)
        for executor in left_out:
            self.lift(executor)
        return None if chosen == NOBODY else chosen

    def one_of(self, candidates: Sequence[int], u: float) -> int:
        """The executor that a key chooses by weight from a list; another list changes the choice only if it must."""
        state, member, weights, salts = state_of(u), self._member, self._weights, self._salts

        def time(executor: int) -> float:
            group, place = member[executor]
            return time_of(state, salts[group], place) / weights[group]

        return min(candidates, key=time)


class Choices(NamedTuple):
    """Choices in columns, made without bars.

    Attributes
    ----------
    chosen : the executor that each key chooses, `NOBODY` if no group has a weight above 0; shape (choices,).
    met : a set of executors in 64 bits, in which executor `e` has the bit ``e % 64``; shape (choices,). A bar of an
        executor that is not in the set does not change the choice.
    """

    chosen: Integers
    met: Words


def among(groups: Sequence[Members], weights: Sequence[float], keys: Floats) -> Choices:
    """The choices of `stable.first_of` for many keys.

    Parameters
    ----------
    weights : the weight of each group. keys : uniform on [0, 1); shape (choices,).
    """
    states = _states(keys)
    chosen, earliest = np.full(len(keys), NOBODY), np.full(len(keys), np.inf)
    met = np.zeros(len(keys), np.uint64)
    first = 0
    for group, weight in zip(groups, weights, strict=True):
        if weight > 0:
            times, places = _group(_mixed(states ^ np.uint64(salt_of(group))), group.count, first, met)
            times /= weight
            better = times < earliest
            chosen[better] = first + places[better]
            earliest[better] = times[better]
        first += group.count
    return Choices(chosen, met)


def index_of_each(keys: Floats, count: int) -> Integers:
    """A number below `count` for each key: the results of `stable.stable_index` in columns."""
    states = _states(keys)
    found = np.zeros(len(keys), np.int64)
    left = np.arange(len(keys))
    for level in range((count - 1).bit_length(), 0, -1):
        half = 1 << (level - 1)
        turning, number, lower = left, level * TURNS, list[Integers]()
        while len(turning):
            words = _fresh(states[turning], np.uint64(number))
            upper = words >= UPPER
            lower.append(turning[~upper])
            turning = turning[upper]
            places = half + (words[upper] & np.uint64(half - 1)).astype(np.int64)
            found[turning] = places
            turning = turning[places >= count]
            number += 1
        left = np.concatenate([left[:0], *lower])
    found[left] = 0
    return found


def _group(own: Words, count: int, first: int, met: Words) -> tuple[Floats, Integers]:
    """The smallest time of a group's members, and the member that has it, for each hash of a key and the group.

    Parameters
    ----------
    first : the first executor of the group. met : the executors whose points are used are added to it.
    """
    numbers = np.zeros(len(own), np.uint64)
    times, places = _exponential(_fresh(own, numbers)), np.zeros(len(own), np.int64)
    met |= _bit(np.array(first))
    numbers += np.uint64(2)
    positions = 1.0 + _exponential(_fresh(own, numbers)) / times
    left = np.flatnonzero(positions < count)
    while len(left):
        places[left] = positions[left].astype(np.int64)
        met[left] |= _bit(first + places[left])
        times[left] *= (_fresh(own[left], numbers[left] + np.uint64(1)).astype(np.float64) + 0.5) * TO_UNIT
        numbers[left] += np.uint64(2)
        positions[left] += _exponential(_fresh(own[left], numbers[left])) / times[left]
        left = left[positions[left] < count]
    return times, places


def _bit(executors: Integers) -> Words:
    return np.uint64(1) << (executors.astype(np.uint64) & np.uint64(63))


# The functions of `stable` in columns

_WORD = np.uint64(WORD)


def _mixed(word: Words) -> Words:
    word = ((word ^ (word >> np.uint64(16))) * np.uint64(FIRST_FACTOR)) & _WORD
    word = ((word ^ (word >> np.uint64(15))) * np.uint64(SECOND_FACTOR)) & _WORD
    return word ^ (word >> np.uint64(15))


def _states(keys: Floats) -> Words:
    whole = (keys * TO_53_BITS).astype(np.uint64)
    return _mixed(_mixed(whole >> np.uint64(21)) ^ (whole & _WORD))


def _fresh(state: Words, number: Words | np.uint64) -> Words:
    return _mixed((state + number * np.uint64(GOLDEN)) & _WORD)


def _exponential(word: Words) -> Floats:
    x, exponent = np.frexp((word.astype(np.float64) + 0.5) * TO_UNIT)
    small = x < HALF_ROOT
    x = np.where(small, 2.0 * x, x)
    t = (1.0 - x) / (1.0 + x)
    q = t * t
    series = 1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0)))
    result: Floats = (small - exponent) * LN_2 + 2.0 * t * series
    return result
