"""Selection of a target: another executor by weight.

After repeated failures a retry avoids the target that has failed.
"""

from icnsim.columns.kernel.layout import (
    DRAWS_OF_TARGET,
    F_CUMULATIVE,
    F_WEIGHTS,
    N_EVEN,
    N_EXECUTORS,
    NONE,
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


def retry_target(
    m: Whole, f: Floats, r: Whole, u: float, source: int, migration: int, number: int, avoided: int
) -> int:
    """The target of a retry; NONE if no executor qualifies, `DRAWS_MISSING` if a block of draws is missing."""
    target = by_weight(m, f, r, u, source)
    turn = 1
    while target == avoided and turn < DRAWS_OF_TARGET:
        slot = block_of(m, f, r, target_stream(m, f, r, number, turn), migration)
        if slot == NONE:
            return DRAWS_MISSING
        target = by_weight(m, f, r, uniform_of(m, f, r, slot, migration), source)
        turn += 1
    if target != avoided:
        return target
    slot = block_of(m, f, r, target_stream(m, f, r, number, DRAWS_OF_TARGET), migration)
    if slot == NONE:
        return DRAWS_MISSING
    return by_list(m, f, r, uniform_of(m, f, r, slot, migration), source, avoided)


def by_list(m: Whole, f: Floats, r: Whole, u: float, source: int, avoided: int) -> int:
    """An executor by weight from the list of all candidates; the avoided executor if it is the only candidate."""
    count = m[N_EXECUTORS]
    whole = 0.0
    for other in range(count):
        if other not in (source, avoided):
            whole += f[m[F_WEIGHTS] + other]
    if whole == 0.0:
        return avoided if avoided != source and f[m[F_WEIGHTS] + avoided] > 0 else NONE
    place, upto = u * whole, 0.0
    for other in range(count):
        if other not in (source, avoided):
            upto += f[m[F_WEIGHTS] + other]
        if upto > place:
            return other
    return count
