"""The repository as a whole: shipped scenarios hold, links work, and no file contains a path of a machine."""

import re
import subprocess
from pathlib import Path

import pytest

import icnsim

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))


def kept() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


SMALLER: dict[str, dict[str, object]] = {
    "ten-thousand": {
        "executors.0.count": 900, "executors.1.count": 100, "actors.count": 100_000,
        "workload.migrations": 100_000, "workload.arrivals.rate": "100/s",
        "expect": {
            "detection_latency.mean": {"about": "15s", "within": "0.5s"},
            "detection_latency.max": {"at_most": "30.001s"},
            "detection_total.mean": {"about": "75s", "within": "0.5s"},
            "migration_duration.mean": {"about": "5.9s", "within": "0.023s"},
            "success_rate": {"about": 0.89999, "within": 0.0051},
            "false_positives.count": {"equals": 0},
            "records.unremoved": {"equals": 0},
            "migrations.unfinished": {"equals": 0},
            "migrations.skipped": {"equals": 0},
            "manager.cpu_share": {"at_most": 0.00005},
        },
    },
    "whole-federation": {"policy.evaluate_every": "2min"},
    "shared-links": {
        "executors.0.count": 13, "actors.count": 813, "workload.migrations": 813, "workload.arrivals.rate": "1.35/s",
    },
}  # fmt: skip
"""Smaller versions of large scenarios.

Of `ten-thousand` it is a tenth, with bands √10 times as wide: they are a number of standard errors. Of `shared-links`
it is a half, with the same load of each executor and the scenario's own bands. The policy of `whole-federation` looks
every 2 min in place of every 30 s.
"""


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_expectations_of_a_shipped_scenario_hold(path: Path) -> None:
    run = icnsim.run(path, SMALLER.get(path.stem))
    assert run.summary["expectations"]
    assert [e for e in run.summary["expectations"] if not e["held"]] == []


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_shipped_scenario_says_which_question_it_answers(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith("# ") and first.endswith("?")
    assert icnsim.run.__name__ == "run"
    assert path.stem == re.search(r"^name: (.+)$", path.read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]


def test_no_address_of_a_registry_and_no_path_of_a_machine_is_kept() -> None:
    pattern = re.compile(
        rb"index" rb"-url|(^|[^a-zA-Z.])/(work|root|home)/|py" rb"pi\.org|file" rb"s\.pythonhosted", re.M
    )
    assert [path.name for path in kept() if pattern.search(path.read_bytes())] == []


def test_the_readme_names_the_two_commands_and_its_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in readme and "make test" in readme


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    reasons = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    for requirement in project["dependencies"]:
        assert re.split(r"[><=]", requirement)[0].lower() in reasons
