"""Replications that are added until the intervals are as narrow as is asked: the rule, and a sweep that follows it."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import icnsim
from icnsim.recording.figures import Figures
from icnsim.scenario.variation import SweepOf
from icnsim.sweeps.engines import Engine, Serial
from icnsim.sweeps.figures import names
from icnsim.sweeps.precision import Precision, relative_half_width
from icnsim.sweeps.statistics import matrix
from icnsim.sweeps.sweep import Sweep
from tests.sweeps import stage

MEAN, RATE = "records.mean", "success_rate"
FAILED = math.inf
"""A run that failed. NaN is a run that has no such figure."""


def runs(values: Sequence[float], metric: str = MEAN) -> list[Figures | None]:
    """Runs with these values of a metric, of which every other figure is 0."""
    rest = dict.fromkeys(names(), 0.0)
    return [None if v == FAILED else {**rest, metric: None if math.isnan(v) else v} for v in values]


def outcomes(completed: Sequence[int], of: int) -> list[Figures | None]:
    """Runs with these numbers of completed migrations; the others failed."""
    rest = dict.fromkeys(names(), 0.0)
    return [
        {**rest, RATE: each / of, "migrations.completed": each, "migrations.failed": of - each} for each in completed
    ]


def wanted(share: float, values: Sequence[float], most: int = 100) -> int:
    return Precision(share, (MEAN,), most).wanted(matrix(runs(values)))


def width(values: Sequence[float]) -> float:
    """Half of Student's interval over the mean, by SciPy."""
    sample = np.array(values)
    return float(stats.t.ppf(0.975, len(sample) - 1) * stats.sem(sample) / abs(sample.mean()))


# The rule


def test_narrow_intervals_are_enough_and_the_bound_itself_is_narrow() -> None:
    values = [10, 11, 9, 10, 12]
    assert wanted(width(values) * (1 + 1e-8), values) == 5
    assert wanted(width(values) * (1 - 1e-9), values) == 6


def test_the_number_grows_to_what_the_present_spread_lets_expect() -> None:
    values = [10, 11, 9, 10, 12]
    for factor in (1.1, 1.2, 1.3, 1.4):
        assert wanted(width(values) / factor, values) == math.ceil(5 * factor**2)


def test_it_grows_at_most_twofold_and_not_beyond_the_maximum() -> None:
    values = [10, 20, 9, 10, 12]
    assert wanted(0.001, values) == 10
    assert wanted(0.001, values, most=7) == 7
    assert wanted(0.001, values, most=5) == wanted(0.001, values, most=3) == 5


def test_values_that_are_all_the_same_are_precise() -> None:
    assert wanted(1e-12, [0.1] * 10) == 10
    assert wanted(1e-12, [0.0] * 6) == 6
    assert wanted(1e-12, [0.0] * 4) == 8  # of rare events, four zeros say nothing
    assert relative_half_width(MEAN, matrix(runs([0.1] * 10))) == 0


def test_where_nothing_is_known_the_number_doubles_to_the_maximum() -> None:
    nothing = math.nan
    assert wanted(0.5, [nothing] * 4) == wanted(0.5, [nothing] * 3 + [7]) == 8  # one value has no interval
    assert wanted(0.5, [FAILED] * 3 + [7]) == 8
    assert wanted(0.5, [FAILED] * 4) == 4  # more of what always fails tell nothing
    assert wanted(0.5, [nothing] * 4, most=6) == 6
    assert wanted(0.5, [-1, 1, -1, 1]) == 8  # no share of 0 is wide enough


def test_runs_that_failed_or_have_no_figure_count_as_runs_but_not_as_values() -> None:
    values = [10, 11, 9, 10, 12]
    for more in ([FAILED], [math.nan], [FAILED, math.nan]):
        there = width(values)
        assert wanted(there * 1.0001, [*values, *more]) == 5 + len(more)
        assert wanted(there / 1.2, [*more, *values]) == math.ceil((5 + len(more)) * 1.2**2)


def test_the_widest_of_several_metrics_decides() -> None:
    values, others = [10, 11, 9, 10, 12], [10, 14, 6, 10, 12]
    both = [{**a, "events": b} for a, b in zip(runs(values), others) if a is not None]
    share = width(others) / 1.3
    assert Precision(share, (MEAN,), 100).wanted(matrix(both)) == 5
    assert Precision(share, ("events",), 100).wanted(matrix(both)) == 9
    assert Precision(share, (MEAN, "events"), 100).wanted(matrix(both)) == 9
    assert Precision(share, (MEAN, "downtime.p50"), 100).wanted(matrix(both)) == 10  # five have no order statistics


def test_a_proportion_is_as_precise_as_wilson_s_interval() -> None:
    interval = stats.binomtest(80, 100).proportion_ci(method="wilson")
    half = (interval.high - interval.low) / 2 / 0.8
    assert Precision(half * 1.001, (RATE,), 100).wanted(matrix(outcomes([20] * 4, 25))) == 4
    assert Precision(half * 0.999, (RATE,), 100).wanted(matrix(outcomes([20] * 4, 25))) == 5
    assert Precision(0.01, (RATE,), 100).wanted(matrix(outcomes([0] * 4, 25))) == 8  # nothing seen is not nothing


@given(
    st.lists(st.one_of(st.floats(0, 1e3), st.just(math.nan), st.just(FAILED)), min_size=2, max_size=30),
    st.floats(0.001, 0.999), st.integers(2, 60),
)  # fmt: skip
def test_there_are_never_fewer_than_there_are_nor_more_than_twice_nor_more_than_the_maximum(
    values: list[float], share: float, most: int
) -> None:
    have, found = len(values), wanted(share, values, most)
    assert have <= found <= max(have, min(2 * have, most))
    if found == have < most and set(values) != {FAILED}:
        half = relative_half_width(MEAN, matrix(runs(values)))
        assert half is not None and half <= share


def test_a_sweep_without_a_precision_asks_for_none() -> None:
    assert Precision.of(SweepOf()) is None
    asked = SweepOf(precision="5%", metrics=(RATE,), max_replications=30)
    assert Precision.of(asked) == Precision(0.05, (RATE,), 30)


# A sweep


@pytest.fixture(scope="module")
def precise(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sweep]:
    place = tmp_path_factory.mktemp("precise")
    scenario = stage.scenario(place)
    return scenario, swept(scenario, Serial())


LEAST, MOST, SHARE = 4, 14, 0.1
VARY = {
    "workload.migrations": [50, 100, 200, 500],
    "manager.timeout": ["20s"],
    "manager.check_interval": ["5s", "30s"],
}
METRICS = ("success_rate", "detection_latency.mean")


def swept(scenario: Path, engine: Engine) -> Sweep:
    asked = {
        "vary": VARY, "replications": LEAST, "precision": f"{SHARE:.0%}", "metrics": METRICS, "max_replications": MOST,
    }  # fmt: skip
    return stage.swept(scenario, scenario.parent / type(engine).__name__, engine, asked)


def test_every_point_is_precise_or_has_the_most_replications(precise: tuple[Path, Sweep]) -> None:
    _, sweep = precise
    frame = sweep.aggregate
    half = [(frame[f"{m}.ci95_high"] - frame[f"{m}.ci95_low"]) / 2 / frame[f"{m}.mean"] for m in METRICS]
    wide = (half[0] > SHARE) | (half[1] > SHARE)
    assert (frame["replications"][wide] == MOST).all()
    assert not wide.all() and frame["replications"].between(LEAST, MOST).all() and frame["replications"].nunique() > 2
    least, most = frame["replications"].min(), frame["replications"].max()
    assert sweep.summary["replications"] == {"least": least, "most": most}
    assert sweep.summary["runs"] == frame["replications"].sum() == len(sweep.points)


def test_each_look_follows_the_rule(precise: tuple[Path, Sweep]) -> None:
    _, sweep = precise
    rule = Precision(SHARE, METRICS, MOST)
    for _, rows in sweep.points.groupby("point"):
        figures = [{name: row[name] for name in names()} for row in rows.to_dict("records")]
        have = LEAST
        while (more := rule.wanted(matrix(figures[:have]))) > have:
            have = more
        assert have == len(figures)


def test_the_order_in_which_runs_end_does_not_show(precise: tuple[Path, Sweep]) -> None:
    scenario, sweep = precise
    other = swept(scenario, stage.Threads())
    assert sweep.folder is not None and other.folder is not None
    assert stage.files(other.folder) == stage.files(sweep.folder)


def test_figures_that_no_run_has_end_at_the_maximum(tmp_path: Path) -> None:
    metrics = ["detection_latency.mean", "detection_latency.p50", "false_positives.rate"]
    scenario = stage.scenario(tmp_path, migrations=5)
    vary = {"manager.timeout": ["1d"], "manager.check_interval": ["30s"]}
    groups = {"executors.1.count": 9, "executors.0.weight": 0}  # no executor answers, and no record is found to be late
    sweep = icnsim.sweep(
        scenario, vary, groups, jobs=1, replications=2,
        precision="5%", metrics=metrics, max_replications=7,
    )  # fmt: skip
    assert sweep.aggregate["replications"].tolist() == [7]
    for metric in metrics:
        assert sweep.aggregate[f"{metric}.n"].tolist() == [0]
        assert sweep.aggregate[f"{metric}.mean"].isna().all()
