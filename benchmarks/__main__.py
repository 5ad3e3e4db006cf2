"""All rows of the performance table: a ratio each, of medians measured side by side.

``python -m benchmarks`` takes about 25 minutes and needs the extra `bench`; ``--quick`` takes
fewer rounds, leaves 10⁶ migrations out and is for a first look only; ``runs``, ``sweeps``,
``unhappy`` or ``unused`` takes the rows of one run's speed, those of sweeps, those of the invariants,
or that of features which a scenario does not use.
"""

import io
import json
import platform
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEFORE = "4805f12c8351da12faba2dbee1e89951366b426e"
"""The last version without policies, costs of checkpoints, WASM, parts and tasks."""
Found = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One row: what was measured against what, and the ratio that is wanted."""

    measure: str
    ratio: float
    wanted: str
    met: bool
    detail: str


def measure(*arguments: object, module: str = "measure", root: Path = ROOT) -> Found:
    """One measurement in a fresh process, of the version that lies there."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    found: Found = json.loads(done.stdout)
    return found


def pairs(
    rounds: int, first: tuple[object, ...], second: tuple[object, ...], module: str = "measure"
) -> tuple[list[Found], list[Found]]:
    """Both in turn, that many times."""
    a, b = [], []
    for _ in range(rounds):
        a.append(measure(*first, module=module))
        b.append(measure(*second, module=module))
    return a, b


def median(found: list[Found], name: str = "took") -> float:
    return statistics.median(each[name] for each in found)


def at_least(measure: str, ratio: float, wanted: float, detail: str) -> Row:
    return Row(measure, ratio, f"at least {wanted:g}", ratio >= wanted, detail)


def at_most(measure: str, ratio: float, wanted: float, detail: str) -> Row:
    return Row(measure, ratio, f"at most {wanted:g}", ratio <= wanted, detail)


def against_naive(rounds: int, migrations: int, executors: int, rate: float, wanted: float) -> tuple[Row, list[Found]]:
    size = (migrations, executors, rate)
    ours, theirs = pairs(rounds, ("icnsim", *size), ("naive", *size))
    ratio = median(theirs) / median(ours)
    detail = f"{median(ours):.2f} s against {median(theirs):.2f} s"
    title = f"migrations/s against the naive model, {migrations:,} at {rate:g}/s on {executors:,}"
    return at_least(title, ratio, wanted, detail), ours


def sweep_rows(*, quick: bool) -> list[Row]:
    rounds = 3 if quick else 5
    one, two = pairs(rounds, ("equal", 1, 64), ("equal", 2, 64), "sweeps")
    efficiency = median(one) / (2 * median(two))
    detail = f"{median(one):.2f} s against {median(two):.2f} s and {median(two, 'start'):.2f} s of start-up"
    result = [at_least("64 equal runs on two processes, efficiency beyond start-up", efficiency, 0.9, detail)]
    swept, plain = pairs(rounds, ("machinery", 1000), ("loop", 1000), "sweeps")
    detail = f"{median(swept):.2f} s against {median(plain):.2f} s"
    result.append(
        at_most(
            "a sweep of 1,000 runs of 1,000 against icnsim.run in a loop", median(swept) / median(plain), 1.1, detail
        )
    )
    cached = [measure("cached", 5000, module="sweeps") for _ in range(rounds)]
    detail = f"{median(cached):.2f} s against {median(cached, 'bare'):.2f} s"
    result.append(
        at_most("a sweep of 5,000 stored runs against reading them", median(cached) / median(cached, "bare"), 3, detail)
    )
    large, small = pairs(1 if quick else 3, ("memory", 10_000), ("memory", 1_000), "sweeps")
    peaks = median(large, "peak_mib"), median(small, "peak_mib")
    detail = f"{peaks[0]:.0f} MiB against {peaks[1]:.0f} MiB"
    result.append(at_most("peak memory of a sweep of 10,000 points against 1,000", peaks[0] / peaks[1], 1.1, detail))
    return result


def shown(rounds: int, executors: int, rate: float) -> Row:
    size = (200_000, executors, rate)
    watched, alone = pairs(2 * rounds + 1, ("watched", *size), ("unwatched", *size))
    ratio = median(watched) / median(alone)
    detail = f"{median(watched):.2f} s against {median(alone):.2f} s"
    return at_most(f"run proper with --watch against without, on {executors:,} executors", ratio, 1.02, detail)


def run_rows(*, quick: bool) -> list[Row]:
    rounds = 3 if quick else 5
    result = []
    row, ours = against_naive(rounds, 100_000, 100, 10.0, 2)
    result.append(row)
    result.append(against_naive(rounds, 100_000, 10_000, 100.0, 3)[0])
    # Ciw's time grows faster than the number of customers, so it is measured with a few.
    for name, count in (("ciw", 1_000), ("salabim", 10_000)):
        mine, theirs = pairs(rounds, ("icnsim", 10_000, 100, 10.0), (f"{name}_model", count, 10.0))
        rate, other = 10_000 / median(mine), count / median(theirs)
        result.append(
            at_least(f"migrations/s against {name}", rate / other, 8, f"{rate:,.0f}/s against {other:,.0f}/s")
        )
    events = int(ours[0]["events"])
    mine, simple = pairs(rounds, ("icnsim", 100_000, 100, 10.0), ("bare", events, 250))
    rate = median(mine, "events") / median(mine, "proper")
    plain = median(simple, "events") / median(simple)
    result.append(at_least("events/s of the run proper against bare SimPy", rate / plain, 0.4, f"{rate:,.0f}/s"))
    per = ours[0]["events"] / ours[0]["completed"]
    result.append(at_most("events per completed migration", per, 9, "a count"))
    busy, padded = pairs(rounds, ("icnsim", 100_000, 100, 10.0), ("icnsim", 100_000, 100, 10.0, 10_000))
    result.append(
        at_most("10,000 idle executors added", median(padded) / median(busy), 1.05, f"{median(padded):.2f} s")
    )
    result += [shown(rounds, 100, 10.0), shown(rounds, 10_000, 100.0)]
    rest = 1 - median(mine, "proper") / median(mine)
    result.append(at_most("loading, summary and writing of the whole run", rest, 0.15, "share, at 100,000"))
    if not quick:
        row, large = against_naive(rounds, 1_000_000, 1_000, 1000.0, 4)
        result.append(row)
        small, _ = pairs(rounds, ("icnsim", 10_000, 1_000, 1000.0), ("bare", 1000, 10))
        each = (median(large) / 1e6) / (median(small) / 1e4)
        result.append(at_most("time per migration, 10⁶ against 10⁴", each, 2, f"{median(large):.1f} s"))
        peak = median(large, "peak_mib")
        result.append(at_most("peak memory of 10⁶ migrations, GiB", peak / 1024, 1, f"{peak:.0f} MiB"))
    return result


def unhappy_rows(*, quick: bool) -> list[Row]:
    rounds = 3 if quick else 7
    result = []
    for profile in ("hardened", "as-designed"):
        watched, blind = pairs(rounds, ("watched", profile, 20_000), ("blind", profile, 20_000), "unhappy")
        assert watched[0]["events"] == blind[0]["events"]
        share = 1 - median(blind) / median(watched)
        detail = f"{median(watched):.2f} s against {median(blind):.2f} s, 20,000 migrations, {profile}"
        result.append(at_most("share of a run that goes into watching the invariants", share, 0.15, detail))
    return result


def unused_rows(*, quick: bool) -> list[Row]:
    """What the features cost that a scenario does not use: this version against one without them."""
    size, now, before = ("unwatched", 100_000, 100, 10.0), [], []
    archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        for _ in range(5 if quick else 15):
            now.append(measure(*size))
            before.append(measure(*size, root=Path(folder)))
    detail = f"{median(now):.3f} s against {median(before):.3f} s"
    title = "week4, 100,000 migrations, against the version without features that it does not use"
    return [at_most(title, median(now) / median(before), 1.03, detail)]


def main() -> None:
    quick = "--quick" in sys.argv
    groups = {"runs": run_rows, "sweeps": sweep_rows, "unhappy": unhappy_rows, "unused": unused_rows}
    for name in [name for name in groups if name in sys.argv] or groups:
        found = groups[name](quick=quick)
        width = max(len(row.measure) for row in found)
        for row in found:
            verdict = "met" if row.met else "MISSED"
            print(f"{row.measure:{width}}  {row.ratio:7.3f}  {row.wanted:14} {verdict:7} {row.detail}")
        if not quick:
            keep(name, found)


def keep(name: str, found: list[Row]) -> None:
    """Keep the last table of a group of rows."""
    document = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "rows": [vars(row) for row in found],
    }
    place = ROOT / "benchmarks" / "results" / f"{name}.json"
    place.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
