"""The rows of actors: a row is made when an arrival selects the actor for the first time."""

from icnsim.columns.kernel.layout import (
    A_CAUSED,
    A_EVENTS,
    A_HOME,
    A_MEBIBYTES,
    A_NEWEST_AT,
    A_NEXT,
    A_NUMBER,
    A_ORDER,
    A_PLACES,
    A_RUNNING,
    A_SETTING,
    A_SINCE,
    A_TRIED,
    A_WIRE,
    ACTOR,
    N_ACTOR_ROWS,
    N_FIRST_ACTOR,
    N_HOMES,
    N_LAST_ACTOR,
    N_MEBIBYTES,
    N_SETTING_OF,
    N_SETTING_TABLE,
    N_SETTINGS,
    N_SIZES,
    N_TOP,
    N_WIRES,
    NONE,
    P_BORN,
    P_COPY,
    RUNS,
    SETTING,
    Floats,
    Whole,
)
from icnsim.columns.kernel.places import new_place


def actor_row(m: Whole, f: Floats, r: Whole, number: int) -> int:
    """The row of the actor with this number; it is made on first use."""
    actor: int = m[m[N_ACTOR_ROWS] + number]
    if actor != NONE:
        return actor
    actor = m[N_TOP]
    m[N_TOP] = actor + ACTOR
    for field in range(ACTOR):
        m[actor + field] = 0
    m[actor + A_NEXT] = NONE
    if m[N_FIRST_ACTOR] == NONE:
        m[N_FIRST_ACTOR] = actor
    else:
        m[m[N_LAST_ACTOR] + A_NEXT] = actor
    m[N_LAST_ACTOR] = actor
    m[m[N_ACTOR_ROWS] + number] = actor
    home = m[m[N_HOMES] + number]
    m[actor + A_NUMBER] = number
    m[actor + A_EVENTS] = NONE
    m[actor + A_PLACES] = NONE
    m[actor + A_SINCE] = NONE
    m[actor + A_CAUSED] = NONE
    m[actor + A_TRIED] = NONE
    m[actor + A_NEWEST_AT] = NONE
    m[actor + A_HOME] = home
    m[actor + A_RUNNING] = 1
    m[actor + A_ORDER] = 1
    size = number if m[N_SIZES] > 1 else 0
    m[actor + A_WIRE] = m[m[N_WIRES] + size]
    m[actor + A_MEBIBYTES] = m[m[N_MEBIBYTES] + size]
    setting = m[m[N_SETTING_OF] + (number if m[N_SETTINGS] > 1 else 0)]
    m[actor + A_SETTING] = m[N_SETTING_TABLE] + setting * SETTING
    here = new_place(m, f, r, actor, home)
    m[here + P_COPY] = RUNS
    m[here + P_BORN] = 1
    return actor
