"""The durations of flows that share a bandwidth, computed by hand."""

import numpy as np
import pytest

from icnsim.recording import checkpointwrites, transfers
from icnsim.recording.columns import Recording
from icnsim.recording.uncertainty import Samplings
from tests.recording.builder import S, recording, scenario

ENDED, WRITING, WRITTEN, LOST = -1, 0, 1, 2
ROWS = [
    (9.999999, 12, WRITTEN), (10, 14, WRITTEN), (20, 22, WRITTEN), (50, 58, WRITTEN), (50.000001, 51, WRITTEN),
    (30, 33, LOST), (40, -1e-6, WRITING),
]  # fmt: skip


def made(name: str, rows: list[tuple[float, float, int]], **more: list[int]) -> Recording:
    """A recording with flows (began, ended, fate) in the table `name`; the window is from 10 to 50 s."""
    began, ended = (np.array([round(row[place] * S) for row in rows], np.int64) for place in (0, 1))
    columns = {key: np.array(values) for key, values in more.items()}
    table = {"began": began, "ended": ended, "fate": np.array([row[2] for row in rows]), **columns}
    return recording(**{name: table}, window_start=10 * S, window_end=50 * S, horizon=100 * S)


@pytest.fixture
def samplings() -> Samplings:
    return Samplings(scenario(), 10 * S, 50 * S)


def test_without_shared_bandwidth_nothing_is_counted(samplings: Samplings) -> None:
    assert transfers.figures(recording(), samplings)["transfers_lost"] is None
    assert checkpointwrites.figures(recording(), samplings)["lost"] is None


def test_flows_that_began_in_the_window_count_and_those_that_have_not_ended_are_censored(samplings: Samplings) -> None:
    found = transfers.figures(made("transfers", ROWS), samplings)
    durations = found["transfer"]
    assert (durations["count"], durations["mean"], durations["max"]) == (3, (4 + 2 + 8) / 3, 8)
    assert (durations["censored"], found["transfers_lost"]) == (2, 1)
    assert durations["restricted_mean"]["horizon_s"] == 60  # the flow that began at 40 s


def test_the_writes_of_one_executor_depend_on_each_other() -> None:
    """All writes of an executor take the same time: their mean has the certainty of two values, not of 24."""
    two = Samplings(scenario(), 10 * S, 50 * S)
    rows = [(20, 22 + number % 2, WRITTEN) for number in range(24)]
    found = checkpointwrites.figures(made("checkpoint_writes", rows, executor=[0, 1] * 12), two)["time"]
    assert found["mean"] == 2.5
    assert found["ci95"] is None
    assert found["ci95_why"] == "fewer than 10 executors (2)"


def test_the_fates_of_flows_have_names() -> None:
    assert transfers.FATES == ("transmitting", "transmitted", "lost")
    assert checkpointwrites.FATES == ("writing", "written", "lost")
