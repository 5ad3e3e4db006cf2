"""One measurement that reads its own clock: ``python -m benchmarks.measure WHAT …`` prints one line of JSON.

The clock leaves the imports out. Whole processes are measured by `benchmarks.processes` instead.
"""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.contestants import WEEK4, sized
from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from icnsim.scenario import Scenario

Found = dict[str, float]


def _scenario(migrations: int, executors: int, rate: float) -> "Scenario":
    from icnsim.scenario import load

    return load(ROOT / WEEK4, sized(migrations, executors, rate), allow_large=True)


def columns(migrations: int, executors: int, rate: float) -> Found:
    """The run itself by the columnar engine: the draws and the kernel, from the scenario to the recording.

    A short run before it loads the compiled kernel.
    """
    from icnsim.columns import simulate

    simulate(_scenario(1000, executors, rate))
    scenario = _scenario(migrations, executors, rate)
    began = time.perf_counter()
    simulate(scenario)
    return {"took": time.perf_counter() - began}


def watched(migrations: int, executors: int, rate: float) -> Found:
    """A run of events, shown by `icnsim run --watch` on a terminal."""
    from icnsim.cli.watch import watching

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    os.environ["TERM"] = "xterm"
    with subprocess.Popen(["cat"], stdin=ours, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        os.close(ours)
        stderr, sys.stderr = sys.stderr, os.fdopen(theirs, "w", encoding="utf-8")
        try:
            with watching()("week4") as watch:
                found = _on_events(migrations, executors, rate, watch)
        finally:
            sys.stderr.close()
            sys.stderr = stderr
    return found


def unwatched(migrations: int, executors: int, rate: float) -> Found:
    """The same run without `--watch`."""
    return _on_events(migrations, executors, rate, None)


def _on_events(migrations: int, executors: int, rate: float, progress: Any) -> Found:
    from icnsim import experiment

    scenario = _scenario(migrations, executors, rate)
    began = time.perf_counter()
    experiment.run(scenario, engine="events", progress=progress)
    return {"took": time.perf_counter() - began}


def other(name: str, migrations: int, rate: float) -> Found:
    """Another simulator's model."""
    model = import_module(f"benchmarks.{name}_model")
    began = time.perf_counter()
    model.simulate(migrations, rate)
    return {"took": time.perf_counter() - began}


def main() -> None:
    what, *numbers = sys.argv[1:]
    values: list[Any] = [float(number) if "." in number else int(number) for number in numbers]
    own = {"columns": columns, "watched": watched, "unwatched": unwatched}
    found = own[what](*values) if what in own else other(what, *values)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
