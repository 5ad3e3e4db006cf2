"""The columns of draws of one worker: the rows of retries are filled when the worker first meets them.

The simulation appends the rows of retries in order. A worker meets only the attempts of its own executors, in any
order, so it leaves gaps. A row depends only on its migration and its attempt, so it has the same draws everywhere.
"""

from array import array
from typing import Any

from icnsim.draws.streams import Streams


class SparseStreams(Streams):
    """Columns of draws with gaps."""

    def fill(self, row: int, migration: int, number: int) -> None:
        """Draw the row of a retry: the attempt `number` of a migration."""
        columns: list[array[Any]] = [
            self.target_u, self.answer_u, self.queue_u, *self._slowed.values(), *self.delays, *self.lost,
            *self.duplicated, *self.duplicate_delays,
        ]  # fmt: skip
        self.extend(migration, number)
        for column in columns:
            drawn = column.pop()
            if row >= len(column):
                column.frombytes(bytes(column.itemsize * (row + 1 - len(column))))
            column[row] = drawn
