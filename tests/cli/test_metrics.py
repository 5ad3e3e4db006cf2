"""`icnsim metrics` as its user meets it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import parser

from tests.command import icnsim


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("measured")
    scenario = str(Path("scenarios/week4.yaml").resolve())
    small = ("--set", "workload.migrations=300", "--set", "expect={}", "--quiet", "--out", "results")
    assert icnsim("run", scenario, *small, cwd=place).returncode == 0
    return place


def started(text: str) -> float:
    (found,) = [
        sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "icn_compute_migrations_started_total"
    ]
    return found


def test_a_scrape_is_at_the_end_or_when_it_is_asked_for(results: Path) -> None:
    done = icnsim("metrics", "results/week4", cwd=results)
    assert done.returncode == 0 and done.stderr == ""
    assert started(done.stdout) == 300
    assert 0 < started(icnsim("metrics", "results/week4", "--at", "10s", cwd=results).stdout) < 300
    opened = icnsim("metrics", "results/week4", "--format", "openmetrics", "--output", "m.txt", cwd=results)
    assert opened.stdout == "" and (results / "m.txt").read_text("utf-8").endswith("# EOF\n")


def promtool(*arguments: str, told: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], input=told, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_takes_a_scrape_and_makes_a_database_of_a_series(results: Path) -> None:
    scrape = icnsim("metrics", "results/week4", cwd=results).stdout
    checked = promtool("check", "metrics", told=scrape)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    made = icnsim("metrics", "results/week4", "--series", "--every", "30s", "--output", "s.txt", cwd=results)
    assert made.returncode == 0
    done = promtool("tsdb", "create-blocks-from", "openmetrics", "s.txt", "data", cwd=results)
    assert done.returncode == 0, done.stderr
    assert len(promtool("tsdb", "list", "data", cwd=results).stdout.splitlines()) >= 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--at", "soon"), "--at 'soon'"),
        (("--every", "10s"), "--every needs --series"),
        (("--series", "--at", "10s"), "leave one of them out"),
        (("--series", "--every", "0s"), "--every 0s: 0 scrapes"),
        (("--series", "--every", "1ms"), "scrapes, from 1 to 20,000 are possible"),
        (("--series", "--start", "yesterday"), "--start 'yesterday'"),
        (("--output", "nowhere/m.txt"), "nowhere/m.txt cannot be written"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(results: Path, options: tuple[str, ...], told: str) -> None:
    before = sorted(results.rglob("*"))
    done = icnsim("metrics", "results/week4", *options, cwd=results)
    assert done.returncode == 2 and told in done.stderr and done.stdout == "" and "Traceback" not in done.stderr
    assert sorted(results.rglob("*")) == before
