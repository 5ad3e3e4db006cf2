"""One measurement of a sweep in a process of its own; prints one line of JSON.

``python -m benchmarks.sweeps WHAT …``; the clock leaves imports out for every contestant alike.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.contestants import WEEK4
from benchmarks.processes import ROOT

Found = dict[str, float]

SCENARIO = ROOT / WEEK4

SMALL: dict[str, object] = {"workload.migrations": 1000, "expect": {}}
TINY: dict[str, object] = {**SMALL, "workload.migrations": 10, "actors.count": 100, "record.timeline": None}


def _swept(out: str, vary: dict[str, Any], overrides: dict[str, object], replications: int, jobs: int) -> float:
    import icnsim

    began = time.perf_counter()
    icnsim.sweep(SCENARIO, vary, overrides, out=out, replications=replications, jobs=jobs)
    return time.perf_counter() - began


def _timeouts(number: int) -> dict[str, Any]:
    return {"manager.timeout": [f"{30_000 + step}ms" for step in range(number)]}


def _warm() -> None:
    """A small sweep that loads modules and fills caches, so that they count for no contestant."""
    with tempfile.TemporaryDirectory() as out:
        _swept(out, {}, TINY, 2, 1)


def equal(jobs: int, runs: int) -> Found:
    """Equal runs of 10,000 migrations, less the time that the pool itself takes to start."""
    _warm()
    large = {**SMALL, "workload.migrations": 10_000}
    starts = []
    for _ in range(2):  # the first pool of a process starts more slowly than the measured one
        with tempfile.TemporaryDirectory() as out:
            starts.append(_swept(out, {}, TINY, jobs, jobs))
    with tempfile.TemporaryDirectory() as out:
        return {"took": _swept(out, {}, large, runs, jobs) - starts[1], "start": starts[1]}


def machinery(runs: int) -> Found:
    """A sweep on one process, ten replications a point."""
    _warm()
    with tempfile.TemporaryDirectory() as out:
        return {"took": _swept(out, _timeouts(runs // 10), SMALL, 10, 1)}


def loop(runs: int) -> Found:
    """The same runs by `icnsim.run`, one after the other."""
    import icnsim
    from icnsim.sweeps.plan import seed_of

    _warm()
    began = time.perf_counter()
    for timeout in _timeouts(runs // 10)["manager.timeout"]:
        for replication in range(1, 11):
            icnsim.run(SCENARIO, {**SMALL, "manager.timeout": timeout}, seed=seed_of(1, replication))
    return {"took": time.perf_counter() - began}


def cached(runs: int) -> Found:
    """A sweep whose runs are all stored, and a bare loop that reads the stored files: times and their ratio."""
    import shutil

    with tempfile.TemporaryDirectory() as out:
        vary = _timeouts(runs // 10)
        _swept(out, vary, TINY, 10, 1)
        (place,) = Path(out).glob("*/sweep-*")
        shutil.rmtree(place)
        took = _swept(out, vary, TINY, 10, 1)
        began = time.perf_counter()
        for path in sorted(Path(out).glob("*/runs/*/*.json")):
            json.loads(path.read_bytes().partition(b"\n")[2])
        bare = time.perf_counter() - began
        return {"took": took, "bare": bare, "ratio": took / bare}


def memory(points: int) -> Found:
    """The command on a grid of points, one tiny run each."""
    timeouts = _timeouts(points // 50)["manager.timeout"]
    intervals = [f"{20 + step}s" for step in range(50)]
    vary = [f"manager.timeout={','.join(timeouts)}", f"manager.check_interval={','.join(intervals)}"]
    section = {**TINY, "expect": "{}", "record.timeline": "null"}
    command = [sys.executable, "-m", "icnsim", "sweep", str(SCENARIO), "--replications", "1", "--jobs", "1"]
    command += [argument for text in vary for argument in ("--vary", text)]
    command += [argument for key, value in section.items() for argument in ("--set", f"{key}={value}")]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([*command, "--out", out], check=True, capture_output=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"took": time.perf_counter() - began, "peak_mib": peak}


def main() -> None:
    what, *numbers = sys.argv[1:]
    found = {"equal": equal, "machinery": machinery, "loop": loop, "cached": cached, "memory": memory}[what](
        *map(int, numbers)
    )
    found.setdefault("peak_mib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
