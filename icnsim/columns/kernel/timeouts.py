"""Timeouts: the detector's look that fails a record in a tracked state is scheduled when the record enters the state.

The polling detector looks at the ticks of the manager, the timing wheel at its own ticks, and a timer at its deadline.
The ticks of the wheel have the phase of the manager's ticks. Therefore one formula gives the look of each detector: the
first instant at or after the deadline that is a multiple of `S_STEP` away from the phase. The step is the interval of
the manager, the tick of the wheel, or 1 µs for a timer.
"""

from icnsim.columns.kernel.agenda import schedule
from icnsim.columns.kernel.layout import (
    A_SETTING,
    E_PHASE,
    EXECUTOR,
    N_HORIZON,
    N_MANAGED,
    N_TABLE,
    NONE,
    P_EXECUTOR,
    P_STATE,
    S_STEP,
    S_TIMEOUT,
    STATES,
    TICK,
    TIMEOUT,
    Floats,
    Whole,
)


def timeout_of(m: Whole, f: Floats, r: Whole, actor: int, state: int) -> int:
    """The timeout of a state for the actor's records, ms; 0 if the state is not tracked."""
    timeout: int = m[m[actor + A_SETTING] + S_TIMEOUT + state]
    return timeout


def look_that_fails(m: Whole, f: Floats, r: Whole, actor: int, executor: int, entered: int, timeout: int) -> int:
    """The detector's look that fails a record of an actor which does not leave the state that it entered, µs.

    A record is too old when it is strictly older than the timeout, in whole ms.

    Parameters
    ----------
    entered : the entry of the state, µs. timeout : the timeout of the state, ms.
    """
    due = (entered // 1000 + timeout + 1) * 1000
    phase = m[m[N_TABLE] + executor * EXECUTOR + E_PHASE]
    look: int = due + (phase - due) % m[m[actor + A_SETTING] + S_STEP]
    return look


def schedule_timeout(m: Whole, f: Floats, r: Whole, actor: int, here: int, exchange: int, now: int) -> None:
    """Schedule the look that fails the record at a place if the record does not leave its new state."""
    state = m[here + P_STATE]
    timeout = timeout_of(m, f, r, actor, state)
    if not timeout or not m[N_MANAGED]:
        return
    executor = m[here + P_EXECUTOR]
    when = look_that_fails(m, f, r, actor, executor, now, timeout)
    if when < m[N_HORIZON]:
        schedule(m, f, r, actor, when, TICK, TIMEOUT, exchange, now * STATES + state, executor, NONE)
