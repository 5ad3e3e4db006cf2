"""The metrics of tasks and quorums, against tasks that run from 0.2 s to 10.2 s, as the gateway learns at 10.4 s."""

import numpy as np
import pytest
from prometheus_client import parser

from icnsim.metrics import families
from icnsim.metrics.exposition import latest
from icnsim.metrics.families import Family
from icnsim.metrics.readings import Readings
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.small import S
from tests.simulation.submitted import scenario
from tests.simulation.tasks.test_ballots import BASE

TIMED_OUT = {"deadline_ms": 5000}


def read(bodies: list[dict[str, object]], changes: dict[str, object], family: Family, *at: float) -> list[float]:
    asked = scenario(bodies, changes, runners=3)
    found = Readings(simulate(asked), asked, np.array([round(each * S) for each in at])).of(family)
    values: list[float] = found[0].values.tolist()
    return values


@pytest.mark.parametrize(("family", "found"), [
    (families.TASKS_SUBMITTED, [2, 2, 2, 2, 2, 2, 2]),
    (families.TASKS_PENDING, [2, 0, 0, 0, 0, 0, 0]),
    (families.TASKS_CLAIMED, [0, 2, 2, 2, 2, 2, 2]),
    (families.TASKS_EXECUTING, [0, 2, 1, 0, 0, 0, 0]),
    (families.TASKS_TIMEOUT, [0, 0, 1, 1, 1, 1, 1]),
    (families.TASKS_COMPLETED, [0, 0, 0, 0, 1, 1, 1]),
    (families.TASKS_FAILED, [0, 0, 0, 0, 0, 0, 0]),
])  # fmt: skip
def test_a_task_that_completes_and_one_that_times_out(family: Family, found: list[float]) -> None:
    """The run of the second task is stopped at the tick at 10 s; that of the first ends at 10.2 s."""
    assert read([{}, TIMED_OUT], {}, family, 0, 0.2, 10, 10.2, 10.4, 11, 600) == found


def test_the_duration_is_that_of_completed_runs() -> None:
    asked = scenario([{}, TIMED_OUT], {}, runners=3)
    (found,) = Readings(simulate(asked), asked, np.array([60 * S])).of(families.TASK_DURATION)
    assert found.sums is not None and (found.values.tolist(), found.sums.tolist()) == ([1], [10])


def test_quorums_on_tasks() -> None:
    voting = {"quorum.enabled": True, "quorum.executors": 3}
    assert read([{}], voting, families.QUORUM_ACTIVE, 0, 10.3, 10.4) == [1, 1, 0]
    assert read([{}], voting, families.QUORUM_CONSENSUS, 10.3, 10.4) == [0, 1]
    assert read([{}], {}, families.QUORUM_CONSENSUS, 10.4) == [0]
    asked = scenario([{}], voting, runners=3)
    (found,) = Readings(simulate(asked), asked, np.array([60 * S])).of(families.QUORUM_COLLECTION)
    assert found.sums is not None and found.sums.tolist() == [10.4]


def test_quorums_on_final_checkpoints() -> None:
    """Three voters are asked at 2.5 s, and the verdict is known at 3 s."""
    asked = loads(BASE, overrides={"quorum.on": ["checkpoint"]})
    readings = Readings(simulate(asked), asked, np.array([round(at * S) for at in (2.4, 2.5, 3)]))
    assert readings.of(families.QUORUM_ACTIVE)[0].values.tolist() == [0, 1, 0]
    assert readings.of(families.QUORUM_CONSENSUS)[0].values.tolist() == [0, 0, 1]


def test_manager_cycles_are_counted_in_a_run_of_tasks() -> None:
    """Four executors whose managers tick at 0, 30, 60 s find no records."""
    asked = scenario([{}], {}, runners=3)
    found = Readings(simulate(asked), asked, np.array([0, 60 * S]))
    assert found.of(families.CYCLE)[0].values.tolist() == [4, 12]
    assert found.of(families.SEED[3])[0].values.tolist() == [4, 12]


def test_the_exposition_of_a_run_of_tasks_is_what_prometheus_client_reads_back() -> None:
    asked = scenario([{}, TIMED_OUT], {}, runners=3)
    text = latest(simulate(asked), asked, 60 * S, "prometheus").decode()
    back = {each.name: each.value for family in parser.text_string_to_metric_families(text) for each in family.samples}
    assert back["icn_compute_tasks_submitted_total"] == 2 and back["icn_compute_tasks_timeout_total"] == 1
    assert back["icn_compute_manager_cycle_duration_seconds_count"] == 12
