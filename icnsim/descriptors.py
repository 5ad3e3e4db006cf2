"""The three standard streams of a process, also where the shell has closed them (`<&-`, `>&-`, `2>&-`)."""

import os
import sys
from typing import Final

STREAMS: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""The name and the mode of the streams with the descriptors 0, 1 and 2."""


def open_closed() -> None:
    """Open each closed standard descriptor on the null device.

    Otherwise the next file gets the number of the closed descriptor, and output of a library goes into this file.
    Worker processes inherit the descriptors: without them, the pipes of a worker get these numbers and the worker dies.
    A script may have opened a file with the number of a closed stream. The stream does not write into this file, but
    worker processes inherit it, so that the number is not free for a pipe.
    """
    for number, (name, mode) in enumerate(STREAMS):
        closed = False
        try:
            os.fstat(number)
        except OSError:
            discard(number)
            closed = True
        if not os.get_inheritable(number):
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            source = number if closed else os.devnull
            setattr(sys, name, open(source, mode, encoding="utf-8", closefd=not closed))  # noqa: SIM115 - to the end


def discard(number: int) -> None:
    """Connect a descriptor to the null device; worker processes inherit it."""
    null = os.open(os.devnull, os.O_RDWR)
    if null == number:
        os.set_inheritable(number, True)
    else:
        os.dup2(null, number)
        os.close(null)
