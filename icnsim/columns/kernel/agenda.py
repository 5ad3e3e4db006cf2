"""The future events of each actor, and the exchanges of its attempts.

Each actor has a linked list of events, sorted by (time, priority, creation). The list is short, because few events of
one actor are in the future at any time. An exchange is freed when no event refers to it.
"""

from icnsim.columns.kernel.allocation import release_row, take_row
from icnsim.columns.kernel.layout import (
    A_EVENTS,
    EVENT,
    EXCHANGE,
    N_FREE_EVENT,
    N_FREE_EXCHANGE,
    NONE,
    V_DATA,
    V_EXCHANGE,
    V_EXECUTOR,
    V_KIND,
    V_LOG,
    V_NEXT,
    V_PRIORITY,
    V_TIME,
    X_REFERENCES,
    Floats,
    Whole,
)


def schedule(
    m: Whole,
    f: Floats,
    r: Whole,
    actor: int,
    when: int,
    priority: int,
    kind: int,
    exchange: int,
    data: int,
    executor: int,
    row: int,
) -> None:
    """Insert an event of an actor after all its events with the same instant and priority."""
    event = take_row(m, N_FREE_EVENT, EVENT)
    m[event + V_TIME] = when
    m[event + V_PRIORITY] = priority
    m[event + V_KIND] = kind
    m[event + V_EXCHANGE] = exchange
    m[event + V_DATA] = data
    m[event + V_EXECUTOR] = executor
    m[event + V_LOG] = row
    m[exchange + X_REFERENCES] += 1
    before, after = NONE, m[actor + A_EVENTS]
    while after != NONE:
        time = m[after + V_TIME]
        if time > when or (time == when and m[after + V_PRIORITY] > priority):
            break
        before, after = after, m[after + V_NEXT]
    m[event + V_NEXT] = after
    if before == NONE:
        m[actor + A_EVENTS] = event
    else:
        m[before + V_NEXT] = event


def remove_event(m: Whole, f: Floats, r: Whole, actor: int, event: int) -> None:
    """Remove a processed event. Events that it has scheduled for the same instant may precede it in the list."""
    before, here = NONE, m[actor + A_EVENTS]
    while here != event:
        before, here = here, m[here + V_NEXT]
    if before == NONE:
        m[actor + A_EVENTS] = m[event + V_NEXT]
    else:
        m[before + V_NEXT] = m[event + V_NEXT]
    release_row(m, N_FREE_EVENT, event)
    release_exchange(m, f, r, m[event + V_EXCHANGE])


def new_exchange(m: Whole, f: Floats, r: Whole) -> int:
    """Allocate an exchange with one reference, which the caller holds."""
    exchange = take_row(m, N_FREE_EXCHANGE, EXCHANGE)
    m[exchange + X_REFERENCES] = 1
    return exchange


def release_exchange(m: Whole, f: Floats, r: Whole, exchange: int) -> None:
    """Drop one reference to an exchange, and free the exchange with the last one."""
    references = m[exchange + X_REFERENCES] - 1
    m[exchange + X_REFERENCES] = references
    if references == 0:
        release_row(m, N_FREE_EXCHANGE, exchange)
