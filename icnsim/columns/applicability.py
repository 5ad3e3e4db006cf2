"""Which scenarios the columnar engine computes exactly."""

from typing import Final

from icnsim.columns.layout import MOST_QUEUES
from icnsim.errors import IcnsimError
from icnsim.protocol.profile import PROFILES
from icnsim.scenario import Scenario
from icnsim.scenario.actors import Checkpoints
from icnsim.scenario.executors import PARTS

DESIGNED: Final = PROFILES["as-designed"]


class NotExact(IcnsimError):
    """What a scenario asks for is computed exactly by the event engine alone.

    Attributes
    ----------
    reason : what it is.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unsupported(scenario: Scenario) -> str | None:
    """The dotted key that needs the event engine; None where there is none."""
    needs = {
        "protocol": scenario.protocol.switches != DESIGNED,
        "faults": bool(scenario.faults),
        "workload.trigger": scenario.workload.trigger == "policy" or scenario.submissions is not None,
        "workload.target": scenario.workload.target != "uniform",
        "actors.mode": isinstance(scenario.actors.mode, str) or scenario.wasm is not None,
        "actors.message_rate": bool(scenario.actors.message_rate),
        "manager.adjustments": bool(scenario.manager.adjustments),
        "quorum.enabled": scenario.quorum.enabled,
        "checkpoints": scenario.checkpoints != Checkpoints(),
        "executors.parts": any(group.parts != PARTS for group in scenario.executors),
        "executors.capacity.queue": _queues(scenario) > MOST_QUEUES,
    }
    return next((key for key, needed in needs.items() if needed), None)


def _queues(scenario: Scenario) -> int:
    """How many different random lengths of queues there are."""
    queues = [group.capacity.queue for group in scenario.executors if group.capacity.queue.constant is None]
    return len(dict.fromkeys(queues))
