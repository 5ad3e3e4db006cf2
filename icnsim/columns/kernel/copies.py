"""The copies of an actor: where they run, how long none or two of them ran, and the attempt that caused it."""

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
"""The series of the timeline that the kernel samples."""


def sample(m: Whole, f: Floats, r: Whole, series: int, when: int, change: int) -> None:
    """Add a change to a series, at the first instant of the timeline at or after `when`."""
    step = m[N_STEP]
    if step:
        instants = m[N_INSTANTS]
        instant = -(-when // step)
        if instant < instants:
            m[m[N_SAMPLES] + series * instants + instant] += change


def charge_time(m: Whole, f: Floats, r: Whole, actor: int, now: int) -> None:
    """Add the time since the last change to the actor, and to the attempt that caused it."""
    since = m[actor + A_SINCE]
    if since == NONE:
        return
    doubled = m[actor + A_RUNNING] > 1
    m[actor + (A_TWICE if doubled else A_NOWHERE)] += now - since
    m[actor + A_SINCE] = now if doubled else NONE
    if m[actor + A_CAUSED] != NONE:
        r[m[DOUBLED if doubled else DOWNTIME] + m[actor + A_CAUSED]] += now - since


def start_copy(m: Whole, f: Floats, r: Whole, actor: int, here: int, row: int, now: int) -> None:
    """Run the copy at a place because of an attempt. The place becomes the actor's home."""
    m[actor + A_HOME] = m[here + P_EXECUTOR]
    if m[here + P_COPY] == RUNS:
        return
    charge_time(m, f, r, actor, now)
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


def stop_copy(m: Whole, f: Floats, r: Whole, actor: int, here: int, state: int, row: int, now: int) -> None:
    """Pause or drop the copy at a place because of an attempt."""
    ran = m[here + P_COPY] == RUNS
    if ran:
        charge_time(m, f, r, actor, now)
    m[here + P_COPY] = state
    if ran:
        running = m[actor + A_RUNNING] - 1
        m[actor + A_RUNNING] = running
        sample(m, f, r, RUNNING, now, -1)
        if running == 0:
            sample(m, f, r, NOWHERE, now, 1)
            m[actor + A_SINCE] = now
            m[actor + A_CAUSED] = row
            if row != NONE and r[m[DOWNTIME] + row] < 0:
                r[m[DOWNTIME] + row] = 0
        elif running == 1:
            m[actor + A_SINCE] = NONE
    if m[actor + A_RUNNING]:
        m[actor + A_HOME] = newest_copy(m, f, r, actor)


def newest_copy(m: Whole, f: Floats, r: Whole, actor: int) -> int:
    """The executor of the running copy that started last."""
    here, born, executor = m[actor + A_PLACES], 0, NONE
    while here != NONE:
        if m[here + P_COPY] == RUNS and m[here + P_BORN] > born:
            born, executor = m[here + P_BORN], m[here + P_EXECUTOR]
        here = m[here + P_NEXT]
    return executor


def copy_by_rank(m: Whole, f: Floats, r: Whole, actor: int, rank: int) -> int:
    """The executor of the running copy with this rank, from 0, in the order of their starts."""
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


def pause_copy(m: Whole, f: Floats, r: Whole, actor: int, here: int, row: int, now: int) -> None:
    """Pause the copy at a place for an attempt, if the place has one."""
    if m[here + P_COPY] == ABSENT:
        return
    if m[here + P_COPY] == RUNS:
        stop_copy(m, f, r, actor, here, PAUSED, row, now)
    m[here + P_PAUSED_FOR] = row


def restore_copy(m: Whole, f: Floats, r: Whole, actor: int, here: int, row: int, epoch: int, now: int) -> None:
    """Run the actor at a place from a checkpoint; the copy replaces an earlier one there."""
    if m[here + P_COPY] != ABSENT:
        stop_copy(m, f, r, actor, here, ABSENT, row, now)
    m[here + P_COPY_EPOCH] = epoch
    m[here + P_PAUSED_FOR] = NONE
    start_copy(m, f, r, actor, here, row, now)
