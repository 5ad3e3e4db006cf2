"""Success by a time: by hand, against a loop over durations, and on runs that end too early."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from icnsim.recording.incidence import incidence
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate


def shares(completed: list[int], failed: list[int], censored: list[int], times: list[int]) -> list[float]:
    columns = (np.array(column, dtype=np.int64) for column in (completed, failed, censored, times))
    found: list[float] = incidence(*columns).tolist()
    return found


def test_the_estimate_is_that_of_a_calculation_by_hand() -> None:
    # Of six, one completes at 2, one is censored at 3, one fails at 4, one completes at 5, one at 8 is censored.
    # By 2: 1/6. At 4 of four observed one fails, so S falls from 5/6 to 5/8; at 5 of three one completes: 5/24 more.
    expected = [0, 1 / 6, 1 / 6, 1 / 6 + 5 / 24, 1 / 6 + 5 / 24, 1 / 6 + 5 / 24 + 5 / 24]
    assert shares([2, 5, 8], [4], [3, 8], [1, 2, 4, 5, 7, 8]) == pytest.approx(expected, abs=1e-15)


def test_without_censored_durations_it_is_a_share_of_all() -> None:
    assert shares([1, 2, 3], [2, 9, 9, 9], [], [0, 1, 2, 3, 100]) == [0, 1 / 7, 2 / 7, 3 / 7, 3 / 7]


def test_after_the_last_duration_it_is_unknown_if_that_one_is_censored() -> None:
    late = shares([1], [], [7], [7, 8])
    assert late[0] == 1 / 2 and np.isnan(late[1])
    assert shares([1, 9], [], [7], [9, 100]) == [1, 1]
    assert np.isnan(shares([], [], [], [1])).all()


durations = st.lists(st.integers(0, 12), max_size=9)


@given(durations, durations, durations, st.lists(st.integers(0, 14), min_size=1, max_size=5))
def test_the_estimate_is_that_of_a_loop(done: list[int], lost: list[int], cut: list[int], times: list[int]) -> None:
    found = shares(done, lost, cut, times)
    for time, share in zip(times, found):
        survival, reached = Fraction(1), Fraction(0)
        for at in range(time + 1):
            observed = sum(duration >= at for duration in (*done, *lost, *cut))
            if observed:
                reached += survival * done.count(at) / observed
                survival *= Fraction(observed - done.count(at) - lost.count(at), observed)
        if not survival or any(duration >= time for duration in (*done, *lost, *cut)):
            assert share == pytest.approx(float(reached), abs=1e-12)
        else:
            assert np.isnan(share)


@given(durations.filter(bool), durations)
def test_without_failures_it_is_one_less_the_curve_of_scipy(done: list[int], cut: list[int]) -> None:
    times = sorted(set(done))
    curve = ecdf(CensoredData(uncensored=done, right=cut)).cdf
    assert shares(done, [], cut, times) == pytest.approx(curve.evaluate(times).tolist(), abs=1e-12)


SHORT = """
name: short
executors: [{group: a, count: 80}, {group: b, count: 20, behavior: unresponsive}]
actors: {count: 20000}
duration: 10min
workload: {arrivals: {process: poisson, rate: 3/s}}
"""


@pytest.mark.parametrize("retries", [0, 2])
def test_a_run_without_a_drain_and_one_that_ends_give_the_same_success_by_a_time(retries: int) -> None:
    """Two estimates of one probability: 4.5 standard errors apart with probability below 1e-5; the seed is fixed."""
    cut, whole = (
        loads(SHORT, overrides={"drain": drain, "retry.max_retries": retries, "warmup": warmup, "duration": duration})
        for drain, warmup, duration in (("0s", "4min", "5min"), ("15min", "0s", "5min"))
    )
    short, long = (summarise(simulate(scenario), scenario) for scenario in (cut, whole))
    assert short["success_rate"] > 0.95 > long["success_rate"] or retries
    assert short["migrations"]["unfinished"] > 15 and long["migrations"]["unfinished"] == 0
    for by in ("5s", "10s", "30s"):
        share = long["success_by"][by]
        error = (share * (1 - share) * (3 / short["migrations"]["total"])) ** 0.5
        assert short["success_by"][by] == pytest.approx(share, abs=4.5 * error + 1e-9)
    assert short["success_by"]["90s"] is None
    assert long["success_by"]["300s"] == pytest.approx(long["success_rate"], abs=1e-12)


def test_it_counts_from_the_first_attempt_and_in_the_window_alone() -> None:
    changes = {"retry.max_retries": 2, "warmup": "5min"}
    scenario = loads(SHORT, overrides={**changes, "workload.arrivals.rate": "1/s"})
    recording = simulate(scenario)
    found, rows = summarise(recording, scenario), recording.attempts
    began = {m: at for m, k, at in zip(rows["migration"], rows["attempt"], rows["requested"]) if k == 1}
    inside = {m: at for m, at in began.items() if recording.window_start <= at <= recording.window_end}
    ends = {m: at for m, at in zip(rows["migration"], rows["completed"]) if at >= 0}
    for time in (5, 30, 90, 120):
        done = sum(m in ends and ends[m] - at <= time * 1_000_000 for m, at in inside.items())
        assert found["success_by"][f"{time}s"] == pytest.approx(done / len(inside), abs=1e-12)
    assert found["success_by"]["30s"] < found["success_by"]["120s"] < 1
