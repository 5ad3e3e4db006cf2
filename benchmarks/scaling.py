"""How time and memory grow: ``python -m benchmarks.scaling [--quick] [SERIES…]``.

Each series varies one quantity and measures whole processes, results written. The law ``fixed + factor · x^exponent``
is fitted to the medians by least squares of the relative errors. The points and the laws are kept in
`benchmarks/results/scaling.json`.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.contestants import run
from benchmarks.page import RESULTS
from benchmarks.processes import Contestant, alternating

MTTR_S: Final = 60


@dataclass(frozen=True, slots=True)
class Point:
    """A value of the varied quantity, the median time in s and the median peak memory in MiB."""

    x: float
    took: float
    peak_mib: float


class Law(NamedTuple):
    """``fixed + factor · x^exponent``, and the largest relative error at the points."""

    fixed: float
    factor: float
    exponent: float
    error: float


def law(x: Sequence[float], y: Sequence[float]) -> Law:
    """The law that fits best: for each exponent the two coefficients by least squares, none of them negative."""
    xs, ys = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    best = Law(0.0, 0.0, 0.0, float("inf"))
    least = float("inf")
    for exponent in np.arange(0.05, 2.0, 0.005):
        powers = xs**exponent
        both = np.stack([np.ones_like(xs), powers], axis=1)
        for used in ([0], [1], [0, 1]):
            coefficients = np.zeros(2)
            coefficients[used] = np.linalg.lstsq(both[:, used] / ys[:, None], np.ones_like(ys), rcond=None)[0]
            errors = both @ coefficients / ys - 1
            residual = float(errors @ errors)
            if residual < least and (coefficients >= 0).all():
                least = residual
                fixed, factor = map(float, coefficients)
                best = Law(fixed, factor, float(exponent) if factor else 0.0, float(np.abs(errors).max()))
    return best


def migrations(engine: str, sizes: Sequence[int]) -> Iterator[tuple[float, Contestant]]:
    """Migrations at 1,000/s on 1,000 executors."""
    for size in sizes:
        yield size, run((size, 1000, 1000.0), engine=engine)


def executors(engine: str, count: int, sizes: Sequence[int]) -> Iterator[tuple[float, Contestant]]:
    """Executors, with the same migrations at 100/s."""
    for size in sizes:
        yield size, run((count, size, 100.0), engine=engine)


def actors(engine: str, count: int, sizes: Sequence[int]) -> Iterator[tuple[float, Contestant]]:
    """Actors, with the same migrations at 10/s on 100 executors."""
    for size in sizes:
        yield size, run((count, 100, 10.0), {"actors.count": size}, engine=engine)


def faults(count: int, shares: Sequence[float]) -> Iterator[tuple[float, Contestant]]:
    """The share of its time in which an executor is down: crashes of a minute on the hardened protocol."""
    for share in shares:
        # Each crash stops the actors that live there; with 100,000 of them their recoveries would be the whole cost.
        changes: dict[str, Any] = {
            "actors.count": 2000,
            "protocol": {"profile": "hardened"},
            "retry": {"max_retries": 3},
        }
        if share:
            mtbf = round(MTTR_S * (1 - share) / share)
            changes["faults"] = {"random": {"kinds": ["crash"], "mtbf": f"{mtbf}s", "mttr": f"{MTTR_S}s"}}
        yield share, run((count, 100, 10.0), changes, engine="events")


def series(*, quick: bool) -> dict[str, list[tuple[float, Contestant]]]:
    """The points of every series."""
    most = 6 if quick else 7
    few, count = (3, 10_000) if quick else (4, 100_000)
    return {
        "migrations, auto": list(migrations("auto", [10**power for power in range(4, most + 1)])),
        "migrations, events": list(migrations("events", [10**power for power in range(3, few + 2)])),
        "executors, auto": list(executors("auto", count, [10**power for power in range(2, 6)])),
        "executors, events": list(executors("events", count // 10, [10**power for power in range(2, 6)])),
        "actors, auto": list(actors("auto", count, [10**power for power in range(4, 7)])),
        "actors, events": list(actors("events", count // 10, [10**power for power in range(4, 7)])),
        "share of faults, events": list(faults(count // 5, (0, 0.01, 0.02, 0.05, 0.1, 0.2))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description="Fit the laws of growth.")
    parser.add_argument("series", nargs="*", help="words of which a series' name must contain one; all by default")
    parser.add_argument("--quick", action="store_true", help="smaller runs, one round; nothing is kept")
    chosen = parser.parse_args()
    path = RESULTS / "scaling.json"
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))["series"] if path.exists() else {}
    for name, varied in series(quick=chosen.quick).items():
        if chosen.series and not any(word in name for word in chosen.series):
            continue
        found = alternating(1 if chosen.quick else 3, *(contestant for _, contestant in varied), warm=False)
        points = [Point(x, each.took, each.peak_mib) for (x, _), each in zip(varied, found, strict=True)]
        laws = {}
        for what in ("took", "peak_mib"):
            # The share of faults may be 0; there the law is fixed + factor · share^exponent all the same.
            laws[what] = law([point.x for point in points], [getattr(point, what) for point in points])
        print(name)
        for point in points:
            print(f"  {point.x:>12,g}  {point.took:9.2f} s  {point.peak_mib:9,.0f} MiB")
        for what, unit in (("took", "s"), ("peak_mib", "MiB")):
            fixed, factor, exponent, error = laws[what]
            print(f"  {unit} = {fixed:.3g} + {factor:.3g} · x^{exponent:.2f}, within {error:.0%}", flush=True)
        kept[name] = {
            "points": [asdict(point) for point in points],
            "laws": {what: each._asdict() for what, each in laws.items()},
        }
    if not chosen.quick:
        document = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "series": kept,
        }
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
