"""Messages of an attempt: sent, lost, doubled, delivered; and what was ignored."""

from icnsim.columns.kernel.agenda import plan
from icnsim.columns.kernel.copies import IN_FLIGHT, sample
from icnsim.columns.kernel.layout import (
    A_WIRE,
    BLOCKED,
    COMPLETE,
    DOUBLED_BIT,
    E_ASKED_AT,
    E_ASKED_BY,
    E_REGION,
    EXECUTOR,
    FATE_OF,
    G_KIND,
    G_RECEIVER,
    G_ROW,
    G_SENDER,
    G_TIME,
    L_COPIES,
    L_DELAYS,
    L_FATES,
    L_ROW,
    LATE,
    LOG,
    LOST_BIT,
    N_HAZARDS,
    N_IGNORED,
    N_LOG_NUMBER,
    N_LOGGED,
    N_LOGS,
    N_LOST,
    N_REGIONS,
    N_SENT,
    N_TABLE,
    N_WAYS,
    NONE,
    NORMAL,
    REJECT,
    REQUEST,
    STATES,
    TIMED_OUT,
    Floats,
    Whole,
)
from icnsim.protocol.states import Event

HERD_US = 2_000_000
"""Requests of different sources to one target within that time are a herd."""

ADMITTING, ACCEPTING, REJECTING = int(Event.ADMIT), int(Event.ACCEPT), int(Event.REJECT)


def send(m: Whole, f: Floats, r: Whole, actor: int, life: int, kind: int, sender: int, receiver: int, now: int) -> None:
    """Put a message on its way, and its second copy where it is doubled."""
    fates = m[life + L_FATES]
    way = distance(m, f, r, actor, kind, sender, receiver)
    lost = (fates >> (LOST_BIT + kind)) & 1 != 0
    put(m, f, r, actor, life, kind, sender, receiver, now, m[life + L_DELAYS + kind] + way, lost)
    if (fates >> (DOUBLED_BIT + kind)) & 1:
        put(m, f, r, actor, life, kind, sender, receiver, now, m[life + L_COPIES + kind] + way, False)


def distance(m: Whole, f: Floats, r: Whole, actor: int, kind: int, sender: int, receiver: int) -> int:
    """What the way, and the state that is carried, add to a message's delay, µs."""
    regions, way = m[N_REGIONS], 0
    if regions:
        there = m[m[N_TABLE] + receiver * EXECUTOR + E_REGION]
        here = m[m[N_TABLE] + sender * EXECUTOR + E_REGION]
        way += m[m[N_WAYS] + here * regions + there]
    if kind in (REQUEST, COMPLETE):
        way += m[actor + A_WIRE]
    return way


def put(
    m: Whole,
    f: Floats,
    r: Whole,
    actor: int,
    life: int,
    kind: int,
    sender: int,
    receiver: int,
    now: int,
    delay: int,
    lost: bool,
) -> None:
    """Put one copy of a message on its way."""
    m[N_SENT] += 1
    row = NONE
    if m[N_LOGS]:
        row = note(m, f, r, kind, m[life + L_ROW], sender, receiver, now)
    if lost:
        m[N_LOST] += 1
        if kind in (REQUEST, REJECT):
            m[N_HAZARDS + 10] += 1
        return
    sample(m, f, r, IN_FLIGHT, now, 1)
    sample(m, f, r, IN_FLIGHT, now + delay, -1)
    plan(m, f, r, actor, now + delay, NORMAL, kind, life, now // 1000, receiver, row)


def note(m: Whole, f: Floats, r: Whole, kind: int, row: int, sender: int, receiver: int, now: int) -> int:
    """Write a row of the log; its number."""
    here, number = m[N_LOGGED], m[N_LOG_NUMBER]
    m[here + G_KIND] = kind
    m[here + G_ROW] = row
    m[here + G_SENDER] = sender
    m[here + G_RECEIVER] = receiver
    m[here + G_TIME] = now
    m[N_LOGGED] = here + LOG
    m[N_LOG_NUMBER] = number + 1
    return number


def ask(m: Whole, f: Floats, r: Whole, source: int, target: int, now: int) -> None:
    """Count a Request that comes soon after another source's to the same target (hazard 17).

    Arrivals come in the order of time. Where there are retries, too, `noticed` counts at the end.
    """
    there = m[N_TABLE] + target * EXECUTOR
    asked = m[there + E_ASKED_AT]
    if asked != NONE and m[there + E_ASKED_BY] != source and now - asked < HERD_US:
        m[N_HAZARDS + 17] += 1
    m[there + E_ASKED_AT] = now
    m[there + E_ASKED_BY] = source


def ignore(m: Whole, f: Floats, r: Whole, row: int, event: int, state: int) -> None:
    """An event has met a record in a state, or of an attempt, that it does not fit."""
    m[N_IGNORED + event * STATES + state] += 1
    if event == ADMITTING:
        r[m[FATE_OF] + row] |= BLOCKED
    if event in (ACCEPTING, REJECTING) and r[m[FATE_OF] + row] & 3 == TIMED_OUT:
        r[m[FATE_OF] + row] |= LATE
