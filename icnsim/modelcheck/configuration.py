"""The configuration of the small world to explore."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.profile import PROFILES, TRACKED, Switches
from icnsim.protocol.states import State

DETECTORS: Final[Mapping[str, Parameters]] = {
    "poll": Parameters("poll"),
    "deadline": Parameters("deadline"),
    "wheel": Parameters("wheel", tick=1),
    "adaptive": Parameters("adaptive", margin=4, window=1, minimum=1, by="target"),
    "chen": Parameters("chen", alpha=1, window=2, by="all"),
    "phi-accrual": Parameters("phi-accrual", threshold=8, window=2, min_std=1, distribution="normal", by="target"),
    "chen-heartbeats": Parameters("chen", alpha=1, heartbeat=1),
    "phi-accrual-heartbeats": Parameters("phi-accrual", threshold=8, min_std=1, distribution="normal", heartbeat=1),
}
"""One detector of each kind, and two that use heartbeats. Their parameters do not change the reachable states, because
every deadline is explored."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A few executors with one actor, and the limits on faults.

    Attributes
    ----------
    executors : the number of executors; the actor lives at the first, and the first migration is to the second.
    migrations : the number that the environment begins, each from an executor where the actor runs to another one.
    retries : the number of further attempts that a migration may make.
    lost_or_duplicated : the most messages that are lost or duplicated.
    crashes : the most executors that crash and restart; lost_disks : whether they lose everything that was stored.
    deaths : the most executors that crash and never restart.
    damaged : the maximum number of final checkpoints that do not match their hash, or are empty.
    forged : the most messages that come from executors that take no part in the attempt.
    eager : a reminder may fire at any moment. If not, it fires only when its question and answer are neither in
        flight nor being processed. This omits no loss, but many duplicates.
    cleanup : terminal records may be removed at any moment; if not, they stay until they are replaced.
    switches, tracked : the protocol's fixes and the states that have a timeout.
    detector : finds the records that are too old.
    """

    executors: int = 2
    migrations: int = 1
    retries: int = 0
    lost_or_duplicated: int = 0
    crashes: int = 0
    lost_disks: bool = False
    deaths: int = 0
    damaged: int = 0
    forged: int = 0
    eager: bool = True
    cleanup: bool = True
    switches: Switches = PROFILES["hardened"]
    tracked: tuple[State, ...] = ()
    detector: Parameters = DETECTORS["poll"]

    @property
    def attempts(self) -> int:
        """The most attempts of a migration in this world: one more than allowed if no switch bounds them."""
        return 1 + self.retries + (not self.switches.bounded_retries)


def tracked_by(profile: str) -> tuple[State, ...]:
    """The states that a profile tracks."""
    return tuple(State[name.upper()] for name in TRACKED[profile])
