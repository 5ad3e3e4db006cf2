"""The draws of heartbeats: one place for each heartbeat in streams that are named by its sender and its receiver.

Heartbeats are numbered in the order in which an executor sends them. A draw depends on the seed, the purpose, the two
executors' names and that number, and on nothing else. So a draw does not depend on which other heartbeats are drawn,
or when.
"""

from typing import Final, NamedTuple

import numpy as np

from icnsim.draws.streams import Floats, Integers, uniforms, whole
from icnsim.scenario import Distribution

BLOCK: Final = 1024
"""Numbers of a stream that are drawn at once. A multiple of 4, see `uniforms`."""


class _Delays(NamedTuple):
    """The latencies of the heartbeats from `first` on, µs."""

    seed: int
    first: int
    values: Integers


class HeartbeatDraws:
    """The uniforms of the heartbeats from one executor to another one.

    The newest block of each purpose is kept, because most calls continue where the last one ended.

    Parameters
    ----------
    sender, receiver : the names of the executors.
    """

    __slots__ = ("_blocks", "_delays", "_link")

    def __init__(self, sender: str, receiver: str) -> None:
        self._link = f"{sender}/{receiver}"
        self._blocks: dict[str, tuple[int, int, Floats]] = {}
        self._delays: _Delays | None = None

    def uniforms(self, seed: int, purpose: str, low: int, high: int) -> Floats:
        """The uniforms on [0, 1) of the heartbeats `low` to `high` - 1 in the streams of that purpose; low < high."""
        first, last = low // BLOCK, (high - 1) // BLOCK
        blocks = [self._block(seed, purpose, number) for number in range(first, last + 1)]
        whole = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        return whole[low - first * BLOCK : high - first * BLOCK]

    def delays(self, seed: int, latency: Distribution, low: int, high: int) -> Integers:
        """The latencies of the heartbeats `low` to `high` - 1, µs; low < high."""
        kept = self._delays
        if kept is None or kept.seed is not seed or not kept.first <= low < high <= kept.first + len(kept.values):
            first, end = low // BLOCK * BLOCK, -(-high // BLOCK) * BLOCK
            with np.errstate(over="ignore", divide="ignore"):  # a heavy tail may be infinite
                values = whole(latency.ppf(self.uniforms(seed, "latency", first, end)))
            self._delays = kept = _Delays(seed, first, values)
        return kept.values[low - kept.first : high - kept.first]

    def _block(self, seed: int, purpose: str, number: int) -> Floats:
        kept = self._blocks.get(purpose)
        if kept is not None and kept[0] == number and kept[1] is seed:
            return kept[2]
        drawn = uniforms(seed, f"heartbeat/{purpose}/{self._link}", BLOCK, number * BLOCK)
        self._blocks[purpose] = (number, seed, drawn)
        return drawn
