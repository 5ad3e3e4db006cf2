"""Reads the data files in the scenario's own folder and its subfolders, and parses CSV tables."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

MAX_BYTES: Final = 32 * 2**20
MAX_ROWS: Final = 1_000_000


@dataclass(slots=True)
class DataFolder:
    """Reads the files that a scenario names, and keeps their bytes.

    Attributes
    ----------
    root : the scenario's own folder; None if the scenario does not come from a folder.
    read : the bytes of each file that was read, by its name.
    columns : the values of each column that was read, by file, column and scale.
    plugins : the version of each package whose plug-ins the scenario names.
    """

    root: Path | None
    read: dict[str, bytes] = field(default_factory=dict)
    columns: dict[tuple[str, str, float], tuple[float, ...]] = field(default_factory=dict)
    plugins: dict[str, str] = field(default_factory=dict)

    def bytes_of(self, name: str, suffix: str = ".csv") -> bytes:
        """The bytes of a file with that suffix; raises ValueError if it is not allowed or cannot be read."""
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in name or "\0" in name:
            raise ValueError("a file inside of the scenario's own folder, by a relative path without ..")
        if pure.suffix != suffix:
            raise ValueError(f"a file whose name ends in {suffix}")
        if name in self.read:
            return self.read[name]
        if self.root is None:
            raise ValueError("no file: this scenario has no folder")
        if PurePosixPath(pure.parts[0]).suffix in (".parquet", ".json", ".yaml"):
            raise ValueError("a file in a folder with another name: this one is reserved for results")
        try:
            root = self.root.resolve()
            path = (root / pure).resolve()
            if not path.is_relative_to(root):
                raise ValueError("a file inside of the scenario's own folder, not a link out of it")
            if not path.is_file():
                raise ValueError(f"a file that exists: there is no {pure} in the scenario's folder")
            if path.stat().st_size > MAX_BYTES:
                raise ValueError(f"a file of at most {MAX_BYTES // 2**20} MiB")
            self.read[name] = path.read_bytes()
        except OSError as error:
            raise ValueError(f"a file that can be read ({error.strerror})") from None
        except RuntimeError:
            raise ValueError("a file, not a link that leads to itself") from None
        return self.read[name]

    def table(self, name: str) -> tuple[list[str], Iterator[list[str]]]:
        """Header and rows, one by one, of a CSV file; raises ValueError if it is not one."""
        rows = self._rows(name)
        header = next(rows, None)
        if header is None:
            raise ValueError("a CSV file with a header")
        return [title.strip() for title in header], rows

    def _rows(self, name: str) -> Iterator[list[str]]:
        content = io.TextIOWrapper(io.BytesIO(self.bytes_of(name)), "utf-8-sig", newline="")
        try:
            for number, row in enumerate(filter(None, csv.reader(content, strict=True))):
                if number > MAX_ROWS:
                    raise ValueError(f"a file of at most {MAX_ROWS:,} rows")
                yield row
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"a CSV file in UTF-8 ({error})") from None


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """Round-trip times between regions.

    Attributes
    ----------
    regions : their names; milliseconds : a row for each sender, a column for each receiver.
    """

    regions: tuple[str, ...]
    milliseconds: tuple[tuple[float, ...], ...]

    def one_way_us(self, sender: str, receiver: str) -> int:
        """Half of the round trip, whole µs."""
        row = self.milliseconds[self.regions.index(sender)]
        return round(row[self.regions.index(receiver)] * 500)


def round_trips(name: str, folder: DataFolder) -> RoundTrips:
    """A square matrix whose first column and header name the regions; raises ValueError otherwise."""
    header, lines = folder.table(name)
    regions, rows = tuple(header[1:]), list(islice(lines, len(header)))
    if not regions or len(set(regions)) != len(regions) or [row[0].strip() for row in rows] != list(regions):
        raise ValueError("a square matrix: the same regions in the header and in the first column")
    try:
        values = tuple(tuple(float(cell) for cell in row[1:]) for row in rows)
    except ValueError:
        raise ValueError("a matrix of numbers: round-trip milliseconds") from None
    if any(len(row) != len(regions) for row in values):
        raise ValueError("a square matrix: as many columns as regions in each row")
    if not all(0 <= value < 1e7 and math.isfinite(value) for row in values for value in row):
        raise ValueError("a matrix of finite round-trip milliseconds of at least 0")
    return RoundTrips(regions, values)


@dataclass(frozen=True, slots=True)
class Trace:
    """Arrivals from a file: their times and, if the file has them, the actor and the target of each."""

    at_us: tuple[int, ...]
    actors: tuple[int | None, ...]
    targets: tuple[int | None, ...]


def trace(name: str, folder: DataFolder, actors: tuple[tuple[str, int], ...], executors: tuple[str, ...]) -> Trace:
    """Reads a CSV file with the column at_s and optionally actor and target; raises ValueError otherwise.

    `actors` has the prefixes of the names of actors, each with the number of names that it begins.
    """
    return _trace(name, folder.bytes_of(name), actors, executors)


@lru_cache(maxsize=1)
def _trace(
    name: str, content: bytes, actors: tuple[tuple[str, int], ...], names_of_executors: tuple[str, ...]
) -> Trace:
    """Cached, because the points of a sweep usually share one trace."""
    executors = {executor: number for number, executor in enumerate(names_of_executors)}
    header, rows = DataFolder(None, {name: content}).table(name)
    if "at_s" not in header or not set(header) <= {"at_s", "actor", "target"}:
        raise ValueError(f"a CSV file with the column at_s, optionally actor and target, not {', '.join(header)!r}")
    every_name = (f"{prefix}{number}" for prefix, count in actors for number in range(count))
    names = {actor: number for number, actor in enumerate(every_name)}
    times: list[int] = []
    who: list[int | None] = []
    where: list[int | None] = []
    for number, row in enumerate(rows, 2):
        cells = dict(zip(header, row, strict=False))
        try:
            seconds = float(cells.get("at_s", ""))
        except ValueError:
            raise ValueError(f"a number of seconds in at_s, line {number} of {name}") from None
        if not 0 <= seconds < 3e9:
            raise ValueError(f"a time of at least 0 in at_s, line {number} of {name}")
        times.append(round(seconds * 1e6))
        for cell, known, found in ((cells.get("actor"), names, who), (cells.get("target"), executors, where)):
            if cell and cell not in known:
                raise ValueError(f"the name of an actor or an executor, not {cell!r}, line {number} of {name}")
            found.append(known[cell] if cell else None)
    if not times or times != sorted(times):
        raise ValueError("at least one arrival, in ascending order of at_s")
    return Trace(tuple(times), tuple(who), tuple(where))


def trust(name: str, folder: DataFolder, executors: tuple[str, ...]) -> tuple[float, ...]:
    """The trust in each executor, from a CSV with the columns executor and trust; raises ValueError otherwise."""
    return _trust(name, folder.bytes_of(name), executors)


@lru_cache(maxsize=1)
def _trust(name: str, content: bytes, executors: tuple[str, ...]) -> tuple[float, ...]:
    header, rows = DataFolder(None, {name: content}).table(name)
    if sorted(header) != ["executor", "trust"]:
        raise ValueError(f"a CSV file with the columns executor and trust, not {', '.join(header)[:200]!r}")
    known = frozenset(executors)
    found: dict[str, float] = {}
    for number, row in enumerate(rows, 2):
        cells = dict(zip(header, row, strict=False))
        executor = cells.get("executor", "").strip()
        if executor not in known or executor in found:
            again = "once" if executor in found else f"of {executors[0]} … {executors[-1]}"
            raise ValueError(f"the name of an executor, {again}, not {executor[:80]!r}, line {number} of {name}")
        try:
            found[executor] = float(cells.get("trust", ""))
        except ValueError:
            raise ValueError(f"a number from 0 to 1 in trust, line {number} of {name}") from None
        if not 0 <= found[executor] <= 1:
            raise ValueError(f"a number from 0 to 1 in trust, line {number} of {name}")
    missing = next((executor for executor in executors if executor not in found), None)
    if missing is not None:
        raise ValueError(f"a row for each executor: {name} has no row for {missing}")
    return tuple(found[executor] for executor in executors)
