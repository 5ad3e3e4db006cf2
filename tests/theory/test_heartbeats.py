"""The closed forms of heartbeat detectors against a naive simulation of NFD-S.

A form is off its simulated value by more than 4 standard errors with a probability of 6e-5.
"""

import math

import numpy as np
import pytest

from icnsim.theory.design import Floats
from icnsim.theory.heartbeats import nfd_e, nfd_s

PERIODS = 200_000


def exponential(x: Floats, mean: float) -> Floats:
    return np.exp(-np.maximum(x, 0.0) / mean)


def simulated(every: float, margin: float, loss: float, mean: float) -> tuple[Floats, Floats, float]:
    """The beginnings and the durations of the mistakes of NFD-S, and its query accuracy, s."""
    random = np.random.default_rng(7)
    sent = np.arange(PERIODS) * every
    arrived = np.where(random.random(PERIODS) < loss, math.inf, sent + random.exponential(mean, PERIODS))
    fresh = np.minimum.accumulate(arrived[::-1])[::-1]  # the first arrival of a heartbeat i or later
    points = sent + margin
    # In [τ_i, τ_(i+1)) the process is suspected from τ_i until the first of these arrivals.
    ends = np.clip(fresh, points, points + every)
    suspected = ends - points
    before = np.append(False, fresh[:-1] < points[1:])  # trusted just before τ_i
    begins = before & (suspected > 0)
    mistake = np.cumsum(begins)
    durations = np.bincount(mistake, suspected)[1:]
    return points[begins], durations, 1 - float(suspected.mean()) / every


@pytest.mark.parametrize(
    ("margin", "loss", "mean"), [(1.5, 0.01, 0.4), (0.3, 0.05, 0.2), (2.0, 0.2, 1.5), (0.5, 0.0, 0.3)]
)
def test_nfd_s_has_the_quality_of_theorem_5(margin: float, loss: float, mean: float) -> None:
    begins, durations, accuracy = simulated(1.0, margin, loss, mean)
    found = nfd_s(1.0, margin, loss, lambda x: exponential(x, mean))
    gaps = np.diff(begins)
    assert len(gaps) > 100
    # Gaps and durations of neighbours are nearly independent: a mistake ends within few periods.
    for values, form in ((gaps, found.mistake_recurrence), (durations, found.mistake_duration)):
        assert abs(values.mean() - form) < 4 * values.std() / math.sqrt(len(values))
    error = durations.std() * math.sqrt(2 * len(durations)) / PERIODS
    assert abs(accuracy - found.query_accuracy) < 4 * error + 1e-6
    assert found.query_accuracy == pytest.approx(1 - found.mistake_duration / found.mistake_recurrence)
    assert found.detection_time_most == 1 + margin


def test_nfd_e_is_nfd_s_with_the_mean_delay() -> None:
    later = lambda x: exponential(x, 0.2)  # noqa: E731
    assert nfd_e(1.0, 0.8, 0.01, later, 0.2) == nfd_s(1.0, 1.0, 0.01, later)


def test_a_constant_delay_below_the_margin_makes_mistakes_by_losses_only() -> None:
    """A lost heartbeat is a mistake until the next one arrives."""
    found = nfd_s(1.0, 0.5, 0.1, lambda x: np.where(x < 0.2, 1.0, 0.0))
    assert found.mistake_recurrence == pytest.approx(1 / (0.9 * 0.1))
    # The next heartbeat arrives 0.7 s after the freshness point with 0.9, else the mistake lasts for the period.
    assert 1 - found.query_accuracy == pytest.approx(0.1 * (0.7 + 0.3 * 0.1), abs=1e-4)


def test_without_losses_and_with_a_short_delay_there_are_no_mistakes() -> None:
    found = nfd_s(1.0, 0.5, 0.0, lambda x: np.where(x < 0.2, 1.0, 0.0))
    assert (found.mistake_recurrence, found.mistake_duration, found.query_accuracy) == (math.inf, 0.0, 1.0)


def test_the_mean_detection_time_is_bounded_by_that_of_a_crash_in_the_middle_of_a_period() -> None:
    random = np.random.default_rng(3)
    crash = random.uniform(0.0, 1.0, 20_000)  # after heartbeat 0, which is the last one
    detected = 1.0 + 0.5 - crash  # at the freshness point of heartbeat 1
    found = nfd_s(1.0, 0.5, 0.0, lambda x: np.where(x < 0.2, 1.0, 0.0))
    assert abs(detected.mean() - found.detection_time_mean) < 4 * detected.std() / math.sqrt(len(detected))
