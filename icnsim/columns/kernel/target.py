"""The target of an attempt: it evaluates the Request, admits the actor and restores it."""

from icnsim.columns.kernel.agenda import schedule
from icnsim.columns.kernel.copies import restore_copy
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
    N_HAZARDS,
    N_REOPENED,
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
    P_EPOCH,
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
    X_ASKED,
    X_EMPTY,
    X_EPOCH,
    X_EVALUATION,
    X_REFUSAL,
    X_RESTORE,
    X_ROW,
    X_SEQUENCE,
    X_SOURCE,
    X_STALE,
    X_TARGET,
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import count_ignored, send
from icnsim.columns.kernel.places import apply_removal, enter_state, holds, open_record, place_for, store_content
from icnsim.columns.kernel.timeouts import schedule_timeout
from icnsim.protocol.states import Event, State

ADMIT, COMPLETION, RESTORING_DONE = int(Event.ADMIT), int(Event.COMPLETE), int(Event.RESTORE)
IDLE, RESTORING, COMPLETE, ENDED = int(State.IDLE), int(State.RESTORING), int(State.COMPLETE), int(State.COMPLETE)


def on_request(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> None:
    """Process a Request: verify and store the checkpoint, then evaluate the policy."""
    row, epoch, sequence = m[exchange + X_ROW], m[exchange + X_EPOCH], m[exchange + X_ASKED]
    here = place_for(m, f, r, actor, m[exchange + X_TARGET])
    apply_removal(m, f, r, here, now)
    state, same = m[here + P_STATE], holds(m, f, r, here, row)
    if store_content(m, f, r, here, m[exchange + X_SOURCE], sequence) and not (state >= ENDED and same):
        m[N_HAZARDS + 9] += 1
    if state != IDLE and state < ENDED and same and m[here + P_ROLE] != SOURCE:
        count_ignored(m, f, r, row, ADMIT, state)
    else:
        runs_newer = m[here + P_COPY] != ABSENT and m[here + P_COPY_EPOCH] >= epoch
        if m[here + P_EPOCH] > epoch or runs_newer:
            m[N_HAZARDS + 4] += 1
            m[exchange + X_STALE] = 1
        if is_free(m, f, r, here, row):
            m[here + P_STORED] = max(m[here + P_STORED], sequence)
            schedule(
                m,
                f,
                r,
                actor,
                now + m[exchange + X_EVALUATION],
                NORMAL,
                EVALUATED,
                exchange,
                0,
                m[exchange + X_TARGET],
                NONE,
            )
        else:
            count_ignored(m, f, r, row, ADMIT, state)
    m[here + P_EPOCH] = max(m[here + P_EPOCH], epoch)


def is_free(m: Whole, f: Floats, r: Whole, here: int, row: int) -> bool:
    """Whether the target holds no active record, and no ended record of this attempt."""
    state = m[here + P_STATE]
    return bool(state == IDLE or (state >= ENDED and m[here + P_ROW] != row))


def evaluated(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> None:
    """Answer a Request after its evaluation: Accept or Reject."""
    row, target, source = m[exchange + X_ROW], m[exchange + X_TARGET], m[exchange + X_SOURCE]
    if m[exchange + X_REFUSAL]:
        send(m, f, r, actor, exchange, REJECT, target, source, now)
        return
    here = place_for(m, f, r, actor, target)
    apply_removal(m, f, r, here, now)
    if not is_free(m, f, r, here, row):
        count_ignored(m, f, r, row, ADMIT, m[here + P_STATE])
        return
    if r[m[ADMITTED] + row] != NONE:
        keep_target_record(m, f, r, row)
    if m[exchange + X_STALE]:
        m[actor + A_SUSPECT] |= I5
    open_record(m, f, r, here, RESTORING, TARGET, row, now)
    r[m[ADMITTED] + row] = now
    schedule_timeout(m, f, r, actor, here, exchange, now)
    send(m, f, r, actor, exchange, ACCEPT, target, source, now)


def keep_target_record(m: Whole, f: Floats, r: Whole, row: int) -> None:
    """Keep the times of the attempt's earlier record at its target; the columns hold only the newest record."""
    kept = m[N_TOP]
    m[N_TOP] = kept + OPENED
    m[kept + O_NEXT] = m[N_REOPENED]
    m[N_REOPENED] = kept
    admitted = r[m[ADMITTED] + row]
    m[kept + O_ROW] = row
    m[kept + O_ADMITTED] = admitted
    m[kept + O_RESTORED] = time_since(r[m[RESTORED_AT] + row], admitted)
    m[kept + O_FAILED] = time_since(r[m[TARGET_FAILED] + row], admitted)
    m[kept + O_REMOVED] = time_since(r[m[TARGET_REMOVED] + row], admitted)
    m[kept + O_REPLACED] = time_since(r[m[TARGET_REPLACED] + row], admitted)


def time_since(when: int, opened: int) -> int:
    """The time of an event of a record, NONE if the event precedes the opening of the record."""
    return when if when >= opened else NONE


def on_complete(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> None:
    """Process a Complete: verify and store the final checkpoint, then restore the actor."""
    row, epoch, sequence = m[exchange + X_ROW], m[exchange + X_EPOCH], m[exchange + X_SEQUENCE]
    here = place_for(m, f, r, actor, m[exchange + X_TARGET])
    apply_removal(m, f, r, here, now)
    state = m[here + P_STATE]
    if state != RESTORING or m[here + P_ROW] != row or m[here + P_ROLE] == HAS_STATE:
        count_ignored(m, f, r, row, COMPLETION, state)
    elif m[exchange + X_EMPTY]:
        m[N_HAZARDS + 12] += 1
        count_ignored(m, f, r, row, COMPLETION, state)
    elif sequence <= m[here + P_STORED]:
        m[N_HAZARDS + 11] += 1
        count_ignored(m, f, r, row, COMPLETION, state)
    else:
        m[here + P_STORED] = sequence
        m[here + P_ROLE] = HAS_STATE
        r[m[TRANSFERRED] + row] = now
        schedule(
            m,
            f,
            r,
            actor,
            now + m[exchange + X_RESTORE],
            NORMAL,
            RESTORED,
            exchange,
            m[here + P_SINCE],
            m[exchange + X_TARGET],
            NONE,
        )
    m[here + P_EPOCH] = max(m[here + P_EPOCH], epoch)


def restored(m: Whole, f: Floats, r: Whole, actor: int, event: int, exchange: int, now: int) -> None:
    """Run the restored actor and send an Ack. `V_DATA` of the event identifies the record."""
    row, target = m[exchange + X_ROW], m[exchange + X_TARGET]
    here = place_for(m, f, r, actor, target)
    apply_removal(m, f, r, here, now)
    state = m[here + P_STATE]
    if not holds(m, f, r, here, row) or state != RESTORING or m[here + P_SINCE] != m[event + V_DATA]:
        count_ignored(m, f, r, row, RESTORING_DONE, state)
        return
    enter_state(m, f, r, actor, here, COMPLETE, now)
    r[m[RESTORED_AT] + row] = now
    if m[exchange + X_SEQUENCE] < m[actor + A_RESTORED]:
        m[actor + A_SUSPECT] |= I3 | I4
    else:
        m[actor + A_RESTORED] = m[exchange + X_SEQUENCE]
    if r[m[FAILED] + row] != NONE:
        m[actor + A_SUSPECT] |= I8
    restore_copy(m, f, r, actor, here, row, m[exchange + X_EPOCH], now)
    send(m, f, r, actor, exchange, ACK, target, m[exchange + X_SOURCE], now)
