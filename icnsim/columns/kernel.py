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

from icnsim.columns.arriving import arrive
from icnsim.columns.happening import catch_up, has_room
from icnsim.columns.layout import (
    A_PLACES,
    A_RUNNING,
    A_SUSPECT,
    ACTOR,
    DONE,
    FAR,
    I2,
    I8,
    N_HAZARDS,
    N_HORIZON,
    N_MANAGED,
    N_MET,
    N_NEXT,
    N_RESUME,
    NONE,
    P_NEXT,
    P_ROLE,
    P_ROW,
    P_STATE,
    RESTORED_AT,
    ROOM_WANTED,
    SOURCE,
    World,
)
from icnsim.columns.placing import clean, notice_age
from icnsim.columns.running import charge
from icnsim.columns.waiting import timeout_of
from icnsim.protocol.states import State

REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)

ARRIVALS, CATCH_UP, END = range(3)
"""What the kernel is asked for: arrivals up to a number; all events before an instant; the end of the run."""


def advance(w: World, what: int, until: int) -> int:
    """Go on as far as asked; a status."""
    numbers = w.numbers
    if what == ARRIVALS:
        for number in range(numbers[N_NEXT], until):
            status = arrive(w, number) if has_room(w) else ROOM_WANTED
            if status != DONE:
                numbers[N_NEXT] = number
                return status
        numbers[N_NEXT] = until
        return DONE
    for actor in range(numbers[N_RESUME], numbers[N_MET], ACTOR):
        status = catch_up(w, actor, until, FAR)
        if status != DONE:
            numbers[N_RESUME] = actor
            return status
        if what == END:
            end(w, actor)
    numbers[N_RESUME] = 0
    return DONE


def end(w: World, actor: int) -> None:
    """Look at an actor at the end: what is active and will never end counts as being at rest."""
    places, numbers = w.places, w.numbers
    horizon = numbers[N_HORIZON]
    here = w.actors[actor + A_PLACES]
    while here != NONE:
        clean(w, here, horizon)
        state = places[here + P_STATE]
        if 0 < state < ENDED:
            notice_age(w, actor, here, horizon)
            if not numbers[N_MANAGED] or timeout_of(w, actor, state) == 0:
                stuck(w, actor, here)
        here = places[here + P_NEXT]
    charge(w, actor, horizon)


def stuck(w: World, actor: int, here: int) -> None:
    """The record at a place is active, and nothing will ever end it."""
    places, numbers, actors = w.places, w.numbers, w.actors
    numbers[N_HAZARDS + 16] += 1
    if places[here + P_ROLE] == SOURCE and places[here + P_STATE] != REQUESTING:
        ran = w.times[RESTORED_AT][places[here + P_ROW]] != NONE
        numbers[N_HAZARDS + (5 if ran else 6)] += 1
        if ran:
            actors[actor + A_SUSPECT] |= I8
    if actors[actor + A_RUNNING] == 0:
        actors[actor + A_SUSPECT] |= I2


