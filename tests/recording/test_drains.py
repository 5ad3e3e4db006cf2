"""The figures of drains, computed by hand."""

import numpy as np

from icnsim.recording.drains import figures
from icnsim.recording.uncertainty import Samplings
from tests.recording.builder import S, recording, scenario

SAMPLINGS = Samplings(scenario(), 0, 100 * S)


def test_without_drains_the_numbers_are_zero() -> None:
    empty = figures(recording(), SAMPLINGS)
    assert (empty["count"], empty["finished"], empty["actors"], empty["time"]["count"]) == (0, 0, 0, 0)


def test_a_drain_that_leaves_actors_is_censored_at_its_end_or_at_the_horizon() -> None:
    rows = {
        "began": [10, 20, 30, 40], "finished": [14, 26, -1e-6, -1e-6], "ended": [15, -1e-6, 37, -1e-6],
        "actors": [3, 4, 5, 6],
    }  # fmt: skip
    scale = {"actors": 1}
    drains = {name: np.array([round(v * scale.get(name, S)) for v in values]) for name, values in rows.items()}
    found = figures(recording(drains=drains, horizon=100 * S), SAMPLINGS)
    assert (found["count"], found["finished"], found["actors"]) == (4, 2, 18)
    assert (found["time"]["count"], found["time"]["mean"], found["time"]["censored"]) == (2, 5, 2)
    # The durations are 4, 6, 7+ and 60+: S = 1 to 4 s, 3/4 to 6 s, 1/2 to 60 s.
    assert found["time"]["restricted_mean"] == {"value": 4 + 0.75 * 2 + 0.5 * 54, "horizon_s": 60}
