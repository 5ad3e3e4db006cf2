"""Actors are met when an arrival picks them for the first time; of the others nothing is kept."""

from icnsim.columns.layout import (
    A_CAUSED,
    A_EVENTS,
    A_HOME,
    A_MEBIBYTES,
    A_NEWEST_AT,
    A_NUMBER,
    A_ORDER,
    A_PLACES,
    A_RUNNING,
    A_SETTING,
    A_SINCE,
    A_TRIED,
    A_WIRE,
    ACTOR,
    N_HOSTS,
    N_MET,
    N_SETTINGS,
    N_SIZES,
    NONE,
    P_BORN,
    P_COPY,
    RUNS,
    SETTING,
    World,
)
from icnsim.columns.placing import new_place


def meet(w: World, number: int) -> int:
    """The row of the actor with that number, made if this is the first time."""
    actor: int = w.known[number]
    if actor != NONE:
        return actor
    numbers, actors = w.numbers, w.actors
    actor = numbers[N_MET]
    numbers[N_MET] = actor + ACTOR
    w.known[number] = actor
    home = w.hosts[number % numbers[N_HOSTS]]
    actors[actor + A_NUMBER] = number
    actors[actor + A_EVENTS] = NONE
    actors[actor + A_PLACES] = NONE
    actors[actor + A_SINCE] = NONE
    actors[actor + A_CAUSED] = NONE
    actors[actor + A_TRIED] = NONE
    actors[actor + A_NEWEST_AT] = NONE
    actors[actor + A_HOME] = home
    actors[actor + A_RUNNING] = 1
    actors[actor + A_ORDER] = 1
    size = number if numbers[N_SIZES] > 1 else 0
    actors[actor + A_WIRE] = w.wires[size]
    actors[actor + A_MEBIBYTES] = w.mebibytes[size]
    actors[actor + A_SETTING] = w.setting_of[number if numbers[N_SETTINGS] > 1 else 0] * SETTING
    here = new_place(w, actor, home)
    w.places[here + P_COPY] = RUNS
    w.places[here + P_BORN] = 1
    return actor
