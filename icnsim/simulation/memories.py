"""The memories of WASM actors as migrations copy them: how long, in how many rounds, how much is left for the pause."""

from array import array
from collections.abc import Sequence

import numpy as np

from icnsim.protocol import wasm
from icnsim.protocol.messages import AttemptId, ExecutorId
from icnsim.protocol.record import SwitchedRecord
from icnsim.protocol.wasm import PAGE, Copying
from icnsim.recording.columns import Column
from icnsim.scenario import Scenario
from icnsim.scenario.actors import WasmMode

COLUMNS = ("attempt", "pages", "rounds", "live_pages", "live", "final_pages", "post_pages", "post")


def page_s(scenario: Scenario) -> float:
    """How long a page takes on the wire, s."""
    return PAGE / scenario.network.bandwidth if scenario.network.bandwidth else 0.0


def copying(mode: WasmMode, size_bytes: int, page_s: float) -> Copying:
    """How a migration copies it, where a page takes that time."""
    memory = mode.memory(size_bytes)
    if mode.migration == "pre-copy":
        return wasm.pre_copy(memory, page_s, mode.stop_below, mode.max_rounds)
    return wasm.post_copy(memory) if mode.migration == "post-copy" else wasm.stop_and_copy(memory)


class Memories:
    """What each migration copies of its actor's memory.

    Parameters
    ----------
    sizes : of the actors' states, bytes.

    Attributes
    ----------
    at_risk : how often an executor crashed that had pages which an actor that ran elsewhere still needed.
    """

    def __init__(self, scenario: Scenario, mode: WasmMode, sizes: Sequence[int]) -> None:
        self.at_risk = 0
        self._mode = mode
        self._sizes = sizes
        self._page_s = page_s(scenario)
        self._planned: dict[int, Copying] = {}
        self._rows = {name: array("q") for name in COLUMNS}
        self._made: set[AttemptId] = set()
        self._following: list[tuple[ExecutorId, int]] = []

    def copies(self, record: SwitchedRecord) -> int:
        """How long the source copies while the actor runs, µs."""
        return round(sum(self._plan(record).live) * self._page_s * 1e6)

    def carries(self, record: SwitchedRecord) -> None:
        """The message that carries the final checkpoint has what is left of the pages."""
        record.size_bytes = self._plan(record).final * PAGE

    def made(self, record: SwitchedRecord) -> None:
        """The final checkpoint is made and sent."""
        if record.attempt in self._made:
            return  # by another executor, or again: the first is its own
        self._made.add(record.attempt)
        plan = self._plan(record)
        row = (
            record.attempt, wasm.pages_of(self._sizes[record.actor]), len(plan.live), sum(plan.live),
            self.copies(record), plan.final, plan.afterwards, round(plan.afterwards * self._page_s * 1e6),
        )  # fmt: skip
        for name, value in zip(COLUMNS, row, strict=True):
            self._rows[name].append(value)

    def runs(self, record: SwitchedRecord, now: int) -> None:
        """The actor runs at the target; the pages that follow are with its source until then."""
        afterwards = self._plan(record).afterwards
        if afterwards:
            self._following.append((record.peer, now + round(afterwards * self._page_s * 1e6)))

    def crashed(self, executor: ExecutorId, now: int) -> None:
        """An executor has crashed."""
        self._following = [each for each in self._following if each[1] > now]
        self.at_risk += sum(source == executor for source, _ in self._following)

    def columns(self) -> dict[str, Column]:
        """A row per attempt whose final checkpoint was made."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}

    def _plan(self, record: SwitchedRecord) -> Copying:
        size = self._sizes[record.actor]
        plan = self._planned.get(size)
        if plan is None:
            plan = self._planned[size] = copying(self._mode, size, self._page_s)
        return plan
