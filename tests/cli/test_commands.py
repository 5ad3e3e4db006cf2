"""The command line as its user meets it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import psutil
import pytest

from icnsim.cli import COMMANDS
from icnsim.cli.run import command as run_command
from icnsim.columns.engine import CHUNK
from tests.command import command, environment, icnsim
from tests.sweeps.stage import until

SCENARIO = """
name: tiny
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
workload: {migrations: 200, arrivals: {rate: 5/s}}
%s
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(SCENARIO % "", "utf-8")
    return tmp_path


def test_run_prints_figures_and_writes_results(tiny: Path) -> None:
    done = icnsim("run", "tiny.yaml", cwd=tiny)
    assert done.returncode == 0, done.stderr
    assert "detection latency, mean" in done.stdout
    assert len(list((tiny / "results" / "tiny").iterdir())) == 1
    assert done.stderr == ""


def test_json_is_exactly_one_document_also_of_two_scenarios(tiny: Path) -> None:
    one = icnsim("run", "tiny.yaml", "--json", cwd=tiny)
    assert json.loads(one.stdout)["migrations"]["total"] == 200
    two = icnsim("run", "tiny.yaml", "tiny.yaml", "--json", cwd=tiny)
    assert len(json.loads(two.stdout)) == 2
    assert (
        json.loads(icnsim("predict", "tiny.yaml", "--json", cwd=tiny).stdout)["detection_latency.mean"]["value"] == 15
    )


def test_set_and_seed_change_the_run_and_its_folder(tiny: Path) -> None:
    runs = [
        json.loads(icnsim("run", "tiny.yaml", "--json", *more, cwd=tiny).stdout)
        for more in ((), ("--set", "manager.check_interval=5s"), ("--seed", "7"), ("--set", "executors.1.count=3"))
    ]
    assert len({run["run_id"] for run in runs}) == 4
    assert runs[2]["seed"] == 7


def test_an_expectation_that_fails_is_exit_1_and_its_results_are_kept(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(SCENARIO % "expect: {success_rate: {equals: 2}}", "utf-8")
    done = icnsim("run", "tiny.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert re.search(r"^expect success_rate 200 %: [0-9.]+ %, FAILS$", done.stdout, re.MULTILINE), done.stdout
    assert list((tmp_path / "results" / "tiny").iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "none.yaml"), "no such file"),
        (("run", "."), "is a directory"),
        (("run", "tiny.yaml", "--set", "manager.timeot=3s"), "did you mean 'timeout'?"),
        (("run", "tiny.yaml", "--set", "manager.timeout"), "is not KEY=VALUE"),
        (("run", "tiny.yaml", "--set", "executors.9.count=3"), "a number from 0 to 1"),
        (("run", "tiny.yaml", "--max-events", "100"), "--max-events of 100 is used up"),
        # With this budget the run itself would fail: the folder is refused before it begins.
        (("run", "tiny.yaml", "--out", "tiny.yaml", "--max-events", "1"), "cannot write the results"),
        (("run",), "Missing argument"),
        (("run", "--nonsense"), "No such option"),
        (("nonsense",), "No such command"),
        (("new", "../x"), "must consist of 1 to 64 letters"),
        (("validate", "none.yaml"), "no such file"),
    ],
)
def test_a_user_s_mistake_is_exit_2_without_a_traceback_or_results(
    tiny: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = icnsim(*arguments, cwd=tiny)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert [path.name for path in tiny.iterdir()] == ["tiny.yaml"]


def test_a_pipe_is_no_scenario_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    done = icnsim("run", "pipe.yaml", cwd=tmp_path)
    assert done.returncode == 2 and "a pipe or a device" in done.stderr


def test_a_reader_that_goes_early_is_no_failure(tiny: Path) -> None:
    piped = f"set -o pipefail; {sys.executable} -m icnsim run tiny.yaml | head -1"
    done = subprocess.run(
        ["bash", "-c", piped], cwd=tiny, capture_output=True, text=True, check=False, env=environment()
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_output_a_poor_encoding_and_an_unknown_size_of_the_terminal_are_no_defects(tiny: Path) -> None:
    full = ["bash", "-c", f"{sys.executable} -m icnsim run tiny.yaml > /dev/full"]
    done = subprocess.run(full, cwd=tiny, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 2 and "no space left on device" in done.stderr
    done = icnsim("run", "tiny.yaml", cwd=tiny, PYTHONIOENCODING="ascii", COLUMNS="0", LINES="0")
    assert done.returncode == 0 and "detection latency, mean" in done.stdout, done.stderr


def test_ctrl_c_is_exit_3_and_leaves_nothing_half_done(tiny: Path) -> None:
    asked = command("run", "tiny.yaml", "--set", "workload.migrations=2000000")
    process = subprocess.Popen(asked, cwd=tiny, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
    assert until(lambda: psutil.Process(process.pid).cpu_times().user > 1, every_s=0.05)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 3
    assert b"interrupted" in stderr and b"Traceback" not in stderr
    assert [path.name for path in tiny.iterdir()] == ["tiny.yaml"]


def test_a_new_scenario_is_valid_runs_and_is_never_overwritten(tmp_path: Path) -> None:
    assert icnsim("new", "mine", cwd=tmp_path).returncode == 0
    assert icnsim("validate", "mine.yaml", cwd=tmp_path).returncode == 0
    schema = json.loads((tmp_path / "icnsim.schema.json").read_text("utf-8"))
    assert schema == json.loads(icnsim("schema", cwd=tmp_path).stdout)
    assert icnsim("run", "mine.yaml", "--quiet", cwd=tmp_path).returncode == 0
    # The template measures the steady state: its averages include no warm-up.
    assert json.loads(icnsim("run", "mine.yaml", "--json", cwd=tmp_path).stdout)["warmup"]["proposed_s"] is None
    again = icnsim("new", "mine", cwd=tmp_path)
    assert again.returncode == 2 and "exists" in again.stderr
    assert "mine" in icnsim("list", cwd=tmp_path).stdout


def test_schema_is_json_that_knows_every_key_of_a_scenario(tmp_path: Path) -> None:
    schema = json.loads(icnsim("schema", cwd=tmp_path).stdout)
    assert {"name", "executors", "manager", "workload", "expect"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_help_names_every_command_and_importing_and_a_run_stay_light(tiny: Path) -> None:
    done = icnsim("--help", cwd=tiny)
    assert all(name in done.stdout for name in COMMANDS)
    heavy = ["numpy", "pandas", "pyarrow", "scipy", "matplotlib", "pydantic", "simpy", "rich"]
    program = (
        f"import sys, icnsim, icnsim.cli; print([m for m in {heavy!r} if m in sys.modules]);"
        "icnsim.run('tiny.yaml', out='r');"
        "print([m for m in ('pandas', 'matplotlib', 'scipy.stats') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tiny, env=environment()
    )
    assert found.stdout.split() == ["[]", "[]"]


def test_predict_prints_units_and_the_bounds_of_a_figure_without_a_value(tiny: Path) -> None:
    regular = "workload.arrivals={process: periodic, rate: 5/s}"
    said = icnsim("predict", "tiny.yaml", "--set", regular, cwd=tiny).stdout
    (line,) = (line for line in said.splitlines() if line.startswith("detection_total.max"))
    assert "60.000 s to 90.000 s, no value: arrivals are regular" in line
    (share,) = (line for line in said.splitlines() if line.startswith("manager.cpu_share"))
    assert "µs/s" in share and "e-0" not in share
    document = json.loads(icnsim("predict", "tiny.yaml", "--set", regular, "--json", cwd=tiny).stdout)
    assert document["detection_total.max"]["bounds"] == [60, 90]
    assert "bounds" not in document["detection_total.mean"]


def test_violated_invariants_are_printed_in_words(tmp_path: Path) -> None:
    scenario = Path(__file__).parents[2] / "scenarios" / "hazards" / "08-loopback.yaml"
    said = icnsim("run", scenario, cwd=tmp_path).stdout
    assert "  I5, once: a record changes on an event of an older attempt\n" in said


def test_the_help_of_max_events_states_the_chunk_of_the_columnar_engine() -> None:
    (option,) = (each for each in run_command.params if each.name == "max_events")
    assert isinstance(option, click.Option) and option.help is not None
    assert f"each chunk of at most {CHUNK:,} arrivals" in option.help
