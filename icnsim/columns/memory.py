"""The sequences `m`, `f` and `r` of the kernel: creation, growth, and access as columns.

The sequences are lists if the kernel is interpreted, because Python reads a list several times faster than an array.
They are arrays if the kernel is compiled. `promote` converts them in the middle of a run.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.columns import parameters
from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.layout import NONE
from icnsim.columns.population import Population
from icnsim.draws.lottery import table
from icnsim.draws.streams import Floats, Integers
from icnsim.protocol.policy import MIB
from icnsim.protocol.states import State
from icnsim.scenario import Scenario

MOST_BUNDLES: Final = 128
MOST_SINGLES: Final = 512
"""The maximum number of blocks of retry draws and of single draws in memory. One step needs 66 at most."""
LOG_PAGE: Final = 1 << 12
"""Rows of the message log that the kernel writes before they are moved out."""
PLACES_OF_ONE: Final = 8
"""Places per actor for which there is room at first."""
SPARE: Final = 1 << 14
"""Room at the end of `m` at first."""


class Memory:
    """The sequences of one run.

    Parameters
    ----------
    phases : the phase of each executor's loop, µs; None without loops.
    count : the number of arrivals.
    horizon : the end of the run, µs.
    chunk, block : the number of arrivals, and of retries, whose draws are in memory at once.
    width : the number of columns of draws.
    compiled : whether the sequences are arrays.

    Attributes
    ----------
    m, f, r : the sequences of `kernel.layout`.
    compiled : whether they are arrays.
    """

    def __init__(
        self,
        scenario: Scenario,
        population: Population,
        pace: parameters.Pace,
        phases: Integers | None,
        count: int,
        horizon: int,
        chunk: int,
        block: int,
        width: int,
        *,
        compiled: bool,
    ) -> None:
        self._chunk, self._block, self._width, self._count = chunk, block, width, count
        retries = scenario.retry.max_retries
        blocks = max(1, -(-count // block))
        streams = 1 + retries + at.REDRAWS + 2
        numbers = parameters.numbers(scenario, horizon, pace, chunk, block, blocks)
        parts: list[tuple[int, Sequence[int] | Integers]] = [
            (at.N_TABLE, parameters.executors(scenario, phases, pace).ravel()),
            (at.N_WAYS, parameters.ways(scenario)),
            (at.N_HOMES, population.homes),
            (at.N_LOTTERY, table(scenario.executors)),
            (at.N_WIRES, parameters.wires(scenario, population.sizes)),
            (at.N_MEBIBYTES, population.sizes // MIB),
            (at.N_SETTING_OF, population.setting_of),
            (at.N_SETTING_TABLE, population.settings.ravel()),
        ]
        filled = [
            (at.N_ACTOR_ROWS, population.actors, NONE),
            (at.N_SLOTS, streams * blocks * at.SLOT, NONE),
            (at.N_SAMPLES, 3 * numbers[at.N_INSTANTS], 0),
            (at.N_DRAWS, width * chunk, 0),
            (at.N_LOG, (LOG_PAGE + at.MOST_LOGGED) * at.LOG if scenario.record.messages else 0, 0),
        ]
        numbers[at.N_SIZES], numbers[at.N_SETTINGS] = len(population.sizes), len(population.setting_of)
        tables = [*parts, *((number, np.full(size, value)) for number, size, value in filled)]
        length = len(numbers) + sum(len(values) for _, values in tables)
        # Memory is provided on first use, so spare room costs nothing. One large allocation gets large pages.
        spare = SPARE if not compiled else SPARE + min(count, population.actors) * (at.ACTOR + PLACES_OF_ONE * at.PLACE)
        self.m: Any = np.empty(length + spare, np.int64)
        self.m[: len(numbers)] = numbers
        first = len(numbers)
        for number, values in tables:
            self.m[number] = first
            self.m[first : first + len(values)] = values
            first += len(values)
        # Align rows with cache lines.
        ahead = -(self.m.ctypes.data // 8 + length) % 8
        self.m[at.N_TOP], self.m[at.N_SIZE] = length + ahead, length + spare
        self.m[at.N_LOGGED], self.m[at.N_LOG_END] = self.m[at.N_LOG], self.m[at.N_LOG] + LOG_PAGE * at.LOG
        self._rows = count + (count // 4 + 64 if retries else 1)
        self.f: Any = self._floats(scenario)
        self._floats_end = len(self.f)
        self.r: Any = self._columns()
        self._log: list[Integers] = []
        self._bundles: deque[tuple[int, int, int]] = deque()
        self._singles: deque[tuple[int, int, int]] = deque()
        self.compiled = compiled
        self.m[at.N_PREFETCHES] = int(compiled)
        if not compiled:
            self.m, self.f, self.r = self.m.tolist(), self.f.tolist(), self.r.tolist()

    def _floats(self, scenario: Scenario) -> Floats:
        """The sequence `f`: weights, probabilities, pauses and room for the uniforms of a chunk."""
        weights, chances = parameters.weights(scenario)
        pieces, length = [], 0
        for number, values in (
            (at.F_WEIGHTS, weights), (at.F_CHANCES, chances),
            (at.F_PAUSES, parameters.pauses(scenario)), (at.F_UNIFORMS, np.zeros(at.UNIFORMS * self._chunk)),
        ):  # fmt: skip
            self.m[number] = length
            pieces.append(np.asarray(values, np.float64))
            length += len(values)
        return np.concatenate(pieces)

    def _columns(self) -> Integers:
        """The sequence `r`: the columns of attempts, the actor of each arrival and the skipped arrivals."""
        columns = np.empty(at.COLUMNS * self._rows + 2 * self._count, np.int64)
        for column in range(at.COLUMNS):
            first = column * self._rows
            self.m[at.REQUESTED + column] = first
            if column < at.TIMES:
                columns[first : first + self._rows] = 0 if at.REQUESTED + column == at.DOUBLED else NONE
        self.m[at.CHOSEN] = first = at.COLUMNS * self._rows
        self.m[at.SKIPPED] = first + self._count
        columns[first : first + self._count] = NONE
        self.m[at.N_ROWS_ROOM] = self._rows
        return columns

    def promote(self) -> None:
        """Convert the sequences from lists to arrays."""
        self.m, self.r = np.array(self.m, np.int64), np.array(self.r, np.int64)
        self.f = np.array(self.f, np.float64)
        self.compiled = True
        self.m[at.N_PREFETCHES] = 1

    # Resources that the kernel needs

    def grow(self) -> None:
        """Extend `m` at its end."""
        added = max(SPARE, len(self.m) // 2)
        self.m = self._extended(self.m, added)
        self.m[at.N_SIZE] += added

    def add_rows(self) -> None:
        """Extend the columns of attempts."""
        old, rows = self.column(self.r), self._rows
        added = rows // 4 + 64
        rest = old[at.COLUMNS * rows :]
        grown = np.full((at.COLUMNS, rows + added), NONE, np.int64)
        grown[:, :rows] = old[: at.COLUMNS * rows].reshape(at.COLUMNS, rows)
        grown[at.DOUBLED - at.REQUESTED, rows:] = 0
        joined = np.concatenate([grown.ravel(), rest])
        self.r = joined if self.compiled else joined.tolist()
        self._rows = rows + added
        for column in range(at.COLUMNS):
            self.m[at.REQUESTED + column] = column * self._rows
        self.m[at.CHOSEN] += at.COLUMNS * added
        self.m[at.SKIPPED] += at.COLUMNS * added
        self.m[at.N_ROWS_ROOM] = self._rows

    def flush_log(self) -> None:
        """Copy the rows of the message log out of `m`, and empty the log."""
        first, end = int(self.m[at.N_LOG]), int(self.m[at.N_LOGGED])
        self._log.append(np.array(self.m[first:end], np.int64))
        self.m[at.N_LOGGED] = first

    def load_arrivals(self, draws: Integers, single: Floats, first: int) -> None:
        """Give the kernel the draws of the arrivals from `first` on."""
        self._put(self.m, int(self.m[at.N_DRAWS]), draws)
        self._put(self.f, int(self.m[at.F_UNIFORMS]), single)
        self.m[at.N_FIRST] = first

    def load_block(self, stream: int, block: int, draws: Integers | None, single: Floats) -> None:
        """Store a block of retry draws, or of single draws if `draws` is None.

        The block takes the place of the oldest one if the maximum number of blocks is in memory.
        """
        m = self.m
        slot = int(m[at.N_SLOTS]) + (stream * int(m[at.N_BLOCKS]) + block) * at.SLOT
        blocks = self._singles if draws is None else self._bundles
        if len(blocks) < (MOST_SINGLES if draws is None else MOST_BUNDLES):
            where = 0 if draws is None else self._allocate(draws.size)
            floats = self._allocate_floats(single.size)
        else:
            old, where, floats = blocks.popleft()
            m[old] = m[old + 1] = NONE
        blocks.append((slot, where, floats))
        self._put(self.f, floats, single)
        self.m[slot + 1] = floats
        self.m[slot] = floats if draws is None else where
        if draws is not None:
            self._put(self.m, where, draws)

    def _allocate(self, size: int) -> int:
        """Allocate `size` numbers at the end of `m`; return the index."""
        while self.m[at.N_SIZE] - self.m[at.N_TOP] < size + at.ROOM:
            self.grow()
        where = int(self.m[at.N_TOP])
        self.m[at.N_TOP] = where + size
        return where

    def _allocate_floats(self, size: int) -> int:
        """Allocate `size` numbers at the end of `f`; return the index."""
        where = self._floats_end
        self._floats_end = where + size
        if self._floats_end > len(self.f):
            self.f = self._extended(self.f, max(size, len(self.f) // 2))
        return where

    def _put(self, sequence: Any, where: int, values: NDArray[Any]) -> None:
        flat = values.ravel()
        sequence[where : where + flat.size] = flat if self.compiled else flat.tolist()

    def _extended(self, sequence: Any, added: int) -> Any:
        if not self.compiled:
            sequence.extend([0] * added)
            return sequence
        extended = np.empty(len(sequence) + added, sequence.dtype)
        extended[: len(sequence)] = sequence
        return extended

    # Columns that the kernel has written

    def column(self, values: Any) -> Integers:
        """The values as an array."""
        return np.asarray(values, np.int64)

    def attempts(self, column: int) -> Integers:
        """A column of the attempts, by its name in the layout; shape (attempts,)."""
        first = int(self.m[column])
        return self.column(self.r[first : first + int(self.m[at.N_ROWS])])

    def table(self, number: int, length: int) -> Integers:
        """The first `length` values of the table whose index is the single number `number`."""
        first = int(self.m[number])
        return self.column(self.m[first : first + length])

    def skipped(self) -> Integers:
        """The times of the skipped arrivals, µs."""
        first = int(self.m[at.SKIPPED])
        return self.column(self.r[first : first + int(self.m[at.N_SKIPPED])])

    def chosen(self) -> Integers:
        """The actor of each arrival, -1 if it was skipped; shape (arrivals,)."""
        first = int(self.m[at.CHOSEN])
        return self.column(self.r[first : first + self._count])

    def log(self) -> Integers:
        """The rows of the message log; shape (rows, LOG)."""
        self.flush_log()
        return np.concatenate(self._log).reshape(-1, at.LOG)

    def reopened(self) -> Integers:
        """The earlier records of attempts with several records at their targets, in order; shape (records, OPENED)."""
        rows, here = [], int(self.m[at.N_REOPENED])
        while here != NONE:
            rows.append([int(value) for value in self.m[here : here + at.OPENED]])
            here = rows[-1][at.O_NEXT]
        return np.array(rows[::-1], np.int64).reshape(-1, at.OPENED)

    def records_held(self, actors: Integers) -> int:
        """The number of records that the places of these actors hold."""
        m, here, count = self.column(self.m), actors[:, at.A_PLACES], 0
        while len(here := here[here != NONE]):
            count += int((m[here + at.P_STATE] != State.IDLE).sum())
            here = m[here + at.P_NEXT]
        return count

    def actors(self) -> Integers:
        """The rows of the actors that arrivals have selected; shape (actors, ACTOR)."""
        m, first = self.column(self.m), int(self.m[at.N_ACTOR_ROWS])
        known = m[first : first + int(m[at.N_ACTORS])]
        rows: Integers = m[known[known != NONE][:, None] + np.arange(at.ACTOR)]
        return rows
