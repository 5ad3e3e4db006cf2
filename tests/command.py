"""The command `icnsim`, in a process of its own.

Most of the time of a short command goes into imports. So one that needs no environment of its own is a fork
of a server that has imported everything before; its arguments, folder, streams and exit code are its own.
"""

import atexit
import fcntl
import functools
import gc
import importlib
import json
import os
import pkgutil
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE_S = 180


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "icnsim", *map(str, arguments)]


def icnsim(*arguments: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, in this environment and `more`."""
    if more:
        return subprocess.run(
            command(*arguments), cwd=cwd, capture_output=True, text=True, check=False, env=environment(**more),
            timeout=PATIENCE_S,
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("stdout", "stderr")]
        code = _forked(arguments, cwd, streams, environment())
        out, err = (stream.read_text("utf-8") for stream in streams)
    return subprocess.CompletedProcess(command(*arguments), code, out, err)


def on_a_terminal(*arguments: str | Path, cwd: Path, columns: int) -> tuple[int, str]:
    """Run the command to its end on a terminal of its own.

    Returns
    -------
    Its exit code, and all that it wrote.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    surroundings = environment(TERM="xterm", LANG="C.UTF-8", COLUMNS=str(columns))
    told = bytearray()
    reader = threading.Thread(target=lambda: told.extend(b"".join(pieces(ours))), daemon=True)
    reader.start()
    code = _forked(arguments, cwd, [Path(os.ttyname(theirs))] * 2, surroundings)
    os.close(theirs)
    reader.join(PATIENCE_S)
    os.close(ours)
    return code, told.decode()


def pieces(terminal: int) -> Iterator[bytes]:
    """The bytes that are written to a terminal until its last writer closes it."""
    try:
        while piece := os.read(terminal, 65536):
            yield piece
    except OSError:
        pass  # the end of a terminal is an error on Linux


def _forked(arguments: Sequence[str | Path], cwd: Path, streams: Sequence[Path], surroundings: dict[str, str]) -> int:
    """Run the command as a fork of the server, with stdout and stderr to files; returns the exit code."""
    asked = {
        "arguments": [*map(str, arguments)], "folder": str(cwd), "streams": [*map(str, streams)],
        "environment": surroundings,
    }  # fmt: skip
    return _server().ask(asked)


class _Server:
    """A process that has imported `icnsim` and forks at each request."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment(),
        )  # fmt: skip

    def ask(self, request: dict[str, Any]) -> int:
        """The exit code of the command."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, f"the server of commands has ended with {self._process.poll()}"
        return int(answer)


@functools.cache
def _server() -> _Server:
    """The one of this process, which ends with it: there is nothing more to read then."""
    return _Server()


def _become(arguments: Sequence[str], folder: str, streams: Sequence[str], environment: dict[str, str]) -> None:
    """The function that a fork runs as the command."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    opened = [os.open(os.devnull, os.O_RDONLY), *(os.open(name, os.O_WRONLY | os.O_CREAT) for name in streams)]
    for number, file in enumerate(opened):
        os.dup2(file, number)
        os.close(file)
    # The streams of the server were opened on other files, which could be read again from any place.
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    signal.alarm(PATIENCE_S)
    sys.argv = ["icnsim", *arguments]


def _serve() -> None:
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _become(**json.loads(line))
            return
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit()


if __name__ == "__main__":
    import icnsim as package

    for module in pkgutil.walk_packages(package.__path__, "icnsim."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    from icnsim.cli import main

    gc.collect()
    gc.freeze()  # a fork whose collector visits these objects copies their pages
    _serve()
    try:
        main()
    except SystemExit as end:
        # The interpreter's end would visit and copy every page of the server: 50 ms, where the command takes 10 ms.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(end.code or 0))
