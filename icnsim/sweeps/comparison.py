"""Two scenarios, or their results, compared replication by replication with the same seed.

`pairing` reads the two sides and pairs their points. Replications are paired by their seed. Points and
replications without a partner are left out and counted. The intervals are those of each figure
alone. The verdicts are controlled for the number of figures that are compared, see
`icnsim.statistics.verdicts`.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from icnsim import frames, reporting
from icnsim.analysis import unfinished
from icnsim.analysis.figures import better
from icnsim.engines import Engine as RunEngine
from icnsim.numbers import UNKNOWN
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.statistics.intervals import WIDEST
from icnsim.statistics.paired import Paired, paired
from icnsim.statistics.verdicts import Judged, judged
from icnsim.sweeps import engines, sides
from icnsim.sweeps.differences import Difference, differences
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Watch
from icnsim.sweeps.figures import names, of, unit_of
from icnsim.sweeps.notebook import watch_of_a_notebook
from icnsim.sweeps.pairing import Pairing, prepare
from icnsim.sweeps.pointstable import KeyValue, Replications
from icnsim.sweeps.sides import Side

if TYPE_CHECKING:
    import pandas as pd

WHY_UNKNOWN: Final = (
    f"{UNKNOWN}: there are fewer than three pairs, or the interval of the variance reduction would end more than a "
    f"factor of {WIDEST:g} from the value; give more --replications"
)
Watching = Callable[[str], AbstractContextManager[Watch | None]]
"""Returns, for the name of a scenario, the watch that receives the progress of its runs."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The part of one side that is not compared.

    Attributes
    ----------
    points : the number of points that only this side has. replications : the number of replications of the other
        points whose seed only this side has. failed : the number of replications that failed, at any point.
    reason : the reason of the first failure; None without a failure.
    """

    points: int
    replications: int
    failed: int
    reason: str | None


class Comparison:
    """The result of a comparison.

    Attributes
    ----------
    a, b : the two sides. left_out : what is not compared, of A and of B.
    points : pairs of points, by their numbers. paired : the figures of each pair, in the order of
        `icnsim.sweeps.figures.names`. margins : of equivalence.
    """

    def __init__(self, pairing: Pairing, found: list[Paired], left_out: tuple[LeftOut, LeftOut]) -> None:
        self.a, self.b, self.points, self.margins = pairing
        self.paired = found
        self.left_out = left_out

    def __repr__(self) -> str:
        return f"<icnsim.Comparison of {self.a.title} and {self.b.title}, {len(self.points)} pairs of points>"

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML page, by default A-B.html in the present folder; return its path."""
        return reporting.write_report(self, "comparison", path or f"{self.name}.html")

    @property
    def name(self) -> str:
        """A name for its files: the names of the two folders or scenario files."""
        return "-".join(Path(side.title).stem for side in (self.a, self.b))

    @property
    def failed(self) -> int:
        """Replications of both sides that failed."""
        return sum(side.failed for side in self.left_out)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """The keys in which the two resolved scenarios differ; a key that a sweep varies is ``varied`` there."""
        return tuple(differences(self.a.parameters(), self.b.parameters()))

    @property
    def names(self) -> tuple[str, ...]:
        """The figures that A or B has; of plug-ins, only those that one of the scenarios names."""
        own = {*of(self.a.scenario), *of(self.b.scenario)}
        return tuple(name for name in names() if name in own)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys by which pairs of points differ from each other."""
        return tuple(key.name for key in self._varying.keys) if len(self.points) > 1 else ()

    def values(self, pair: int) -> tuple[KeyValue, ...]:
        """The values of `keys` at a pair of points."""
        if len(self.points) == 1:
            return ()
        return self._varying.points[self.points[pair][self._varying is self.b]]

    @property
    def _varying(self) -> Side:
        return self.a if len(self.a.points) > 1 else self.b

    def judged(self, metrics: Sequence[str] | None = None) -> list[Judged]:
        """The verdicts on figures, for each pair of points.

        Parameters
        ----------
        metrics : the figures that are judged, as one family over all pairs; by default all but
            the predicted ones, which depend on no chance.
        """
        family = {name for name in names() if not name.startswith("predicted.")} if metrics is None else set(metrics)
        chosen = np.array([name in family for name in names()])
        margins = [self.margins.of(found.mean_a) for found in self.paired]
        return judged(self.paired, margins, [better(name) for name in names()], chosen)

    def unfinished(self, *, of_b: bool) -> str | None:
        """A sentence about the work that had not ended at the end of the compared runs of A or B; None if all had."""
        counts, runs = dict.fromkeys(unfinished.CLAUSES, 0.0), 0
        seen = set()
        for points, found in zip(self.points, self.paired, strict=True):
            if points[of_b] in seen:
                continue
            seen.add(points[of_b])
            runs += int(found.n.max())
            means = found.mean_b if of_b else found.mean_a
            for name in counts:
                place = names().index(name)
                counts[name] += float(found.n[place] * means[place]) if found.n[place] else 0.0
        return unfinished.of_runs(counts, runs)

    @cached_property
    def table(self) -> "pd.DataFrame":
        """A row for each figure of each pair of points, with the columns

        * point_a, point_b: numbers of the points, as in points.parquet;
        * the `keys`, durations in seconds;
        * metric: the figure's name; unit: of its values, s, B, 1/s, or "" for plain numbers and shares;
        * n: replications that both sides have and in which the figure exists;
        * mean_a, mean_b: over these; difference: mean of B - A;
        * ci95_low, ci95_high: Student's interval of the difference; null for one replication;
        * std: standard deviation of the differences; p: of the paired t test;
        * variance_reduction, variance_reduction_low, variance_reduction_high: how many times as
          many independent replications would have been needed for the same interval, with its
          95 % interval; null if all differences are the same, and no interval if an end differs
          from the value by more than the factor 10;
        * excludes_zero: true if the interval excludes zero; p_adjusted: p, by Holm for all figures of all pairs;
        * delta, p_equivalence: the margin of equivalence, and the adjusted p-value of the
          hypothesis that the means differ by at least the margin;
        * better: lower, higher or none; verdict: see `icnsim.statistics.verdicts.Verdict`;
        * verdict_why: the reason for a missing verdict; null for a figure with a verdict, and for predicted figures.
        """
        import pandas as pd

        each = len(names())
        columns: dict[str, Any] = {}
        for name, numbers in zip(("point_a", "point_b"), zip(*self.points)):
            columns[name] = np.repeat(numbers, each)
        for name, of_pairs in zip(self.keys, zip(*map(self.values, range(len(self.points))))):
            columns[name] = [value for value in of_pairs for _ in range(each)]
        columns["metric"] = list(names()) * len(self.points)
        columns["unit"] = [frames.of_values(unit_of(name)) for name in names()] * len(self.points)
        joined = map(np.concatenate, zip(*self.paired))
        n, mean_a, mean_b, difference, low, high, std, p, reduction, reduction_low, reduction_high = joined
        columns |= {"n": n, "mean_a": mean_a, "mean_b": mean_b, "difference": difference, "ci95_low": low}
        columns |= {"ci95_high": high, "std": std, "p": p, "variance_reduction": reduction}
        columns |= {"variance_reduction_low": reduction_low, "variance_reduction_high": reduction_high}
        columns["excludes_zero"] = pd.arrays.BooleanArray((low > 0) | (high < 0), np.isnan(low))
        found = self.judged()
        columns["p_adjusted"] = np.concatenate([each.p_adjusted for each in found])
        columns["delta"] = np.concatenate([each.margin for each in found])
        columns["p_equivalence"] = np.concatenate([each.p_equivalence for each in found])
        columns["better"] = [better(name) for name in names()] * len(self.points)
        columns["verdict"] = [None if each is None else each.value for of_pair in found for each in of_pair.verdicts]
        columns["verdict_why"] = [why for of_pair in found for why in of_pair.why]
        rows = pd.DataFrame(columns)
        rows = rows[rows["metric"].isin(self.names)].reset_index(drop=True)
        return frames.attach(rows, {key.name: key.unit or "" for key in self._varying.keys})

    @property
    def variance_reduction(self) -> "pd.Series[float]":
        """The table's column, by metric; by point_a, point_b and metric where there are several pairs of points."""
        place = ["metric"] if len(self.points) == 1 else ["point_a", "point_b", "metric"]
        return self.table.set_index(place)["variance_reduction"]


def compare(
    a: str | Path,
    b: str | Path,
    *,
    overrides: Mapping[str, object] | None = None,
    overrides_b: Mapping[str, object] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    allow_large: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    budget: Budget | None = None,
    watch: Watching | None = None,
    engine: RunEngine = "auto",
    equivalence: Sequence[str] = (),
) -> Comparison:
    """Compare two scenarios, or results of theirs, replication by replication.

    Parameters
    ----------
    a, b : each a scenario file, whose `sweep` section counts, or the folder of a sweep's or of
        one run's results.
    overrides : for scenario files. overrides_b : for B alone, so that a file can be compared
        with a variation of itself.
    replications : of each point, by default the scenario's own, which is 10 unless it says otherwise.
    seed, out, force, allow_large, jobs, scheduler, budget, engine : as in `icnsim.sweep`.
    watch : returns, for the name of a scenario, the watch that receives the progress of its runs; in a notebook
        a progress bar.
    equivalence : margins up to which figures count as equivalent: ``"5%"`` of A's mean, which is
        the default, or ``"records.mean=50"`` for one figure.

    Raises
    ------
    ScenarioError : a scenario, or a margin, cannot be used; nothing was run.
    BudgetError : the check of the points used up the wall time; nothing was run.
    ResultsError : there are no results, or the two have no point or no seed in common.
    EngineError : no workers.
    """
    paired = partial(prepare, a, b, overrides, overrides_b, replications, seed, equivalence, allow_large=allow_large)
    pairing = within(budget, paired)
    place = tempfile.TemporaryDirectory(prefix="icnsim-") if out is None else nullcontext(str(out))
    with place as home:
        return carry_out(
            pairing,
            Path(home),
            engines.engine(jobs, scheduler),
            force=force,
            budget=budget,
            watch=watch or _in_a_notebook,
            engine=engine,
        )


def _in_a_notebook(name: str) -> AbstractContextManager[Watch | None]:
    return nullcontext(watch_of_a_notebook(name))


def carry_out(
    pairing: Pairing,
    out: Path,
    with_what: Engine,
    *,
    force: bool,
    budget: Budget | None,
    watch: Watching,
    engine: RunEngine = "auto",
) -> Comparison:
    """Run what is not stored and compare; what has ended is kept in `out`, as a sweep's runs are.

    Raises
    ------
    EngineError : no workers. ResultsError : results cannot be written or read.
    """
    found: list[list[Replications]] = []
    for side in pairing[:2]:
        with watch(side.scenario.name) if side.plan is not None else nullcontext() as watching:
            found.append(
                sides.replications(side, with_what, out, force=force, budget=budget, watch=watching, engine=engine)
            )
    return within(budget, lambda: _of_pairs(pairing, found))


def _of_pairs(pairing: Pairing, found: list[list[Replications]]) -> Comparison:
    """Compare the replications of both sides, point by point."""
    compared, seen = [], (set[tuple[int, int]](), set[tuple[int, int]]())
    for points in pairing.points:
        first, second = (of_side[point] for of_side, point in zip(found, points))
        common, rows, others = np.intersect1d(first.seeds, second.seeds, return_indices=True)
        for of_side, point in zip(seen, points):
            of_side.update((point, seed) for seed in common.tolist())
        compared.append(paired(first.figures[rows], second.figures[others]))
    left_out = [
        _left_out(of_side, {points[number] for points in pairing.points}, seen[number])
        for number, of_side in enumerate(found)
    ]
    return Comparison(pairing, compared, (left_out[0], left_out[1]))


def _left_out(of_side: list[Replications], compared: set[int], seen: set[tuple[int, int]]) -> LeftOut:
    reasons = [reason for point in of_side for reason in point.failures if reason is not None]
    replications = sum(len(of_side[point].seeds) for point in compared)
    return LeftOut(
        points=len(of_side) - len(compared),
        replications=replications - len(seen),
        failed=len(reasons),
        reason=reasons[0] if reasons else None,
    )
