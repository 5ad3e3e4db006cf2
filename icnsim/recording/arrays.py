"""Arrow arrays from the columns of a recording, and the tables that they form.

Arrays are made from their buffers: `pa.array` would import pandas, for 0.3 s and 60 MiB, and Arrow's own `take` would
import its compute functions, for 0.1 s.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from icnsim.recording.integers import Column, Integers
from icnsim.recording.tables import TABLES, ColumnOf, Type

_TYPES: Final = {
    Type.SECONDS: pa.float64(),
    Type.INTEGER: pa.int64(),
    Type.FLOAT: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.NAME: pa.dictionary(pa.int32(), pa.string()),
    Type.TEXT: pa.string(),
}


def array_of(kind: pa.DataType, values: NDArray[Any], missing: NDArray[Any] | None = None) -> pa.Array:
    """An Arrow array of NumPy's values without a copy; null if `missing`."""
    valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(np.ascontiguousarray(values))])


def integers(values: Column) -> pa.Array:
    """Whole numbers as an Arrow array."""
    return array_of(pa.int64(), values.astype(np.int64, copy=False))


def booleans(values: NDArray[np.bool_], missing: NDArray[Any] | None = None) -> pa.Array:
    """Booleans as an Arrow array; null if `missing`."""
    packed = np.packbits(values, bitorder="little")
    valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [valid, pa.py_buffer(packed)])


def seconds(microseconds: Column, missing: NDArray[Any] | None) -> pa.Array:
    """Times in µs as an Arrow array of seconds; null if `missing`."""
    return array_of(pa.float64(), microseconds / 1e6, missing)


def texts_of(texts: Sequence[str], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Texts as an Arrow array; null if `missing`."""
    return Texts(texts).take(np.arange(len(texts)), missing)


class Texts:
    """Numbered texts, encoded once. A piece of a table takes the texts that occur in it."""

    def __init__(self, texts: Sequence[str]) -> None:
        encoded = [text.encode() for text in texts]
        self._put(np.frombuffer(b"".join(encoded), dtype=np.uint8), np.array([len(text) for text in encoded], np.int64))

    def _put(self, content: NDArray[np.uint8], lengths: Integers) -> None:
        self._bytes, self._lengths = content, lengths
        self._starts = np.cumsum(lengths) - lengths
        self._all: pa.Array | None = None

    @classmethod
    def numbered(cls, runs: Iterable[tuple[str, int]]) -> "Texts":
        """For each prefix and count the texts prefix0, prefix1…

        They are made in columns of digits, which is twenty times faster.
        """
        content, lengths = [], []
        for prefix, count in runs:
            start = np.frombuffer(prefix.encode(), dtype=np.uint8)
            for digits in range(1, len(str(max(count - 1, 0))) + 1):
                numbers = np.arange(0 if digits == 1 else 10 ** (digits - 1), min(count, 10**digits))
                texts = np.empty((len(numbers), len(start) + digits), dtype=np.uint8)
                texts[:, : len(start)] = start
                for place in range(digits):
                    texts[:, -1 - place] = numbers // 10**place % 10 + ord("0")
                content.append(texts.ravel())
                lengths.append(np.full(len(numbers), texts.shape[1]))
        made = cls([])
        made._put(np.concatenate(content), np.concatenate(lengths))
        return made

    def __len__(self) -> int:
        return len(self._lengths)

    def all(self) -> pa.Array:
        """All texts as an Arrow array."""
        if self._all is None:
            self._all = self.take(np.arange(len(self)))
        return self._all

    def take(self, numbers: Integers, missing: NDArray[np.bool_] | None = None) -> pa.Array:
        """The texts with these numbers as an Arrow array; null if `missing`."""
        lengths = self._lengths[numbers]
        ends = np.cumsum(lengths)
        # The index of each byte of these texts in the bytes of all texts.
        moved = np.repeat(self._starts[numbers] - (ends - lengths), lengths)
        content = self._bytes[moved + np.arange(len(moved))]
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
        return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(content), valid)


def names_of(codes: Column, names: Texts, missing: NDArray[Any] | None = None) -> pa.Array:
    """A dictionary-encoded array. The dictionary of a piece holds only the names that occur in it, in their order."""
    occurs = np.zeros(len(names), dtype=np.bool_)
    occurs[codes if missing is None else codes[~missing]] = True
    if occurs.all():
        return pa.DictionaryArray.from_arrays(
            array_of(pa.int32(), codes.astype(np.int32, copy=False), missing), names.all()
        )
    places = (np.cumsum(occurs) - 1).astype(np.int32)
    used = names.take(np.flatnonzero(occurs))
    return pa.DictionaryArray.from_arrays(array_of(pa.int32(), places[codes], missing), used)


def schema(columns: Sequence[ColumnOf]) -> pa.Schema:
    """The Arrow schema of a declared table; the metadata of a field holds its meaning."""
    return pa.schema([pa.field(c.name, _TYPES[c.type], c.nullable, {"meaning": c.meaning}) for c in columns])


def ordered(name: str, values: Mapping[str, pa.Array]) -> pa.Table:
    """A declared table with its columns in the declared order."""
    return pa.table({column.name: values[column.name] for column in TABLES[name]}, schema=schema(TABLES[name]))
