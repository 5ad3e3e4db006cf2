"""`--verbose`: what icnsim does, on stderr, by standard logging; results and stdout stay the same."""

import logging
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import icnsim
from icnsim.cli import COMMANDS
from icnsim.cli import icnsim as command_line
from icnsim.cli.verbose import OPTION
from icnsim.recording.folder import MANIFEST

TINY = "name: tiny\nexecutors: [{group: a, count: 3}]\nworkload: {migrations: 10}\n"
LINE = re.compile(r"\d\d:\d\d:\d\d\.\d{3} (INFO|DEBUG) (icnsim[.a-z_]*): .+")
VARY = ("--vary", "manager.timeout=30s,1min", "--replications", "2", "--jobs", "1")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    return tmp_path


def command(*arguments: str) -> Result:
    result = CliRunner().invoke(command_line, [*arguments], standalone_mode=False)
    assert result.exception is None, result.output
    return result


def logged(result: Result) -> list[tuple[str, str]]:
    """The level and the logger of each line of the log."""
    return [found.groups() for line in result.stderr.splitlines() if (found := LINE.fullmatch(line))]  # type: ignore[misc]


def test_a_run_logs_its_engine_and_its_files_and_changes_nothing_else() -> None:
    plain = command("run", "tiny.yaml", "--out", "plain")
    steps = command("run", "tiny.yaml", "--out", "steps", "-v")
    every = command("run", "tiny.yaml", "--out", "every", "-vv")
    assert logged(plain) == []
    assert "engine columns: exact for this scenario" in steps.stderr
    assert {level for level, _ in logged(steps)} == {"INFO"}
    assert {level for level, _ in logged(every)} == {"INFO", "DEBUG"}
    assert "summary.json" in every.stderr and "summary.json" not in steps.stderr
    for other, name in ((steps, "steps"), (every, "every")):
        assert other.stdout.replace(name, "plain") == plain.stdout
        for path in Path("plain").rglob("*"):
            if path.is_file() and path.name != MANIFEST:
                assert Path(name, path.relative_to("plain")).read_bytes() == path.read_bytes()


def test_a_sweep_logs_each_run_of_its_workers_with_the_engine(folder: Path) -> None:
    done = command("sweep", "tiny.yaml", *VARY, "-vv")
    runs = re.findall(r"run [0-9a-f]{16}, point (\d), replication (\d), on \S+ in \S+ s: columns: exact", done.stderr)
    assert sorted(runs) == [("0", "1"), ("0", "2"), ("1", "1"), ("1", "2")]
    again = command("sweep", "tiny.yaml", *VARY, "--verbose")
    assert "the results of this sweep are here already" in again.stderr


def test_a_failed_run_is_logged_with_its_reason() -> None:
    done = command("sweep", "tiny.yaml", *VARY, "-vv", "--max-events", "1")
    assert "failed: BudgetError" in done.stderr


def test_what_a_search_and_an_estimate_do_is_logged() -> None:
    found = command("check", "tiny.yaml", "--seeds", "2", "--tries", "0", "--kinds", "crash", "--jobs", "1", "-v")
    assert "2 runs searched" in found.stderr
    event = ("--event", "double_run", "--population", "20", "--repetitions", "2", "--jobs", "1")
    assert "estimated by" in command("rare", "tiny.yaml", *event, "-v").stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_option_once(name: str) -> None:
    for _ in range(2):
        found = command_line.get_command(None, name)  # type: ignore[arg-type]
        assert found is not None
        assert [each.name for each in found.params].count("verbose") == 1


def test_the_option_ends_with_its_command() -> None:
    logger = logging.getLogger("icnsim")
    before = (logger.level, list(logger.handlers))
    command("run", "tiny.yaml", "-vv")
    assert (logger.level, list(logger.handlers)) == before


def test_the_library_logs_to_whoever_listens_and_configures_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "icnsim"):
        icnsim.run("tiny.yaml", out="results")
    names = {record.name for record in caplog.records}
    assert {"icnsim.experiment", "icnsim.recording.folder", "icnsim.recording.home"} <= names
    assert max(record.levelno for record in caplog.records) < logging.WARNING, "Python prints warnings by itself"


def test_a_line_of_the_log_cannot_move_a_terminal() -> None:
    @click.command("probe", params=[OPTION])
    def probe() -> None:
        logging.getLogger("icnsim.probe").info("a\x1b[2Jb\nc")

    done = CliRunner().invoke(probe, ["-v"])
    assert done.stderr.count("\n") == 1 and "\x1b" not in done.stderr
