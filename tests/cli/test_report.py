"""`icnsim report` as its user meets it."""

from pathlib import Path

import pytest

from tests.command import icnsim


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("reported")
    scenario = str(Path("scenarios/week4.yaml").resolve())
    few = ("--set", "workload.migrations=100", "--set", "expect={}", "--quiet")
    assert icnsim("run", scenario, *few, cwd=place).returncode == 0
    assert icnsim("run", scenario, *few, "--set", "manager.timeout=30s", "--out", "other", cwd=place).returncode == 0
    vary = ("--vary", "manager.timeout=30s,60s", "--replications", "1", "--jobs", "1", "--out", "swept")
    assert icnsim("sweep", scenario, *few, *vary, cwd=place).returncode == 0
    return place


def test_a_run_a_sweep_and_a_comparison_are_each_a_page(results: Path) -> None:
    done = icnsim("report", "results/week4", cwd=results)
    (run,) = results.glob("week4-*.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"report in {run.name}\n")
    done = icnsim("report", "swept/week4", "--output", "s.html", cwd=results)
    assert done.stderr == "report in s.html\n" and "<title>week4: sweep</title>" in (results / "s.html").read_text(
        "utf-8"
    )
    done = icnsim("report", "results/week4", "other/week4", "--output", "-", cwd=results)
    assert done.stderr == "" and "manager.timeout" in done.stdout and done.stdout.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Missing argument"),
        (("nothing",), "nothing"),
        (("results/week4", "other/week4", "swept/week4"), "one result, or two"),
        (("results/week4", "nothing"), "nothing: give the folders of two results"),
        (("results/week4", "--output", "nowhere/r.html"), "nowhere/r.html cannot be written"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(results: Path, arguments: tuple[str, ...], told: str) -> None:
    before = sorted(results.rglob("*"))
    done = icnsim("report", *arguments, cwd=results)
    assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr
    assert sorted(results.rglob("*")) == before
