"""Both engines give the same result files, byte for byte, except the manifest.

The suite compares 45 generated scenarios: a difference that 5 % of them show is found with 90 %.
``python -m tests.engines --count 2000`` compares 2,000. The naive model in `tests/reference` is a third
implementation, independent of both.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from icnsim.columns import unsupported
from icnsim.errors import ScenarioError
from icnsim.scenario import Scenario, load, loads
from tests.engines.__main__ import LEAST_SHARE
from tests.engines.agreement import MANIFEST, agreement, results
from tests.engines.generator import generated, generated_for_events

ROOT = Path(__file__).parents[2]
SHIPPED = [
    *sorted((ROOT / "scenarios").glob("*.yaml")),
    *sorted((ROOT / "scenarios" / "hazards").glob("*.yaml")),
    *sorted((ROOT / "tests" / "regressions").glob("*.yaml")),
]
FEW = 40
"""Migrations of a shipped scenario that has more, or as many as its duration gives."""
MANY = 1000
"""Executors that are many."""
SEEDS, BATCH = 45, 15


def shipped(path: Path) -> Scenario:
    """A shipped scenario, with fewer migrations, executors and actors where it is large."""
    scenario = load(path)
    few: dict[str, object] = {}
    if (scenario.workload.migrations or FEW + 1) > FEW and scenario.workload.trigger == "arrivals":
        few |= {"workload.migrations": FEW, "warmup": "0s"}
    if scenario.executor_count > MANY:
        few |= {f"executors.{number}.count": group.count // 10 for number, group in enumerate(scenario.executors)}
    if scenario.actors.count > 100 * MANY:
        few["actors.count"] = 10 * MANY
    return load(path, few) if few else scenario


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_both_engines_give_the_same_bytes_for_generated_scenarios(first: int) -> None:
    found = {seed: agreement(generated(seed)).differences for seed in range(first, first + BATCH)}
    assert {seed: differences for seed, differences in found.items() if differences} == {}


@pytest.mark.parametrize("first", range(0, 20, 10))
def test_auto_gives_the_bytes_of_events_for_scenarios_that_need_them(first: int) -> None:
    found = {seed: agreement(generated_for_events(seed)).differences for seed in range(first, first + 10)}
    assert {seed: differences for seed, differences in found.items() if differences} == {}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_both_engines_give_the_same_bytes_for_shipped_scenarios_or_columns_refuse_them(
    path: Path, tmp_path: Path
) -> None:
    scenario = shipped(path)
    if unsupported(scenario) is None:
        assert agreement(scenario).differences == ()
    else:
        with pytest.raises(ScenarioError, match="the engine columns"):
            results(scenario, "columns", tmp_path)


def test_auto_gives_four_fifths_of_the_generated_scenarios_to_columns() -> None:
    keys = Counter(unsupported(generated(seed)) for seed in range(SEEDS))
    share = keys.pop(None) / SEEDS
    print(f"auto gives {share:.1%} to columns; keys that need events: {dict(keys)}")
    assert share >= LEAST_SHARE, keys


BASE = """
name: refused
duration: 1min
executors: [{group: e, count: 4}]
actors: {count: 10}
workload: {migrations: 20}
"""
NEED_EVENTS: dict[str, object] = {
    "faults": [{"kind": "crash", "executors": "e-1", "at": "10s"}],
    "protocol.profile": "hardened",
    "protocol.completion_ack": False,
    "actors.message_rate": "1/s",
    "actors.mode": {"wasm_stateful": {}},
    "checkpoints.time": "1s",
    "executors.0.parts": ["migration_manager", "checkpoint_store"],
    "manager.adjustments": [{"at": "10s", "timeout": "5s"}],
    "quorum.enabled": True,
    "workload.target": "trust",
}


@pytest.mark.parametrize("key", NEED_EVENTS)
def test_columns_refuse_scenarios_that_need_events_and_name_the_key(key: str, tmp_path: Path) -> None:
    scenario = loads(BASE, overrides={key: NEED_EVENTS[key]})
    with pytest.raises(ScenarioError) as refused:
        results(scenario, "columns", tmp_path)
    assert key.removesuffix(".0.parts") in str(refused.value)
    assert not list(tmp_path.iterdir())
    engine = json.loads(results(scenario, "auto", tmp_path)[MANIFEST])["engine"]
    assert engine["used"] == "events"
    assert key.removesuffix(".0.parts") in engine["why"]
