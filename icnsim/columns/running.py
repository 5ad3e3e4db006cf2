"""Where an actor runs, and for how long it runs nowhere or twice because of which attempt."""

from icnsim.columns.layout import (
    A_CAUSED,
    A_HOME,
    A_NOWHERE,
    A_ORDER,
    A_PLACES,
    A_RUNNING,
    A_SINCE,
    A_SUSPECT,
    A_TANGLED,
    A_TWICE,
    ABSENT,
    DOUBLED,
    DOWNTIME,
    I1,
    N_INSTANTS,
    N_STEP,
    NONE,
    P_BORN,
    P_COPY,
    P_COPY_EPOCH,
    P_EXECUTOR,
    P_NEXT,
    P_PAUSED_FOR,
    PAUSED,
    RUNS,
    World,
)

IN_FLIGHT, RUNNING, NOWHERE = range(3)
"""The series of `World.samples`."""


def sample(w: World, series: int, when: int, change: int) -> None:
    """Note a change of what the timeline samples, at the first instant at or after it."""
    step = w.numbers[N_STEP]
    if step:
        instants = w.numbers[N_INSTANTS]
        instant = -(-when // step)
        if instant < instants:
            w.samples[series * instants + instant] += change


def charge(w: World, actor: int, now: int) -> None:
    """Charge the time since the last change to the actor, and to the attempt that caused it."""
    actors = w.actors
    since = actors[actor + A_SINCE]
    if since == NONE:
        return
    doubled = actors[actor + A_RUNNING] > 1
    actors[actor + (A_TWICE if doubled else A_NOWHERE)] += now - since
    actors[actor + A_SINCE] = now if doubled else NONE
    if actors[actor + A_CAUSED] != NONE:
        w.times[DOUBLED if doubled else DOWNTIME][actors[actor + A_CAUSED]] += now - since


def starts(w: World, actor: int, here: int, row: int, now: int) -> None:
    """The copy at a place runs from now on, because of that attempt; it becomes the actor's home."""
    actors, places = w.actors, w.places
    actors[actor + A_HOME] = places[here + P_EXECUTOR]
    if places[here + P_COPY] == RUNS:
        return
    charge(w, actor, now)
    places[here + P_COPY] = RUNS
    order = actors[actor + A_ORDER] + 1
    actors[actor + A_ORDER] = order
    places[here + P_BORN] = order
    running = actors[actor + A_RUNNING]
    actors[actor + A_RUNNING] = running + 1
    sample(w, RUNNING, now, 1)
    if running == 0:
        sample(w, NOWHERE, now, -1)
    else:
        actors[actor + A_SINCE] = now
        actors[actor + A_CAUSED] = row
        actors[actor + A_TANGLED] = 1
        actors[actor + A_SUSPECT] |= I1


def stops(w: World, actor: int, here: int, becomes: int, row: int, now: int) -> None:
    """The copy at a place is paused or dropped, because of that attempt."""
    actors, places = w.actors, w.places
    ran = places[here + P_COPY] == RUNS
    if ran:
        charge(w, actor, now)
    places[here + P_COPY] = becomes
    if ran:
        left = actors[actor + A_RUNNING] - 1
        actors[actor + A_RUNNING] = left
        sample(w, RUNNING, now, -1)
        if left == 0:
            sample(w, NOWHERE, now, 1)
            actors[actor + A_SINCE] = now
            actors[actor + A_CAUSED] = row
            if row != NONE and w.times[DOWNTIME][row] < 0:
                w.times[DOWNTIME][row] = 0
        elif left == 1:
            actors[actor + A_SINCE] = NONE
    if actors[actor + A_RUNNING]:
        actors[actor + A_HOME] = newest(w, actor)


def newest(w: World, actor: int) -> int:
    """The executor of the copy that began to run last."""
    places = w.places
    here, born, executor = w.actors[actor + A_PLACES], 0, NONE
    while here != NONE:
        if places[here + P_COPY] == RUNS and places[here + P_BORN] > born:
            born, executor = places[here + P_BORN], places[here + P_EXECUTOR]
        here = places[here + P_NEXT]
    return executor


def copy_number(w: World, actor: int, rank: int) -> int:
    """The executor of the running copy with that rank, from 0, in the order in which they began."""
    places = w.places
    born, executor = 0, NONE
    for _ in range(rank + 1):
        here, next_born = w.actors[actor + A_PLACES], NONE
        while here != NONE:
            order = places[here + P_BORN]
            if places[here + P_COPY] == RUNS and order > born and (next_born == NONE or order < next_born):
                next_born, executor = order, places[here + P_EXECUTOR]
            here = places[here + P_NEXT]
        born = next_born
    return executor


def pause(w: World, actor: int, here: int, row: int, now: int) -> None:
    """Pause the copy at a place, if there is one, for an attempt."""
    places = w.places
    if places[here + P_COPY] == ABSENT:
        return
    if places[here + P_COPY] == RUNS:
        stops(w, actor, here, PAUSED, row, now)
    places[here + P_PAUSED_FOR] = row


def begin(w: World, actor: int, here: int, row: int, epoch: int, now: int) -> None:
    """Run the actor at a place from a checkpoint; a copy that is there already gives way."""
    places = w.places
    if places[here + P_COPY] != ABSENT:
        stops(w, actor, here, ABSENT, row, now)
    places[here + P_COPY_EPOCH] = epoch
    places[here + P_PAUSED_FOR] = NONE
    starts(w, actor, here, row, now)
