"""The copying of WASM actors' memories: its duration, its rounds, and the pages that are left for the pause."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icnsim.protocol import wasm
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State
from icnsim.protocol.wasm import PAGE, Copying
from icnsim.recording.integers import Column
from icnsim.scenario import Scenario
from icnsim.scenario.actors import WasmMode
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.cuts import Cut, Disturbance
from icnsim.simulation.time.environment import NORMAL, Environment
from icnsim.simulation.time.stream import Stream

COLUMNS = ("attempt", "pages", "rounds", "live_pages", "live", "final_pages", "post_pages", "post", "lost")


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """Pages that a source still has to copy for an actor that already runs at its target.

    Attributes
    ----------
    attempt : the attempt of the pages. since : when the actor began to run there, µs. takes : the time of the stream
        that they take, µs.
    """

    attempt: AttemptId
    source: Executor
    since: int
    takes: int
    stream: Stream


class Memories:
    """The copies of actors' memories by migrations.

    Parameters
    ----------
    sizes : of the actors' states, bytes; the actors of submitted tasks follow them and have no such memory.
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
        self._row_of: dict[AttemptId, int] = {}
        self._live: dict[AttemptId, int] = {}
        self._began: dict[AttemptId, int] = {}
        self._following: dict[Following, None] = {}
        self._streams: dict[AttemptId, tuple[Executor, ExecutorId, Stream]] = {}
        self._cuts: tuple[Cut, ...] = ()
        hooks.checkpoint_sized.append(self._carries)
        hooks.checkpoint_made.append(self._checkpoint_made)
        hooks.copy_stopped.append(self._stopped)
        hooks.record_entered[State.COMPLETE].append(self._runs)
        hooks.executor_crashed.append(self._crashed)
        hooks.links_changed.append(self._links_changed)

    def begin(self, record: MigrationRecord, source: Executor) -> tuple[int, Stream | None]:
        """Begin to copy pages while the actor runs; returns the duration, µs, and the stream."""
        if record.actor >= len(self._sizes):
            return 0, None
        self._began[record.attempt] = self._env._now
        return self._live_us(record), self._stream(record.attempt, source, record.peer)

    def _stream(self, attempt: AttemptId, source: Executor, target: ExecutorId) -> Stream:
        """A stream of pages of an attempt, from now on."""
        stream = Stream(source.time, self._env._now, is_open=not self._is_cut(source.id, target))
        self._streams[attempt] = source, target, stream
        return stream

    def _is_cut(self, source: ExecutorId, target: ExecutorId) -> bool:
        return any(cut.between(source, target) for cut in self._cuts)

    def _links_changed(self, cuts: Sequence[Cut], disturbances: Sequence[Disturbance]) -> None:
        """Stop or continue the streams after links were cut or opened."""
        self._cuts = tuple(cuts)
        for source, target, stream in self._streams.values():
            is_open = not self._is_cut(source.id, target)
            if is_open is not stream.is_open:
                stream.change(self._env._now, is_open=is_open)
                source.process.changed()

    def _live_us(self, record: MigrationRecord) -> int:
        return round(sum(self._plan(record).live) * self._page_s * 1e6)

    def _stopped(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        """End the live copying of a paused actor's memory."""
        if how == "pause" and attempt in self._began:
            self._streams.pop(attempt, None)
            self._live[attempt] = self._env._now - self._began[attempt]

    def _carries(self, record: MigrationRecord) -> None:
        """Give the final checkpoint the remaining pages."""
        if record.actor < len(self._sizes):
            record.size_bytes = self._plan(record).final * PAGE

    def _checkpoint_made(self, record: MigrationRecord, executor: Executor) -> None:
        attempt = record.attempt
        if attempt in self._row_of or record.actor >= len(self._sizes):
            return  # from another executor, or a repetition: the attempt's own came first
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
        """Keep the remaining pages at the source until its process has copied them; the actor runs at its target."""
        if record.role is not Role.TARGET or record.actor >= len(self._sizes):
            return
        takes = self._post_us(self._plan(record))
        if takes:
            source = self._executors[record.peer]
            stream = self._stream(record.attempt, source, executor.id)
            following = Following(record.attempt, source, self._env._now, takes, stream)
            self._following[following] = None
            source.process.after(takes, self._followed, following, NORMAL, stream)

    def _followed(self, following: Following, _: int) -> None:
        """Handle the arrival of the last page."""
        del self._following[following]
        self._streams.pop(following.attempt, None)
        self._took(following, self._env._now - following.since)

    def _took(self, following: Following, duration: int, *, lost: bool = False) -> None:
        row = self._row_of.get(following.attempt)
        if row is not None:
            self._rows["post"][row], self._rows["lost"][row] = duration, lost

    def _crashed(self, executor: Executor, disk_survives: bool) -> None:
        """Lose the pages that an executor still had to copy when it crashed."""
        now = self._env._now
        self._streams = {attempt: each for attempt, each in self._streams.items() if each[0] is not executor}
        for following in [each for each in self._following if each.source is executor]:
            lost = following.takes > following.stream.at(now)
            self.at_risk += lost
            del self._following[following]
            self._took(following, now - following.since, lost=lost)

    def finish(self) -> None:
        """Compute the arrival of the remaining pages if their sources continue at their present speed.

        A source that is stopped still has all its work to do.
        """
        now = self._env._now
        for following in self._following:
            stream = following.stream
            ends = stream.when(following.takes)
            if ends is None:
                ends = now + math.ceil(following.takes - stream.at(now))
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
