"""How late a heartbeat may be before its sender is suspected.

A detector that learns from heartbeats suspects a peer some time after its last one. If the machine delays heartbeats by
more than the difference between that time and the interval, a peer that runs is suspected. So this *slack* is a margin
of every attempt of such a scenario. It is computed for heartbeats that arrive at regular intervals, whose standard
deviation is 0; the heartbeats of a run vary, so its slack is rarely shorter.
"""

from typing import Final

import numpy as np

from icnsim.draws.population import state_sizes
from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.detectors.heeding import Heeding
from icnsim.protocol.detectors.kinds import detector_of
from icnsim.scenario import Scenario
from icnsim.simulation.assembly import heartbeats
from icnsim.simulation.faults.supervisor import Supervisor
from icnsim.simulation.heartbeats.memory import Memory

REGULAR: Final = 16
"""The number of regular heartbeats that the detector knows; their number does not change the result."""


def heartbeat_slack_us(scenario: Scenario) -> int | None:
    """The shortest slack of the detectors of a scenario, µs; None if no detector learns from heartbeats."""
    heartbeat = scenario.manager.heartbeat
    if heartbeat is None or not heartbeats(scenario):
        return None
    supervisor = Supervisor(scenario, state_sizes(scenario))
    settings = [supervisor.settings, *map(supervisor.adjust, scenario.manager.adjustments)]
    detectors = dict.fromkeys(detector for each in settings for detector in (each.detector, *each.others))
    found = [_slack_ms(detector, heartbeat.every // 1000) for detector in detectors]
    return min((1000 * each for each in found if each is not None), default=None)


def _slack_ms(parameters: Parameters, every: int) -> int | None:
    """The slack of a detector, ms; None if it does not learn from heartbeats."""
    detector = detector_of(parameters)
    if not isinstance(detector, Heeding) or detector.rule is None:
        return None
    numbers = np.arange(REGULAR, dtype=np.int64)
    heard = Memory(numbers, numbers * every)
    suspected = detector.rule.suspected_from(heard)
    return None if suspected is None else max(0, suspected - heard.last - every)
