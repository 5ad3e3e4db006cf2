"""The places of an actor: the data that each executor has stored about it, with the migration record.

An ended record is removed by the first tick at which its age reaches the retention. The time of that tick is known when
the record ends. Therefore the removal needs no event: `apply_removal` performs it before a place is read.
"""

from icnsim.columns.kernel.allocation import take_row
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
    P_EPOCH,
    P_EXECUTOR,
    P_NEXT,
    P_PAUSED_FOR,
    P_REMOVED_AT,
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
    """The actor's place at an executor, or NONE."""
    here: int = m[actor + A_PLACES]
    while here != NONE and m[here + P_EXECUTOR] != executor:
        here = m[here + P_NEXT]
    return here


def place_for(m: Whole, f: Floats, r: Whole, actor: int, executor: int) -> int:
    """The actor's place at an executor; it is made on first use."""
    here = place_at(m, f, r, actor, executor)
    if here == NONE:
        here = new_place(m, f, r, actor, executor)
    return here


def new_place(m: Whole, f: Floats, r: Whole, actor: int, executor: int) -> int:
    """Make a place at an executor that has stored nothing about the actor."""
    here = take_row(m, N_FREE_PLACE, PLACE)
    m[here + P_EXECUTOR] = executor
    m[here + P_STATE] = IDLE
    m[here + P_REMOVED_AT] = FAR
    m[here + P_EPOCH] = 0
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
    """Open a record at a place; it replaces an ended record."""
    apply_removal(m, f, r, here, now)
    if m[here + P_STATE] >= ENDED:
        column = REPLACED if m[here + P_ROLE] == SOURCE else TARGET_REPLACED
        r[m[column] + m[here + P_ROW]] = now
    m[here + P_STATE] = state
    m[here + P_ROLE] = role
    m[here + P_ROW] = row
    m[here + P_SINCE] = now
    m[here + P_REMOVED_AT] = FAR


def enter_state(m: Whole, f: Floats, r: Whole, actor: int, here: int, state: int, now: int) -> None:
    """Move the active record at a place to another state, after a check of its age (I6)."""
    check_age(m, f, r, actor, here, now)
    m[here + P_STATE] = state
    m[here + P_SINCE] = now
    if state >= ENDED:
        m[here + P_REMOVED_AT] = removal_time(m, f, r, actor, m[here + P_EXECUTOR], now)


def removal_time(m: Whole, f: Floats, r: Whole, actor: int, executor: int, ended: int) -> int:
    """The time at which an executor removes a record of the actor that ended at `ended`, µs."""
    if not m[N_MANAGED]:
        return FAR
    retention = m[m[actor + A_SETTING] + S_RETENTION]
    return tick_from(m, f, r, executor, (ended // 1000 + retention) * 1000)


def check_age(m: Whole, f: Floats, r: Whole, actor: int, here: int, now: int) -> None:
    """Suspect the actor if the active record at a place is older than its bound (I6)."""
    age = now // 1000 - m[here + P_SINCE] // 1000
    if age > m[m[actor + A_SETTING] + S_BOUND + m[here + P_STATE]]:
        m[actor + A_SUSPECT] |= I6


def apply_removal(m: Whole, f: Floats, r: Whole, here: int, now: int) -> None:
    """Remove the ended record at a place if a tick before `now` removed it."""
    if m[here + P_STATE] >= ENDED and m[here + P_REMOVED_AT] < now:
        column = REMOVED if m[here + P_ROLE] == SOURCE else TARGET_REMOVED
        r[m[column] + m[here + P_ROW]] = m[here + P_REMOVED_AT]
        m[here + P_STATE] = IDLE


def holds(m: Whole, f: Floats, r: Whole, here: int, row: int) -> bool:
    """Whether the record at a place is the attempt's."""
    return bool(m[here + P_STATE] != IDLE and m[here + P_ROW] == row)


def store_content(m: Whole, f: Floats, r: Whole, here: int, sender: int, sequence: int) -> bool:
    """Store the content of a Request at a place; True if an earlier Request had the same content."""
    if m[here + P_SENDER] == sender and m[here + P_SEQUENCE] == sequence:
        return True
    if m[here + P_SENDER] != NONE:
        entry = m[here + P_SEEN]
        while entry != NONE:
            if m[entry + Q_SENDER] == sender and m[entry + Q_SEQUENCE] == sequence:
                return True
            entry = m[entry + Q_NEXT]
        entry = take_row(m, N_FREE_SEEN, SEEN)
        m[entry + Q_SENDER] = m[here + P_SENDER]
        m[entry + Q_SEQUENCE] = m[here + P_SEQUENCE]
        m[entry + Q_NEXT] = m[here + P_SEEN]
        m[here + P_SEEN] = entry
    m[here + P_SENDER] = sender
    m[here + P_SEQUENCE] = sequence
    return False
