"""The copying of WASM actors' memories: its duration, its rounds, and the pages that are left for the pause."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from icnsim.protocol import wasm
from icnsim.protocol.messages import ActorId, AttemptId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State
from icnsim.protocol.wasm import PAGE, Copying
from icnsim.recording.columns import Column
from icnsim.scenario import Scenario
from icnsim.scenario.actors import WasmMode
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

COLUMNS = ("attempt", "pages", "rounds", "live_pages", "live", "final_pages", "post_pages", "post", "lost")


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """Pages that a source still has to copy for an actor that runs at its target.

    Attributes
    ----------
    attempt : whose pages they are. since : when the actor began to run there, µs. ends : the process time of the source
        at which the last page has been copied.
    """

    attempt: AttemptId
    source: Executor
    since: int
    ends: int | Fraction


class Memories:
    """What each migration copies of its actor's memory.

    Parameters
    ----------
    sizes : of the actors' states, bytes. executors : their processes.

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
        self._row_of: dict[AttemptId, int] = {}
        self._live: dict[AttemptId, int] = {}
        self._began: dict[AttemptId, int] = {}
        self._following: dict[Following, None] = {}
        hooks.checkpoint_sized.append(self._carries)
        hooks.checkpoint_made.append(self._checkpoint_made)
        hooks.copy_stopped.append(self._stopped)
        hooks.record_entered[State.COMPLETE].append(self._runs)
        hooks.executor_crashed.append(self._crashed)

    def begin(self, record: MigrationRecord) -> int:
        """The source begins to copy pages while the actor runs; returns how much of its process time that takes, µs."""
        self._began[record.attempt] = self._env._now
        return self._live_us(record)

    def _live_us(self, record: MigrationRecord) -> int:
        return round(sum(self._plan(record).live) * self._page_s * 1e6)

    def _stopped(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        """An actor is paused: its memory is no longer copied while it runs."""
        if how == "pause" and attempt in self._began:
            self._live[attempt] = self._env._now - self._began[attempt]

    def _carries(self, record: MigrationRecord) -> None:
        """The final checkpoint carries the pages that are left."""
        record.size_bytes = self._plan(record).final * PAGE

    def _checkpoint_made(self, record: MigrationRecord, executor: Executor) -> None:
        attempt = record.attempt
        if attempt in self._row_of:
            return  # another executor's, or a repetition: the attempt's own came first
        self._row_of[attempt] = len(self._row_of)
        plan = self._plan(record)
        live = self._live.get(attempt, self._live_us(record))
        row = (
            attempt, wasm.pages_of(self._sizes[record.actor]), len(plan.live), sum(plan.live), live,
            plan.final, plan.afterwards, self._post_us(plan), 0,
        )  # fmt: skip
        for name, value in zip(COLUMNS, row, strict=True):
            self._rows[name].append(value)

    def _post_us(self, plan: Copying) -> int:
        return round(plan.afterwards * self._page_s * 1e6)

    def _runs(self, record: MigrationRecord, executor: Executor) -> None:
        """The actor runs at its target; the source keeps the pages that follow until its process has copied them."""
        if record.role is not Role.TARGET:
            return
        takes = self._post_us(self._plan(record))
        if takes:
            source, now = self._executors[record.peer], self._env._now
            following = Following(record.attempt, source, now, source.time.at(now) + takes)
            self._following[following] = None
            source.process.after(takes, self._followed, following)

    def _followed(self, following: Following, _: int) -> None:
        """The last page has come."""
        del self._following[following]
        self._took(following, self._env._now - following.since)

    def _took(self, following: Following, duration: int, *, lost: bool = False) -> None:
        row = self._row_of.get(following.attempt)
        if row is not None:
            self._rows["post"][row], self._rows["lost"][row] = duration, lost

    def _crashed(self, executor: Executor, disk_survives: bool) -> None:
        """The pages that an executor still had to copy are lost."""
        now = self._env._now
        for following in [each for each in self._following if each.source is executor]:
            lost = following.ends > executor.time.at(now)
            self.at_risk += lost
            del self._following[following]
            self._took(following, now - following.since, lost=lost)

    def finish(self) -> None:
        """At the end of the run: pages that have not come yet will come if their source goes on at its present speed.

        A source that stands still has all its work before it.
        """
        now = self._env._now
        for following in self._following:
            time = following.source.time
            ends = time.when(following.ends)
            if ends is None:
                ends = now + math.ceil(following.ends - time.at(now))
            self._took(following, ends - following.since)

    def columns(self) -> dict[str, Column]:
        """A row for each attempt whose final checkpoint was made."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}

    def _plan(self, record: MigrationRecord) -> Copying:
        size = self._sizes[record.actor]
        plan = self._planned.get(size)
        if plan is None:
            plan = self._planned[size] = self._mode.copying(size, self._page_s)
        return plan
