"""The closed forms of checkpoints and crashes, against sums, an integral and each other."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icnsim.protocol.checkpoint import Schedule
from icnsim.scenario import loads
from icnsim.theory import checkpoints
from icnsim.theory.predictions import predict

times = st.floats(1, 1000)


@settings(max_examples=30)
@given(interval=times, share=st.floats(0, 0.99), flush=st.floats(0, 100), mtbf=st.floats(10, 1e5), pauses=st.booleans())
def test_what_is_saved_and_lost_are_the_integrals_over_the_time_of_the_crash(
    interval: float, share: float, flush: float, mtbf: float, pauses: bool
) -> None:
    """By the schedule itself, at the midpoints of 20,000 steps of equal probability: within a thousandth of M."""
    schedule = Schedule(round(interval * 1e6), round(interval * share * 1e6), round(flush * 1e6), pauses)
    crashes = -np.log1p(-(np.arange(20_000) + 0.5) / 20_000) * mtbf
    saved = np.mean([schedule.saved(round(x * 1e6)) for x in crashes.tolist()]) / 1e6
    done = np.mean([schedule.work(round(x * 1e6)) for x in crashes.tolist()]) / 1e6
    form = (interval, interval * share, flush, mtbf)
    assert checkpoints.saved(*form, pauses=pauses) == pytest.approx(saved, abs=2e-3 * mtbf)
    assert checkpoints.work_lost(*form, pauses=pauses) == pytest.approx(done - saved, abs=2e-3 * mtbf)


def test_a_crash_takes_half_an_interval_and_the_checkpoints_time_where_crashes_are_rare() -> None:
    assert checkpoints.work_lost(60, 5, 0, 1e7, pauses=False) == pytest.approx(60 / 2 + 5, rel=1e-5)
    assert checkpoints.work_lost(60, 5, 0.5, 1e7, pauses=False) == pytest.approx(60 / 2 + 5.5, rel=1e-5)
    # An actor that is paused does nothing meanwhile: I/2 - C²/2I of work, in I/2 + C of time.
    assert checkpoints.work_lost(60, 5, 0, 1e7, pauses=True) == pytest.approx(60 / 2 - 5**2 / 120, rel=1e-5)


def test_it_takes_everything_where_no_checkpoint_is_ever_made() -> None:
    assert checkpoints.work_lost(1e9, 1, 0, 100, pauses=True) == pytest.approx(100)
    assert checkpoints.useful_share(1e9, 1, 0, 100, 10, pauses=True) == pytest.approx(0)


@pytest.mark.parametrize("cost", [1, 10, 60])
def test_the_optimum_is_near_dalys_and_that_nearer_than_youngs(cost: float) -> None:
    best, mtbf = checkpoints.best_interval(cost, 0, 3600), 3600
    assert checkpoints.daly(cost, mtbf) == pytest.approx(best, rel=0.02)
    assert abs(checkpoints.daly(cost, mtbf) - best) < abs(checkpoints.young(cost, mtbf) - best)
    for other in (best * 0.9, best * 1.1):
        assert checkpoints.saved(other, cost, 0, mtbf, pauses=True) < checkpoints.saved(
            best, cost, 0, mtbf, pauses=True
        )


def test_youngs_and_dalys_worked_values() -> None:
    assert checkpoints.young(2, 100) == math.sqrt(2 * 2 * 100) + 2 == 22
    assert checkpoints.daly(2, 100) == pytest.approx(20 * (1 + 0.1 / 3 + 0.01 / 9))
    assert checkpoints.daly(300, 100) == 400


CRASHING = """
name: crashing
executors: [{group: a, count: 25}, {group: b, count: 25}]
actors: {count: 50, mode: {stateful: {checkpoint_interval: 1min}}}
workload: {migrations: 1}
drain: 50h
faults: {random: {kinds: [crash], mtbf: 30min, mttr: 1min}}
"""


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({}, None),
        ({"executors.1.parts": ["migration_manager", "policy"]}, "checkpoint store"),
        ({"workload.migrations": 2000}, "lose actors in crashes"),  # though few against the checkpoints
        ({"drain": "4h"}, "ten mean times"),
        ({"actors.mode.stateful.checkpoint_interval": "40min"}, "hundred intervals"),
    ],
)
def test_figures_of_crashes_are_given_where_their_forms_hold(overrides: dict[str, object], said: str | None) -> None:
    predicted = predict(loads(CRASHING, overrides=overrides))
    for metric in ("recoveries.work_lost.mean", "work.useful_share"):
        assert (said or "") in (predicted[metric].reason or "")
        assert (predicted[metric].value is None) == (said is not None)
