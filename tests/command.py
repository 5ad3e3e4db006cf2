"""The command `icnsim`, in a process of its own.

Most of the time of a short command goes into imports. So one that needs no environment of its own is a fork
of a server that has imported everything before; its arguments, folder, streams and exit code are its own.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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
        asked = {
            "arguments": [*map(str, arguments)], "folder": str(cwd), "streams": [*map(str, streams)],
            "environment": environment(),
        }  # fmt: skip
        code = _server().ask(asked)
        out, err = (stream.read_text("utf-8") for stream in streams)
    return subprocess.CompletedProcess(command(*arguments), code, out, err)


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
