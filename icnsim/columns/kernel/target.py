"""The target of an attempt: it evaluates, admits, restores."""

from icnsim.columns.kernel.agenda import plan
from icnsim.columns.kernel.copies import begin
from icnsim.columns.kernel.layout import (
    A_RESTORED,
    A_SUSPECT,
    ABSENT,
    ACCEPT,
    ACK,
    ADMITTED,
    EVALUATED,
    FAILED,
    HAS_STATE,
    I3,
    I4,
    I5,
    I8,
    L_ASKED,
    L_EMPTY,
    L_EPOCH,
    L_EVALUATION,
    L_REFUSAL,
    L_RESTORE,
    L_ROW,
    L_SEQUENCE,
    L_SOURCE,
    L_STALE,
    L_TARGET,
    N_AGAIN,
    N_HAZARDS,
    N_TOP,
    NONE,
    NORMAL,
    O_ADMITTED,
    O_FAILED,
    O_NEXT,
    O_REMOVED,
    O_REPLACED,
    O_RESTORED,
    O_ROW,
    OPENED,
    P_COPY,
    P_COPY_EPOCH,
    P_HEARD,
    P_ROLE,
    P_ROW,
    P_SINCE,
    P_STATE,
    P_STORED,
    REJECT,
    RESTORED,
    RESTORED_AT,
    SOURCE,
    TARGET,
    TARGET_FAILED,
    TARGET_REMOVED,
    TARGET_REPLACED,
    TRANSFERRED,
    V_DATA,
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import ignore, send
from icnsim.columns.kernel.places import clean, holds, move, open_record, place_for, see
from icnsim.columns.kernel.timeouts import await_timeout
from icnsim.protocol.states import Event, State

ADMIT, COMPLETION, RESTORING_DONE = int(Event.ADMIT), int(Event.COMPLETE), int(Event.RESTORE)
IDLE, RESTORING, COMPLETE, ENDED = int(State.IDLE), int(State.RESTORING), int(State.COMPLETE), int(State.COMPLETE)


def on_request(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> None:
    """Verify and store the checkpoint, then ask the policy."""
    row, epoch, sequence = m[life + L_ROW], m[life + L_EPOCH], m[life + L_ASKED]
    here = place_for(m, f, r, actor, m[life + L_TARGET])
    clean(m, f, r, here, now)
    state, same = m[here + P_STATE], holds(m, f, r, here, row)
    if see(m, f, r, here, m[life + L_SOURCE], sequence) and not (state >= ENDED and same):
        m[N_HAZARDS + 9] += 1
    if state != IDLE and state < ENDED and same and m[here + P_ROLE] != SOURCE:
        ignore(m, f, r, row, ADMIT, state)
    else:
        runs_newer = m[here + P_COPY] != ABSENT and m[here + P_COPY_EPOCH] >= epoch
        if m[here + P_HEARD] > epoch or runs_newer:
            m[N_HAZARDS + 4] += 1
            m[life + L_STALE] = 1
        if is_free(m, f, r, here, row):
            m[here + P_STORED] = max(m[here + P_STORED], sequence)
            plan(m, f, r, actor, now + m[life + L_EVALUATION], NORMAL, EVALUATED, life, 0, m[life + L_TARGET], NONE)
        else:
            ignore(m, f, r, row, ADMIT, state)
    m[here + P_HEARD] = max(m[here + P_HEARD], epoch)


def is_free(m: Whole, f: Floats, r: Whole, here: int, row: int) -> bool:
    """Whether the target may take part in an attempt: it has no active record, and no ended one of that attempt."""
    state = m[here + P_STATE]
    return bool(state == IDLE or (state >= ENDED and m[here + P_ROW] != row))


def evaluated(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> None:
    """The policy has decided: answer Accept, or Reject."""
    row, target, source = m[life + L_ROW], m[life + L_TARGET], m[life + L_SOURCE]
    if m[life + L_REFUSAL]:
        send(m, f, r, actor, life, REJECT, target, source, now)
        return
    here = place_for(m, f, r, actor, target)
    clean(m, f, r, here, now)
    if not is_free(m, f, r, here, row):
        ignore(m, f, r, row, ADMIT, m[here + P_STATE])
        return
    if r[m[ADMITTED] + row] != NONE:
        open_again(m, f, r, row)
    if m[life + L_STALE]:
        m[actor + A_SUSPECT] |= I5
    open_record(m, f, r, here, RESTORING, TARGET, row, now)
    r[m[ADMITTED] + row] = now
    await_timeout(m, f, r, actor, here, life, now)
    send(m, f, r, actor, life, ACCEPT, target, source, now)


def open_again(m: Whole, f: Floats, r: Whole, row: int) -> None:
    """Keep what the columns tell of the attempt's last record at its target, whose place another one takes."""
    kept = m[N_TOP]
    m[N_TOP] = kept + OPENED
    m[kept + O_NEXT] = m[N_AGAIN]
    m[N_AGAIN] = kept
    admitted = r[m[ADMITTED] + row]
    m[kept + O_ROW] = row
    m[kept + O_ADMITTED] = admitted
    m[kept + O_RESTORED] = since(r[m[RESTORED_AT] + row], admitted)
    m[kept + O_FAILED] = since(r[m[TARGET_FAILED] + row], admitted)
    m[kept + O_REMOVED] = since(r[m[TARGET_REMOVED] + row], admitted)
    m[kept + O_REPLACED] = since(r[m[TARGET_REPLACED] + row], admitted)


def since(when: int, opened: int) -> int:
    """The time of what has happened to a record, NONE if it is older and another record's."""
    return when if when >= opened else NONE


def on_complete(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> None:
    """Verify and store the final checkpoint and restore the actor."""
    row, epoch, sequence = m[life + L_ROW], m[life + L_EPOCH], m[life + L_SEQUENCE]
    here = place_for(m, f, r, actor, m[life + L_TARGET])
    clean(m, f, r, here, now)
    state = m[here + P_STATE]
    if state != RESTORING or m[here + P_ROW] != row or m[here + P_ROLE] == HAS_STATE:
        ignore(m, f, r, row, COMPLETION, state)
    elif m[life + L_EMPTY]:
        m[N_HAZARDS + 12] += 1
        ignore(m, f, r, row, COMPLETION, state)
    elif sequence <= m[here + P_STORED]:
        m[N_HAZARDS + 11] += 1
        ignore(m, f, r, row, COMPLETION, state)
    else:
        m[here + P_STORED] = sequence
        m[here + P_ROLE] = HAS_STATE
        r[m[TRANSFERRED] + row] = now
        plan(
            m,
            f,
            r,
            actor,
            now + m[life + L_RESTORE],
            NORMAL,
            RESTORED,
            life,
            m[here + P_SINCE],
            m[life + L_TARGET],
            NONE,
        )
    m[here + P_HEARD] = max(m[here + P_HEARD], epoch)


def restored(m: Whole, f: Floats, r: Whole, actor: int, event: int, life: int, now: int) -> None:
    """The actor runs here: acknowledge. The event tells when the record that was restored was opened."""
    row, target = m[life + L_ROW], m[life + L_TARGET]
    here = place_for(m, f, r, actor, target)
    clean(m, f, r, here, now)
    state = m[here + P_STATE]
    if not holds(m, f, r, here, row) or state != RESTORING or m[here + P_SINCE] != m[event + V_DATA]:
        ignore(m, f, r, row, RESTORING_DONE, state)
        return
    move(m, f, r, actor, here, COMPLETE, now)
    r[m[RESTORED_AT] + row] = now
    if m[life + L_SEQUENCE] < m[actor + A_RESTORED]:
        m[actor + A_SUSPECT] |= I3 | I4
    else:
        m[actor + A_RESTORED] = m[life + L_SEQUENCE]
    if r[m[FAILED] + row] != NONE:
        m[actor + A_SUSPECT] |= I8
    begin(m, f, r, actor, here, row, m[life + L_EPOCH], now)
    send(m, f, r, actor, life, ACK, target, m[life + L_SOURCE], now)
