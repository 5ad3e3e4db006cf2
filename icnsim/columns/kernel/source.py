"""The source of an attempt: it asks, pauses the actor and hands it over, or fails."""

from icnsim.columns.kernel.agenda import plan
from icnsim.columns.kernel.copies import pause, starts, stops
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
    L_CHECKPOINT,
    L_EMPTY,
    L_EPOCH,
    L_REFUSAL,
    L_ROW,
    L_SEQUENCE,
    L_SOURCE,
    L_TARGET,
    N_HAZARDS,
    NONE,
    NORMAL,
    P_COPY,
    P_HEARD,
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
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import ignore, send
from icnsim.columns.kernel.places import clean, holds, move, place_for
from icnsim.columns.kernel.retries import ended
from icnsim.columns.kernel.timeouts import await_timeout
from icnsim.protocol.states import Event, State

ACCEPT, REJECT, CHECKPOINT, ACK = int(Event.ACCEPT), int(Event.REJECT), int(Event.CHECKPOINT), int(Event.ACK)
IDLE, REQUESTING, CHECKPOINTING = int(State.IDLE), int(State.REQUESTING), int(State.CHECKPOINTING)
TRANSFERRING, DONE, LOST = int(State.TRANSFERRING), int(State.COMPLETE), int(State.FAILED)


def on_accept(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> None:
    """The target takes the actor: pause it and make the final checkpoint."""
    row, source = m[life + L_ROW], m[life + L_SOURCE]
    here = place_for(m, f, r, actor, source)
    clean(m, f, r, here, now)
    state = m[here + P_STATE]
    if state != IDLE and m[here + P_ROW] != row:
        m[N_HAZARDS + 3] += 1
    if state >= DONE and m[here + P_ROW] == row:
        m[N_HAZARDS + 2] += 1
    if state != REQUESTING or m[here + P_ROW] != row:
        ignore(m, f, r, row, ACCEPT, state)
    else:
        move(m, f, r, actor, here, CHECKPOINTING, now)
        r[m[ACCEPTED] + row] = now
        await_timeout(m, f, r, actor, here, life, now)
        pause(m, f, r, actor, here, row, now)
        plan(m, f, r, actor, now + m[life + L_CHECKPOINT], NORMAL, CHECKPOINTED, life, 0, source, NONE)
    hear(m, f, r, here, m[life + L_EPOCH])


def on_reject(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> None:
    """The target refuses: the attempt has failed."""
    row, source = m[life + L_ROW], m[life + L_SOURCE]
    here = place_for(m, f, r, actor, source)
    clean(m, f, r, here, now)
    state = m[here + P_STATE]
    if state != IDLE and m[here + P_ROW] != row:
        m[N_HAZARDS + 4] += 1
    if state != REQUESTING or m[here + P_ROW] != row:
        ignore(m, f, r, row, REJECT, state)
    else:
        fail(m, f, r, actor, here, life, now, REJECTED, m[life + L_REFUSAL])
    hear(m, f, r, here, m[life + L_EPOCH])


def checkpointed(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> None:
    """The final checkpoint is made: send it."""
    row, source = m[life + L_ROW], m[life + L_SOURCE]
    here = place_for(m, f, r, actor, source)
    clean(m, f, r, here, now)
    state = m[here + P_STATE]
    if not holds(m, f, r, here, row) or state != CHECKPOINTING:
        ignore(m, f, r, row, CHECKPOINT, state)
        return
    move(m, f, r, actor, here, TRANSFERRING, now)
    r[m[CHECKPOINTED_AT] + row] = now
    await_timeout(m, f, r, actor, here, life, now)
    sequence = m[here + P_STORED] + 1
    m[here + P_STORED] = sequence
    m[life + L_SEQUENCE] = sequence
    empty = m[here + P_COPY] == ABSENT
    m[life + L_EMPTY] = 1 if empty else 0
    send(m, f, r, actor, life, COMPLETE, source, m[life + L_TARGET], now)
    newest, made_at = m[actor + A_NEWEST], m[actor + A_NEWEST_AT]
    if sequence <= newest:
        m[actor + A_SUSPECT] |= I4
        if sequence == newest and made_at != source:
            m[N_HAZARDS + 14] += 1
    if not empty and (sequence > newest or (sequence == newest and source > made_at)):
        m[actor + A_NEWEST] = sequence
        m[actor + A_NEWEST_AT] = source


def on_ack(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> None:
    """The actor runs at the target: the migration is complete, the paused actor is dropped."""
    row, source = m[life + L_ROW], m[life + L_SOURCE]
    here = place_for(m, f, r, actor, source)
    clean(m, f, r, here, now)
    state = m[here + P_STATE]
    if state != TRANSFERRING or m[here + P_ROW] != row:
        ignore(m, f, r, row, ACK, state)
    else:
        move(m, f, r, actor, here, DONE, now)
        r[m[COMPLETED] + row] = now
        ended(m, f, r, actor, life, now, 0, 0)
        if m[here + P_COPY] == PAUSED:
            stops(m, f, r, actor, here, ABSENT, row, now)
        suspect_absent(m, f, r, actor)
    hear(m, f, r, here, m[life + L_EPOCH])


def on_tick(m: Whole, f: Floats, r: Whole, actor: int, event: int, life: int, now: int) -> None:
    """A tick finds a record too old, if that is still in the state in which it was then."""
    row = m[life + L_ROW]
    here = place_for(m, f, r, actor, m[event + V_EXECUTOR])
    state = m[here + P_STATE]
    if state == IDLE or state >= DONE or m[here + P_ROW] != row:
        return
    if m[here + P_SINCE] * STATES + state != m[event + V_DATA]:  # it has left the state, perhaps at the same instant
        return
    if m[here + P_ROLE] == SOURCE:
        if state == TRANSFERRING:
            m[N_HAZARDS + 7] += 1
            if r[m[RESTORED_AT] + row] != NONE:
                m[N_HAZARDS + 5] += 1
        fail(m, f, r, actor, here, life, now, TIMED_OUT, TIMED_OUT)
    else:
        move(m, f, r, actor, here, LOST, now)
        r[m[TARGET_FAILED] + row] = now


def fail(m: Whole, f: Floats, r: Whole, actor: int, here: int, life: int, now: int, failure: int, reason: int) -> None:
    """The attempt has failed: try again or not, and let the actor that it has paused run on."""
    row = m[life + L_ROW]
    move(m, f, r, actor, here, LOST, now)
    r[m[FAILED] + row] = now
    r[m[FATE_OF] + row] |= failure * FAILURE + reason * REASON
    if r[m[RESTORED_AT] + row] != NONE:
        m[actor + A_SUSPECT] |= I8
    ended(m, f, r, actor, life, now, failure, 1 if failure == TIMED_OUT else 0)
    if m[here + P_COPY] == PAUSED and m[here + P_PAUSED_FOR] == row:
        m[N_HAZARDS + 6] += 1
        starts(m, f, r, actor, here, row, now)
    suspect_absent(m, f, r, actor)


def suspect_absent(m: Whole, f: Floats, r: Whole, actor: int) -> None:
    """An actor that runs nowhere when an attempt has ended may stay away."""
    if m[actor + A_RUNNING] == 0:
        m[actor + A_SUSPECT] |= I2


def hear(m: Whole, f: Floats, r: Whole, here: int, epoch: int) -> None:
    """A message has named an epoch."""
    m[here + P_HEARD] = max(m[here + P_HEARD], epoch)
