"""The closed forms of tasks and of migrations in one run: those of each, if they do not affect each other."""

from pathlib import Path

import pytest

from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict

MODE = '"actor_mode": {"Stateful": {"checkpoint_interval_secs": 60, "max_state_size_bytes": 10485760}}, '
TEXT = """
name: both
duration: 30min
executors: [{group: a, count: 40}, {group: mute, count: 10, behavior: unresponsive, weight: 1}]
actors: {count: 5000}
workload: {trigger: [{submissions: {file: b.jsonl}}, arrivals], arrivals: {rate: 2/s}}
"""


def read(folder: Path, mode: str = "", text: str = TEXT, tasks: int = 300) -> Scenario:
    bodies = [f'{{{mode}"at_s": {4 * n}, "id": "t{n}", "code": "x"}}' for n in range(tasks)]
    (folder / "b.jsonl").write_text("\n".join(bodies))
    return loads(text, folder)


def test_each_has_the_forms_that_it_has_alone_and_they_hold(tmp_path: Path) -> None:
    made = read(tmp_path)
    found, alone = predict(made), predict(made.without_tasks())
    with_values = {name for name, each in alone.items() if each.value is not None}
    assert {"detection_latency.mean", "migration_duration.mean", "success_rate", "records.mean"} <= with_values
    assert {name: found[name] for name in alone} == alone
    assert found["tasks.completed"].value == pytest.approx(300 * 0.8)
    summary = summarise(simulate(made), made)
    for section, figure, within in (
        ("detection_latency", "mean", 0.05), ("migration_duration", "mean", 0.02), ("records", "mean", 0.03),
        ("tasks", "completed", 0.12), ("manager", "ticks", 0.01), ("task_checker", "ticks", 0.01),
    ):  # fmt: skip
        assert summary[section][figure] == pytest.approx(found[f"{section}.{figure}"].value, rel=within)
    assert summary["tasks"]["time"]["mean"] == pytest.approx(found["tasks.time.mean"].value, rel=0.01)


@pytest.mark.parametrize(
    ("mode", "changed", "figure", "reason"),
    [
        (MODE, ("", ""), "migration_duration.mean", "tasks migrate while they run"),
        ("", ("rate: 2/s}}", "rate: 2/s}, target: policy}"), "policy.staleness.mean", "tasks weigh on the loads"),
        (
            "",
            ("{group: a, count: 40}", "{group: a, count: 40, capacity: {tasks: 1}}"),
            "migration_duration.mean",
            "tasks that wait make targets refuse",
        ),
    ],
)
def test_what_affects_the_other_withholds_the_forms(
    tmp_path: Path, mode: str, changed: tuple[str, str], figure: str, reason: str
) -> None:
    made = read(tmp_path, mode, TEXT.replace(*changed) if changed[0] else TEXT)
    found = predict(made)
    assert reason in (found[figure].reason or "")
    assert found["task_checker.ticks"].value is not None or figure.startswith("policy")


def test_a_task_that_several_executors_run_does_not_affect_migrations(tmp_path: Path) -> None:
    text = TEXT + "quorum: {enabled: true, executors: 3}\n"
    reason = predict(read(tmp_path, MODE, text, tasks=100))["migration_duration.mean"].reason
    assert reason != "tasks migrate while they run"
