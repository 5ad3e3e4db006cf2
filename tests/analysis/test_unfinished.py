"""The sentence about what had not ended, where a reader meets it."""

import json
from pathlib import Path
from typing import Any

import pytest

from icnsim.analysis import unfinished
from icnsim.analysis.findings import Finding, findings
from icnsim.analysis.overview import overview
from icnsim.experiment import run
from icnsim.report.rendering import html
from icnsim.report.run import page
from tests.command import icnsim


def summary(at: float = 900, **counts: int) -> dict[str, Any]:
    zero = {"unfinished": 0}
    return {
        "simulated_s": at,
        "migrations": zero | {"unfinished": counts.get("migrations", 0)},
        "tasks": {"unfinished": counts.get("tasks")},
        "actors": {"nowhere": counts.get("actors", 0)},
        "recoveries": {"open": counts.get("outages", 0)},
    }


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (summary(), None),
        (
            summary(migrations=9, actors=5),
            "9 migrations have not ended and 5 actors run nowhere at the end of the run (at 900 s).",
        ),
        (summary(1500.25, migrations=1), "1 migration has not ended at the end of the run (at 1,500.25 s)."),
        (
            summary(tasks=2, actors=1, outages=1),
            "2 tasks have not ended, 1 actor runs nowhere and 1 outage is open at the end of the run (at 900 s).",
        ),
    ],
)
def test_it_names_each_kind_that_occurs(found: dict[str, Any], sentence: str | None) -> None:
    assert unfinished.of_run(found) == sentence


def test_of_several_runs_it_gives_the_sums() -> None:
    counts: dict[str, float | None] = {"migrations.unfinished": 12.0, "actors.nowhere": None}
    assert unfinished.of_runs(counts, 10) == "12 migrations have not ended at the end of 10 runs."
    assert unfinished.of_runs(counts, 1) == "12 migrations have not ended at the end of 1 run."
    assert unfinished.of_runs({}, 3) is None


LOST = """
name: lost
executors: [{group: a, count: 1}, {group: b, count: 1, hosts_actors: false}]
actors: {count: 1}
network: {gossip: {delay: 0s, messages: []}}
manager: {phase: aligned}
drain: 15min
workload: {migrations: 1, arrivals: {process: periodic, rate: 1/s}}
faults: [{kind: crash, executors: b-0, at: 1s}]
"""
SENTENCE = "1 migration has not ended and 1 actor runs nowhere at the end of the run (at 900 s)."


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lost") / "lost.yaml"
    file.write_text(LOST)
    return file


def test_the_printed_table_begins_with_both_shares_and_says_what_has_not_ended(lost: Path) -> None:
    said = icnsim("run", lost, cwd=lost.parent)
    assert said.returncode in (0, 1) and SENTENCE in said.stdout
    lines = [line for line in said.stdout.splitlines() if line.strip()]
    first = next(place for place, line in enumerate(lines) if line.lstrip().startswith("─"))
    assert lines[first + 1].strip().startswith("success rate, of those that ended")
    assert lines[first + 2].strip().startswith("completed, of all that began") and " 0 % " in lines[first + 2]


def test_the_report_and_a_notebook_say_it(lost: Path) -> None:
    found = run(lost)
    assert Finding(False, SENTENCE) in findings(found.summary, found.scenario)
    assert SENTENCE in html(page(found))
    assert SENTENCE in found._repr_html_()
    assert [row.metric for row in overview(found.summary)[:2]] == ["success_rate", "completed_share"]


def test_a_comparison_says_it_of_each_side(lost: Path) -> None:
    (lost.parent / "sound.yaml").write_text(LOST.replace("faults", "expect: {}\n#"))
    both = ("compare", "lost.yaml", "sound.yaml", "--jobs", "1", "--replications", "3")
    said = icnsim(*both, cwd=lost.parent)
    assert said.returncode == 0, said.stderr
    assert "A: 3 migrations have not ended and 3 actors run nowhere at the end of 3 runs." in said.stdout
    assert "B: " in said.stdout and "end of 3 runs" in said.stdout and said.stdout.count("end of 3 runs") == 1
    rows = [line.split()[0] for line in said.stdout.splitlines() if line.strip()]
    assert rows[rows.index("success_rate") + 1] == "completed_share"
    document = json.loads(icnsim(*both, "--json", cwd=lost.parent).stdout)
    assert document["a"]["unfinished"].startswith("3 migrations") and document["b"]["unfinished"] is None


def test_a_run_that_ends_says_nothing(lost: Path) -> None:
    sound = lost.parent / "sound.yaml"
    sound.write_text(LOST.replace("faults", "expect: {}\n#"))
    assert "at the end of the run" not in icnsim("run", sound, cwd=lost.parent).stdout
