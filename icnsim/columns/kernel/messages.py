"""Messages of an attempt: sending, loss, duplication, the message log, and events that the protocol ignores."""

from icnsim.columns.kernel.agenda import schedule
from icnsim.columns.kernel.copies import IN_FLIGHT, sample
from icnsim.columns.kernel.layout import (
    A_WIRE,
    BLOCKED,
    COMPLETE,
    DOUBLED_BIT,
    E_REGION,
    E_REQUESTED_AT,
    E_REQUESTED_BY,
    EXECUTOR,
    FATE_OF,
    G_KIND,
    G_RECEIVER,
    G_ROW,
    G_SENDER,
    G_TIME,
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
    X_COPIES,
    X_DELAYS,
    X_FATES,
    X_ROW,
    Floats,
    Whole,
)
from icnsim.protocol.states import Event

HERD_US = 2_000_000
"""Requests of different sources to one target within this time are a herd."""

ADMITTING = int(Event.ADMIT)


def send(
    m: Whole, f: Floats, r: Whole, actor: int, exchange: int, kind: int, sender: int, receiver: int, now: int
) -> None:
    """Send a message, and its second copy if it is duplicated."""
    fates = m[exchange + X_FATES]
    added = added_delay(m, f, r, actor, kind, sender, receiver)
    lost = (fates >> (LOST_BIT + kind)) & 1 != 0
    send_copy(m, f, r, actor, exchange, kind, sender, receiver, now, m[exchange + X_DELAYS + kind] + added, lost)
    if (fates >> (DOUBLED_BIT + kind)) & 1:
        send_copy(m, f, r, actor, exchange, kind, sender, receiver, now, m[exchange + X_COPIES + kind] + added, False)


def added_delay(m: Whole, f: Floats, r: Whole, actor: int, kind: int, sender: int, receiver: int) -> int:
    """The delay that distance and carried state add to a message's drawn delay, µs."""
    regions, added = m[N_REGIONS], 0
    if regions:
        there = m[m[N_TABLE] + receiver * EXECUTOR + E_REGION]
        here = m[m[N_TABLE] + sender * EXECUTOR + E_REGION]
        added += m[m[N_WAYS] + here * regions + there]
    if kind in (REQUEST, COMPLETE):
        added += m[actor + A_WIRE]
    return added


def send_copy(
    m: Whole,
    f: Floats,
    r: Whole,
    actor: int,
    exchange: int,
    kind: int,
    sender: int,
    receiver: int,
    now: int,
    delay: int,
    lost: bool,
) -> None:
    """Send one copy of a message. A lost copy is counted and never arrives."""
    m[N_SENT] += 1
    row = NONE
    if m[N_LOGS]:
        row = log_message(m, f, r, kind, m[exchange + X_ROW], sender, receiver, now)
    if lost:
        m[N_LOST] += 1
        if kind in (REQUEST, REJECT):
            m[N_HAZARDS + 10] += 1
        return
    sample(m, f, r, IN_FLIGHT, now, 1)
    sample(m, f, r, IN_FLIGHT, now + delay, -1)
    schedule(m, f, r, actor, now + delay, NORMAL, kind, exchange, now // 1000, receiver, row)


def log_message(m: Whole, f: Floats, r: Whole, kind: int, row: int, sender: int, receiver: int, now: int) -> int:
    """Append a row to the message log; return its number."""
    here, number = m[N_LOGGED], m[N_LOG_NUMBER]
    m[here + G_KIND] = kind
    m[here + G_ROW] = row
    m[here + G_SENDER] = sender
    m[here + G_RECEIVER] = receiver
    m[here + G_TIME] = now
    m[N_LOGGED] = here + LOG
    m[N_LOG_NUMBER] = number + 1
    return number


def count_herd(m: Whole, f: Floats, r: Whole, source: int, target: int, now: int) -> None:
    """Count a Request that follows another source's Request to the same target within `HERD_US` (hazard 17).

    Arrivals are in the order of time. Runs with retries are counted after the end (`tables.hazards`).
    """
    there = m[N_TABLE] + target * EXECUTOR
    asked = m[there + E_REQUESTED_AT]
    if asked != NONE and m[there + E_REQUESTED_BY] != source and now - asked < HERD_US:
        m[N_HAZARDS + 17] += 1
    m[there + E_REQUESTED_AT] = now
    m[there + E_REQUESTED_BY] = source


def count_ignored(m: Whole, f: Floats, r: Whole, row: int, event: int, state: int) -> None:
    """Count an event that does not fit the state or the attempt of a record."""
    m[N_IGNORED + event * STATES + state] += 1
    if event == ADMITTING:
        r[m[FATE_OF] + row] |= BLOCKED
