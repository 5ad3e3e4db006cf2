"""The limit of the wall time holds outside of the event loop, too."""

import ctypes
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

import icnsim as library
from icnsim import experiment
from icnsim.cli import icnsim as icnsim_command
from icnsim.engines import Engine, simulate
from icnsim.errors import BudgetError
from icnsim.rare_events import runs
from icnsim.recording import deadline
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget, Running
from icnsim.scenario import loads
from icnsim.search import exploring, looking
from icnsim.search.swarm import Swarm
from icnsim.sweeps import work

LIMIT = Budget(None, 0.01)
LITTLE = "name: tiny\nexecutors: [{group: a, count: 3}]\nworkload: {migrations: 5}\n"


@pytest.fixture(autouse=True)
def slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine has to stop by itself here, so the thread need not wait for it."""
    monkeypatch.setattr(deadline, "SLACK_S", 0.0)


def endless(*_: object, **__: object) -> None:
    for _number in itertools.count():
        with suppress(Exception):  # a handler of all errors does not stop the limit
            pass


def test_work_without_an_end_stops_at_the_limit() -> None:
    with pytest.raises(BudgetError, match=r"--max-wall of 0.01 s is used up"):
        within(Budget(None, 0.01), endless)


def test_an_error_of_the_work_itself_and_work_within_the_limit_are_left_alone() -> None:
    with pytest.raises(KeyError):
        within(Budget(None, 600), lambda: dict[str, int]()["x"])
    assert within(Budget(None, 600), lambda: 3) == within(None, lambda: 3) == 3
    assert Budget(3).begun().begun().max_events == 3


def test_an_exception_that_comes_with_the_end_of_the_work_does_not_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    came = threading.Event()
    monkeypatch.setattr(deadline, "_raise_in", lambda _: came.set())

    def work() -> int:
        assert came.wait(60)
        setter = ctypes.pythonapi.PyThreadState_SetAsyncExc
        arguments = [ctypes.c_ulong(threading.get_ident())], [ctypes.py_object(deadline._OutOfTime)]
        for number in map(setter, *arguments):
            return number  # between the arrival and the end of the work is no step that could raise
        raise AssertionError

    with pytest.raises(BudgetError, match="used up"):
        within(Budget(None, 0.001), work)


def test_an_exception_that_comes_while_an_object_is_collected_is_not_reported_but_comes_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deadline, "AGAIN_S", 0.05)
    inside, raises = threading.Event(), deadline._raise_in
    monkeypatch.setattr(deadline, "_raise_in", lambda thread: raises(thread) if inside.wait(60) else None)
    reported: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    hook = sys.unraisablehook

    class Slow:
        ends: list[str] = []  # noqa: RUF012

        def __del__(self) -> None:
            began = time.monotonic()
            self.ends.append("stopped")
            inside.set()
            while time.monotonic() < began + 60:
                pass
            self.ends.append("not stopped")

    def work() -> None:
        Slow()
        endless()

    with pytest.raises(BudgetError, match="used up"):
        within(LIMIT, work)
    assert Slow.ends == ["stopped"] and reported == [] and sys.unraisablehook is hook

    class Broken:
        def __del__(self) -> None:
            raise ValueError("an error of its own")

    within(Budget(None, 600), lambda: Broken() and None)
    assert len(reported) == 1


def test_one_endless_event_of_a_search_is_a_run_that_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"name": "tiny", "executors": [{"group": "a", "count": 3}], "workload": {"migrations": 5}}
    assert not looking.look(document, Budget(None, 600)).cut_short
    monkeypatch.setattr(looking, "simulate", endless)
    assert looking.look(document, LIMIT) == looking.Look(cut_short=True)
    exploration = exploring.done(exploring.Batch(Swarm.of(loads(LITTLE), ("crash",)), 1, 2, LIMIT))
    assert (exploration.runs, exploration.reached.runs, exploration.reached.cut_short) == (2, 0, 2)


def test_a_run_of_an_estimate_has_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = loads(LITTLE + "network: {latency: {distribution: exponential, mean: 10s}}\n")
    with pytest.raises(BudgetError, match="--max-events of 3"):
        library.rare(scenario, "false_positive", budget=Budget(3), population=20)
    monkeypatch.setattr(runs, "simulate", endless)
    with pytest.raises(BudgetError, match=r"--max-wall of 0.01 s is used up"):
        library.rare(scenario, "false_positive", budget=LIMIT, population=20)


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (("report", "--output", "-"), "icnsim.report.opening.page_of"),
        (("plot", "--kind", "records", "--output", "p.svg"), "icnsim.plots.drawing.file_of"),
        (("metrics",), "icnsim.experiment.simulate"),
        (("trace",), "icnsim.experiment.simulate"),
    ],
)
def test_a_command_that_reads_results_has_a_limit(
    command: tuple[str, ...], place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny.yaml").write_text(LITTLE, "utf-8")
    found = experiment.run(tmp_path / "tiny.yaml", out=tmp_path / "out").folder
    monkeypatch.setattr(place, endless)
    end = CliRunner().invoke(icnsim_command, [command[0], str(found), *command[1:], "--max-wall", "0.01"])
    assert isinstance(end.exception, BudgetError) and "--max-wall of 0.01 s is used up" in str(end.exception)
    assert not Path("p.svg").exists()


def test_a_profiler_ends_after_work_within_the_limit() -> None:
    code = """
import cProfile
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
def work():
    return within(Budget(None, 600), lambda: sum(range(10)))
cProfile.runctx("work(); work()", globals(), {})
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)


@pytest.mark.parametrize("stage", ["simulate", "summary_of", "write_run"])
def test_set_up_summary_and_writing_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    (tmp_path / "tiny.yaml").write_text(LITTLE, "utf-8")
    scenario = experiment.prepare(tmp_path / "tiny.yaml")
    experiment.run(scenario)  # what is computed once is not part of the limit
    monkeypatch.setattr(experiment, stage, endless)
    with pytest.raises(BudgetError, match="--max-wall"):
        experiment.run(scenario, out=tmp_path / "out", budget=Budget(None, 0.2))
    assert not list(tmp_path.glob("out/*/*/*"))


def test_a_run_of_a_sweep_that_is_stopped_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny.yaml").write_text(LITTLE, "utf-8")
    scenario = experiment.prepare(tmp_path / "tiny.yaml")
    monkeypatch.setattr(work, "simulate", endless)
    outcome = work.perform(work.Task(work.packed(scenario), 1, Budget(None, 0.01), keep=False))
    assert outcome.figures is None and outcome.failure is not None
    assert outcome.failure.startswith("BudgetError: stopped outside of the event loop")


@pytest.mark.parametrize("engine", ["events", "columns"])
def test_the_time_before_the_simulation_counts(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "tiny.yaml").write_text(LITTLE.replace("5", "2000"), "utf-8")
    scenario = experiment.prepare(tmp_path / "tiny.yaml")
    with pytest.raises(BudgetError, match="of virtual time: the budget --max-wall of 600 s"):
        simulate(scenario, engine, budget=Running(None, 600, ends_at=0.0))


def test_the_check_of_the_points_of_a_sweep_has_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(LITTLE, "utf-8")
    vary = [f"--vary=manager.{key}=5s..50s" for key in ("timeout", "check_interval", "retention")]
    asked = ["sweep", "tiny.yaml", *vary, "--samples=60", "--replications=1", "--max-wall=0.1", "--jobs=1"]
    done = CliRunner().invoke(icnsim_command, asked)
    assert isinstance(done.exception, BudgetError) and "--max-wall of 0.1 s is used up" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_the_check_of_the_points_has_the_limit_in_python_and_for_detectors_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(LITTLE, "utf-8")
    vary = {"manager.timeout": ["30s", "60s"]}
    for module in ("icnsim.sweeps.sweep", "icnsim.sweeps.detectors.planning", "icnsim.sweeps.sides",
                   "icnsim.recommendation.screening"):  # fmt: skip
        monkeypatch.setattr(f"{module}.plan", endless)
    used_up: list[Callable[[], object]] = [
        lambda: library.sweep(file, vary, budget=LIMIT),
        lambda: library.compare(file, file, budget=LIMIT),
        lambda: library.compare_detectors(file, budget=LIMIT),
        lambda: library.recommend(
            file, vary, minimize="records.mean", subject_to="detection_total.max<5min", budget=LIMIT
        ),
    ]
    for call in used_up:
        with pytest.raises(BudgetError, match=r"--max-wall of 0.01 s is used up"):
            call()
    done = CliRunner().invoke(icnsim_command, ["compare", str(file), "--detectors", "--max-wall=0.01"])
    assert isinstance(done.exception, BudgetError)


@pytest.mark.parametrize(
    ("module", "call", "results"),
    [
        ("recommendation.recommend", "recommend", "recommend-*"),
        ("sweeps.detectors.comparison", "compare_detectors", "detectors-*"),
        ("sweeps.comparison", "compare", "compare-*"),
    ],
)
def test_the_tables_at_the_end_have_the_limit_and_the_runs_are_kept(
    module: str, call: str, results: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(LITTLE, "utf-8")
    stages: list[Budget | None] = []

    def limited(budget: Budget | None, work: Callable[[], object]) -> object:
        """The check of the points has time; the tables at the end have no end."""
        stages.append(budget)
        return work() if len(stages) == 1 else within(LIMIT, endless)

    monkeypatch.setattr(f"icnsim.{module}.within", limited)
    plenty = Budget(None, 600)
    calls: dict[str, Callable[..., object]] = {
        "recommend": lambda **more: library.recommend(
            file, {"manager.timeout": ["30s", "60s"]}, minimize="records.mean", subject_to="records.peak<1000",
            scale=True, replications=6, **more
        ),
        "compare_detectors": lambda **more: library.compare_detectors(
            file, ["poll", "deadline"], ["as-it-is"], points=2, replications=1, **more
        ),
        "compare": lambda **more: library.compare(file, file, replications=2, **more),
    }  # fmt: skip
    with pytest.raises(BudgetError, match="--max-wall"):
        calls[call](budget=plenty, out=tmp_path / "out", jobs=1)
    assert stages == [plenty, plenty]
    assert not list(tmp_path.glob(f"out/tiny/{results}")) and list(tmp_path.glob("out/tiny/runs/*"))


def test_the_time_between_two_parts_of_a_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    running = Budget(7, 10).begun()
    now[0] += 4
    paused = running.paused()
    now[0] += 1000
    assert paused.begun() == Running(7, 10, 1104.0 + 6)


@pytest.mark.parametrize(
    "command",
    [("run", "tiny.yaml"), ("check", "tiny.yaml"), ("rare", "tiny.yaml", "--event=false_positive")],
)
def test_the_reading_of_a_scenario_has_the_limit(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(LITTLE, "utf-8")
    monkeypatch.setattr(experiment, "prepare", endless)
    end = CliRunner().invoke(icnsim_command, [*command, "--max-wall=0.01"])
    said = str(end.exception) + end.stderr
    assert "--max-wall of 0.01 s is used up" in said and not Path("results").exists()


def test_the_reading_of_a_scenario_has_the_limit_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(LITTLE, "utf-8")
    monkeypatch.setattr(experiment, "prepare", endless)
    stages: list[str] = []
    calls: list[Callable[[], object]] = [
        lambda: library.run(file, budget=LIMIT, stage=stages.append),
        lambda: library.rare(file, "false_positive", budget=LIMIT),
        lambda: library.check(file, budget=LIMIT),
    ]
    for call in calls:
        with pytest.raises(BudgetError, match=r"--max-wall of 0.01 s is used up"):
            call()
    assert stages == ["reading"]


def test_the_limit_of_a_run_counts_its_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading leaves nothing of the limit, so the engine stops at once."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(LITTLE.replace("5", "2000"), "utf-8")
    monkeypatch.setattr(Running, "paused", lambda running: Running(None, running.max_wall_s, ends_at=0.0))
    end = CliRunner().invoke(icnsim_command, ["run", "tiny.yaml", "--max-wall=600"])
    assert isinstance(end.exception, BudgetError) and "--max-wall of 600 s" in str(end.exception)


@pytest.mark.parametrize("command", [("validate",), ("sweep", "--dry-run"), ("sweep",)])
def test_the_check_of_the_points_has_the_limit_in_every_command(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(LITTLE, "utf-8")
    monkeypatch.setattr("icnsim.sweeps.plan.plan", endless)
    end = CliRunner().invoke(icnsim_command, [command[0], "tiny.yaml", *command[1:], "--max-wall=0.01"])
    assert "--max-wall of 0.01 s is used up" in str(end.exception) + end.stderr


def test_the_thread_of_a_limit_does_not_keep_the_process_alive() -> None:
    before = set(threading.enumerate())
    found = within(Budget(None, 60.0), lambda: [each.daemon for each in threading.enumerate() if each not in before])
    assert found == [True]
