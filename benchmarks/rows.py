"""The rows of the performance table, in groups: what is measured, against what, and the ratio that is wanted.

A ratio above 1 means that this version is faster or smaller, except in rows whose bound is `at most`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from benchmarks.contestants import (
    Size,
    before,
    compiled,
    cpp,
    imported,
    measured,
    naive,
    run,
    sweep,
)
from benchmarks.processes import Contestant, Median, alternating

SMALL: Final[Size] = (100_000, 100, 10.0)
WIDE: Final[Size] = (100_000, 10_000, 100.0)
LARGE: Final[Size] = (1_000_000, 1_000, 1000.0)
LARGE_AND_WIDE: Final[Size] = (1_000_000, 10_000, 1000.0)
HUGE: Final[Size] = (10_000_000, 1_000, 1000.0)
HALF: Final[Size] = (50_000, 100, 10.0)
"""The size of the rows with features."""
RETRIES: Final = {"retry": {"max_retries": 3}}
HARDENED: Final = {**RETRIES, "protocol": {"profile": "hardened"}, "network.loss": 0.02}


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes
    ----------
    measure, against : what was measured, against what.
    ratio : the result. wanted : the bound in words. met : whether the ratio is within the bound.
    detail : the medians behind the ratio.
    """

    measure: str
    against: str
    ratio: float
    wanted: str
    met: bool
    detail: str


def at_least(measure: str, against: str, ratio: float, wanted: float, detail: str) -> Row:
    """A row whose ratio has a lower bound."""
    return Row(measure, against, ratio, f"at least {wanted:g}", ratio >= wanted, detail)


def at_most(measure: str, against: str, ratio: float, wanted: float, detail: str) -> Row:
    """A row whose ratio has an upper bound."""
    return Row(measure, against, ratio, f"at most {wanted:g}", ratio <= wanted, detail)


def size_of(migrations: int, executors: int, rate: float) -> str:
    """A size in words."""
    return f"{migrations:,} at {rate:g}/s on {executors:,} executors"


def times(one: Median, two: Median) -> str:
    """Two medians, with their spreads."""
    return f"{one.took:.2f} s (± {one.spread / 2:.2f}) against {two.took:.2f} s (± {two.spread / 2:.2f})"


def faster(title: str, ours: Contestant, theirs: Contestant, wanted: float, rounds: int, of: str | None = None) -> Row:
    """A row that compares times; above 1 is faster."""
    one, two = alternating(rounds, ours, theirs)
    return at_least(title, of or theirs.name, two.took / one.took, wanted, times(one, two))


def naive_rows(*, quick: bool) -> Iterator[Row]:
    """Whole processes, results written, against the naive model, which writes nothing."""
    rounds = 2 if quick else 5
    sizes = ((SMALL, 3.0), (WIDE, 10.0)) if quick else ((SMALL, 3.0), (WIDE, 10.0), (LARGE, 40.0))
    for size, wanted in sizes:
        yield faster(f"auto, {size_of(*size)}", run(size), naive(*size), wanted, rounds)


def feature_rows(*, quick: bool) -> Iterator[Row]:
    """Whole processes with features that the naive model does not have."""
    rounds = 2 if quick else 5
    model = naive(*HALF)
    title = "events, 50,000 plain, everything recorded, invariants checked"
    yield faster(title, run(HALF, engine="events"), model, 1.0, rounds)
    title = "auto, 50,000 with three retries"
    yield faster(title, run(HALF, RETRIES), model, 2.0, rounds, "the naive model, without retries")
    title = "events, 50,000 hardened, 2 % loss, retries"
    contestant = run(HALF, HARDENED, engine="events")
    yield faster(title, contestant, model, 0.6, rounds, "the naive model, without any of these")


def columns_rows(*, quick: bool) -> Iterator[Row]:
    """The run itself against a hand-written C++ simulation, which records nothing."""
    with compiled() as program:
        if program is None:
            return
        for size in (LARGE, LARGE_AND_WIDE):
            title = f"columns, the run itself, {size_of(*size)}"
            yield faster(title, measured("columns", *size), cpp(program, *size), 1.0, 3 if quick else 5)


def before_rows(*, quick: bool) -> Iterator[Row]:
    """Against the version before: sweeps and small runs."""
    runs = 100 if quick else 1000
    with before() as root:
        ours, theirs = sweep(runs, 10_000, 2), sweep(runs, 10_000, 2, engine=None, root=root)
        # Compiled modules are written by the first run; a sweep takes too long for one that does not count.
        small = (1000, 100, 10.0)
        old, new = run(small, engine=None, root=root), run(small)
        title = "a run of 1,000 migrations, whole process"
        yield faster(title, new, old, 1.0, 5 if quick else 15, "the version before")
        one, two = alternating(1, ours, theirs, warm=False)  # one sweep is a mean of its runs, and takes minutes
        title = f"a sweep of {runs:,} runs of 10,000 migrations on two processes"
        detail = f"{runs / one.took:.1f} runs/s against {runs / two.took:.1f} runs/s"
        yield at_least(title, "the version before", two.took / one.took, 5.0, detail)
    (alone,) = alternating(5 if quick else 15, imported())
    yield at_most("`import icnsim`, whole process, s", "", alone.took, 0.3, f"{alone.took:.3f} s")


def size_rows(*, quick: bool) -> Iterator[Row]:
    """Ten times as many migrations: time and memory."""
    small, large = ((100_000, 1000, 1000.0), LARGE) if quick else (LARGE, HUGE)
    one, ten = alternating(1 if quick else 5, run(small), run(large))
    title = f"auto, {large[0]:,} migrations, time"
    yield at_most(title, f"{small[0]:,}", ten.took / one.took, 11.0, times(ten, one))
    peak = ten.peak_mib / 1024
    yield at_most(f"auto, {large[0]:,} migrations, peak memory, GiB", "", peak, 4.0, f"{ten.peak_mib:,.0f} MiB")
    if not quick:
        detail = f"{one.peak_mib:,.0f} MiB"
        yield at_most("auto, 1,000,000 migrations, peak memory, GiB", "", one.peak_mib / 1024, 1.0, detail)


def other_rows(*, quick: bool) -> Iterator[Row]:
    """Migrations per second against other simulators, which have the delays of a migration and no protocol."""
    # Ciw's time grows faster than the number of customers, so it is measured with a few.
    for name, count in (("ciw", 1_000), ("salabim", 10_000)):
        with suppress(ModuleNotFoundError):
            __import__(name)
            ours, theirs = alternating(1 if quick else 3, run((10_000, 100, 10.0)), measured(name, count, 10.0))
            rate, their_rate = 10_000 / ours.took, count / theirs.took
            detail = f"{rate:,.0f}/s against {their_rate:,.0f}/s"
            title = "auto, 10,000 at 10/s on 100 executors"
            yield at_least(title, name, rate / their_rate, 1.0, detail)


def sweep_rows(*, quick: bool) -> Iterator[Row]:
    """The machinery of sweeps."""
    rounds = 2 if quick else 5

    def taking(what: str, number: int, *more: int, key: str = "took") -> Contestant:
        return measured(what, number, *more, of="sweeps", key=key)

    one, two = alternating(rounds, taking("equal", 1, 64), taking("equal", 2, 64), warm=False)
    title = "64 equal runs on two processes, efficiency beyond start-up"
    yield at_least(title, "one process", one.took / (2 * two.took), 0.9, times(two, one))
    swept, loop = alternating(rounds, taking("machinery", 1000), taking("loop", 1000), warm=False)
    title = "a sweep of 1,000 runs of 1,000 migrations, one process"
    yield at_most(title, "icnsim.run in a loop", swept.took / loop.took, 1.1, times(swept, loop))
    (stored,) = alternating(rounds, taking("cached", 5000, key="ratio"), warm=False)
    title = "a sweep of 5,000 stored runs"
    yield at_most(title, "reading their files", stored.took, 3.0, f"median of {stored.runs}")
    # These contestants read a size in MiB, not a time.
    many, few = alternating(
        1 if quick else 3, *(taking("memory", points, key="peak_mib") for points in (10_000, 1_000)), warm=False
    )
    detail = f"{many.took:.0f} MiB against {few.took:.0f} MiB"
    yield at_most("peak memory of a sweep of 10,000 points", "1,000 points", many.took / few.took, 1.1, detail)


def watch_rows(*, quick: bool) -> Iterator[Row]:
    """The cost of `--watch`."""
    size = (50_000, 100, 10.0)
    shown, alone = alternating(2 if quick else 9, measured("watched", *size), measured("unwatched", *size))
    yield at_most("a run of events with --watch", "without", shown.took / alone.took, 1.02, times(shown, alone))


GROUPS: Final[Mapping[str, Callable[..., Iterator[Row]]]] = {
    "naive": naive_rows,
    "features": feature_rows,
    "columns": columns_rows,
    "before": before_rows,
    "sizes": size_rows,
    "others": other_rows,
    "sweeps": sweep_rows,
    "watch": watch_rows,
}
"""The groups of rows, by the names that the command takes."""
