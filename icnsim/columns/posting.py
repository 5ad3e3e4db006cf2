"""Messages of an attempt: sent, lost, doubled, delivered; and what was ignored."""

from icnsim.columns.agenda import plan
from icnsim.columns.layout import (
    A_WIRE,
    COMPLETE,
    DOUBLED_BIT,
    E_REGION,
    EXECUTOR,
    G_ARRIVES,
    G_KIND,
    G_RECEIVER,
    G_ROW,
    G_SENDER,
    G_SENT,
    L_COPIES,
    L_DELAYS,
    L_FATES,
    L_ROW,
    LOG,
    LOST_BIT,
    N_HAZARDS,
    N_IGNORED,
    N_LOG,
    N_LOGS,
    N_LOST,
    N_REGIONS,
    N_SENT,
    NONE,
    NORMAL,
    REJECT,
    REQUEST,
    STATES,
    T_FAILURE,
    T_LATE,
    T_WILLING,
    TIMED_OUT,
    World,
)
from icnsim.columns.running import IN_FLIGHT, sample
from icnsim.protocol.states import Event

ADMITTING, ACCEPTING, REJECTING = int(Event.ADMIT), int(Event.ACCEPT), int(Event.REJECT)
BLOCKED = 2
"""Added to `T_WILLING` where another record keeps a target from the attempt."""


def send(w: World, actor: int, life: int, kind: int, sender: int, receiver: int, now: int) -> None:
    """Put a message on its way, and its second copy where it is doubled."""
    lives = w.lives
    fates = lives[life + L_FATES]
    way = distance(w, actor, kind, sender, receiver)
    lost = (fates >> (LOST_BIT + kind)) & 1 != 0
    put(w, actor, life, kind, sender, receiver, now, lives[life + L_DELAYS + kind] + way, lost)
    if (fates >> (DOUBLED_BIT + kind)) & 1:
        put(w, actor, life, kind, sender, receiver, now, lives[life + L_COPIES + kind] + way, False)


def distance(w: World, actor: int, kind: int, sender: int, receiver: int) -> int:
    """What the way, and the state that is carried, add to a message's delay, µs."""
    regions, way = w.numbers[N_REGIONS], 0
    if regions:
        there = w.executors[receiver * EXECUTOR + E_REGION]
        way += w.ways[w.executors[sender * EXECUTOR + E_REGION] * regions + there]
    if kind in (REQUEST, COMPLETE):
        way += w.actors[actor + A_WIRE]
    return way


def put(
    w: World, actor: int, life: int, kind: int, sender: int, receiver: int, now: int, delay: int, lost: bool
) -> None:
    """Put one copy of a message on its way."""
    numbers = w.numbers
    numbers[N_SENT] += 1
    row = NONE
    if numbers[N_LOGS]:
        row = numbers[N_LOG]
        numbers[N_LOG] = row + LOG
        log = w.log
        log[row + G_KIND], log[row + G_ROW] = kind, w.lives[life + L_ROW]
        log[row + G_SENDER], log[row + G_RECEIVER] = sender, receiver
        log[row + G_SENT], log[row + G_ARRIVES] = now, NONE
    if lost:
        numbers[N_LOST] += 1
        if kind in (REQUEST, REJECT):
            numbers[N_HAZARDS + 10] += 1
        return
    sample(w, IN_FLIGHT, now, 1)
    sample(w, IN_FLIGHT, now + delay, -1)
    plan(w, actor, now + delay, NORMAL, kind, life, now // 1000, receiver, row)


def ignore(w: World, row: int, event: int, state: int) -> None:
    """An event has met a record in a state, or of an attempt, that it does not fit."""
    w.numbers[N_IGNORED + event * STATES + state] += 1
    if event == ADMITTING:
        w.tags[T_WILLING][row] |= BLOCKED
    if event in (ACCEPTING, REJECTING) and w.tags[T_FAILURE][row] == TIMED_OUT:
        w.tags[T_LATE][row] = 1
