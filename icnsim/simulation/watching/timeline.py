"""Samples of the federation at regular instants, if `record.timeline` is set."""

from array import array
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from icnsim.protocol.states import State
from icnsim.recording.integers import Integers
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.time.environment import SAMPLE, Environment

SAMPLED: Final = (
    State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING, State.RESTORING, State.COMPLETE, State.FAILED,
)  # fmt: skip


class Timeline:
    """Takes a sample every `step` µs, after all other events of that instant.

    Parameters
    ----------
    held : returns the current number of records in each `State`.
    in_flight : returns the current number of messages in flight.
    running : returns the current number of running copies of actors, or of running tasks.

    Attributes
    ----------
    in_flight : the messages in flight at each sample.
    """

    def __init__(
        self,
        env: Environment,
        step: int,
        held: Callable[[], Sequence[int]],
        copies: Copies,
        in_flight: Callable[[], int],
        running: Callable[[], int],
    ) -> None:
        self._env = env
        self._step = step
        self._held = held
        self._copies = copies
        self._in_flight = in_flight
        self._running = running
        self._samples = {name: array("q") for name in (*(state.label for state in SAMPLED), "running", "paused")}
        self.in_flight = array("q")

    def start(self, lag: int = 0) -> None:
        """Schedule the first sample; every sample is taken `lag` µs after its instant."""
        self._env.at(lag, self._sample, None, SAMPLE)

    def columns(self) -> dict[str, Integers]:
        """The samples: records in each state, running and paused actors."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._samples.items()}

    def _sample(self, _: None, __: int) -> None:
        samples, held = self._samples, self._held()
        for state in SAMPLED:
            samples[state.label].append(held[state])
        samples["running"].append(self._running())
        samples["paused"].append(self._copies.absent)
        self.in_flight.append(self._in_flight())
        self._env.at(self._env._now + self._step, self._sample, None, SAMPLE)
