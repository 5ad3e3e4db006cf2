"""Selection of a target: another executor by weight.

After repeated failures a retry asks a target that has not failed in its migration. If every candidate has failed, it
asks the one whose last failure was the longest time ago.
"""

from icnsim.columns.kernel.layout import (
    A_TRIED,
    DRAWS_OF_TARGET,
    F_CUMULATIVE,
    F_WEIGHTS,
    N_EVEN,
    N_EXECUTORS,
    N_WEIGHTED,
    NONE,
    T_EXECUTOR,
    T_NEXT,
    Floats,
    Whole,
)
from icnsim.columns.kernel.retries import block_of, target_stream, uniform_of

DRAWS_MISSING = -2
"""The result if a block of draws is missing."""


def by_weight(m: Whole, f: Floats, r: Whole, u: float, source: int) -> int:
    """Another executor, by weight: one draw over the cumulative weights without the source's."""
    own, count = f[m[F_WEIGHTS] + source], m[N_EXECUTORS]
    place = u * (f[m[F_CUMULATIVE] + count - 1] - own)
    if place >= f[m[F_CUMULATIVE] + source] - own:
        place += own
    target = int(place) if m[N_EVEN] else first_above(m, f, r, place)
    if target >= count or target == source:
        # Rounding of the sums has moved the draw onto the source or past the last executor.
        target = 0
        while target == source or f[m[F_WEIGHTS] + target] == 0:
            target += 1
    return target


def first_above(m: Whole, f: Floats, r: Whole, place: float) -> int:
    """The first executor whose cumulative weight exceeds `place`."""
    low, high = 0, m[N_EXECUTORS]
    while low < high:
        middle = (low + high) >> 1
        if place < f[m[F_CUMULATIVE] + middle]:
            high = middle
        else:
            low = middle + 1
    return low


def retry_target(m: Whole, f: Floats, r: Whole, u: float, actor: int, source: int, migration: int, number: int) -> int:
    """The target of a retry; NONE if no executor qualifies, `DRAWS_MISSING` if a block of draws is missing.

    The draws by weight are repeated until one gives a target that has not failed. After `DRAWS_OF_TARGET` draws the
    targets that have not failed are listed, which takes longer and gives the same distribution.
    """
    if not is_one_left(m, f, r, actor, source):
        return first_failed(m, f, r, actor, source)
    target = by_weight(m, f, r, u, source)
    turn = 1
    while has_failed(m, f, r, actor, target) and turn < DRAWS_OF_TARGET:
        slot = block_of(m, f, r, target_stream(m, f, r, number, turn), migration)
        if slot == NONE:
            return DRAWS_MISSING
        target = by_weight(m, f, r, uniform_of(m, f, r, slot, migration), source)
        turn += 1
    if not has_failed(m, f, r, actor, target):
        return target
    slot = block_of(m, f, r, target_stream(m, f, r, number, DRAWS_OF_TARGET), migration)
    if slot == NONE:
        return DRAWS_MISSING
    return by_list(m, f, r, uniform_of(m, f, r, slot, migration), actor, source)


def has_failed(m: Whole, f: Floats, r: Whole, actor: int, target: int) -> bool:
    """Whether a target has failed in the actor's migration."""
    here = m[actor + A_TRIED]
    while here != NONE and m[here + T_EXECUTOR] != target:
        here = m[here + T_NEXT]
    return bool(here != NONE)


def is_candidate(m: Whole, f: Floats, r: Whole, target: int, source: int) -> bool:
    """Whether a source may ask an executor at all: it is another one, and its weight is above 0."""
    return bool(target != source and f[m[F_WEIGHTS] + target] > 0)


def is_one_left(m: Whole, f: Floats, r: Whole, actor: int, source: int) -> bool:
    """Whether there is a candidate that has not failed in the actor's migration."""
    left = m[N_WEIGHTED]
    if f[m[F_WEIGHTS] + source] > 0:
        left -= 1
    here = m[actor + A_TRIED]
    while here != NONE:
        if is_candidate(m, f, r, m[here + T_EXECUTOR], source):
            left -= 1
        here = m[here + T_NEXT]
    return bool(left > 0)


def first_failed(m: Whole, f: Floats, r: Whole, actor: int, source: int) -> int:
    """The candidate whose last failure was the longest time ago; NONE if no candidate has failed."""
    found, here = NONE, m[actor + A_TRIED]
    while here != NONE:
        if is_candidate(m, f, r, m[here + T_EXECUTOR], source):
            found = m[here + T_EXECUTOR]
        here = m[here + T_NEXT]
    return found


def by_list(m: Whole, f: Floats, r: Whole, u: float, actor: int, source: int) -> int:
    """An executor by weight from the list of all candidates that have not failed; there is at least one."""
    count = m[N_EXECUTORS]
    whole = 0.0
    for other in range(count):
        if other != source and not has_failed(m, f, r, actor, other):
            whole += f[m[F_WEIGHTS] + other]
    place, upto = u * whole, 0.0
    for other in range(count):
        if other != source and not has_failed(m, f, r, actor, other):
            upto += f[m[F_WEIGHTS] + other]
            if upto > place:
                return other
    return count
