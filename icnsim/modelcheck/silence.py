"""The heartbeats of the model check: the last ones arrived long ago, so every peer is suspected at once.

The world lets a timer fire at any time, so the world decides when a peer is suspected. A detector that uses heartbeats
therefore needs only heartbeats that never delay a suspicion.
"""

from typing import Final

from icnsim.protocol.detectors.heartbeats import Heard
from icnsim.protocol.detectors.window import Moments


class _Silent:
    """Three heartbeats with the numbers 0, 1 and 2, which arrived at -102 ms, -101 ms and -100 ms."""

    latest, last, count = 2, -100, 3
    silences = Moments(2, 2, 2)

    def offsets(self, every: int) -> int:
        return -303 - 3 * every

    def longest_silence(self, rank: int) -> int:
        return 1


LONG_AGO: Final[Heard] = _Silent()
