"""The arrival times of migrations and tasks, and the period that is simulated. Arrivals do not depend on the run."""

import math
from typing import NamedTuple

import numpy as np

from icnsim.draws.streams import Floats, Integers, uniforms
from icnsim.elementary.columns import log1p
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected, tasks_expected


class Span(NamedTuple):
    """The statistics' window and the end of the simulation, all in µs."""

    window_start: int
    window_end: int
    horizon: int


def span(scenario: Scenario, *times: Integers) -> Span:
    """The period of a scenario whose arrivals and tasks come at these times; the horizon is after the last of them."""
    last = max((int(each[-1]) for each in times if len(each)), default=0)
    end = scenario.duration if scenario.duration is not None else last
    return Span(scenario.warmup, end, max(end + scenario.drain, last + 1))


def arrival_times(scenario: Scenario) -> Integers:
    """The arrival times of migrations, µs, ascending, in [0, duration); at most `migrations` of them.

    Poisson arrivals have exponential gaps. Periodic arrivals come at 0, 1/rate, 2/rate… Bursts of `size`
    arrivals come at 0, every, 2 every… A trace contains its own times. With a profile, Poisson and periodic arrivals
    come on the profile's time scale, see `scenario.profile`.
    """
    arrivals = scenario.workload.arrivals
    most = arrivals_expected(scenario)
    if not scenario.migrates:
        return np.zeros(0, dtype=np.int64)
    if scenario.workload.by_policy:
        times = np.zeros(math.ceil(most), dtype=np.int64)  # an upper bound; the policy decides when
    elif scenario.given_times is not None:
        times = np.array(scenario.given_times, dtype=np.int64)
    elif arrivals.process == "burst":
        assert arrivals.size is not None
        assert arrivals.every is not None
        times = np.arange(math.ceil(most), dtype=np.int64) // arrivals.size * arrivals.every
    elif arrivals.process == "periodic":
        times = _in_time(scenario, np.arange(math.ceil(most), dtype=np.float64) * (1e6 / arrivals.rate))
    else:
        # With a duration, ten standard deviations more reach beyond it.
        count = math.ceil(most if scenario.duration is None else most + 10 * math.sqrt(most) + 50)
        gaps = -log1p(-uniforms(scenario.seed, "arrivals", count)) * (1e6 / arrivals.rate)
        times = _in_time(scenario, _added(gaps))
    if scenario.duration is not None:
        times = times[: int(np.searchsorted(times, scenario.duration))]
    return times[: scenario.workload.migrations]


def _added(gaps: Floats) -> Floats:
    """The sums of the first gaps, each of which is rounded to whole ns; µs.

    Sums of whole numbers have no rounding error, so the time of an arrival does not depend on the machine, nor on how
    its gaps are added. The rounding of a gap has mean 0 and moves the time of arrival `n` by √(n/12) ns on average:
    by less than 1 µs in the first ten million arrivals. The whole µs and the ns are added separately, so that no sum
    of gaps up to a century overflows.
    """
    whole_us = np.floor(gaps)
    ns = np.rint((gaps - whole_us) * 1000).astype(np.int64)
    total: Floats = np.cumsum(whole_us.astype(np.int64)) + np.cumsum(ns) / 1000
    return total


def _in_time(scenario: Scenario, elapsed: Floats) -> Integers:
    """The arrival times with the scenario's profile, from those with a constant rate, µs."""
    times: Integers = np.rint(elapsed if scenario.profile is None else scenario.profile.instants(elapsed)).astype(
        np.int64
    )
    return times


def task_times(scenario: Scenario) -> Integers:
    """The times at which tasks are submitted, µs, ascending, in [0, duration); empty without submissions."""
    submitted = scenario.submissions
    if submitted is None:
        return np.zeros(0, dtype=np.int64)
    return np.array(submitted.at_us[: int(tasks_expected(scenario))], dtype=np.int64)
