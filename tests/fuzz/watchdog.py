"""Tries inputs in a child process, which is killed and replaced if an input takes too long or ends the process."""

import gc
import multiprocessing
import warnings
from multiprocessing.connection import Connection
from typing import Final

from tests.fuzz.given import Input
from tests.fuzz.trying import FAILED, Outcome, limit_memory, tried

HANG: Final = "a hang"
COMMANDS: Final = 5
"""The limit of an input with commands, which may do hundreds of runs, as a multiple of that of the others."""
CONTEXT: Final = multiprocessing.get_context("fork")
"""A fork has the modules of its parent, so that a new child costs some milliseconds."""


def _serve(asked: Connection) -> None:
    limit_memory()
    warnings.simplefilter("error", RuntimeWarning)  # NumPy warns where a NaN or an infinity begins
    gc.freeze()  # the objects of the parent stay, so the collector need not visit them
    while True:
        try:
            given: Input = asked.recv()
        except EOFError:
            return
        asked.send(tried(given))


class Watchdog:
    """One child process.

    Parameters
    ----------
    limit_s : the wall time that one input may take, s.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._child: multiprocessing.process.BaseProcess | None = None
        self._asked: Connection | None = None

    def tried(self, given: Input) -> Outcome:
        """The outcome of an input; a hang and the end of the process are failures."""
        if self._child is None or self._asked is None:
            self._asked, theirs = CONTEXT.Pipe()
            self._child = CONTEXT.Process(target=_serve, args=[theirs], daemon=True)
            self._child.start()
            theirs.close()
        try:
            self._asked.send(given)
            limit_s = self._limit_s * (COMMANDS if given.commands else 1)
            if self._asked.poll(limit_s):
                outcome: Outcome = self._asked.recv()
                return outcome
            why = f"{HANG} of more than {limit_s:g} s"
        except (EOFError, OSError):
            self._child.join(5)
            why = f"the process ended with {self._child.exitcode}"
        self.end()
        return Outcome(FAILED, why)

    def end(self) -> None:
        """End the child."""
        if self._child is not None and self._asked is not None:
            self._asked.close()
            self._child.kill()
            self._child.join()
        self._child = self._asked = None
