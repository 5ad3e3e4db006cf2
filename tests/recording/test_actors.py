"""The fate of each actor: the table `actors`, by hand and against the summary."""

from pathlib import Path

import pytest

import icnsim
from icnsim.errors import ResultsError

ONE = """
name: one
executors:
  - {group: a, count: 1}
  - {group: b, count: 1, hosts_actors: false}
actors: {count: 2}
network: {gossip: {delay: 0s, messages: []}}
stages: {evaluation: 100ms, checkpoint: 2s, restore: 500ms}
manager: {phase: aligned}
drain: 4min
workload: {migrations: 1, arrivals: {process: periodic, rate: 1/s}}
faults: [{kind: crash, executors: a-0, at: 100s, restart_after: 30s}]
"""


def test_the_table_has_an_actor_that_migrates_and_one_that_lives_through_a_crash(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE, "utf-8")
    run = icnsim.run(tmp_path / "one.yaml", out=tmp_path / "results")
    moved = str(run.attempts["actor"][0])
    stayed = {"actor-0": "actor-1", "actor-1": "actor-0"}[moved]
    rows = run.actors.set_index("actor").to_dict("index")
    assert rows[moved] == {
        "home": "a-0", "executor": "b-0", "copies": 1, "migrations": 1, "attempts": 1, "completed": 1,
        "downtime_s": pytest.approx(2.7), "duplicate_run_s": 0, "crashes": 0, "work_lost_s": 0,
        "messages_delivered": 0, "messages_queued": 0, "messages_lost": 0,
    }  # fmt: skip
    assert rows[stayed] == {
        "home": "a-0", "executor": "a-0", "copies": 1, "migrations": 0, "attempts": 0, "completed": 0,
        "downtime_s": 30, "duplicate_run_s": 0, "crashes": 1, "work_lost_s": 40,
        "messages_delivered": 0, "messages_queued": 0, "messages_lost": 0,
    }  # fmt: skip
    assert run.folder is not None and icnsim.load(run.folder).actors.equals(run.actors)


@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize("scenario", ["as-implemented", "hardened"])
def test_the_actors_add_up_to_the_summary(scenario: str, seed: int) -> None:
    run = icnsim.run(f"scenarios/{scenario}.yaml", {"expect": {}}, seed=seed)
    sums, summary = run.actors.sum(numeric_only=True), run.summary
    assert sums["downtime_s"] == pytest.approx(summary["actors"]["nowhere_s"], abs=1e-6)
    assert sums["duplicate_run_s"] == pytest.approx(summary["actors"]["twice_s"], abs=1e-6)
    assert sums["attempts"] == summary["attempts"]["total"]
    assert sums["migrations"] == summary["migrations"]["total"]
    assert sums["completed"] == summary["attempts"]["completed"]
    assert sums["crashes"] == summary["recoveries"]["crashed"]
    assert (run.actors["copies"] == 0).sum() == run.actors["executor"].isna().sum() == summary["actors"]["nowhere"]
    for name in ("delivered", "queued", "lost"):
        assert sums[f"messages_{name}"] == summary["actor_messages"][name]
    assert sums["work_lost_s"] == pytest.approx(run.recoveries["work_lost_s"].sum())


def test_a_run_that_submits_tasks_has_no_such_table() -> None:
    with pytest.raises(ResultsError, match="no table 'actors'"):
        icnsim.run("scenarios/stateful-service.yaml").actors  # noqa: B018
