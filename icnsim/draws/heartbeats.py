"""The draws of heartbeats: one place for each heartbeat in streams that are named by its sender and its receiver.

Heartbeats are numbered in the order in which an executor sends them. A draw depends on the seed, the purpose, the two
executors' names and that number, and on nothing else. So it does not matter which heartbeats are looked at, and when.
"""

from typing import Final

import numpy as np

from icnsim.draws.streams import Floats, uniforms

BLOCK: Final = 1024
"""Numbers of a stream that are drawn at once. A multiple of 4, see `uniforms`."""


class HeartbeatDraws:
    """The uniforms of the heartbeats from one executor to another one.

    The newest block of each purpose is kept, because most calls continue where the last one ended.

    Parameters
    ----------
    sender, receiver : the names of the executors.
    """

    __slots__ = ("_blocks", "_link")

    def __init__(self, sender: str, receiver: str) -> None:
        self._link = f"{sender}/{receiver}"
        self._blocks: dict[str, tuple[int, int, Floats]] = {}

    def uniforms(self, seed: int, purpose: str, low: int, high: int) -> Floats:
        """The uniforms on [0, 1) of the heartbeats `low` to `high` - 1 in the streams of that purpose; low < high."""
        first, last = low // BLOCK, (high - 1) // BLOCK
        blocks = [self._block(seed, purpose, number) for number in range(first, last + 1)]
        whole = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        return whole[low - first * BLOCK : high - first * BLOCK]

    def _block(self, seed: int, purpose: str, number: int) -> Floats:
        kept = self._blocks.get(purpose)
        if kept is not None and kept[0] == number and kept[1] is seed:
            return kept[2]
        drawn = uniforms(seed, f"heartbeat/{purpose}/{self._link}", BLOCK, number * BLOCK)
        self._blocks[purpose] = (number, seed, drawn)
        return drawn
