"""The sequences of a world: made, grown, and read as columns. Lists for the interpreter, arrays for compiled code."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.columns import beginning
from icnsim.columns import layout as at
from icnsim.columns.layout import NONE, World
from icnsim.draws.streams import Integers
from icnsim.protocol.policy import MIB
from icnsim.scenario import Scenario

TABLES: Final = {
    "actors": (at.ACTOR, 2, at.N_MET, at.N_MET_ROOM),
    "places": (at.PLACE, 3, at.N_PLACES, at.N_PLACES_ROOM),
    "events": (at.EVENT, 8, at.N_EVENTS, at.N_EVENTS_ROOM),
    "lives": (at.LIFE, 2, at.N_LIVES, at.N_LIVES_ROOM),
    "seen": (at.SEEN, 2, at.N_SEEN, at.N_SEEN_ROOM),
    "log": (at.LOG, 4, at.N_LOG, at.N_LOG_ROOM),
}
"""The tables that grow: the length of a row, what one step may add, where their ends and their room are counted."""

COLUMN_FIRST: Final = {at.DOUBLED: 0}
"""What a column of `World.times` holds at first, where it is not NONE."""


class Memory:
    """The world of one run, as lists or as arrays.

    Parameters
    ----------
    compiled : whether it is for compiled code.

    Attributes
    ----------
    world : what the kernel works on.
    """

    def __init__(
        self,
        scenario: Scenario,
        those: beginning.Population,
        pace: beginning.Pace,
        phases: Integers | None,
        count: int,
        horizon: int,
        chunk: int,
        block: int,
        width: int,
        *,
        compiled: bool,
    ) -> None:
        self._compiled = compiled
        self._block = block
        self._width = width
        self._loaded: list[tuple[int, bool]] = []
        retries = scenario.retry.max_retries
        blocks = max(1, -(-count // block))
        numbers = beginning.numbers(scenario, horizon, pace, chunk, block, blocks)
        numbers[at.N_HOSTS], numbers[at.N_SIZES] = max(1, len(those.hosts)), len(those.sizes)
        numbers[at.N_SETTINGS] = len(those.setting_of)
        cumulative, weights, chances = beginning.weights(scenario)
        rows = count + (count // 4 + 64 if retries else 1)
        numbers[at.N_ROWS_ROOM] = rows
        streams = 1 + retries + 66 + (retries + 2) * at.TURNS
        self.world = World(
            numbers=self._whole(numbers), settings=self._whole(those.settings),
            executors=self._whole(beginning.executors(scenario, phases, pace)),
            cumulative=self._floats(cumulative), weights=self._floats(weights), chances=self._floats(chances),
            pauses=self._floats(beginning.pauses(scenario)), ways=self._whole(beginning.ways(scenario)),
            known=self._full(those.count, NONE), hosts=self._whole(those.hosts),
            wires=self._whole(beginning.wires(scenario, those.sizes)), mebibytes=self._whole(those.sizes // MIB),
            setting_of=self._whole(those.setting_of), actors=self._whole([]), places=self._whole([]), events=self._whole([]), lives=self._whole([]), seen=self._whole([]), log=self._whole([]),
            draws=self._full((at.D_STAGES + width) * 0, 0), uniforms=self._floats([]), more=self._whole([]),
            more_uniforms=self._floats([]), turns=self._floats([]), slots=self._full(streams * blocks, NONE),
            times=tuple(self._full(rows, COLUMN_FIRST.get(column, NONE)) for column in range(at.TIMES)),
            tags=tuple(self._tags(rows) for _ in range(at.TAGS)),
            samples=self._full(3 * numbers[at.N_INSTANTS], 0), skipped=self._full(count, 0),
            chosen=self._full(count, NONE),
        )  # fmt: skip
        for name in TABLES:
            self._room(name, 0)
        self.grow()

    def _whole(self, values: "Sequence[int] | Integers") -> Any:
        array = np.ascontiguousarray(values, dtype=np.int64).ravel()
        return array if self._compiled else array.tolist()

    def _floats(self, values: "Sequence[float] | NDArray[np.float64]") -> Any:
        array = np.ascontiguousarray(values, dtype=np.float64).ravel()
        return array if self._compiled else array.tolist()

    def _full(self, count: int, value: int) -> Any:
        return np.full(count, value, np.int64) if self._compiled else [value] * count

    def _tags(self, rows: int) -> Any:
        return np.zeros(rows, np.int32) if self._compiled else [0] * rows

    def grow(self) -> None:
        """Make room in each table that is full."""
        numbers = self.world.numbers
        for name, (length, _, end, room) in TABLES.items():
            if numbers[end] >= numbers[room]:
                self._room(name, max(64 * length, numbers[end] // 2 // length * length))
        if numbers[at.N_ROWS] >= numbers[at.N_ROWS_ROOM]:
            self._more_rows(numbers[at.N_ROWS] // 4 + 64)

    def _room(self, name: str, more: int) -> None:
        length, step, _, room = TABLES[name]
        table = self._extended(getattr(self.world, name), more, 0)
        self.world = self.world._replace(**{name: table})
        self.world.numbers[room] = len(table) - step * length + 1

    def _more_rows(self, more: int) -> None:
        self.world = self.world._replace(
            times=tuple(
                self._extended(column, more, COLUMN_FIRST.get(number, NONE))
                for number, column in enumerate(self.world.times)
            ),
            tags=tuple(self._extended(column, more, 0) for column in self.world.tags),
        )
        self.world.numbers[at.N_ROWS_ROOM] += more

    def _extended(self, table: Any, more: int, value: int) -> Any:
        if not self._compiled:
            table.extend([value] * more)
            return table
        return np.concatenate([table, np.full(more, value, table.dtype)])

    def show(self, draws: Integers, single: "NDArray[np.float64]", first: int) -> None:
        """Let the kernel read these columns of draws, of the arrivals from `first` on."""
        self.world = self.world._replace(draws=self._whole(draws), uniforms=self._floats(single))
        self.world.numbers[at.N_FIRST] = first

    def load(self, stream: int, block: int, draws: Integers, single: "NDArray[np.float64]") -> None:
        """Keep a block of the draws of retries."""
        slot = len(self.world.more_uniforms) // (at.UNIFORMS * self._block)
        more, more_uniforms = self._whole(draws), self._floats(single)
        self.world = self.world._replace(
            more=self._joined(self.world.more, more), more_uniforms=self._joined(self.world.more_uniforms, more_uniforms)
        )
        self._note(stream, block, slot)

    def load_single(self, stream: int, block: int, u: "NDArray[np.float64]") -> None:
        """Keep a block of single draws."""
        slot = len(self.world.turns) // self._block
        self.world = self.world._replace(turns=self._joined(self.world.turns, self._floats(u)))
        self._note(stream, block, slot)

    def _joined(self, table: Any, more: Any) -> Any:
        if not self._compiled:
            table.extend(more)
            return table
        return np.concatenate([table, more])

    def _note(self, stream: int, block: int, slot: int) -> None:
        self.world.slots[stream * self.world.numbers[at.N_BLOCKS] + block] = slot

    def column(self, table: Any) -> Integers:
        """A sequence as an array."""
        return np.asarray(table, np.int64)
