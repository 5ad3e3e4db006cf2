"""`icnsim recommend` as its user meets it."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.command import command, environment, icnsim

SCENARIO = """
name: tiny
drain: 3min
executors: [{group: a, count: 4}, {group: silent, count: 2, behavior: unresponsive}]
actors: {count: 2000}
record: {timeline: null, manager: false}
workload: {migrations: 60, arrivals: {rate: 5/s}}
sweep:
  vary: {manager.check_interval: [10s, 40s]}
  replications: 6
"""
GOAL = ("--minimize", "manager.ticks", "--subject-to", "detection_total.max<90s", "--jobs", "1")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(SCENARIO, "utf-8")
    return tmp_path


def test_the_front_the_sentence_and_how_to_run_it_are_printed(tiny: Path) -> None:
    own = ("--set", "actors.state_size=2MiB", "--set", "description=it's 5", "--seed", "7")
    done = icnsim("recommend", "tiny.yaml", *GOAL, *own, cwd=tiny)
    assert done.returncode == 0, done.stderr
    assert "of 3 points by the design grid; screening, with 6 replications each" in done.stdout
    assert "Keep your own settings" in done.stdout
    assert "At 95 % confidence, manager.check_interval=30s meets detection_total.max < 90 s (at most" in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("icnsim run "))
    expected = ["icnsim", "run", "tiny.yaml", "--seed", "7", "--set", "actors.state_size=2MiB", "--set",
                "description=it's 5", "--set", "manager.check_interval=30s"]  # fmt: skip
    assert shlex.split(line) == expected
    assert json.loads(icnsim(*expected[1:], "--json", cwd=tiny).stdout)["seed"] == 7
    assert "(in the median run: half of the runs have at most this value" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("results in results/tiny/recommend-")
    again = icnsim("recommend", "tiny.yaml", *GOAL, *own, cwd=tiny)
    assert "the stored recommendation was used" in again.stdout


def test_without_an_objective_the_trade_off_is_the_answer_and_a_report_shows_it(tiny: Path) -> None:
    done = icnsim("recommend", "tiny.yaml", "--scale", "--jobs", "1", cwd=tiny)
    assert done.returncode == 0, done.stderr
    assert "Your own settings, manager.check_interval=30s, have detection_total.p99 " in done.stdout
    assert "The knee of the front" in done.stdout and "your own" in done.stdout
    written = icnsim("report", "results/tiny", cwd=tiny)
    assert written.returncode == 0, written.stderr
    (page,) = tiny.glob("tiny-recommend-*.html")
    assert "The knee of the front" in page.read_text("utf-8")
    refused = icnsim("plot", "results/tiny", cwd=tiny)
    assert (refused.returncode, "a recommendation" in refused.stderr) == (2, True), refused.stderr


def test_runs_that_cannot_measure_a_figure_are_refused_with_the_size_that_can(tiny: Path) -> None:
    done = icnsim("recommend", "tiny.yaml", "--minimize", "detection_total.p99", "--subject-to", "success_rate>1%",
                  cwd=tiny)  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "found about 24.0 detections in a run at manager.check_interval=10s" in done.stderr
    assert "set workload.migrations=240, or give --scale" in done.stderr
    assert not (tiny / "results").exists()


def test_json_is_exactly_one_document_also_where_nothing_meets_the_limits(tiny: Path) -> None:
    vary = ("--vary", "manager.timeout=10s..60s", "--samples", "2")
    done = icnsim("recommend", "tiny.yaml", *GOAL, *vary, "--json", cwd=tiny)
    document = json.loads(done.stdout)
    assert (done.returncode, document["outcome"], document["search"]["by"]) == (0, "recommended", "optimiser")
    assert sum(row["recommended"] for row in document["front"]) == 1
    none = icnsim("recommend", "tiny.yaml", *GOAL, "--subject-to", "success_rate>99%", "--json", cwd=tiny)
    assert (none.returncode, json.loads(none.stdout)["settings"]) == (1, None)
    assert all(" runs, " in line for line in none.stderr.splitlines()), "progress only, on a slow machine"


def test_what_cannot_be_asked_is_bad_input_and_writes_nothing(tiny: Path) -> None:
    for wrong, told in (
        (("--subject-to", "detection_total.p99=60s"), "expected METRIC<VALUE"),
        (("--replications", "5"), "expected at least 6"),
    ):
        done = icnsim("recommend", "tiny.yaml", *GOAL, *wrong, cwd=tiny)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert told in done.stderr
    assert not (tiny / "results").exists()


def test_runs_that_failed_are_counted_and_the_first_reason_is_told(tiny: Path) -> None:
    done = icnsim("recommend", "tiny.yaml", *GOAL, "--max-events", "1", cwd=tiny)
    assert done.returncode == 1
    assert "is met by none, and so binds; every run failed." in done.stdout
    assert "18 of 18 runs failed, the first: " in done.stdout and "null in every run" not in done.stdout


def test_no_settings_of_matplotlib_are_read_from_the_folder_and_no_home_is_needed(tiny: Path) -> None:
    (tiny / "matplotlibrc").write_bytes(b"\xff\xfe: broken\nnonsense\n")
    (tiny / "home").write_text("a file", "utf-8")
    home = {name: str(tiny / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    asked = command("recommend", "tiny.yaml", *GOAL, "--set", "sweep.vary={manager.check_interval: [10s]}")
    surroundings = {key: value for key, value in environment().items() if not key.startswith(("MPL", "MATPLOTLIB"))}
    done = subprocess.run(asked, cwd=tiny, env={**surroundings, **home}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(" runs, " in line for line in done.stderr.splitlines()), "progress only, on a slow machine"


@pytest.mark.parametrize("name", ["pareto.csv", "Pareto.SVG/m.csv"])
def test_data_files_that_are_called_as_files_of_the_results_are_refused_before_anything_runs(
    tiny: Path, name: str
) -> None:
    (tiny / name).parent.mkdir(exist_ok=True)
    (tiny / name).write_text(",x\nx,100\n", "utf-8")
    regions = ("--set", "executors.0.region=x", "--set", "executors.1.region=x", "--set", f"network.matrix={name}")
    done = icnsim("recommend", "tiny.yaml", *GOAL, *regions, cwd=tiny)
    assert done.returncode == 2, done.stderr
    assert f"found {name!r}, expected data files with other names than pareto.csv or pareto.svg" in done.stderr
    assert not (tiny / "results").exists()
