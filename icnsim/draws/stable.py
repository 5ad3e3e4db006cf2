"""Stable random choices: a change of the candidates changes only the choices that it must change.

Theory of operation. A choice has a key, which is a uniform number. All further random numbers of the choice are hashes
of the key, so they do not depend on the number of candidates.

`stable_index` chooses one of the numbers below a count. A larger count moves a share 1 / count of the keys, and moves
them to the new numbers only.

`first_of` chooses an executor by weight. Each executor has an exponential time for each key, whose rate is its weight;
the executor with the smallest time is chosen. This is rendezvous hashing (Thaler and Ravishankar 1998, "Using
name-based mappings to increase hit rates") with weights. An executor is identified by the name of its group and its
number in the group. So an executor that is added moves keys to itself only, and an executor that is barred moves its
own keys only.

The times of all executors are not computed. The times of a group's members are the first points of a Poisson process
in the plane of place and time, in which member `j` owns the places from `j` to `j + 1`. Only points below the smallest
time so far matter, and they are simulated in the order of their places: from a place on, the next point below the time
`t` is at an exponential distance of mean `1 / t`, and its time is uniform below `t`. For a group of `n` members this
takes about ``2 + ln n`` points. The first member starts the search. If it is barred, the search starts with the first
block of the members [1, 2), [2, 4), [4, 8)… in which one is not barred: the points of the block are simulated in the
order of their times until one belongs to a member that is not barred.

The functions use the part of Python that the compiler of the columnar engine translates, and operations that IEEE 754
rounds exactly. So both engines choose the same executors on every machine.

A *lottery* is a table of the groups and executors in a sequence of whole numbers. It begins with the number of groups.
Then it has a row `L_…` for each group, and a row `B_…` for each executor. The weights of the groups are in a sequence
of floats.
"""

from collections.abc import MutableSequence
from typing import Final

Whole = MutableSequence[int]
Floats = MutableSequence[float]

NOBODY: Final = -1
"""The result of `first_of` if no executor can be chosen."""

L_FIRST, L_COUNT, L_SALT, L_FREE, LOT = range(5)
"""A row of a group: its first executor, its number of executors, the hash of its name, and how many are not barred."""
B_BARS, B_GROUP, BALLOT = range(3)
"""A row of an executor: how often it is barred, and the number of its group."""

WORD: Final = 0xFFFFFFFF
UPPER: Final = 0x80000000
GOLDEN: Final = 0x9E3779B9
FIRST_FACTOR: Final = 0x21F0AAAD
SECOND_FACTOR: Final = 0xD35A2D97
TO_53_BITS: Final = 9007199254740992.0
TO_UNIT: Final = 2.0**-32
LN_2: Final = 0.6931471805599453
HALF_ROOT: Final = 0.7071067811865476
TURNS: Final = 64
"""The number of hashes that each level of `stable_index` reserves; more are needed with probability 2⁻⁶⁴."""


def mixed(word: int) -> int:
    """A hash of 32 bits of 32 bits. Source: Wellons, "Prospecting for hash functions", the second of the best found."""
    word = ((word ^ (word >> 16)) * FIRST_FACTOR) & WORD
    word = ((word ^ (word >> 15)) * SECOND_FACTOR) & WORD
    return word ^ (word >> 15)


def state_of(u: float) -> int:
    """The 32 bits from which a key, uniform on [0, 1), derives its hashes."""
    key = int(u * TO_53_BITS)
    return mixed(mixed(key >> 21) ^ (key & WORD))


def fresh(state: int, number: int) -> int:
    """The hash with that number, uniform on [0, 2³²)."""
    return mixed((state + number * GOLDEN) & WORD)


def exponential(word: int) -> float:
    """An exponential value of mean 1 from 32 uniform bits: minus the logarithm, with a relative error below 10⁻⁷.

    The logarithm is a sum of a multiple of ln 2 and the first terms of the series of the inverse hyperbolic tangent.
    """
    x, halvings = (word + 0.5) * TO_UNIT, 0
    while x < HALF_ROOT:
        x *= 2.0
        halvings += 1
    t = (1.0 - x) / (1.0 + x)
    q = t * t
    series = 1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0)))
    return halvings * LN_2 + 2.0 * t * series


def stable_index(u: float, count: int) -> int:
    """A number below `count`, uniform; a larger count changes it to a new number or not at all.

    `count` is from 1 to 2³¹. The numbers are split into blocks that double: [0, 1), [1, 2), [2, 4), … From the last
    block on, a fair coin decides between the block and all smaller numbers. A number of the block that is not below
    `count` is drawn again with another coin.
    """
    state, half, level = state_of(u), 1, 0
    while half < count:
        half *= 2
        level += 1
    while level > 0:
        half = half >> 1
        number = level * TURNS
        word = fresh(state, number)
        while word & UPPER:
            place = half + (word & (half - 1))
            if place < count:
                return place
            number += 1
            word = fresh(state, number)
        level -= 1
    return 0


def rest_of(u: float, count: int) -> int:
    """A number below `count`, at most 2³¹, uniform and independent of `stable_index` of the same key."""
    return (fresh(state_of(u), 0) * count) >> 32


def time_of(state: int, salt: int, place: int) -> float:
    """The exponential time, of mean 1, of one member of a group: for choices among executors in a list."""
    return exponential(mixed(mixed(state ^ salt) ^ mixed(place)))


def set_bar(m: Whole, lottery: int, executor: int) -> None:
    """Exclude an executor from the choices. Bars add up."""
    row = lottery + 1 + m[lottery] * LOT + executor * BALLOT
    m[row + B_BARS] += 1
    if m[row + B_BARS] == 1:
        m[lottery + 1 + m[row + B_GROUP] * LOT + L_FREE] -= 1


def lift_bar(m: Whole, lottery: int, executor: int) -> None:
    """Take one bar of an executor back."""
    row = lottery + 1 + m[lottery] * LOT + executor * BALLOT
    m[row + B_BARS] -= 1
    if m[row + B_BARS] == 0:
        m[lottery + 1 + m[row + B_GROUP] * LOT + L_FREE] += 1


def group_of(m: Whole, lottery: int, executor: int) -> int:
    """The number of an executor's group."""
    return m[lottery + 1 + m[lottery] * LOT + executor * BALLOT + B_GROUP]


def first_of(m: Whole, f: Floats, lottery: int, weights: int, u: float) -> int:
    """The executor that the key `u` chooses by weight among those that are not barred; `NOBODY` if none is left.

    A barred executor changes how the numbers of a key are used. So draws without replacement need a key each.

    Parameters
    ----------
    lottery : the index in `m` of the lottery. weights : the index in `f` of the weight of its first group.
    """
    state, chosen, earliest = state_of(u), NOBODY, 0.0
    for group in range(m[lottery]):
        row = lottery + 1 + group * LOT
        weight = f[weights + group]
        if m[row + L_FREE] > 0 and weight > 0.0:
            own, count, bars = mixed(state ^ m[row + L_SALT]), m[row + L_COUNT], ballots(m, lottery, row)
            low = block_with_free(m, bars)
            size = low if low else 1
            time, place, number = 0.0, count, 0
            while place >= count or m[bars + place * BALLOT] > 0:
                time += exponential(fresh(own, number)) / size
                place = low + ((fresh(own, number + 1) * size) >> 32)
                number += 2
            position = low + size + 0.0
            if position < count:
                position += exponential(fresh(own, number)) / time
            while position < count:
                member = int(position)
                if m[bars + member * BALLOT] == 0:
                    place = member
                    time *= (fresh(own, number + 1) + 0.5) * TO_UNIT
                number += 2
                position += exponential(fresh(own, number)) / time
            if chosen == NOBODY or time / weight < earliest:
                chosen, earliest = m[row + L_FIRST] + place, time / weight
    return chosen


def ballots(m: Whole, lottery: int, row: int) -> int:
    """The index in `m` of the first executor's row of the group at `row`."""
    return lottery + 1 + m[lottery] * LOT + m[row + L_FIRST] * BALLOT


def block_with_free(m: Whole, bars: int) -> int:
    """The first member of the first block that has a member that is not barred: 0, 1, 2, 4, 8, …

    At least one member of the group is not barred. `bars` is the index in `m` of the row of the first member.
    """
    member = 0
    while m[bars + member * BALLOT] > 0:
        member += 1
    low, high = 0, 1
    while member >= high:
        low, high = high, 2 * high
    return low
