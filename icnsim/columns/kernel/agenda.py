"""The events to come of each actor, in the order in which they happen, and the lives of its attempts.

A list for each actor, sorted by (time, priority, creation): few events of one actor are to come at any time.
A life is given back when none of them refers to it any more.
"""

from icnsim.columns.kernel.allocation import allocate, give_back
from icnsim.columns.kernel.layout import (
    A_EVENTS,
    EVENT,
    L_REFERENCES,
    LIFE,
    N_FREE_EVENT,
    N_FREE_LIFE,
    NONE,
    V_DATA,
    V_EXECUTOR,
    V_KIND,
    V_LIFE,
    V_LOG,
    V_NEXT,
    V_PRIORITY,
    V_TIME,
    Floats,
    Whole,
)


def plan(
    m: Whole,
    f: Floats,
    r: Whole,
    actor: int,
    when: int,
    priority: int,
    kind: int,
    life: int,
    data: int,
    executor: int,
    row: int,
) -> None:
    """Let something happen to an actor at an instant, after what else happens then with that priority."""
    event = allocate(m, N_FREE_EVENT, EVENT)
    m[event + V_TIME] = when
    m[event + V_PRIORITY] = priority
    m[event + V_KIND] = kind
    m[event + V_LIFE] = life
    m[event + V_DATA] = data
    m[event + V_EXECUTOR] = executor
    m[event + V_LOG] = row
    m[life + L_REFERENCES] += 1
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


def take(m: Whole, f: Floats, r: Whole, actor: int, event: int) -> None:
    """An event has been dealt with; what it has planned for the same instant may lie before it now."""
    before, here = NONE, m[actor + A_EVENTS]
    while here != event:
        before, here = here, m[here + V_NEXT]
    if before == NONE:
        m[actor + A_EVENTS] = m[event + V_NEXT]
    else:
        m[before + V_NEXT] = m[event + V_NEXT]
    give_back(m, N_FREE_EVENT, event)
    release(m, f, r, m[event + V_LIFE])


def new_life(m: Whole, f: Floats, r: Whole) -> int:
    """A life that the caller holds."""
    life = allocate(m, N_FREE_LIFE, LIFE)
    m[life + L_REFERENCES] = 1
    return life


def release(m: Whole, f: Floats, r: Whole, life: int) -> None:
    """One holds the life no longer."""
    left = m[life + L_REFERENCES] - 1
    m[life + L_REFERENCES] = left
    if left == 0:
        give_back(m, N_FREE_LIFE, life)
