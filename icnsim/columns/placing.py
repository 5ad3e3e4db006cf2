"""What the executors remember of an actor: a place for each, with the record of a migration that it holds.

An ended record is removed by the first tick at which it is as old as the retention. That tick is known when
the record ends, so the removal needs no event: whoever looks at a place later notices it (`clean`).
"""

from icnsim.columns.layout import (
    A_PLACES,
    A_SETTING,
    A_SUSPECT,
    ABSENT,
    E_PHASE,
    EXECUTOR,
    FAR,
    I6,
    N_FREE_PLACE,
    N_FREE_SEEN,
    N_INTERVAL,
    N_MANAGED,
    N_PLACES,
    N_SEEN,
    NONE,
    P_ARRIVED,
    P_COPY,
    P_EPOCH,
    P_EXECUTOR,
    P_GONE,
    P_HEARD,
    P_NEXT,
    P_ROLE,
    P_ROW,
    P_SEEN,
    P_SENDER,
    P_SEQUENCE,
    P_SINCE,
    P_STATE,
    P_STORED,
    PLACE,
    Q_NEXT,
    Q_SENDER,
    Q_SEQUENCE,
    REMOVED,
    REPLACED,
    S_BOUND,
    S_RETENTION,
    SEEN,
    SOURCE,
    TARGET_REMOVED,
    TARGET_REPLACED,
    World,
)
from icnsim.protocol.states import State

IDLE, ENDED = int(State.IDLE), int(State.COMPLETE)


def tick_from(w: World, executor: int, due: int) -> int:
    """The first tick of an executor's manager at or after an instant, µs."""
    interval = w.numbers[N_INTERVAL]
    phase: int = w.executors[executor * EXECUTOR + E_PHASE]
    ahead = -((phase - due) // interval)
    return phase + ahead * interval if ahead > 0 else phase


def place_at(w: World, actor: int, executor: int) -> int:
    """The actor's place at an executor, NONE if there is none yet."""
    places = w.places
    here: int = w.actors[actor + A_PLACES]
    while here != NONE and places[here + P_EXECUTOR] != executor:
        here = places[here + P_NEXT]
    return here


def place_for(w: World, actor: int, executor: int) -> int:
    """The actor's place at an executor, made if there is none yet."""
    here = place_at(w, actor, executor)
    if here == NONE:
        here = new_place(w, actor, executor)
    return here


def new_place(w: World, actor: int, executor: int) -> int:
    """A place at an executor that has known nothing of the actor."""
    places, numbers = w.places, w.numbers
    here: int = numbers[N_FREE_PLACE]
    if here != NONE:
        numbers[N_FREE_PLACE] = places[here + P_NEXT]
    else:
        here = numbers[N_PLACES]
        numbers[N_PLACES] = here + PLACE
    places[here + P_EXECUTOR] = executor
    places[here + P_STATE] = IDLE
    places[here + P_GONE] = FAR
    places[here + P_HEARD] = 0
    places[here + P_STORED] = 0
    places[here + P_COPY] = ABSENT
    places[here + P_SENDER] = NONE
    places[here + P_SEEN] = NONE
    places[here + P_NEXT] = w.actors[actor + A_PLACES]
    w.actors[actor + A_PLACES] = here
    return here


def open_record(w: World, here: int, state: int, role: int, row: int, epoch: int, now: int) -> None:
    """Hold a new record at a place, instead of the ended one that is there."""
    places = w.places
    clean(w, here, now)
    if places[here + P_STATE] >= ENDED:
        w.times[REPLACED if places[here + P_ROLE] == SOURCE else TARGET_REPLACED][places[here + P_ROW]] = now
    places[here + P_STATE] = state
    places[here + P_ROLE] = role
    places[here + P_ROW] = row
    places[here + P_EPOCH] = epoch
    places[here + P_ARRIVED] = 0
    places[here + P_SINCE] = now
    places[here + P_GONE] = FAR


def move(w: World, actor: int, here: int, state: int, now: int) -> None:
    """Let the record at a place leave its active state for another one; notice if it was there for too long (I6)."""
    places = w.places
    notice_age(w, actor, here, now)
    places[here + P_STATE] = state
    places[here + P_SINCE] = now
    if state >= ENDED:
        places[here + P_GONE] = removal(w, actor, places[here + P_EXECUTOR], now)


def removal(w: World, actor: int, executor: int, ended: int) -> int:
    """When an executor removes a record of an actor that ended at an instant, µs."""
    if not w.numbers[N_MANAGED]:
        return FAR
    retention = w.settings[w.actors[actor + A_SETTING] + S_RETENTION]
    return tick_from(w, executor, (ended // 1000 + retention) * 1000)


def notice_age(w: World, actor: int, here: int, now: int) -> None:
    """Suspect the actor if the active record at a place is too old."""
    places = w.places
    age = now // 1000 - places[here + P_SINCE] // 1000
    if age > w.settings[w.actors[actor + A_SETTING] + S_BOUND + places[here + P_STATE]]:
        w.actors[actor + A_SUSPECT] |= I6


def clean(w: World, here: int, now: int) -> None:
    """Notice that a tick before `now` has removed the record at a place."""
    places = w.places
    if places[here + P_STATE] >= ENDED and places[here + P_GONE] < now:
        column = REMOVED if places[here + P_ROLE] == SOURCE else TARGET_REMOVED
        w.times[column][places[here + P_ROW]] = places[here + P_GONE]
        places[here + P_STATE] = IDLE


def holds(w: World, here: int, row: int) -> bool:
    """Whether the record at a place is that of an attempt."""
    return bool(w.places[here + P_STATE] != IDLE and w.places[here + P_ROW] == row)


def see(w: World, here: int, sender: int, sequence: int) -> bool:
    """Remember the content of a Request that has come to a place; whether the same has come before."""
    places, seen, numbers = w.places, w.seen, w.numbers
    if places[here + P_SENDER] == sender and places[here + P_SEQUENCE] == sequence:
        return True
    if places[here + P_SENDER] != NONE:
        entry = places[here + P_SEEN]
        while entry != NONE:
            if seen[entry + Q_SENDER] == sender and seen[entry + Q_SEQUENCE] == sequence:
                return True
            entry = seen[entry + Q_NEXT]
        entry = numbers[N_FREE_SEEN]
        if entry != NONE:
            numbers[N_FREE_SEEN] = seen[entry + Q_NEXT]
        else:
            entry = numbers[N_SEEN]
            numbers[N_SEEN] = entry + SEEN
        seen[entry + Q_SENDER] = places[here + P_SENDER]
        seen[entry + Q_SEQUENCE] = places[here + P_SEQUENCE]
        seen[entry + Q_NEXT] = places[here + P_SEEN]
        places[here + P_SEEN] = entry
    places[here + P_SENDER] = sender
    places[here + P_SEQUENCE] = sequence
    return False


