"""Records that wait: the tick that fails a record in a tracked state is known when it enters the state."""

from icnsim.columns.kernel.agenda import plan
from icnsim.columns.kernel.layout import (
    A_SETTING,
    N_HORIZON,
    N_MANAGED,
    NONE,
    P_EXECUTOR,
    P_STATE,
    S_TIMEOUT,
    STATES,
    TICK,
    TIMEOUT,
    Floats,
    Whole,
)
from icnsim.columns.kernel.places import tick_from


def timeout_of(m: Whole, f: Floats, r: Whole, actor: int, state: int) -> int:
    """How long a record of the actor may stand in a state, ms; 0 where nothing tracks it."""
    timeout: int = m[m[actor + A_SETTING] + S_TIMEOUT + state]
    return timeout


def await_timeout(m: Whole, f: Floats, r: Whole, actor: int, here: int, life: int, now: int) -> None:
    """The record at a place has just entered a state: plan the tick that fails it if it is still there."""
    state = m[here + P_STATE]
    timeout = timeout_of(m, f, r, actor, state)
    if not timeout or not m[N_MANAGED]:
        return
    executor = m[here + P_EXECUTOR]
    when = tick_from(m, f, r, executor, (now // 1000 + timeout + 1) * 1000)
    if when < m[N_HORIZON]:
        plan(m, f, r, actor, when, TICK, TIMEOUT, life, now * STATES + state, executor, NONE)
