"""Arrivals from a trace, which may name actors and targets, including targets that cannot be reached."""

import random
from pathlib import Path

import pytest

from icnsim.columns import simulate
from icnsim.scenario import load
from icnsim.simulation import simulate as by_events
from tests.columns.agreement import differences


def written(folder: Path, seed: int) -> Path:
    pick = random.Random(f"trace {seed}")
    at, lines = 0.0, ["at_s,actor,target"]
    for _ in range(150):
        at += pick.choice((0, 0.5, 1, 3))
        actor = pick.choice(("", f"actor-{pick.randrange(6)}"))
        target = pick.choice(("", "all-0", f"all-{pick.randrange(4)}", "other-0"))
        lines.append(f"{at:g},{actor},{target}")
    (folder / "trace.csv").write_text("\n".join(lines) + "\n")
    scenario = folder / "traced.yaml"
    scenario.write_text(f"""
name: traced
seed: {seed}
executors:
  - {{group: all, count: 4}}
  - {{group: other, count: 2, weight: 0, behavior: {pick.choice(("responsive", "rejecting", "unresponsive"))}}}
actors: {{count: 6}}
network: {{loss: {pick.choice((0, 0.1))}, latency: {pick.choice(("100ms", "500ms"))}}}
manager: {{timeout: 5s, check_interval: 1s, phase: {pick.choice(("aligned", "random"))}, retention: 20s}}
retry: {{max_retries: {pick.choice((0, 2))}, alternative_target_after: {pick.choice((1, 2))}}}
workload: {{trigger: {{trace: {{file: trace.csv}}}}}}
""")
    return scenario


@pytest.mark.parametrize("seed", range(12))
def test_both_engines_give_the_same_recording_of_a_trace(seed: int, tmp_path: Path) -> None:
    scenario = load(written(tmp_path, seed))
    found = simulate(scenario, compiled=bool(seed % 2))
    assert differences(scenario, found, by_events(scenario)) == []
    assert len(found.recording.skipped) > 0
