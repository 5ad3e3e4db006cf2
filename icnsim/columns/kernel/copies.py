"""Where an actor runs, and for how long it runs nowhere or twice because of which attempt."""

from icnsim.columns.kernel.layout import (
    A_CAUSED,
    A_HOME,
    A_NOWHERE,
    A_ORDER,
    A_PLACES,
    A_RUNNING,
    A_SINCE,
    A_SUSPECT,
    A_TWICE,
    ABSENT,
    DOUBLED,
    DOWNTIME,
    I1,
    N_INSTANTS,
    N_SAMPLES,
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
    Floats,
    Whole,
)

IN_FLIGHT, RUNNING, NOWHERE = range(3)
"""The series of `World.samples`."""


def sample(m: Whole, f: Floats, r: Whole, series: int, when: int, change: int) -> None:
    """Note a change of what the timeline samples, at the first instant at or after it."""
    step = m[N_STEP]
    if step:
        instants = m[N_INSTANTS]
        instant = -(-when // step)
        if instant < instants:
            m[m[N_SAMPLES] + series * instants + instant] += change


def charge(m: Whole, f: Floats, r: Whole, actor: int, now: int) -> None:
    """Charge the time since the last change to the actor, and to the attempt that caused it."""
    since = m[actor + A_SINCE]
    if since == NONE:
        return
    doubled = m[actor + A_RUNNING] > 1
    m[actor + (A_TWICE if doubled else A_NOWHERE)] += now - since
    m[actor + A_SINCE] = now if doubled else NONE
    if m[actor + A_CAUSED] != NONE:
        r[m[DOUBLED if doubled else DOWNTIME] + m[actor + A_CAUSED]] += now - since


def starts(m: Whole, f: Floats, r: Whole, actor: int, here: int, row: int, now: int) -> None:
    """The copy at a place runs from now on, because of that attempt; it becomes the actor's home."""
    m[actor + A_HOME] = m[here + P_EXECUTOR]
    if m[here + P_COPY] == RUNS:
        return
    charge(m, f, r, actor, now)
    m[here + P_COPY] = RUNS
    order = m[actor + A_ORDER] + 1
    m[actor + A_ORDER] = order
    m[here + P_BORN] = order
    running = m[actor + A_RUNNING]
    m[actor + A_RUNNING] = running + 1
    sample(m, f, r, RUNNING, now, 1)
    if running == 0:
        sample(m, f, r, NOWHERE, now, -1)
    else:
        m[actor + A_SINCE] = now
        m[actor + A_CAUSED] = row
        m[actor + A_SUSPECT] |= I1


def stops(m: Whole, f: Floats, r: Whole, actor: int, here: int, becomes: int, row: int, now: int) -> None:
    """The copy at a place is paused or dropped, because of that attempt."""
    ran = m[here + P_COPY] == RUNS
    if ran:
        charge(m, f, r, actor, now)
    m[here + P_COPY] = becomes
    if ran:
        left = m[actor + A_RUNNING] - 1
        m[actor + A_RUNNING] = left
        sample(m, f, r, RUNNING, now, -1)
        if left == 0:
            sample(m, f, r, NOWHERE, now, 1)
            m[actor + A_SINCE] = now
            m[actor + A_CAUSED] = row
            if row != NONE and r[m[DOWNTIME] + row] < 0:
                r[m[DOWNTIME] + row] = 0
        elif left == 1:
            m[actor + A_SINCE] = NONE
    if m[actor + A_RUNNING]:
        m[actor + A_HOME] = newest(m, f, r, actor)


def newest(m: Whole, f: Floats, r: Whole, actor: int) -> int:
    """The executor of the copy that began to run last."""
    here, born, executor = m[actor + A_PLACES], 0, NONE
    while here != NONE:
        if m[here + P_COPY] == RUNS and m[here + P_BORN] > born:
            born, executor = m[here + P_BORN], m[here + P_EXECUTOR]
        here = m[here + P_NEXT]
    return executor


def copy_number(m: Whole, f: Floats, r: Whole, actor: int, rank: int) -> int:
    """The executor of the running copy with that rank, from 0, in the order in which they began."""
    born, executor = 0, NONE
    for _ in range(rank + 1):
        here, next_born = m[actor + A_PLACES], NONE
        while here != NONE:
            order = m[here + P_BORN]
            if m[here + P_COPY] == RUNS and order > born and (next_born == NONE or order < next_born):
                next_born, executor = order, m[here + P_EXECUTOR]
            here = m[here + P_NEXT]
        born = next_born
    return executor


def pause(m: Whole, f: Floats, r: Whole, actor: int, here: int, row: int, now: int) -> None:
    """Pause the copy at a place, if there is one, for an attempt."""
    if m[here + P_COPY] == ABSENT:
        return
    if m[here + P_COPY] == RUNS:
        stops(m, f, r, actor, here, PAUSED, row, now)
    m[here + P_PAUSED_FOR] = row


def begin(m: Whole, f: Floats, r: Whole, actor: int, here: int, row: int, epoch: int, now: int) -> None:
    """Run the actor at a place from a checkpoint; a copy that is there already gives way."""
    if m[here + P_COPY] != ABSENT:
        stops(m, f, r, actor, here, ABSENT, row, now)
    m[here + P_COPY_EPOCH] = epoch
    m[here + P_PAUSED_FOR] = NONE
    starts(m, f, r, actor, here, row, now)
