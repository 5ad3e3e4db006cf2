"""The end of an ordinary migration: the state of the places of its actor afterwards."""

from icnsim.columns.kernel.layout import (
    A_FREE_FROM,
    A_HOME,
    A_NEWEST,
    A_NEWEST_AT,
    A_NOWHERE,
    A_ORDER,
    A_RESTORED,
    ABSENT,
    N_DELIVERED,
    N_SENT,
    N_STAGES,
    NONE,
    P_BORN,
    P_COPY,
    P_COPY_EPOCH,
    P_EPOCH,
    P_EXECUTOR,
    P_PAUSED_FOR,
    P_REMOVED_AT,
    P_ROLE,
    P_ROW,
    P_SINCE,
    P_STATE,
    P_STORED,
    REMOVED,
    REPLACED,
    RUNS,
    SOURCE,
    TARGET,
    TARGET_REMOVED,
    TARGET_REPLACED,
    Floats,
    Whole,
)
from icnsim.columns.kernel.places import removal_time, store_content
from icnsim.protocol.states import State

IDLE, COMPLETE = int(State.IDLE), int(State.COMPLETE)


def hand_over(
    m: Whole, f: Floats, r: Whole, actor: int, here: int, there: int, row: int, now: int, admitted: int,
    accepted: int, restored: int, completed: int,
) -> None:  # fmt: skip
    """Write the state after a completed migration: the actor restored at `there`, and both records are complete."""
    source, sequence, epoch = m[here + P_EXECUTOR], m[here + P_STORED], m[here + P_EPOCH] + 1
    store_content(m, f, r, there, source, sequence)
    write_ended_record(m, f, r, actor, there, COMPLETE, TARGET, row, admitted, restored)
    order = m[actor + A_ORDER] + 1
    m[actor + A_ORDER] = order
    m[there + P_EPOCH] = epoch
    m[there + P_STORED] = sequence + 1
    m[there + P_COPY] = RUNS
    m[there + P_COPY_EPOCH] = epoch
    m[there + P_PAUSED_FOR] = NONE
    m[there + P_BORN] = order
    write_ended_record(m, f, r, actor, here, COMPLETE, SOURCE, row, now, completed)
    m[here + P_EPOCH] = epoch
    m[here + P_STORED] = sequence + 1
    m[here + P_COPY] = ABSENT
    m[actor + A_HOME] = m[there + P_EXECUTOR]
    m[actor + A_FREE_FROM] = completed
    m[actor + A_NOWHERE] += restored - accepted
    m[actor + A_NEWEST] = sequence + 1
    m[actor + A_NEWEST_AT] = source
    m[actor + A_RESTORED] = sequence + 1
    m[N_SENT] += 4
    m[N_DELIVERED] += 4
    m[N_STAGES] += 3


def write_ended_record(
    m: Whole, f: Floats, r: Whole, actor: int, here: int, state: int, role: int, row: int, opened: int, ended: int
) -> None:
    """Write an ended record of an attempt at a place; it was opened at `opened` and ended at `ended`."""
    if m[here + P_STATE] != IDLE:
        old, by_source, gone = m[here + P_ROW], m[here + P_ROLE] == SOURCE, m[here + P_REMOVED_AT]
        if gone < opened:
            r[m[REMOVED if by_source else TARGET_REMOVED] + old] = gone
        else:
            r[m[REPLACED if by_source else TARGET_REPLACED] + old] = opened
    m[here + P_STATE] = state
    m[here + P_ROLE] = role
    m[here + P_ROW] = row
    m[here + P_SINCE] = ended
    m[here + P_REMOVED_AT] = removal_time(m, f, r, actor, m[here + P_EXECUTOR], ended)
