"""The limit of the wall time counts for the estimate of a sweep and for its tables, and no point is read twice."""

from functools import partial
from pathlib import Path

import pytest

from icnsim.errors import BudgetError, ScenarioError
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario, loads
from icnsim.sweeps.engines import Serial
from icnsim.sweeps.estimate import estimate
from icnsim.sweeps.execution import Unwatched
from icnsim.sweeps.plan import Plan, plan
from icnsim.sweeps.store import Store
from icnsim.sweeps.sweep import run_plan
from tests.recording.test_deadline import LIMIT, LITTLE, endless


class Counting(Unwatched):
    """Counts the runs that were stored before."""

    def __init__(self) -> None:
        self.stored = 0

    def found(self) -> None:
        self.stored += 1


@pytest.mark.parametrize("place", ["icnsim.sweeps.estimate.begun_expected", "icnsim.sweeps.work.simulate"])
def test_the_estimate_of_a_sweep_has_the_limit(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(LITTLE, "utf-8")
    made = plan("tiny.yaml")
    monkeypatch.setattr(place, endless)
    with pytest.raises(BudgetError, match=r"--max-wall of 0.01 s is used up"):
        within(LIMIT, lambda: estimate(made, 1, Store(tmp_path), LIMIT))


def test_the_tables_of_a_sweep_have_the_limit_and_its_runs_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(LITTLE, "utf-8")
    made = plan("tiny.yaml", sweep={"vary": {"manager.timeout": ["30s", "60s"]}, "replications": 1})
    run = partial(run_plan, made, tmp_path / "out", Serial())
    with monkeypatch.context() as patched:
        patched.setattr("icnsim.sweeps.tables.write", endless)
        with pytest.raises(BudgetError, match=r"--max-wall of 0.5 s is used up"):
            run(budget=Budget(None, 0.5))
    assert not list(tmp_path.glob("out/tiny/.*")) and not list(tmp_path.glob("out/tiny/sweep-*"))
    watch = Counting()
    assert run(watch=watch).summary["runs"] == 2 and watch.stored == 2


def test_a_sweep_by_columns_reads_no_point_twice_and_names_the_first_that_needs_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(LITTLE, "utf-8")
    made = plan(file, sweep={"vary": {"actors.message_rate": ["0/s", "1/s", "2/s"]}})
    assert made.needs_events == 1
    asked: list[int] = []

    def at(_: Plan, point: int) -> Scenario:
        asked.append(point)
        return loads(LITTLE + "actors: {message_rate: 1/s}\n")

    monkeypatch.setattr(Plan, "at", at)
    with pytest.raises(ScenarioError, match=r"actors\.message_rate: found the engine columns"):
        run_plan(made, tmp_path / "out", Serial(), engine="columns")
    assert asked == [1]
    assert plan(file, sweep={"vary": {"manager.timeout": ["30s", "60s"]}}).needs_events is None
