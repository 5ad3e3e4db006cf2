"""Calls the command line in this process, as `icnsim` in a shell."""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest import mock

from icnsim import cli
from icnsim.cli import signals
from icnsim.rare_events import methods

PILOT: Final = 40
"""The least runs of a level of the pilot of `icnsim rare`: ten times as many take a minute."""


@dataclass(frozen=True, slots=True)
class Called:
    """The end of a command: its exit code, and its output."""

    code: object
    output: str
    messages: str


def called(arguments: Sequence[str], folder: Path) -> Called:
    """Call a command in a folder."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: object = None
    debug = {name: value for name, value in os.environ.items() if name != "ICNSIM_DEBUG"}
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch.object(sys, "argv", ["icnsim", *arguments]),
        mock.patch.dict(os.environ, debug, clear=True),
        mock.patch.object(methods, "SMALLEST_PILOT", PILOT),
        mock.patch.object(signals, "install"),  # this process keeps its own handlers
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code
    output, messages = (stream.buffer.getvalue().decode() for stream in (out, err))
    return Called(code, output, messages)
