"""The events to come of each actor, in the order in which they happen, and the lives of its attempts.

A list for each actor, sorted by (time, priority, creation): few events of one actor are to come at any time.
A life is given back when none of them refers to it any more.
"""

from icnsim.columns.layout import (
    A_EVENTS,
    EVENT,
    L_REFERENCES,
    LIFE,
    N_EVENTS,
    N_FREE_EVENT,
    N_FREE_LIFE,
    N_LIVES,
    NONE,
    V_DATA,
    V_EXECUTOR,
    V_KIND,
    V_LIFE,
    V_LOG,
    V_NEXT,
    V_PRIORITY,
    V_TIME,
    World,
)


def plan(
    w: World, actor: int, when: int, priority: int, kind: int, life: int, data: int, executor: int, row: int
) -> None:
    """Let something happen to an actor at an instant, after what else happens then with that priority."""
    events, numbers = w.events, w.numbers
    event = numbers[N_FREE_EVENT]
    if event != NONE:
        numbers[N_FREE_EVENT] = events[event + V_NEXT]
    else:
        event = numbers[N_EVENTS]
        numbers[N_EVENTS] = event + EVENT
    events[event + V_TIME] = when
    events[event + V_PRIORITY] = priority
    events[event + V_KIND] = kind
    events[event + V_LIFE] = life
    events[event + V_DATA] = data
    events[event + V_EXECUTOR] = executor
    events[event + V_LOG] = row
    w.lives[life + L_REFERENCES] += 1
    before, after = NONE, w.actors[actor + A_EVENTS]
    while after != NONE:
        time = events[after + V_TIME]
        if time > when or (time == when and events[after + V_PRIORITY] > priority):
            break
        before, after = after, events[after + V_NEXT]
    events[event + V_NEXT] = after
    if before == NONE:
        w.actors[actor + A_EVENTS] = event
    else:
        events[before + V_NEXT] = event


def take(w: World, actor: int, event: int) -> None:
    """An event has been dealt with; what it has planned for the same instant may lie before it now."""
    events, numbers = w.events, w.numbers
    before, here = NONE, w.actors[actor + A_EVENTS]
    while here != event:
        before, here = here, events[here + V_NEXT]
    if before == NONE:
        w.actors[actor + A_EVENTS] = events[event + V_NEXT]
    else:
        events[before + V_NEXT] = events[event + V_NEXT]
    events[event + V_NEXT] = numbers[N_FREE_EVENT]
    numbers[N_FREE_EVENT] = event
    release(w, events[event + V_LIFE])


def new_life(w: World) -> int:
    """A life that the caller holds."""
    lives, numbers = w.lives, w.numbers
    life: int = numbers[N_FREE_LIFE]
    if life != NONE:
        numbers[N_FREE_LIFE] = lives[life + 1]
    else:
        life = numbers[N_LIVES]
        numbers[N_LIVES] = life + LIFE
    lives[life + L_REFERENCES] = 1
    return life


def release(w: World, life: int) -> None:
    """One holds the life no longer."""
    lives, numbers = w.lives, w.numbers
    left = lives[life + L_REFERENCES] - 1
    lives[life + L_REFERENCES] = left
    if left == 0:
        lives[life + 1] = numbers[N_FREE_LIFE]
        numbers[N_FREE_LIFE] = life
