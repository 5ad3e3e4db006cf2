"""The virtual clock of a live run: the machine's monotonic clock, `speed` times faster, from a common epoch on.

CLOCK_MONOTONIC is the same in all processes of a machine, so they need only agree on the epoch.
"""

import time
from typing import Final

NS_PER_US: Final = 1000
NS_PER_S: Final = 1_000_000_000


class VirtualClock:
    """Virtual time.

    Parameters
    ----------
    epoch_ns : the reading of the monotonic clock at virtual time 0. speed : virtual seconds per real second.
    """

    __slots__ = ("epoch_ns", "speed")

    def __init__(self, epoch_ns: int, speed: int) -> None:
        self.epoch_ns = epoch_ns
        self.speed = speed

    def now(self) -> int:
        """The virtual time, µs; negative before the epoch."""
        return (time.monotonic_ns() - self.epoch_ns) * self.speed // NS_PER_US

    def real_s(self, when: int) -> float:
        """The reading of the monotonic clock at the virtual time `when`, µs, in s, as `loop.call_at` expects it."""
        return (self.epoch_ns + when * NS_PER_US / self.speed) / NS_PER_S

    def real_us(self, virtual_us: int) -> float:
        """A virtual duration in real µs."""
        return virtual_us / self.speed


def soon(delay_s: float) -> int:
    """The reading of the monotonic clock after a delay, ns."""
    return time.monotonic_ns() + round(delay_s * NS_PER_S)


def reading_s() -> float:
    """The present reading of the monotonic clock, s."""
    return time.monotonic()


def processor_s() -> float:
    """The processor time that this process has used so far, s."""
    return time.process_time()
