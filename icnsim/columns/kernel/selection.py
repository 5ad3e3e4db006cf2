"""Selection of a target: another executor by weight, with the stable choice of `draws.stable`.

After repeated failures a retry asks a target that has not failed in its migration. If every candidate has failed, it
asks the one whose last failure was the longest time ago.
"""

from icnsim.columns.kernel.layout import (
    A_TRIED,
    F_WEIGHTS,
    N_LOTTERY,
    NONE,
    T_EXECUTOR,
    T_NEXT,
    Floats,
    Whole,
)
from icnsim.draws.stable import first_of, group_of, lift_bar, set_bar


def other_target(m: Whole, f: Floats, r: Whole, u: float, source: int) -> int:
    """Another executor than the source by weight, for a key `u`; NONE if no other one has a weight above 0."""
    lottery = m[N_LOTTERY]
    set_bar(m, lottery, source)
    target = first_of(m, f, lottery, m[F_WEIGHTS], u)
    lift_bar(m, lottery, source)
    return target


def retry_target(m: Whole, f: Floats, r: Whole, u: float, actor: int, source: int) -> int:
    """The target of a retry, for a key `u`: one that has not failed in the actor's migration.

    If every candidate has failed, it is the one that failed the longest time ago. NONE if there is no candidate.
    """
    lottery, here = m[N_LOTTERY], m[actor + A_TRIED]
    while here != NONE:
        set_bar(m, lottery, m[here + T_EXECUTOR])
        here = m[here + T_NEXT]
    target = other_target(m, f, r, u, source)
    here = m[actor + A_TRIED]
    while here != NONE:
        lift_bar(m, lottery, m[here + T_EXECUTOR])
        here = m[here + T_NEXT]
    return target if target != NONE else first_failed(m, f, r, actor, source)


def first_failed(m: Whole, f: Floats, r: Whole, actor: int, source: int) -> int:
    """The candidate whose last failure was the longest time ago; NONE if no candidate has failed."""
    found, here = NONE, m[actor + A_TRIED]
    while here != NONE:
        failed = m[here + T_EXECUTOR]
        if failed != source and f[m[F_WEIGHTS] + group_of(m, m[N_LOTTERY], failed)] > 0:
            found = failed
        here = m[here + T_NEXT]
    return found
