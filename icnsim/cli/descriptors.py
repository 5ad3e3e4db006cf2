"""The three standard streams of a command, also where the shell has closed them (`<&-`, `>&-`, `2>&-`)."""

import os
import sys
from typing import Final

STREAMS: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""The name and the mode of the streams with the descriptors 0, 1 and 2."""


def open_closed() -> None:
    """Open each closed standard descriptor on the null device.

    Otherwise the next file gets the number of the closed descriptor, and output of a library goes into this file.
    Worker processes inherit the descriptors: without them, the pipes of a worker get these numbers and the worker dies.
    """
    for number, (name, mode) in enumerate(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            discard(number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - open to the end


def discard(number: int) -> None:
    """Connect a descriptor to the null device; worker processes inherit it."""
    null = os.open(os.devnull, os.O_RDWR)
    if null == number:
        os.set_inheritable(number, True)
    else:
        os.dup2(null, number)
        os.close(null)
