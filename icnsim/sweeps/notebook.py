"""A bar of a sweep in a notebook, by IPython's display alone: no widgets are needed."""

import sys
import time
from html import escape
from typing import Any, Final

from icnsim.sweeps.execution import Unwatched, Watch
from icnsim.sweeps.work import Outcome

STEP_S: Final = 0.2


def watch_of_a_notebook(title: str) -> Watch:
    """A bar in a notebook, and a listener that does nothing elsewhere."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return NotebookBar(title) if shell is not None and hasattr(shell, "kernel") else Unwatched()


class NotebookBar:
    """An HTML bar under the cell that is running."""

    def __init__(self, title: str) -> None:
        self._title = escape(title)
        self._planned = self._done = self._ended = self._failed = 0
        self._began = self._shown = time.monotonic()
        self._written = ""
        self._handle: Any = None

    def planned(self, runs: int) -> None:
        """The sweep has this number of runs."""
        self._planned = runs
        self._show(now=True)

    def found(self) -> None:
        """A run was stored already."""
        self._done += 1
        self._show(now=self._done == self._planned)

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""
        self._done += 1
        self._ended += 1
        self._failed += outcome.failure is not None
        self._show(now=self._done == self._planned)

    def waiting(self) -> None:
        """No run has ended for a while."""
        self._show(now=True)

    def written(self, points: int, total: int) -> None:
        """The results of points have been written."""
        self._written = f", {points:,} of {total:,} points are written"
        self._show(now=points == total)

    def _show(self, *, now: bool) -> None:
        if now or time.monotonic() > self._shown + STEP_S:
            self._shown = time.monotonic()
            if self._handle is None:
                from IPython.display import display

                self._handle = display(self._html(), display_id=True)
            else:
                self._handle.update(self._html())

    def _html(self) -> Any:
        from IPython.display import HTML

        took = time.monotonic() - self._began
        left = f", about {took / self._ended * (self._planned - self._done):.0f} s left" if self._ended else ""
        failed = f", {self._failed:,} failed" if self._failed else ""
        return HTML(
            f'{self._title} <progress max="{max(self._planned, 1)}" value="{self._done}"></progress> '
            f"{self._done:,} of {self._planned:,} runs{failed}{left}{self._written}"
        )
