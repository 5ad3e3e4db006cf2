"""SIGTERM and SIGHUP end a command as Ctrl-C does: finished work is kept, drafts are removed, the exit code is 3."""

import os
import signal
import stat
import time
from contextlib import suppress
from types import FrameType
from typing import Final

from icnsim import descriptors

ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
REPEAT_S: Final = 1.0
"""The time, s, in which the same request counts once. `timeout` signals the process and then its group."""


class Terminated(KeyboardInterrupt):
    """Another process, or the end of the terminal, ends the command; its argument is the name of the signal."""


class _Handler:
    """Raises `Terminated` in the main thread, at most once in `REPEAT_S`: a second one would stop the clean-up."""

    def __init__(self) -> None:
        self._last = -REPEAT_S

    def __call__(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _forget_terminal()
        now = time.monotonic()
        if now - self._last < REPEAT_S:
            return
        self._last = now
        raise Terminated(signal.Signals(number).name)


def install() -> None:
    """Handle the signals, except those that the caller ignores, as `nohup` ignores SIGHUP."""
    handler = _Handler()
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def name_of(error: BaseException) -> str | None:
    """The name of the signal that caused an error, None for Ctrl-C."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Terminated):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return None


def _forget_terminal() -> None:
    """Discard output to a terminal that is gone: writing to it fails, and the clean-up writes messages."""
    for number in (1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(number).st_mode) and not os.isatty(number):
                descriptors.discard(number)
