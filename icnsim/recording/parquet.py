"""The result tables as Parquet files; the same rows give the same bytes.

Each type of column has the encoding that makes it smallest: a dictionary for names, byte streams for times, differences
between successive values for whole numbers. Statistics of a column take a third of the time to write it; therefore only
columns by which readers select rows have them.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from icnsim.recording.arrays import schema
from icnsim.recording.bulk import PIECE
from icnsim.recording.tables import TABLES, Type

SELECTED_BY: Final = ("attempt_id", "migration_id", "message_id", "requested_at_s", "started_at_s", "sent_at_s", "at_s")
WRITER: Final = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "lz4",
    "use_dictionary": False,
    "write_statistics": False,
    "write_page_index": False,
    "store_schema": True,
}
"""The settings of every Parquet file. None of them is left to the default of pyarrow's version.

Dictionaries and statistics are written only for columns that a table names. The bytes still depend on the version of
pyarrow: its name is in each file, and its statistics and offsets have changed. Therefore the version is part of the
identity of a run, see `scenario.resolved`.
"""
ENCODINGS: Final = {Type.INTEGER: "DELTA_BINARY_PACKED", Type.SECONDS: "BYTE_STREAM_SPLIT"}


def write(path: Path, name: str, pieces: Iterator[pa.Table]) -> None:
    """Write a table piece by piece; each piece is a row group."""
    columns = TABLES[name]
    with pq.ParquetWriter(
        path,
        schema(columns),
        **{
            **WRITER,
            "use_dictionary": [column.name for column in columns if column.type is Type.NAME],
            "column_encoding": {column.name: ENCODINGS[column.type] for column in columns if column.type in ENCODINGS},
            "write_statistics": [column.name for column in columns if column.name in SELECTED_BY],
        },
    ) as writer:
        for piece in ahead(pieces):
            writer.write_table(piece, row_group_size=PIECE)


def ahead(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same pieces. The next piece is made while the previous one is written."""
    first, second = next(pieces, None), next(pieces, None)
    if first is None:
        return
    yield first
    if second is None:
        return
    with ThreadPoolExecutor(max_workers=1) as pool:
        while second is not None:
            prepared = pool.submit(next, pieces, None)
            yield second
            second = prepared.result()
