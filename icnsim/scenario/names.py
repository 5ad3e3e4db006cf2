"""Executors by their names and by patterns of names."""

import re
from collections.abc import Iterable
from fnmatch import translate
from typing import Final

EVERYBODY: Final = "*"


def is_pattern(text: str) -> bool:
    """Whether a text has shell wildcards, so that it is a pattern."""
    return any(wildcard in text for wildcard in "*?[")


def natural(name: str) -> list[tuple[str, int]]:
    """A key that sorts names by the numbers in them: node-2 precedes node-10."""
    return [(text, int(number or 0)) for text, number in re.findall("([^0-9]*)([0-9]*)", name)]


class Names:
    """The names of all executors; the names that match a pattern are determined once.

    Parameters
    ----------
    names : in the order of the executors' numbers.
    """

    __slots__ = ("_found", "_names", "_numbers")

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._numbers = {name: number for number, name in enumerate(names)}
        self._found: dict[str, tuple[int, ...]] = {}

    def matching(self, patterns: Iterable[str]) -> tuple[int, ...]:
        """The numbers of the executors that match any of these names or patterns, ascending."""
        found = [self._of(pattern) for pattern in patterns]
        return found[0] if len(found) == 1 else tuple(sorted({number for numbers in found for number in numbers}))

    def _of(self, pattern: str) -> tuple[int, ...]:
        if not is_pattern(pattern):
            number = self._numbers.get(pattern)
            return () if number is None else (number,)
        found = self._found.get(pattern)
        if found is None:
            matches = re.compile(translate(pattern)).match
            everybody = pattern == EVERYBODY
            found = tuple(number for number, name in enumerate(self._names) if everybody or matches(name))
            self._found[pattern] = found
        return found
