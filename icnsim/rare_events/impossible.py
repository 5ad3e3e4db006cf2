"""Proves that an event cannot happen in any run of a scenario, so that no run is needed."""

from typing import Final

from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.detector import learns
from icnsim.theory import transfers
from icnsim.theory.model import Model

UNTRACKED: Final = "the manager tracks no state, so no record times out"
IN_TIME: Final = "every wait for a message of a target that answers is shorter than the timeout of its state"
CLOCK_US: Final = 1000
"""The margin by which a wait must be shorter. Draws are rounded to whole µs, and the protocol's clock to whole ms."""


def reason(scenario: Scenario) -> str | None:
    """Returns the reason why neither event can happen; None if an event may happen, or if it is not known.

    Both events begin with a record that times out although its message arrives. In the design without faults, loss and
    duplication, no such record exists if the longest possible wait in every tracked state is shorter than the timeout.
    The timeout of a detector that learns is not known before the run.
    """
    designed = scenario.plain or scenario.only_retries
    network = scenario.network
    varies = scenario.timeouts_vary or learns(scenario.manager.detector.kind)
    if varies or not designed or network.loss or network.duplication or scenario.trace is not None:
        return None
    if transfers.withheld(scenario) is not None:
        return None
    model = Model(scenario)
    if not model.timeouts:
        return UNTRACKED
    return None if any(_may_outlast(model, state) for state in model.timeouts) else IN_TIME


def _may_outlast(model: Model, state: State) -> bool:
    """Whether a wait in this state may reach its timeout on a route whose target answers."""
    limit = model.timeouts[state] * 1e6 - CLOCK_US
    for route in model.routes:
        answers = [kind for kind, chance in (("accept", route.accepts), ("reject", route.rejects)) if chance]
        if state is State.REQUESTING:
            waits = [model.stages.reply(route, kind) for kind in answers]
        else:
            waits = [model.stages.later(route, state)] if route.accepts else []
        if any(sum(part.support()[1] for part in parts) > limit for parts in waits):
            return True
    return False
