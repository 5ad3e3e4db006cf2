"""The source of an attempt: it pauses the actor, sends the final checkpoint and completes, or it fails."""

from icnsim.columns.kernel.agenda import schedule
from icnsim.columns.kernel.copies import pause_copy, start_copy, stop_copy
from icnsim.columns.kernel.layout import (
    A_NEWEST,
    A_NEWEST_AT,
    A_RUNNING,
    A_SUSPECT,
    ABSENT,
    ACCEPTED,
    CHECKPOINTED,
    CHECKPOINTED_AT,
    COMPLETE,
    COMPLETED,
    FAILED,
    FAILURE,
    FATE_OF,
    I2,
    I4,
    I8,
    LATE_AT,
    N_HAZARDS,
    NONE,
    NORMAL,
    P_COPY,
    P_EPOCH,
    P_PAUSED_FOR,
    P_ROLE,
    P_ROW,
    P_SINCE,
    P_STATE,
    P_STORED,
    PAUSED,
    REASON,
    REJECTED,
    RESTORED_AT,
    SOURCE,
    STATES,
    TARGET_FAILED,
    TIMED_OUT,
    V_DATA,
    V_EXECUTOR,
    X_CHECKPOINT,
    X_EMPTY,
    X_EPOCH,
    X_REFUSAL,
    X_ROW,
    X_SEQUENCE,
    X_SOURCE,
    X_TARGET,
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import count_ignored, send
from icnsim.columns.kernel.places import apply_removal, enter_state, holds, place_for
from icnsim.columns.kernel.retries import end_attempt
from icnsim.columns.kernel.timeouts import schedule_timeout
from icnsim.protocol.states import Event, State

ACCEPT, REJECT, CHECKPOINT, ACK = int(Event.ACCEPT), int(Event.REJECT), int(Event.CHECKPOINT), int(Event.ACK)
IDLE, REQUESTING, CHECKPOINTING = int(State.IDLE), int(State.REQUESTING), int(State.CHECKPOINTING)
TRANSFERRING, DONE, LOST = int(State.TRANSFERRING), int(State.COMPLETE), int(State.FAILED)


def is_awaited(m: Whole, f: Floats, r: Whole, here: int, row: int, answer: int, hazard: int, now: int) -> bool:
    """Whether the record at the source waits for this answer; otherwise the answer is ignored, and may be a late one.

    `hazard` is the number of the hazard that the answer meets a record of another attempt.
    """
    state = m[here + P_STATE]
    if m[here + P_ROW] == row:
        if state == REQUESTING:
            return True
    elif state != IDLE:
        m[N_HAZARDS + hazard] += 1
    count_ignored(m, f, r, row, answer, state)
    if r[m[FATE_OF] + row] & 3 == TIMED_OUT and r[m[LATE_AT] + row] == NONE:
        r[m[LATE_AT] + row] = now
    return False


def on_accept(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> None:
    """Process an Accept: pause the actor and begin the final checkpoint."""
    row, source = m[exchange + X_ROW], m[exchange + X_SOURCE]
    here = place_for(m, f, r, actor, source)
    apply_removal(m, f, r, here, now)
    if m[here + P_STATE] >= DONE and m[here + P_ROW] == row:
        m[N_HAZARDS + 2] += 1
    if is_awaited(m, f, r, here, row, ACCEPT, 3, now):
        enter_state(m, f, r, actor, here, CHECKPOINTING, now)
        r[m[ACCEPTED] + row] = now
        schedule_timeout(m, f, r, actor, here, exchange, now)
        pause_copy(m, f, r, actor, here, row, now)
        schedule(m, f, r, actor, now + m[exchange + X_CHECKPOINT], NORMAL, CHECKPOINTED, exchange, 0, source, NONE)
    store_epoch(m, f, r, here, m[exchange + X_EPOCH])


def on_reject(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> None:
    """Process a Reject: the attempt fails."""
    row, source = m[exchange + X_ROW], m[exchange + X_SOURCE]
    here = place_for(m, f, r, actor, source)
    apply_removal(m, f, r, here, now)
    if is_awaited(m, f, r, here, row, REJECT, 4, now):
        fail(m, f, r, actor, here, exchange, now, REJECTED, m[exchange + X_REFUSAL])
    store_epoch(m, f, r, here, m[exchange + X_EPOCH])


def checkpointed(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> None:
    """Send the final checkpoint, which is complete."""
    row, source = m[exchange + X_ROW], m[exchange + X_SOURCE]
    here = place_for(m, f, r, actor, source)
    apply_removal(m, f, r, here, now)
    state = m[here + P_STATE]
    if not holds(m, f, r, here, row) or state != CHECKPOINTING:
        count_ignored(m, f, r, row, CHECKPOINT, state)
        return
    enter_state(m, f, r, actor, here, TRANSFERRING, now)
    r[m[CHECKPOINTED_AT] + row] = now
    schedule_timeout(m, f, r, actor, here, exchange, now)
    sequence = m[here + P_STORED] + 1
    m[here + P_STORED] = sequence
    m[exchange + X_SEQUENCE] = sequence
    empty = m[here + P_COPY] == ABSENT
    m[exchange + X_EMPTY] = 1 if empty else 0
    send(m, f, r, actor, exchange, COMPLETE, source, m[exchange + X_TARGET], now)
    newest, made_at = m[actor + A_NEWEST], m[actor + A_NEWEST_AT]
    if sequence <= newest:
        m[actor + A_SUSPECT] |= I4
        if sequence == newest and made_at != source:
            m[N_HAZARDS + 14] += 1
    if not empty and (sequence > newest or (sequence == newest and source > made_at)):
        m[actor + A_NEWEST] = sequence
        m[actor + A_NEWEST_AT] = source


def on_ack(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> None:
    """Process an Ack: the migration is complete, and the paused copy is dropped."""
    row, source = m[exchange + X_ROW], m[exchange + X_SOURCE]
    here = place_for(m, f, r, actor, source)
    apply_removal(m, f, r, here, now)
    state = m[here + P_STATE]
    if state != TRANSFERRING or m[here + P_ROW] != row:
        count_ignored(m, f, r, row, ACK, state)
    else:
        enter_state(m, f, r, actor, here, DONE, now)
        r[m[COMPLETED] + row] = now
        end_attempt(m, f, r, actor, exchange, now, 0, 0)
        if m[here + P_COPY] == PAUSED:
            stop_copy(m, f, r, actor, here, ABSENT, row, now)
        suspect_absent(m, f, r, actor)
    store_epoch(m, f, r, here, m[exchange + X_EPOCH])


def on_look(m: Whole, f: Floats, r: Whole, actor: int, event: int, exchange: int, now: int) -> None:
    """Fail a record at the look after its deadline, unless it has left the state in the meantime."""
    row = m[exchange + X_ROW]
    here = place_for(m, f, r, actor, m[event + V_EXECUTOR])
    state = m[here + P_STATE]
    if state == IDLE or state >= DONE or m[here + P_ROW] != row:
        return
    # If these differ, the record has left the state, possibly at the same instant.
    if m[here + P_SINCE] * STATES + state != m[event + V_DATA]:
        return
    if m[here + P_ROLE] == SOURCE:
        if state == TRANSFERRING:
            m[N_HAZARDS + 7] += 1
            if r[m[RESTORED_AT] + row] != NONE:
                m[N_HAZARDS + 5] += 1
        fail(m, f, r, actor, here, exchange, now, TIMED_OUT, TIMED_OUT)
    else:
        enter_state(m, f, r, actor, here, LOST, now)
        r[m[TARGET_FAILED] + row] = now


def fail(
    m: Whole, f: Floats, r: Whole, actor: int, here: int, exchange: int, now: int, failure: int, reason: int
) -> None:
    """Fail an attempt: schedule a retry or end the migration, and resume the copy that the attempt has paused."""
    row = m[exchange + X_ROW]
    enter_state(m, f, r, actor, here, LOST, now)
    r[m[FAILED] + row] = now
    r[m[FATE_OF] + row] |= failure * FAILURE + reason * REASON
    if r[m[RESTORED_AT] + row] != NONE:
        m[actor + A_SUSPECT] |= I8
    end_attempt(m, f, r, actor, exchange, now, failure, 1 if failure == TIMED_OUT else 0)
    if m[here + P_COPY] == PAUSED and m[here + P_PAUSED_FOR] == row:
        m[N_HAZARDS + 6] += 1
        start_copy(m, f, r, actor, here, row, now)
    suspect_absent(m, f, r, actor)


def suspect_absent(m: Whole, f: Floats, r: Whole, actor: int) -> None:
    """Suspect an actor that runs nowhere when an attempt ends (I2)."""
    if m[actor + A_RUNNING] == 0:
        m[actor + A_SUSPECT] |= I2


def store_epoch(m: Whole, f: Floats, r: Whole, here: int, epoch: int) -> None:
    """Store the epoch that a message carries, if it is the highest."""
    m[here + P_EPOCH] = max(m[here + P_EPOCH], epoch)
