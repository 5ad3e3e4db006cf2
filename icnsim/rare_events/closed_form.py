"""The closed form of a rare event's probability, if the scenario meets its assumptions."""

import math
from typing import Any, Final

from icnsim.protocol.profile import PROFILES
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected
from icnsim.theory import design
from icnsim.theory.model import VARY, Model
from icnsim.theory.predictions import predict

FORMULAS: Final = {
    "false_positive": "1 - (1 - q)ⁿ, q = willing targets that a migration asks x false_positives.rate",
    "double_run": "1 - (1 - q)ⁿ, q = share of willing targets x (1/I) ∫ P(complete + restore + ack > T + u) du",
}

LATE: Final = 1e-3
"""The largest probability of a late answer whose effect on the probability of a double run is neglected."""


def of_run(scenario: Scenario, event: str) -> dict[str, Any]:
    """The probability that an event happens in a run of n migrations: value, formula, and reason for a missing value.

    Assumes that attempts are independent. A double run is caused by the late Ack of hazard 7: only the source times
    out.
    """
    chance, reason = _of_mistake(scenario) if event == "false_positive" else _of_double(scenario)
    count = arrivals_expected(scenario)
    value = None if reason is not None else -math.expm1(count * math.log1p(-chance)) if chance < 1 else 1.0
    return {"value": value, "formula": FORMULAS[event], "reason": reason}


def _of_mistake(scenario: Scenario) -> tuple[float, str | None]:
    """The probability that a migration has a false positive, or the reason why it is not known.

    With retries, it is the expected number of false positives. This exceeds the probability by less than its square.
    """
    known = predict(scenario)["false_positives.rate"]
    if known.value is None:
        return 0.0, known.reason or "no closed form exists"
    return known.value * Model(scenario).outcomes.willing, None


def _of_double(scenario: Scenario) -> tuple[float, str | None]:
    """The probability that a migration causes two running copies, or the reason why it is not known."""
    reason = _broken(scenario)
    if reason is not None:
        return 0.0, reason
    model = Model(scenario)
    timeout, every = model.timeouts[State.TRANSFERRING] * 1e6, model.looking.every * 1e6
    return sum(
        route.share
        * route.accepts
        * design.false_positive_probability(model.stages.later(route, State.TRANSFERRING), timeout, every)
        for route in model.routes
    ), None


def _broken(scenario: Scenario) -> str | None:
    """The assumption of the closed form of double runs that a scenario does not meet."""
    if not scenario.plain or scenario.protocol.switches != PROFILES["as-designed"]:
        return "the closed form assumes the design without faults, retries, trust, votes and settings that change"
    if scenario.network.loss or scenario.network.duplication:
        return "messages are lost or duplicated"
    if scenario.timeouts_vary:
        return VARY
    tracked = scenario.timeouts_ms if scenario.manager.enabled else {}
    if set(tracked) - {State.REQUESTING} != {State.TRANSFERRING}:
        return "the closed form assumes that only requesting and transferring are tracked"
    model = Model(scenario)
    limit = model.timeouts.get(State.REQUESTING, math.inf) * 1e6
    late = [design.outlasts(model.stages.reply(route, "accept"), limit) for route in model.routes if limit < math.inf]
    return "answers may also be too late" if max(late, default=0.0) > LATE else model.no_phase
