"""Records that wait: the tick that fails a record in a tracked state is known when it enters the state."""

from icnsim.columns.agenda import plan
from icnsim.columns.layout import (
    A_SETTING,
    N_HORIZON,
    N_MANAGED,
    NONE,
    P_EXECUTOR,
    P_STATE,
    S_TIMEOUT,
    TICK,
    TIMEOUT,
    World,
)
from icnsim.columns.placing import tick_from


def timeout_of(w: World, actor: int, state: int) -> int:
    """How long a record of the actor may stand in a state, ms; 0 where nothing tracks it."""
    timeout: int = w.settings[w.actors[actor + A_SETTING] + S_TIMEOUT + state]
    return timeout


def await_timeout(w: World, actor: int, here: int, life: int, now: int) -> None:
    """The record at a place has just entered a state: plan the tick that fails it if it is still there."""
    timeout = timeout_of(w, actor, w.places[here + P_STATE])
    if not timeout or not w.numbers[N_MANAGED]:
        return
    executor = w.places[here + P_EXECUTOR]
    when = tick_from(w, executor, (now // 1000 + timeout + 1) * 1000)
    if when < w.numbers[N_HORIZON]:
        plan(w, actor, when, TICK, TIMEOUT, life, now, executor, NONE)
