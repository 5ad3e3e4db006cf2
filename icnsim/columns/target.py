"""The target of an attempt: it evaluates, admits, restores."""

from icnsim.columns.agenda import plan
from icnsim.columns.layout import (
    A_RESTORED,
    A_SUSPECT,
    ABSENT,
    ACCEPT,
    ACK,
    ADMITTED,
    EVALUATED,
    FAILED,
    I3,
    I4,
    I5,
    I8,
    L_ANSWERS,
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
    N_HAZARDS,
    N_REASON,
    NONE,
    NORMAL,
    NOT_EXACT,
    P_ARRIVED,
    P_COPY,
    P_COPY_EPOCH,
    P_HEARD,
    P_ROLE,
    P_ROW,
    P_STATE,
    P_STORED,
    REJECT,
    RESTORED,
    RESTORED_AT,
    TARGET,
    TRANSFERRED,
    World,
)
from icnsim.columns.placing import clean, holds, move, open_record, place_for, see
from icnsim.columns.posting import ignore, send
from icnsim.columns.running import begin
from icnsim.columns.waiting import await_timeout
from icnsim.protocol.states import Event, State

ADMIT, COMPLETION, RESTORING_DONE = int(Event.ADMIT), int(Event.COMPLETE), int(Event.RESTORE)
IDLE, RESTORING, COMPLETE, ENDED = int(State.IDLE), int(State.RESTORING), int(State.COMPLETE), int(State.COMPLETE)

OPENED_TWICE = 1
"""Why it is not exact: the columns have room for one record of an attempt at its target."""


def on_request(w: World, actor: int, life: int, now: int) -> None:
    """Verify and store the checkpoint, then ask the policy."""
    lives, places, numbers = w.lives, w.places, w.numbers
    row, epoch, sequence = lives[life + L_ROW], lives[life + L_EPOCH], lives[life + L_ASKED]
    here = place_for(w, actor, lives[life + L_TARGET])
    clean(w, here, now)
    state, same = places[here + P_STATE], holds(w, here, row)
    if see(w, here, lives[life + L_SOURCE], sequence) and not (state >= ENDED and same):
        numbers[N_HAZARDS + 9] += 1
    if state != IDLE and state < ENDED and same and places[here + P_ROLE] == TARGET:
        ignore(w, row, ADMIT, state)
    else:
        runs_newer = places[here + P_COPY] != ABSENT and places[here + P_COPY_EPOCH] >= epoch
        if places[here + P_HEARD] > epoch or runs_newer:
            numbers[N_HAZARDS + 4] += 1
            lives[life + L_STALE] = 1
        if is_free(w, here, row):
            if sequence > places[here + P_STORED]:
                places[here + P_STORED] = sequence
            plan(w, actor, now + lives[life + L_EVALUATION], NORMAL, EVALUATED, life, 0, lives[life + L_TARGET], NONE)
        else:
            ignore(w, row, ADMIT, state)
    if epoch > places[here + P_HEARD]:
        places[here + P_HEARD] = epoch


def is_free(w: World, here: int, row: int) -> bool:
    """Whether the target may take part in an attempt: it has no active record, and no ended one of that attempt."""
    state = w.places[here + P_STATE]
    return bool(state == IDLE or (state >= ENDED and w.places[here + P_ROW] != row))


def evaluated(w: World, actor: int, life: int, now: int) -> int:
    """The policy has decided: answer Accept, or Reject."""
    lives = w.lives
    row, target, source = lives[life + L_ROW], lives[life + L_TARGET], lives[life + L_SOURCE]
    if lives[life + L_REFUSAL]:
        send(w, actor, life, REJECT, target, source, now)
        return 0
    here = place_for(w, actor, target)
    clean(w, here, now)
    if not is_free(w, here, row):
        ignore(w, row, ADMIT, w.places[here + P_STATE])
        return 0
    if w.times[ADMITTED][row] != NONE:
        w.numbers[N_REASON] = OPENED_TWICE
        return NOT_EXACT
    if lives[life + L_STALE]:
        w.actors[actor + A_SUSPECT] |= I5
    open_record(w, here, RESTORING, TARGET, row, lives[life + L_EPOCH], now)
    w.times[ADMITTED][row] = now
    await_timeout(w, actor, here, life, now)
    send(w, actor, life, ACCEPT, target, source, now)
    return 0


def on_complete(w: World, actor: int, life: int, now: int) -> None:
    """Verify and store the final checkpoint and restore the actor."""
    lives, places, numbers = w.lives, w.places, w.numbers
    row, epoch, sequence = lives[life + L_ROW], lives[life + L_EPOCH], lives[life + L_SEQUENCE]
    here = place_for(w, actor, lives[life + L_TARGET])
    clean(w, here, now)
    state = places[here + P_STATE]
    if state != RESTORING or places[here + P_ROW] != row or places[here + P_ARRIVED]:
        ignore(w, row, COMPLETION, state)
    elif lives[life + L_EMPTY]:
        numbers[N_HAZARDS + 12] += 1
        ignore(w, row, COMPLETION, state)
    elif sequence <= places[here + P_STORED]:
        numbers[N_HAZARDS + 11] += 1
        ignore(w, row, COMPLETION, state)
    else:
        places[here + P_STORED] = sequence
        places[here + P_ARRIVED] = 1
        w.times[TRANSFERRED][row] = now
        plan(w, actor, now + lives[life + L_RESTORE], NORMAL, RESTORED, life, 0, lives[life + L_TARGET], NONE)
    if epoch > places[here + P_HEARD]:
        places[here + P_HEARD] = epoch


def restored(w: World, actor: int, life: int, now: int) -> None:
    """The actor runs here: acknowledge."""
    lives, places, actors = w.lives, w.places, w.actors
    row, target = lives[life + L_ROW], lives[life + L_TARGET]
    here = place_for(w, actor, target)
    clean(w, here, now)
    state = places[here + P_STATE]
    if not holds(w, here, row) or state != RESTORING:
        ignore(w, row, RESTORING_DONE, state)
        return
    move(w, actor, here, COMPLETE, now)
    w.times[RESTORED_AT][row] = now
    if lives[life + L_SEQUENCE] < actors[actor + A_RESTORED]:
        actors[actor + A_SUSPECT] |= I3 | I4
    else:
        actors[actor + A_RESTORED] = lives[life + L_SEQUENCE]
    if w.times[FAILED][row] != NONE:
        actors[actor + A_SUSPECT] |= I8
    begin(w, actor, here, row, lives[life + L_EPOCH], now)
    send(w, actor, life, ACK, target, lives[life + L_SOURCE], now)
