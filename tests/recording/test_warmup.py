"""MSER-5 by hand and on known series; the proposed warm-up against the closed form of the transient."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.engines import simulate
from icnsim.recording.summary import summarise
from icnsim.recording.warmup import BATCH, batched, mser5, settling
from icnsim.scenario import load, loads
from tests.command import ROOT

Series = list[int]


def deletion(series: Series) -> int | None:
    """The number of observations that MSER-5 deletes."""
    batches = mser5(batched(np.array(series, dtype=np.int64)))
    return None if batches is None else BATCH * batches


def naive(series: Series) -> int | None:
    """MSER-5 as in White, Cobb and Spratt (2000), with fractions."""
    batches = [Fraction(sum(series[at : at + 5]), 5) for at in range(0, len(series) - 4, 5)]
    if len(batches) < 10:
        return None
    errors = []
    for deleted in range(len(batches) - 4):
        rest = batches[deleted:]
        mean = sum(rest) / len(rest)
        errors.append(sum((value - mean) ** 2 for value in rest) / len(rest) ** 2)
    best = errors.index(min(errors))
    return 5 * best if 2 * best <= len(batches) else None


def test_a_calculation_by_hand() -> None:
    # All twelve batches: sum 108, squares 1074, (1074 - 108^2 / 12) / 12^2 = 0.708. Without the 0: 0.113.
    # Without the 8, too: sum 100, squares 1010, (1010 - 100^2 / 10) / 10^2 = 0.1. Without the first 9: 0.110.
    means = [0, 8, 9, 11, 9, 11, 9, 11, 9, 11, 9, 11]
    assert deletion([mean for mean in means for _ in range(5)]) == 10


@given(st.lists(st.integers(0, 30), min_size=0, max_size=90))
def test_it_is_that_of_a_naive_calculation(series: Series) -> None:
    assert deletion(series) == naive(series)


def test_a_constant_series_has_no_warm_up_and_a_short_one_has_no_answer() -> None:
    assert deletion([7] * 200) == 0
    falling = [100 - place // 5 for place in range(50)]
    assert deletion([*falling, *[0] * 50]) == 50  # half of the batches
    assert deletion([*falling, *[1] * 5, *[0] * 50]) is None  # more than half
    assert deletion([1, 2, 3] * 15) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_step_with_noise_is_found(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 100, 1000)
    series = (noise + np.where(np.arange(1000) < 200, 5000, 6000)).round().astype(int).tolist()
    found = deletion(series)
    assert found is not None and 200 <= found <= 350


@pytest.mark.parametrize("seed", range(5))
def test_the_start_of_an_autoregressive_process_is_deleted(seed: int) -> None:
    """An AR(1) process of correlation 0.9 that begins 30 standard deviations too low; a third of one is left at 43."""
    innovations = np.random.default_rng(seed).normal(0, math.sqrt(1 - 0.81), 2000)
    value, series = -30.0, []
    for innovation in innovations:
        value = 0.9 * value + innovation
        series.append(round(value * 1000))
    found = deletion(series)
    assert found is not None and 20 <= found <= 250


def test_a_ramp_to_the_end_has_no_steady_state() -> None:
    assert deletion(list(range(1000))) is None


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
def test_lives_settle_when_the_rest_is_a_thousandth_of_their_sum(lives: Series) -> None:
    found = settling(np.array(lives))
    assert 1000 * sum(max(0, life - found) for life in lives) <= sum(lives)
    before = found - math.ceil(max(lives) / 1000) - 1
    assert before < 0 or 1000 * sum(max(0, life - before) for life in lives) > sum(lives)


def test_without_lives_nothing_has_to_settle() -> None:
    assert settling(np.zeros(0, np.int64)) == 0


STEADY = """
name: steady
executors: [{group: a, count: 45}, {group: b, count: 5, behavior: unresponsive}]
actors: {count: 20000}
duration: 25min
record: {timeline: null}
workload: {arrivals: {process: poisson, rate: 4/s}}
"""


def figures(changes: dict[str, object]) -> dict[str, float | None]:
    scenario = loads(STEADY, overrides=changes)
    found: dict[str, float | None] = summarise(simulate(scenario)[0], scenario)["warmup"]
    return found


@pytest.mark.parametrize("retention", ["1min", "5min"])
def test_the_proposal_is_at_most_the_longest_usual_life_and_leaves_hardly_any_bias(retention: str) -> None:
    """The mean number of records is known: 4/s (2 x 0.9 x 0.98 …); here the same run with a long warm-up gives it."""
    longest = {"1min": 150, "5min": 390}[retention]
    found = figures({"manager.retention": retention})
    assert found["proposed_s"] is not None and found["duration_s"] is None
    assert longest / 2 < found["proposed_s"] <= longest + 60
    steady = loads(STEADY, overrides={"manager.retention": retention, "warmup": f"{longest}s"})
    assert found["records_mean"] == pytest.approx(summarise(simulate(steady)[0], steady)["records"]["mean"], rel=0.01)


def test_after_the_longest_usual_life_nothing_is_proposed() -> None:
    for seed in range(1, 11):
        assert figures({"warmup": "390s", "seed": seed})["proposed_s"] is None


def test_a_window_that_ends_within_the_transient_must_be_longer() -> None:
    found = figures({"duration": "200s"})
    assert found == {"proposed_s": 420.0, "duration_s": 1500.0, "records_mean": None}


def test_without_a_manager_nothing_settles() -> None:
    assert figures({"manager.enabled": False})["proposed_s"] is None


def test_the_designs_defaults_need_six_or_seven_minutes() -> None:
    scenario = load(ROOT / "scenarios" / "week4.yaml")
    summary = summarise(simulate(scenario)[0], scenario)
    found = summary["warmup"]
    assert found["proposed_s"] in (360, 420) and found["duration_s"] is None
    assert summary["records"]["mean"] < 0.9 * found["records_mean"]
