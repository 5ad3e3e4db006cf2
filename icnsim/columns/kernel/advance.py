"""The kernel: arrivals in the order of time, and what happens to each actor between them.

Theory of operation. A migration meets others only through its actor: whether that is busy, where it lives, and
what its earlier attempts have left at the executors. So there is no queue of events for the whole federation. Each
actor has the few events that are to come for it; they happen when an arrival looks at the actor, or at the end.
An ordinary migration of an actor without events to come has none of its own either: its life is written
down as it arrives (`ordinary`).

The kernel is made of plain functions over flat sequences. It runs interpreted over lists and compiled over arrays
(`compiling`). It stops, with nothing half done, where it needs draws or room, and goes on when it is
called again.
"""

from icnsim.columns.kernel.arrivals import arrive
from icnsim.columns.kernel.copies import charge
from icnsim.columns.kernel.dispatch import catch_up, room
from icnsim.columns.kernel.layout import (
    A_NEXT,
    A_PLACES,
    A_RUNNING,
    A_SUSPECT,
    DONE,
    FAR,
    I2,
    I8,
    N_FIRST_MET,
    N_HAZARDS,
    N_HORIZON,
    N_MANAGED,
    N_NEXT,
    N_RESUME,
    N_WARMS,
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
from icnsim.columns.kernel.places import clean, notice_age
from icnsim.columns.kernel.prefetch import AHEAD, warm
from icnsim.columns.kernel.timeouts import timeout_of
from icnsim.protocol.states import State

REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)

ARRIVALS, CATCH_UP, END = range(3)
"""What the kernel is asked for: arrivals up to a number; all events before an instant; the end of the run."""


def advance(m: Whole, f: Floats, r: Whole, what: int, until: int) -> int:
    """Go on as far as asked; a status."""
    if what == ARRIVALS:
        while m[N_NEXT] < until:
            if m[N_WARMS] and m[N_NEXT] % AHEAD == 0:
                warm(m, f, r, m[N_NEXT], min(m[N_NEXT] + AHEAD, until))
            status = room(m, f, r)
            if status == DONE:
                status = arrive(m, f, r, m[N_NEXT])
            if status != DONE:
                return status
            m[N_NEXT] += 1
        return DONE
    actor = m[N_RESUME] if m[N_RESUME] != NONE else m[N_FIRST_MET]
    while actor != NONE:
        status = catch_up(m, f, r, actor, until, FAR)
        if status != DONE:
            m[N_RESUME] = actor
            return status
        if what == END:
            end(m, f, r, actor)
        actor = m[actor + A_NEXT]
    m[N_RESUME] = NONE
    return DONE


def end(m: Whole, f: Floats, r: Whole, actor: int) -> None:
    """Look at an actor at the end: what is active and will never end counts as being at rest."""
    horizon = m[N_HORIZON]
    here = m[actor + A_PLACES]
    while here != NONE:
        clean(m, f, r, here, horizon)
        state = m[here + P_STATE]
        if 0 < state < ENDED:
            notice_age(m, f, r, actor, here, horizon)
            if not m[N_MANAGED] or timeout_of(m, f, r, actor, state) == 0:
                stuck(m, f, r, actor, here)
        here = m[here + P_NEXT]
    charge(m, f, r, actor, horizon)


def stuck(m: Whole, f: Floats, r: Whole, actor: int, here: int) -> None:
    """The record at a place is active, and nothing will ever end it."""
    m[N_HAZARDS + 16] += 1
    if m[here + P_ROLE] == SOURCE and m[here + P_STATE] != REQUESTING:
        ran = r[m[RESTORED_AT] + m[here + P_ROW]] != NONE
        m[N_HAZARDS + (5 if ran else 6)] += 1
        if ran:
            m[actor + A_SUSPECT] |= I8
    if m[actor + A_RUNNING] == 0:
        m[actor + A_SUSPECT] |= I2
