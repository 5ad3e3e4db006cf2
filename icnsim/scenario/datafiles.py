"""Reads the data files in the scenario's own folder and its subfolders: round-trip times, traces and trust."""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from icnsim.scenario import csvtable
from icnsim.scenario.csvtable import Table

MAX_BYTES: Final = 32 * 2**20


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

    def table(self, name: str) -> Table:
        """A CSV file as a table; raises ValueError if it is not one."""
        return csvtable.read(name, self.bytes_of(name))


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
    table = folder.table(name)
    regions, rows = table.header[1:], list(islice(table.rows, len(table.header)))
    if not regions or [cells[0] for _, cells in rows] != list(regions):
        raise ValueError("a square matrix: the same regions in the header and in the first column")
    values = tuple(tuple(_milliseconds(cell, table.place(line)) for cell in cells[1:]) for line, cells in rows)
    return RoundTrips(regions, values)


def _milliseconds(cell: str, place: str) -> float:
    try:
        value = csvtable.number(cell)
    except ValueError as error:
        raise ValueError(f"a matrix of numbers, finite round-trip milliseconds, {error}, {place}") from None
    if not 0 <= value < 1e7:
        raise ValueError(f"a matrix of finite round-trip milliseconds of at least 0, not {cell[:40]!r}, {place}")
    return value


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
    table = csvtable.read(name, content)
    table.require(["at_s"], ["actor", "target"])
    place = {title: number for number, title in enumerate(table.header)}
    at = place["at_s"]
    every_name = (f"{prefix}{number}" for prefix, count in actors for number in range(count))
    names = {actor: number for number, actor in enumerate(every_name)}
    times: list[int] = []
    who: list[int | None] = []
    where: list[int | None] = []
    named = [(place[title], known, found) for title, known, found in
             (("actor", names, who), ("target", executors, where)) if title in place]  # fmt: skip
    latest = 0
    for line, cells in table.rows:
        try:
            seconds = csvtable.number(cells[at])
        except ValueError as error:
            raise ValueError(f"a number of seconds in at_s, {error}, {table.place(line)}") from None
        if not 0 <= seconds < 3e9:
            raise ValueError(f"a time of at least 0 in at_s, {table.place(line)}")
        time = round(seconds * 1e6)
        if time < latest:
            wanted = f"arrivals in ascending order of at_s, not {cells[at]} after a later one"
            raise ValueError(f"{wanted}, {table.place(line)}")
        latest = time
        times.append(time)
        for column, known, found in named:
            cell = cells[column]
            if cell and cell not in known:
                raise ValueError(f"the name of an actor or an executor, not {cell[:80]!r}, {table.place(line)}")
            found.append(known[cell] if cell else None)
    if not times:
        raise ValueError("at least one arrival")
    nobody = (None,) * len(times)
    return Trace(tuple(times), tuple(who) or nobody, tuple(where) or nobody)


def trust(name: str, folder: DataFolder, executors: tuple[str, ...]) -> tuple[float, ...]:
    """The trust in each executor, from a CSV with the columns executor and trust; raises ValueError otherwise."""
    return _trust(name, folder.bytes_of(name), executors)


@lru_cache(maxsize=1)
def _trust(name: str, content: bytes, executors: tuple[str, ...]) -> tuple[float, ...]:
    table = csvtable.read(name, content)
    table.require(["executor", "trust"])
    own, given = table.header.index("executor"), table.header.index("trust")
    known = frozenset(executors)
    found: dict[str, float] = {}
    for line, cells in table.rows:
        executor = cells[own]
        if executor not in known or executor in found:
            again = "once" if executor in found else f"of {executors[0]} … {executors[-1]}"
            raise ValueError(f"the name of an executor, {again}, not {executor[:80]!r}, {table.place(line)}")
        try:
            found[executor] = csvtable.number(cells[given])
        except ValueError as error:
            raise ValueError(f"a number from 0 to 1 in trust, {error}, {table.place(line)}") from None
        if not 0 <= found[executor] <= 1:
            raise ValueError(f"a number from 0 to 1 in trust, {table.place(line)}")
    missing = next((executor for executor in executors if executor not in found), None)
    if missing is not None:
        raise ValueError(f"a row for each executor: {name} has no row for {missing}")
    return tuple(found[executor] for executor in executors)
