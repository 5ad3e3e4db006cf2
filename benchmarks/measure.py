"""One measurement in a process of its own; prints one line of JSON.

The clock runs around the work proper; imports are left out for every contestant alike.
"""

import fcntl
import json
import os
import pty
import resource
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icnsim.cli.watch import Watch

SCENARIO = Path(__file__).parents[1] / "scenarios" / "week4.yaml"


def overrides(migrations: int, executors: int, rate: float) -> dict[str, object]:
    """`week4` at another size: the same shares and the same 100 000 actors."""
    return {
        "workload.migrations": migrations,
        "workload.arrivals.rate": f"{rate:g}/s",
        "executors.0.count": executors * 9 // 10,
        "executors.1.count": executors // 10,
        "expect": {},
    }


def watched(migrations: int, executors: int, rate: float) -> dict[str, float]:
    """The run proper, shown by `icnsim run --watch` on a terminal that somebody reads."""
    from icnsim.cli.watch import watching

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    os.environ["TERM"] = "xterm"
    with subprocess.Popen(["cat"], stdin=ours, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        os.close(ours)
        stderr, sys.stderr = sys.stderr, os.fdopen(theirs, "w", encoding="utf-8")
        try:
            with watching()("week4") as watch:
                found = _proper(migrations, executors, rate, watch)
        finally:
            sys.stderr.close()
            sys.stderr = stderr
    return found


def unwatched(migrations: int, executors: int, rate: float) -> dict[str, float]:
    """The run proper."""
    return _proper(migrations, executors, rate, None)


def _proper(migrations: int, executors: int, rate: float, watch: "Watch | None") -> dict[str, float]:
    from icnsim.recording.progress import Budget
    from icnsim.scenario import loads
    from icnsim.simulation.federation import Federation

    changes = overrides(migrations, executors, rate)
    federation = Federation(loads(SCENARIO.read_text("utf-8"), SCENARIO.parent, overrides=changes, allow_large=True))
    began = time.perf_counter()
    federation.run(Budget(), watch)
    return {"took": time.perf_counter() - began}


def icnsim(migrations: int, executors: int, rate: float, idle: int = 0) -> dict[str, float]:
    """A whole run, results written; and what its parts took."""
    import numpy as np  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from icnsim import experiment
    from icnsim.recording import arrow
    from icnsim.recording.progress import Budget
    from icnsim.scenario import loads
    from icnsim.simulation.federation import Federation

    assert arrow
    text = SCENARIO.read_text("utf-8")
    if idle:
        more = f"  - {{group: idle, count: {idle}, weight: 0, hosts_actors: false}}\n"
        text = text.replace("actors:\n", f"{more}\nactors:\n", 1)
    changes = overrides(migrations, executors, rate)
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        run = experiment.run(loads(text, SCENARIO.parent, overrides=changes, allow_large=True), out=out)
        took = time.perf_counter() - began
    summary = run.summary
    federation = Federation(loads(text, SCENARIO.parent, overrides=changes, allow_large=True))
    proper = 0.0
    if migrations <= 100_000:
        began = time.perf_counter()
        federation.run(Budget(), None)
        proper = time.perf_counter() - began
    return {
        "took": took,
        "proper": proper,
        "events": summary["events"],
        "completed": summary["migrations"]["completed"],
    }


def naive(migrations: int, executors: int, rate: float) -> dict[str, float]:
    from benchmarks.naive import simulate

    began = time.perf_counter()
    simulate(migrations, executors, rate)
    return {"took": time.perf_counter() - began}


def bare(events: int, pending: int) -> dict[str, float]:
    """Bare SimPy: callbacks on Timeouts, that many pending."""
    import simpy

    env = simpy.Environment()

    def again(_: object) -> None:
        env.timeout(3_000_000).callbacks.append(again)

    for number in range(pending):
        env.timeout(number * 3_000_000 // pending).callbacks.append(again)
    began = time.perf_counter()
    env.run(until=3_000_000 * (events // pending))
    return {"took": time.perf_counter() - began, "events": events // pending * pending}


def other(module: str, migrations: int, rate: float) -> dict[str, float]:
    from importlib import import_module

    model = import_module(f"benchmarks.{module}")
    began = time.perf_counter()
    model.simulate(migrations, rate)
    return {"took": time.perf_counter() - began}


def main() -> None:
    what, *numbers = sys.argv[1:]
    values = [float(number) if "." in number else int(number) for number in numbers]
    contestants = {"icnsim": icnsim, "naive": naive, "bare": bare, "watched": watched, "unwatched": unwatched}
    found = contestants[what](*values) if what in contestants else other(what, *values)  # type: ignore[arg-type]
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
