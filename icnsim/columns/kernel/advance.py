"""The entry of the kernel: it processes arrivals in the order of time, and each actor's events between them.

Theory of operation. A migration affects another one only through its actor: whether the actor is busy, where it runs,
and what its earlier attempts have left at executors. Therefore the kernel needs no queue of events for the whole
federation. Each actor has a short list of its own future events. The kernel processes them when an arrival selects the
actor, or at the end of the run. An ordinary migration needs no events: `ordinary` computes all its times when it
arrives.

The kernel consists of plain functions over flat sequences. It runs interpreted over lists, or compiled over arrays. If
a step needs draws or memory, the kernel returns a status before that step, and continues when it is called again.
"""

from icnsim.columns.kernel.arrivals import arrive, draw_actors
from icnsim.columns.kernel.copies import charge_time
from icnsim.columns.kernel.dispatch import catch_up, check_capacity
from icnsim.columns.kernel.layout import (
    A_NEXT,
    A_PLACES,
    A_RUNNING,
    A_SUSPECT,
    DONE,
    FAR,
    I2,
    I8,
    N_FIRST_ACTOR,
    N_HAZARDS,
    N_HORIZON,
    N_MANAGED,
    N_NEXT,
    N_PREFETCHES,
    N_RESUME,
    NONE,
    P_NEXT,
    P_ROLE,
    P_ROW,
    P_STATE,
    RESTORED_AT,
    SOURCE,
    Floats,
    Whole,
)
from icnsim.columns.kernel.places import apply_removal, check_age
from icnsim.columns.kernel.prefetch import AHEAD, prefetch
from icnsim.columns.kernel.timeouts import timeout_of
from icnsim.protocol.states import State

REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)

ARRIVALS, CATCH_UP, END = range(3)
"""The task of a call: arrivals up to a number, all events up to an instant, or the end of the run."""


def advance(m: Whole, f: Floats, r: Whole, task: int, until: int) -> int:
    """Perform a task until it is finished or a resource is missing.

    Parameters
    ----------
    m, f, r : the sequences of `layout`.
    task : `ARRIVALS`, `CATCH_UP` or `END`.
    until : the number of the first arrival that is not processed; for the other tasks the last instant, µs.

    Returns
    -------
    `DONE`, or the status that names the missing resource.
    """
    if task == ARRIVALS:
        while m[N_NEXT] < until:
            if m[N_PREFETCHES] and m[N_NEXT] % AHEAD == 0:
                last = min(m[N_NEXT] + AHEAD, until)
                draw_actors(m, f, r, m[N_NEXT], last)
                prefetch(m, f, r, m[N_NEXT], last)
            status = check_capacity(m, f, r)
            if status == DONE:
                status = arrive(m, f, r, m[N_NEXT])
            if status != DONE:
                return status
            m[N_NEXT] += 1
        return DONE
    actor = m[N_RESUME] if m[N_RESUME] != NONE else m[N_FIRST_ACTOR]
    while actor != NONE:
        status = catch_up(m, f, r, actor, until, FAR)
        if status != DONE:
            m[N_RESUME] = actor
            return status
        if task == END:
            finish_actor(m, f, r, actor)
        actor = m[actor + A_NEXT]
    m[N_RESUME] = NONE
    return DONE


def finish_actor(m: Whole, f: Floats, r: Whole, actor: int) -> None:
    """Finish an actor at the horizon. The check finds active records that nothing would ever end."""
    horizon = m[N_HORIZON]
    here = m[actor + A_PLACES]
    while here != NONE:
        apply_removal(m, f, r, here, horizon)
        state = m[here + P_STATE]
        if 0 < state < ENDED:
            check_age(m, f, r, actor, here, horizon)
            if not m[N_MANAGED] or timeout_of(m, f, r, actor, state) == 0:
                suspect_stuck(m, f, r, actor, here)
        here = m[here + P_NEXT]
    charge_time(m, f, r, actor, horizon)


def suspect_stuck(m: Whole, f: Floats, r: Whole, actor: int, here: int) -> None:
    """Count the hazards of an active record that nothing ends, and suspect its actor (I2, I8)."""
    m[N_HAZARDS + 16] += 1
    if m[here + P_ROLE] == SOURCE and m[here + P_STATE] != REQUESTING:
        ran = r[m[RESTORED_AT] + m[here + P_ROW]] != NONE
        m[N_HAZARDS + (5 if ran else 6)] += 1
        if ran:
            m[actor + A_SUSPECT] |= I8
    if m[actor + A_RUNNING] == 0:
        m[actor + A_SUSPECT] |= I2
