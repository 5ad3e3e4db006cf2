"""The scenarios that the columnar engine computes exactly."""

from dataclasses import fields
from typing import Final

from icnsim.columns.kernel.layout import MOST_QUEUES
from icnsim.errors import IcnsimError
from icnsim.protocol.profile import PROFILES
from icnsim.scenario import Scenario
from icnsim.scenario.acceptance import random_queues
from icnsim.scenario.actors import Checkpoints
from icnsim.scenario.detector import learns
from icnsim.scenario.executors import PARTS

DESIGNED: Final = PROFILES["as-designed"]


class NotExact(IcnsimError):
    """The columnar engine does not support a scenario.

    Attributes
    ----------
    reason : the key that needs the event engine.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unsupported(scenario: Scenario) -> str | None:
    """The dotted key of a scenario that needs the event engine; None if the columnar engine supports all keys."""
    needs = {
        _protocol(scenario): scenario.protocol.switches != DESIGNED,
        "faults": bool(scenario.faults),
        "workload.trigger": scenario.workload.by_policy or scenario.submissions is not None,
        "workload.target": scenario.workload.target != "uniform",
        "actors.mode": isinstance(scenario.actors.mode, str) or scenario.wasm is not None,
        "actors.message_rate": bool(scenario.actors.message_rate),
        "manager.detector": learns(scenario.manager.detector.kind),
        "manager.overrides.retry": any(override.retry is not None for override in scenario.manager.overrides),
        "manager.adjustments": bool(scenario.manager.adjustments),
        "manager.overrides.detector": any(map(learns, scenario.manager.detectors)),
        "quorum.enabled": scenario.quorum.enabled,
        _checkpoints(scenario): scenario.checkpoints != Checkpoints(),
        "network.sharing": scenario.network.sharing != "none",
        "network.pairs": bool(scenario.network.pairs),
        "executors.parts": any(group.parts != PARTS for group in scenario.executors),
        "executors.capacity.queue": len(random_queues(scenario)) > MOST_QUEUES,
    }
    return next((key for key, needed in needs.items() if needed), None)


def _protocol(scenario: Scenario) -> str:
    """The key by which the protocol differs from the design: the profile or a switch."""
    if scenario.protocol.profile != "as-designed":
        return "protocol.profile"
    switches = scenario.protocol.switches
    changed = (
        field.name for field in fields(switches) if getattr(switches, field.name) != getattr(DESIGNED, field.name)
    )
    return f"protocol.{next(changed, 'profile')}"


def _checkpoints(scenario: Scenario) -> str:
    """The first key of the actors' checkpoints that does not have its default."""
    given, default = scenario.checkpoints, Checkpoints()
    changed = (name for name in Checkpoints.model_fields if getattr(given, name) != getattr(default, name))
    return f"checkpoints.{next(changed, 'time')}"
