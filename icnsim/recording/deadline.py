"""The limit of the wall time of a run: set-up, simulation, summary and writing count towards it.

Theory of operation. The engines check the clock at intervals and report where they stopped. Other parts do not look at
the clock, and one event may do very much work. Therefore a thread waits for the end of the limit and raises an
exception in the thread of the run, at its next step of Python.
"""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from icnsim.errors import BudgetError
from icnsim.numbers import as_given
from icnsim.recording.progress import Running

SLACK_S: Final = 0.5
"""The time, s, for which the thread waits longer than the limit, so that an engine can stop by itself."""
AGAIN_S: Final = 2.0
"""The time, s, between two attempts: an exception is dropped if it comes while an object is collected."""


class _OutOfTime(BaseException):
    """Not an `Exception`, so that no handler of other errors takes it."""


def _receive() -> None:
    """Raise an exception that is still to come, because a call of a function is a step of Python.

    To withdraw it instead would leave the interpreter's flag of pending exceptions set for the rest of the process.
    Then every step is slower, and on Python 3.11 a profiler never ends.
    """


@contextmanager
def enforced(budget: Running) -> Iterator[None]:
    """Stop the work in this context at the end of the budget's wall time; raises BudgetError then."""
    if budget.max_wall_s is None:
        yield
        return
    over, fired, lock = threading.Event(), threading.Event(), threading.Lock()
    target = ctypes.c_ulong(threading.get_ident())

    def watch() -> None:
        wait = max(0.0, budget.ends_at - time.monotonic()) + SLACK_S
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    fired.set()
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(_OutOfTime))
            wait = AGAIN_S

    try:
        try:
            threading.Thread(target=watch, daemon=True).start()
            yield
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
            f"stopped outside of the event loop: the budget --max-wall of {as_given(budget.max_wall_s, 's')} is "
            "used up; raise it or simulate less"
        ) from None
