"""What the executors remember of an actor: a place for each, with the record of a migration that it holds.

An ended record is removed by the first tick at which it is as old as the retention. That tick is known when
the record ends, so the removal needs no event: whoever looks at a place later notices it (`clean`).
"""

from icnsim.columns.kernel.allocation import allocate
from icnsim.columns.kernel.layout import (
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
    N_TABLE,
    NONE,
    P_COPY,
    P_COPY_EPOCH,
    P_EXECUTOR,
    P_GONE,
    P_HEARD,
    P_NEXT,
    P_PAUSED_FOR,
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
    Floats,
    Whole,
)
from icnsim.protocol.states import State

IDLE, ENDED = int(State.IDLE), int(State.COMPLETE)


def tick_from(m: Whole, f: Floats, r: Whole, executor: int, due: int) -> int:
    """The first tick of an executor's manager at or after an instant, µs."""
    interval = m[N_INTERVAL]
    phase: int = m[m[N_TABLE] + executor * EXECUTOR + E_PHASE]
    ahead = -((phase - due) // interval)
    return phase + ahead * interval if ahead > 0 else phase


def place_at(m: Whole, f: Floats, r: Whole, actor: int, executor: int) -> int:
    """The actor's place at an executor, NONE if there is none yet."""
    here: int = m[actor + A_PLACES]
    while here != NONE and m[here + P_EXECUTOR] != executor:
        here = m[here + P_NEXT]
    return here


def place_for(m: Whole, f: Floats, r: Whole, actor: int, executor: int) -> int:
    """The actor's place at an executor, made if there is none yet."""
    here = place_at(m, f, r, actor, executor)
    if here == NONE:
        here = new_place(m, f, r, actor, executor)
    return here


def new_place(m: Whole, f: Floats, r: Whole, actor: int, executor: int) -> int:
    """A place at an executor that has known nothing of the actor."""
    here = allocate(m, N_FREE_PLACE, PLACE)
    m[here + P_EXECUTOR] = executor
    m[here + P_STATE] = IDLE
    m[here + P_GONE] = FAR
    m[here + P_HEARD] = 0
    m[here + P_STORED] = 0
    m[here + P_COPY] = ABSENT
    m[here + P_SENDER] = NONE
    m[here + P_SEEN] = NONE
    m[here + P_COPY_EPOCH] = 0
    m[here + P_PAUSED_FOR] = NONE
    m[here + P_NEXT] = m[actor + A_PLACES]
    m[actor + A_PLACES] = here
    return here


def open_record(m: Whole, f: Floats, r: Whole, here: int, state: int, role: int, row: int, now: int) -> None:
    """Hold a new record at a place, instead of the ended one that is there."""
    clean(m, f, r, here, now)
    if m[here + P_STATE] >= ENDED:
        column = REPLACED if m[here + P_ROLE] == SOURCE else TARGET_REPLACED
        r[m[column] + m[here + P_ROW]] = now
    m[here + P_STATE] = state
    m[here + P_ROLE] = role
    m[here + P_ROW] = row
    m[here + P_SINCE] = now
    m[here + P_GONE] = FAR


def move(m: Whole, f: Floats, r: Whole, actor: int, here: int, state: int, now: int) -> None:
    """Let the record at a place leave its active state for another one; notice if it was there for too long (I6)."""
    notice_age(m, f, r, actor, here, now)
    m[here + P_STATE] = state
    m[here + P_SINCE] = now
    if state >= ENDED:
        m[here + P_GONE] = removal(m, f, r, actor, m[here + P_EXECUTOR], now)


def removal(m: Whole, f: Floats, r: Whole, actor: int, executor: int, ended: int) -> int:
    """When an executor removes a record of an actor that ended at an instant, µs."""
    if not m[N_MANAGED]:
        return FAR
    retention = m[m[actor + A_SETTING] + S_RETENTION]
    return tick_from(m, f, r, executor, (ended // 1000 + retention) * 1000)


def notice_age(m: Whole, f: Floats, r: Whole, actor: int, here: int, now: int) -> None:
    """Suspect the actor if the active record at a place is too old."""
    age = now // 1000 - m[here + P_SINCE] // 1000
    if age > m[m[actor + A_SETTING] + S_BOUND + m[here + P_STATE]]:
        m[actor + A_SUSPECT] |= I6


def clean(m: Whole, f: Floats, r: Whole, here: int, now: int) -> None:
    """Notice that a tick before `now` has removed the record at a place."""
    if m[here + P_STATE] >= ENDED and m[here + P_GONE] < now:
        column = REMOVED if m[here + P_ROLE] == SOURCE else TARGET_REMOVED
        r[m[column] + m[here + P_ROW]] = m[here + P_GONE]
        m[here + P_STATE] = IDLE


def holds(m: Whole, f: Floats, r: Whole, here: int, row: int) -> bool:
    """Whether the record at a place is that of an attempt."""
    return bool(m[here + P_STATE] != IDLE and m[here + P_ROW] == row)


def see(m: Whole, f: Floats, r: Whole, here: int, sender: int, sequence: int) -> bool:
    """Remember the content of a Request that has come to a place; whether the same has come before."""
    if m[here + P_SENDER] == sender and m[here + P_SEQUENCE] == sequence:
        return True
    if m[here + P_SENDER] != NONE:
        entry = m[here + P_SEEN]
        while entry != NONE:
            if m[entry + Q_SENDER] == sender and m[entry + Q_SEQUENCE] == sequence:
                return True
            entry = m[entry + Q_NEXT]
        entry = allocate(m, N_FREE_SEEN, SEEN)
        m[entry + Q_SENDER] = m[here + P_SENDER]
        m[entry + Q_SEQUENCE] = m[here + P_SEQUENCE]
        m[entry + Q_NEXT] = m[here + P_SEEN]
        m[here + P_SEEN] = entry
    m[here + P_SENDER] = sender
    m[here + P_SEQUENCE] = sequence
    return False
