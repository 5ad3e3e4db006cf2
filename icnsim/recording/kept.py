"""Stores the recording of a run that cannot be repeated, and reads it.

A simulation is repeated whenever a command needs more than its tables. A live run cannot be repeated, so its folder
contains the recording: one NumPy archive with every column, and a description of the other parts in JSON. Neither
contains code or pickled objects, because a folder of results may come from another person.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from icnsim.errors import ResultsError
from icnsim.protocol.states import Event, State
from icnsim.recording import folder
from icnsim.recording.columns import Recording
from icnsim.recording.lattices import Lattices
from icnsim.recording.learned import Learned
from icnsim.recording.records import Records
from icnsim.recording.violations import Moment, Observed, Violation

NAME: Final = "recording.npz"
"""The file in the folder of the results."""
TREE: Final = "tree"
"""The entry of the archive with the description."""
LARGEST: Final = 2**30
"""The largest archive that is read, bytes."""
TYPES: Final = {
    each.__name__: each for each in (Recording, Records, Lattices, Learned, Observed, Violation, Moment, State, Event)
}
"""The types of the parts, which are created from their fields in order."""


def packed(recording: Recording) -> bytes:
    """The contents of the file of a recording."""
    columns: list[np.ndarray[Any, Any]] = []
    tree = _described(recording, columns)
    text = np.frombuffer(json.dumps(tree, separators=(",", ":"), allow_nan=False).encode(), np.uint8)
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {TREE: text, **{str(number): column for number, column in enumerate(columns)}}
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def read(path: Path) -> Recording:
    """The recording in a file; raises ResultsError if it is not one."""
    try:
        with np.load(io.BytesIO(folder.read_regular(path, LARGEST)), allow_pickle=False) as archive:
            tree = json.loads(archive[TREE].tobytes())
            found = _made(tree, archive)
    except (OSError, EOFError, ValueError, LookupError, TypeError, RecursionError, zipfile.BadZipFile) as error:
        raise ResultsError(f"{path}: not the recording of this version of icnsim: {error}") from None
    if not isinstance(found, Recording):
        raise ResultsError(f"{path}: not a recording")
    return found


def _described(part: Any, columns: list[np.ndarray[Any, Any]]) -> Any:
    """A part as a JSON value; its arrays are appended to the columns."""
    if isinstance(part, np.ndarray):
        columns.append(part)
        return {"column": len(columns) - 1}
    if isinstance(part, State | Event):
        return {"is": type(part).__name__, "of": [int(part)]}
    if part is None or isinstance(part, bool | int | float | str):
        return part
    if is_dataclass(part):
        return {
            "is": type(part).__name__,
            "of": [_described(getattr(part, each.name), columns) for each in fields(part)],
        }
    if isinstance(part, tuple) and type(part).__name__ in TYPES:
        return {"is": type(part).__name__, "of": [_described(each, columns) for each in part]}
    if isinstance(part, Mapping):
        return {"map": [[_described(key, columns), _described(value, columns)] for key, value in part.items()]}
    if isinstance(part, Sequence):
        return [_described(each, columns) for each in part]
    raise TypeError(f"a recording has no {type(part).__name__}")


def _made(tree: Any, archive: Mapping[str, Any]) -> Any:
    """The part that a JSON value describes; a sequence becomes a tuple."""
    if isinstance(tree, list):
        return tuple(_made(each, archive) for each in tree)
    if not isinstance(tree, dict):
        return tree
    if "column" in tree:
        return archive[str(tree["column"])]
    if "map" in tree:
        return {_made(key, archive): _made(value, archive) for key, value in tree["map"]}
    return TYPES[tree["is"]](*(_made(each, archive) for each in tree["of"]))
