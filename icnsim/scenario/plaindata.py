"""Converts NumPy scalars and arrays, ranges and sequences to plain data that a file can hold."""

from collections.abc import Mapping
from typing import Any, Protocol


class SupportsToList(Protocol):
    """A NumPy scalar or array, or a pandas Series."""

    def tolist(self) -> Any:
        """Python's own scalar or list."""


def plain(value: Any) -> Any:
    """The same value with Python's own scalars, and with lists for arrays and ranges; others are unchanged.

    NumPy is not imported: its scalars and arrays have a method `tolist`.
    """
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value
