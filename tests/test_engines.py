"""The choice of an engine, from Python and by the command."""

import json
from pathlib import Path

import pytest

from icnsim import experiment
from icnsim.engines import Engine, Used, simulate
from icnsim.errors import ScenarioError
from icnsim.scenario import loads

SMALL = """
name: small
executors: [{group: all, count: 4}]
actors: {count: 20}
workload: {migrations: 30}
"""


def used(engine: Engine, folder: Path, **overrides: object) -> dict[str, str]:
    keys = {key.replace("__", "."): value for key, value in overrides.items()}
    run = experiment.run(loads(SMALL, overrides=keys), out=folder, engine=engine)
    assert run.folder is not None
    found: dict[str, str] = json.loads((run.folder / "manifest.json").read_text("utf-8"))["engine"]
    return found


def test_the_manifest_names_the_engine_and_why_it_was_chosen(tmp_path: Path) -> None:
    assert used("auto", tmp_path / "a") == {"used": "columns", "why": "exact for this scenario"}
    assert used("columns", tmp_path / "b") == {"used": "columns", "why": "asked for"}
    assert used("events", tmp_path / "c") == {"used": "events", "why": "asked for"}
    hardened = used("auto", tmp_path / "d", protocol__profile="hardened")
    assert hardened == {"used": "events", "why": "protocol.profile needs events"}


def test_columns_are_refused_where_they_are_not_exact_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"quorum\.enabled"):
        used("columns", tmp_path / "out", quorum__enabled=True)
    assert not (tmp_path / "out").exists()


def test_an_engine_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ScenarioError, match="'fast', expected auto, events or columns"):
        simulate(loads(SMALL), "fast")  # type: ignore[arg-type]


def test_violations_of_a_run_by_columns_have_the_numbers_of_all_attempts() -> None:
    """The event engine replays the suspected actors alone, so its attempts have other numbers."""
    scenario = loads(SMALL, overrides={"network.loss": 0.2, "retry.max_retries": 2, "workload.migrations": 300})
    recording, engine = simulate(scenario, "columns")
    truth, _ = simulate(scenario, "events")
    assert engine == Used("columns", "asked for")
    assert len(recording.observed.violations) > 10
    assert recording.observed.counts == truth.observed.counts
    for violation in recording.observed.violations:
        if violation.attempt >= 0:
            assert recording.attempts["actor"][violation.attempt] == violation.actor
    assert recording.observed.violations == truth.observed.violations
