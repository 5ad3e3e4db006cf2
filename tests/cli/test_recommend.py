"""`icnsim recommend` as its user meets it."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import icnsim

SCENARIO = """
name: tiny
drain: 3min
executors: [{group: a, count: 4}, {group: silent, count: 2, behavior: unresponsive}]
actors: {count: 2000}
record: {timeline: null, manager: false}
workload: {migrations: 60, arrivals: {rate: 5/s}}
sweep:
  vary: {manager.check_interval: [10s, 20s, 40s]}
  replications: 6
"""
GOAL = ("--minimize", "manager.ticks", "--subject-to", "detection_total.max<90s", "--jobs", "1")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(SCENARIO, "utf-8")
    return tmp_path


def test_the_front_the_sentence_and_how_to_run_it_are_printed(tiny: Path) -> None:
    done = icnsim("recommend", "tiny.yaml", *GOAL, cwd=tiny)
    assert done.returncode == 0, done.stderr
    assert "Pareto front of 3 points by the design grid, 6 replications each" in done.stdout
    assert "At 95 % confidence, manager.check_interval=20s meets detection_total.max < 90 s (at most" in done.stdout
    assert "icnsim run tiny.yaml --set manager.check_interval=20s\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("results in results/tiny/recommend-")
    again = icnsim("recommend", "tiny.yaml", *GOAL, cwd=tiny)
    assert "recommended before, not again" in again.stdout


def test_json_is_exactly_one_document_also_where_nothing_meets_the_limits(tiny: Path) -> None:
    vary = ("--vary", "manager.timeout=10s..60s", "--samples", "9")
    done = icnsim("recommend", "tiny.yaml", *GOAL, *vary, "--json", cwd=tiny)
    document = json.loads(done.stdout)
    assert (done.returncode, document["outcome"], document["search"]["by"]) == (0, "recommended", "optimiser")
    assert sum(row["recommended"] for row in document["front"]) == 1
    none = icnsim("recommend", "tiny.yaml", *GOAL, "--subject-to", "success_rate>99%", "--json", cwd=tiny)
    assert (none.returncode, json.loads(none.stdout)["settings"]) == (1, None)
    assert none.stderr == ""


def test_what_cannot_be_asked_is_bad_input_and_writes_nothing(tiny: Path) -> None:
    for wrong, told in (
        (("--subject-to", "detection_total.p99=60s"), "expected METRIC<VALUE"),
        (("--replications", "5"), "expected at least 6"),
    ):
        done = icnsim("recommend", "tiny.yaml", *GOAL, *wrong, cwd=tiny)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert told in done.stderr
    assert not (tiny / "results").exists()
