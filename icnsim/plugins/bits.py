"""The bits of a plug-in's result, so that results of several processes can be compared."""

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np


def digest(result: object) -> str:
    """A hash of the bits of a result; the order of a mapping counts."""
    hasher = hashlib.sha256()
    for part in _parts(result):
        hasher.update(part)
    return hasher.hexdigest()


def _parts(result: object) -> Iterator[bytes]:
    if isinstance(result, np.ndarray):
        yield f"array {result.dtype.str} {result.shape}".encode()
        yield np.ascontiguousarray(result).tobytes()
    elif isinstance(result, Mapping):
        yield f"mapping {len(result)}".encode()
        for key, value in result.items():
            yield from _parts(key)
            yield from _parts(value)
    elif isinstance(result, list | tuple):
        yield f"sequence {len(result)}".encode()
        for item in result:
            yield from _parts(item)
    else:
        # repr of a float has all of its bits.
        text = repr(result) if isinstance(result, bool | int | float | str | None) else type(result).__name__
        yield f"{type(result).__name__} {text}\n".encode()
