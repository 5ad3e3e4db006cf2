"""The source of an attempt: it asks, pauses the actor and hands it over, or fails."""

from icnsim.columns.agenda import plan
from icnsim.columns.layout import (
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
    REJECTED,
    RESTORED_AT,
    SOURCE,
    T_FAILURE,
    T_REASON,
    TARGET_FAILED,
    TIMED_OUT,
    V_DATA,
    V_EXECUTOR,
    World,
)
from icnsim.columns.placing import clean, holds, move, place_for
from icnsim.columns.posting import ignore, send
from icnsim.columns.retrying import ended
from icnsim.columns.running import pause, starts, stops
from icnsim.columns.waiting import await_timeout
from icnsim.protocol.states import Event, State

ACCEPT, REJECT, CHECKPOINT, ACK = int(Event.ACCEPT), int(Event.REJECT), int(Event.CHECKPOINT), int(Event.ACK)
IDLE, REQUESTING, CHECKPOINTING = int(State.IDLE), int(State.REQUESTING), int(State.CHECKPOINTING)
TRANSFERRING, DONE, LOST = int(State.TRANSFERRING), int(State.COMPLETE), int(State.FAILED)


def on_accept(w: World, actor: int, life: int, now: int) -> None:
    """The target takes the actor: pause it and make the final checkpoint."""
    places, numbers, lives = w.places, w.numbers, w.lives
    row, source = lives[life + L_ROW], lives[life + L_SOURCE]
    here = place_for(w, actor, source)
    clean(w, here, now)
    state = places[here + P_STATE]
    if state != IDLE and places[here + P_ROW] != row:
        numbers[N_HAZARDS + 3] += 1
    if state >= DONE and places[here + P_ROW] == row:
        numbers[N_HAZARDS + 2] += 1
    if state != REQUESTING or places[here + P_ROW] != row:
        ignore(w, row, ACCEPT, state)
    else:
        move(w, actor, here, CHECKPOINTING, now)
        w.times[ACCEPTED][row] = now
        await_timeout(w, actor, here, life, now)
        pause(w, actor, here, row, now)
        plan(w, actor, now + lives[life + L_CHECKPOINT], NORMAL, CHECKPOINTED, life, 0, source, NONE)
    hear(w, here, lives[life + L_EPOCH])


def on_reject(w: World, actor: int, life: int, now: int) -> None:
    """The target refuses: the attempt has failed."""
    places, numbers, lives = w.places, w.numbers, w.lives
    row, source = lives[life + L_ROW], lives[life + L_SOURCE]
    here = place_for(w, actor, source)
    clean(w, here, now)
    state = places[here + P_STATE]
    if state != IDLE and places[here + P_ROW] != row:
        numbers[N_HAZARDS + 4] += 1
    if state != REQUESTING or places[here + P_ROW] != row:
        ignore(w, row, REJECT, state)
    else:
        fail(w, actor, here, life, now, REJECTED, lives[life + L_REFUSAL])
    hear(w, here, lives[life + L_EPOCH])


def checkpointed(w: World, actor: int, life: int, now: int) -> None:
    """The final checkpoint is made: send it."""
    places, actors, lives = w.places, w.actors, w.lives
    row, source = lives[life + L_ROW], lives[life + L_SOURCE]
    here = place_for(w, actor, source)
    clean(w, here, now)
    state = places[here + P_STATE]
    if not holds(w, here, row) or state != CHECKPOINTING:
        ignore(w, row, CHECKPOINT, state)
        return
    move(w, actor, here, TRANSFERRING, now)
    w.times[CHECKPOINTED_AT][row] = now
    await_timeout(w, actor, here, life, now)
    sequence = places[here + P_STORED] + 1
    places[here + P_STORED] = sequence
    lives[life + L_SEQUENCE] = sequence
    empty = places[here + P_COPY] == ABSENT
    lives[life + L_EMPTY] = 1 if empty else 0
    send(w, actor, life, COMPLETE, source, lives[life + L_TARGET], now)
    newest, made_at = actors[actor + A_NEWEST], actors[actor + A_NEWEST_AT]
    if sequence <= newest:
        actors[actor + A_SUSPECT] |= I4
        if sequence == newest and made_at != source:
            w.numbers[N_HAZARDS + 14] += 1
    if not empty and (sequence > newest or (sequence == newest and source > made_at)):
        actors[actor + A_NEWEST] = sequence
        actors[actor + A_NEWEST_AT] = source


def on_ack(w: World, actor: int, life: int, now: int) -> None:
    """The actor runs at the target: the migration is complete, the paused actor is dropped."""
    places, lives = w.places, w.lives
    row, source = lives[life + L_ROW], lives[life + L_SOURCE]
    here = place_for(w, actor, source)
    clean(w, here, now)
    state = places[here + P_STATE]
    if state != TRANSFERRING or places[here + P_ROW] != row:
        ignore(w, row, ACK, state)
    else:
        move(w, actor, here, DONE, now)
        w.times[COMPLETED][row] = now
        ended(w, actor, life, now, 0, 0)
        if places[here + P_COPY] == PAUSED:
            stops(w, actor, here, ABSENT, row, now)
        suspect_absent(w, actor)
    hear(w, here, lives[life + L_EPOCH])


def on_tick(w: World, actor: int, event: int, life: int, now: int) -> None:
    """A tick finds a record too old, if that is still in the state in which it was then."""
    places, events, lives = w.places, w.events, w.lives
    row = lives[life + L_ROW]
    here = place_for(w, actor, events[event + V_EXECUTOR])
    state = places[here + P_STATE]
    if state == IDLE or state >= DONE or places[here + P_ROW] != row or places[here + P_SINCE] != events[event + V_DATA]:
        return
    if places[here + P_ROLE] == SOURCE:
        if state == TRANSFERRING:
            w.numbers[N_HAZARDS + 7] += 1
            if w.times[RESTORED_AT][row] != NONE:
                w.numbers[N_HAZARDS + 5] += 1
        fail(w, actor, here, life, now, TIMED_OUT, TIMED_OUT)
    else:
        move(w, actor, here, LOST, now)
        w.times[TARGET_FAILED][row] = now


def fail(w: World, actor: int, here: int, life: int, now: int, failure: int, reason: int) -> None:
    """The attempt has failed: try again or not, and let the actor that it has paused run on."""
    places = w.places
    row = w.lives[life + L_ROW]
    move(w, actor, here, LOST, now)
    w.times[FAILED][row] = now
    w.tags[T_FAILURE][row] = failure
    w.tags[T_REASON][row] = reason
    if w.times[RESTORED_AT][row] != NONE:
        w.actors[actor + A_SUSPECT] |= I8
    ended(w, actor, life, now, failure, 1 if failure == TIMED_OUT else 0)
    if places[here + P_COPY] == PAUSED and places[here + P_PAUSED_FOR] == row:
        w.numbers[N_HAZARDS + 6] += 1
        starts(w, actor, here, row, now)
    suspect_absent(w, actor)


def suspect_absent(w: World, actor: int) -> None:
    """An actor that runs nowhere when an attempt has ended may stay away."""
    if w.actors[actor + A_RUNNING] == 0:
        w.actors[actor + A_SUSPECT] |= I2


def hear(w: World, here: int, epoch: int) -> None:
    """A message has named an epoch."""
    if epoch > w.places[here + P_HEARD]:
        w.places[here + P_HEARD] = epoch

