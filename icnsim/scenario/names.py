"""Executors by their names, and by patterns of them."""

import re
from collections.abc import Iterable
from fnmatch import translate
from typing import Final

EVERYBODY: Final = "*"


def is_pattern(text: str) -> bool:
    """Whether a text stands for names, by the wildcards of a shell, rather than for itself."""
    return any(wildcard in text for wildcard in "*?[")


class Names:
    """The names of all executors; those of a pattern are looked for once.

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
        """The numbers of the executors that any of these names or patterns means, ascending."""
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
