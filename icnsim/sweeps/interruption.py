"""Keeps a Ctrl-C that Python would drop because it comes while an object is collected.

Dask's futures take time when they are collected, so that one Ctrl-C in sixty was lost there.
"""

import sys
from types import TracebackType


class Interruptions:
    """In this context, a Ctrl-C that Python would drop is kept until `check`."""

    def __init__(self) -> None:
        self._came = False
        self._before = sys.unraisablehook

    def __enter__(self) -> "Interruptions":
        self._before = sys.unraisablehook
        sys.unraisablehook = self._note
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.unraisablehook = self._before

    def check(self) -> None:
        """Raise the KeyboardInterrupt that was dropped."""
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    def _note(self, dropped: "sys.UnraisableHookArgs") -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            self._came = True
        else:
            self._before(dropped)
