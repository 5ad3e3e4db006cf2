"""The limit of the wall time of a run: set-up, simulation, summary and writing count towards it.

Theory of operation. The engines check the clock at intervals and report where they stopped. Other parts do not look at
the clock, and one event may do very much work. Therefore a thread waits for the end of the limit and raises an
exception in the thread of the run, at its next step of Python.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from icnsim.errors import BudgetError
from icnsim.numbers import as_given
from icnsim.recording.progress import Budget

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

T = TypeVar("T")

SLACK_S: Final = 0.5
"""The time, s, for which the thread waits longer than the limit, so that an engine can stop by itself."""
AGAIN_S: Final = 2.0
"""The time, s, between two attempts: an exception is dropped if it comes while an object is collected."""


class _OutOfTime(BaseException):
    """Not an `Exception`, so that no handler of other errors takes it."""


def _raise_in(thread: int) -> None:
    """Let a thread raise `_OutOfTime` at its next step."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(_OutOfTime))


def _receive() -> None:
    """Raise an exception that is still to come, because a call of a function is a step of Python.

    To withdraw it instead would leave the interpreter's flag of pending exceptions set for the rest of the process.
    Then every step is slower, and on Python 3.11 a profiler never ends.
    """


def _unless_out_of_time(report: Callable[["UnraisableHookArgs"], object], dropped: "UnraisableHookArgs") -> None:
    """Report an exception that Python has dropped, except `_OutOfTime`, which is raised again, see `AGAIN_S`."""
    if dropped.exc_type is not _OutOfTime:
        report(dropped)


def within(budget: Budget | None, work: Callable[[], T]) -> T:
    """The result of the work; at the end of the budget's wall time the work is stopped, and BudgetError is raised.

    This is a function and not a context manager. The exception may come at any step, and the end of a context manager
    is a call outside of its own handlers.
    """
    running = (budget or Budget()).begun()
    if running.max_wall_s is None:
        return work()
    over, fired, lock = threading.Event(), threading.Event(), threading.Lock()
    target = threading.get_ident()

    def watch() -> None:
        wait = max(0.0, running.ends_at - time.monotonic()) + SLACK_S
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    fired.set()
                    _raise_in(target)
            wait = AGAIN_S

    before = sys.unraisablehook
    sys.unraisablehook = partial(_unless_out_of_time, before)
    try:
        try:
            threading.Thread(target=watch, daemon=True).start()
            return work()
        finally:
            with lock:
                over.set()
            if fired.is_set():
                _receive()
    except (_OutOfTime, Exception):
        over.set()
        # A library such as pydantic replaces the exception by an error of its own if it comes in one of its callbacks.
        if not fired.is_set():
            raise
        raise BudgetError(
            f"stopped outside of the event loop: the budget --max-wall of {as_given(running.max_wall_s, 's')} is "
            "used up; raise it or simulate less"
        ) from None
    finally:
        sys.unraisablehook = before
