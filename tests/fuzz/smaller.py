"""Makes a failing input smaller: removes settings, files and lines as long as the failure stays the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from tests.fuzz.given import SCENARIO, Input

TRIES: Final = 120


def smaller(given: Input, fails: Callable[[Input], bool]) -> Input:
    """An input that fails in the same way and from which no single part can be removed, or the best of some tries."""
    left = TRIES
    progress = True
    while progress and left:
        progress = False
        for candidate in _candidates(given):
            if not left:
                break
            left -= 1
            if fails(candidate):
                given, progress = candidate, True
                break
    return given


def _candidates(given: Input) -> Iterator[Input]:
    for key in given.settings:
        yield replace(given, settings={name: text for name, text in given.settings.items() if name != key})
    for name in given.files:
        if name != SCENARIO:
            yield replace(given, files={other: content for other, content in given.files.items() if other != name})
    for name, content in given.files.items():
        lines = content.splitlines(keepends=True)
        size = len(lines) // 2
        while size:
            for start in range(0, len(lines), size):
                kept = b"".join(lines[:start] + lines[start + size :])
                yield replace(given, files={**given.files, name: kept})
            size //= 2
