"""The copying of WASM actors' memories: its duration, its rounds, and the pages that are left for the pause."""

from array import array
from collections.abc import Sequence

import numpy as np

from icnsim.protocol import wasm
from icnsim.protocol.messages import AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State
from icnsim.protocol.wasm import PAGE, Copying
from icnsim.recording.columns import Column
from icnsim.scenario import Scenario
from icnsim.scenario.actors import WasmMode
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

COLUMNS = ("attempt", "pages", "rounds", "live_pages", "live", "final_pages", "post_pages", "post")


class Memories:
    """What each migration copies of its actor's memory.

    Parameters
    ----------
    sizes : of the actors' states, bytes; the actors of submitted tasks, which follow them, have no such memory.
    executors : their processes.

    Attributes
    ----------
    at_risk : the number of crashes of executors with pages that an actor elsewhere still needed.
    """

    def __init__(
        self,
        scenario: Scenario,
        mode: WasmMode,
        sizes: Sequence[int],
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
    ) -> None:
        self._env = env
        self._executors = executors
        self.at_risk = 0
        self._mode = mode
        self._sizes = sizes
        self._page_s = scenario.network.page_s
        self._planned: dict[int, Copying] = {}
        self._rows = {name: array("q") for name in COLUMNS}
        self._made: set[AttemptId] = set()
        self._following: list[tuple[ExecutorId, int]] = []
        hooks.checkpoint_sized.append(self._carries)
        hooks.checkpoint_made.append(self._checkpoint_made)
        hooks.record_entered[State.COMPLETE].append(self._runs)
        hooks.executor_crashed.append(self._crashed)

    def copies(self, record: MigrationRecord) -> int:
        """How long the source copies pages while the actor runs, µs."""
        if record.actor >= len(self._sizes):
            return 0
        return round(sum(self._plan(record).live) * self._page_s * 1e6)

    def _carries(self, record: MigrationRecord) -> None:
        """The final checkpoint carries the pages that are left."""
        if record.actor < len(self._sizes):
            record.size_bytes = self._plan(record).final * PAGE

    def _checkpoint_made(self, record: MigrationRecord, executor: Executor) -> None:
        if record.attempt in self._made or record.actor >= len(self._sizes):
            return  # another executor's, or a repetition: the attempt's own came first
        self._made.add(record.attempt)
        plan = self._plan(record)
        row = (
            record.attempt, wasm.pages_of(self._sizes[record.actor]), len(plan.live), sum(plan.live),
            self.copies(record), plan.final, plan.afterwards, round(plan.afterwards * self._page_s * 1e6),
        )  # fmt: skip
        for name, value in zip(COLUMNS, row, strict=True):
            self._rows[name].append(value)

    def _runs(self, record: MigrationRecord, executor: Executor) -> None:
        """The actor runs at its target; the source keeps the pages that follow until its process has copied them."""
        if record.role is not Role.TARGET or record.actor >= len(self._sizes):
            return
        afterwards = self._plan(record).afterwards
        if afterwards:
            copied = self._executors[record.peer].time.whole(self._env._now) + round(afterwards * self._page_s * 1e6)
            self._following.append((record.peer, copied))

    def _crashed(self, executor: Executor, disk_survives: bool) -> None:
        now = self._env._now
        self._following = [
            (source, copied) for source, copied in self._following if copied > self._executors[source].time.whole(now)
        ]
        self.at_risk += sum(source == executor.id for source, _ in self._following)
        self._following = [(source, copied) for source, copied in self._following if source != executor.id]

    def columns(self) -> dict[str, Column]:
        """A row for each attempt whose final checkpoint was made."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}

    def _plan(self, record: MigrationRecord) -> Copying:
        size = self._sizes[record.actor]
        plan = self._planned.get(size)
        if plan is None:
            plan = self._planned[size] = self._mode.copying(size, self._page_s)
        return plan
