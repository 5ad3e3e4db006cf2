"""Samples of the federation at regular instants (`record.timeline`)."""

from array import array
from collections.abc import Callable
from typing import Final

import numpy as np

from icnsim.protocol.messages import AttemptId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.states import Event, State
from icnsim.recording.columns import Integers
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.network import Network
from icnsim.simulation.time.environment import SAMPLE, Environment

SAMPLED: Final = (
    State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING, State.RESTORING, State.COMPLETE, State.FAILED,
)  # fmt: skip


class Held:
    """Counts the records in each state. It is created before `RecordLog`, which notes when a record was created.

    Attributes
    ----------
    records : the number of records in each `State` now.
    """

    def __init__(self, hooks: Hooks) -> None:
        self.records = [0] * len(State)
        hooks.record_moved.append(self._moved)
        hooks.record_removed.append(self._gone)
        hooks.record_replaced.append(self._gone)
        hooks.record_forgotten.append(self._gone)

    def _moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, host: Executor) -> None:
        if record.created_us >= 0:
            self.records[before] -= 1
        self.records[record.state] += 1

    def _gone(self, record: MigrationRecord, host: Executor) -> None:
        self.records[record.state] -= 1


class Timeline:
    """Takes a sample every `step` µs, after everything else at that instant.

    Parameters
    ----------
    running : gives the copies of actors, or the runs of tasks, that run now.

    Attributes
    ----------
    in_flight : the messages in flight at each sample.
    """

    def __init__(
        self,
        env: Environment,
        step: int,
        held: Held,
        copies: Copies,
        network: Network,
        running: Callable[[], int],
    ) -> None:
        self._env = env
        self._step = step
        self._held = held
        self._copies = copies
        self._network = network
        self._running = running
        self._samples = {name: array("q") for name in (*(state.label for state in SAMPLED), "running", "paused")}
        self.in_flight = array("q")

    def start(self) -> None:
        """Schedule the first sample."""
        self._env.at(0, self._sample, None, SAMPLE)

    def columns(self) -> dict[str, Integers]:
        """The samples: records in each state, running and paused actors."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._samples.items()}

    def _sample(self, _: None, __: int) -> None:
        samples, held = self._samples, self._held.records
        for state in SAMPLED:
            samples[state.label].append(held[state])
        samples["running"].append(self._running())
        samples["paused"].append(self._copies.absent)
        self.in_flight.append(self._network.in_flight)
        self._env.at(self._env._now + self._step, self._sample, None, SAMPLE)
