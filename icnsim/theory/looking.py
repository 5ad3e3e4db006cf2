"""The times at which the detector of a scenario looks at a record after its deadline.

A record may be failed at the first instant at which the detector looks and the clock, which has whole ms, shows an age
above the timeout. `poll` looks at the manager's ticks, one per I, and `wheel` at the ticks of its wheel, one per tick.
`deadline` has a timer for the first whole ms at which the age is above the timeout: it looks once per ms. So the delay
from the deadline to the detection is uniform on (0, J] at a random phase, where J is I, the tick, or 1 ms.

The other detectors learn their timeouts from the answers, and no closed form holds for them.
"""

import math
from dataclasses import dataclass
from typing import Final

from icnsim.scenario.detector import learns
from icnsim.scenario.manager import Manager
from icnsim.theory import design

LEARNED: Final = "the detector learns its timeouts from the answers that it has observed"
MILLISECOND: Final = 0.001


@dataclass(frozen=True, slots=True)
class Looking:
    """The times at which a detector looks.

    Attributes
    ----------
    every : J, s. symbol : J in formulas.
    polls : whether the manager's ticks look; otherwise they only clean up.
    common : the largest time of which J and the manager's interval are multiples, s; 0 if it does not exist.
    timers : whether each record has a timer of its own, which needs no random phase.
    reason : the reason why no closed form holds; None if it holds.
    """

    every: float
    symbol: str
    polls: bool
    common: float
    timers: bool = False
    reason: str | None = None

    @property
    def life_formula(self) -> str:
        """The formula of `life_after`."""
        if self.polls:
            return "I ⌈R/I⌉"
        return "R + (-R) mod g + (I - g)/2, g = gcd(W, I)," if self.common else "R + I/2"

    def life_after(self, retention: float, interval: float) -> float:
        """Mean life of a record that the detector has failed, s.

        The first tick of the manager at or after R removes it. The manager ticks, and the wheel as well, at multiples
        of `common` after the phase, so the place of the detection among I / common of them is uniform: with g for
        `common`, R + (-R) mod g + (I - g) / 2. With `poll` that is I ⌈R/I⌉, without a relation R + I/2.
        """
        if self.polls:
            return design.record_life_after_tick(retention, interval)
        step = round(self.common * 1e6)
        rest = (-round(retention * 1e6)) % step / 1e6 if step else 0.0
        return retention + rest + (interval - self.common) / 2


def looking_of(manager: Manager) -> Looking:
    """The times at which the detector of a scenario's manager looks."""
    detector, interval = manager.detector, manager.check_interval
    if learns(detector.kind):
        return Looking(interval / 1e6, "I", polls=False, common=0.0, reason=LEARNED)
    if detector.kind == "deadline":
        return Looking(MILLISECOND, "1 ms", polls=False, common=0.0, timers=True)
    if detector.kind == "wheel":
        tick = detector.tick
        assert tick is not None
        return Looking(tick / 1e6, "W", polls=False, common=math.gcd(tick, interval) / 1e6)
    return Looking(interval / 1e6, "I", polls=True, common=interval / 1e6)
