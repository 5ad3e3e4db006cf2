"""Timeouts: the tick that fails a record in a tracked state is scheduled when the record enters the state."""

from icnsim.columns.kernel.agenda import schedule
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
    """The timeout of a state for the actor's records, ms; 0 if the state is not tracked."""
    timeout: int = m[m[actor + A_SETTING] + S_TIMEOUT + state]
    return timeout


def schedule_timeout(m: Whole, f: Floats, r: Whole, actor: int, here: int, exchange: int, now: int) -> None:
    """Schedule the tick that fails the record at a place if the record does not leave its new state."""
    state = m[here + P_STATE]
    timeout = timeout_of(m, f, r, actor, state)
    if not timeout or not m[N_MANAGED]:
        return
    executor = m[here + P_EXECUTOR]
    when = tick_from(m, f, r, executor, (now // 1000 + timeout + 1) * 1000)
    if when < m[N_HORIZON]:
        schedule(m, f, r, actor, when, TICK, TIMEOUT, exchange, now * STATES + state, executor, NONE)
