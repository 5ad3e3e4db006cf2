"""A file is written completely or not at all, with the mode that the umask gives, by every command that writes one."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import icnsim
from icnsim import wholefile
from icnsim.cli import main
from icnsim.errors import ResultsError

TINY = """\
name: tiny
duration: 20s
drain: 2min
executors: [{group: a, count: 3}]
workload: {arrivals: {rate: 1/s}}
sweep: {vary: {manager.timeout: [5s, 60s]}, replications: 2}
"""
BYTES = 64
"""The most bytes that a file may have while the disk is full."""


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can become longer than some bytes: a write then fails in the middle of the file, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run's results."""
    place = tmp_path_factory.mktemp("run")
    (place / "tiny.yaml").write_text(TINY, "utf-8")
    found = icnsim.run(place / "tiny.yaml", out=place / "results").folder
    assert found is not None
    return found


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


COMMANDS = {
    "new": ["new", "mine"],
    "init": ["init", "."],
    "report": ["report", "RUN", "--output", "page.html"],
    "plot": ["plot", "RUN", "--kind", "records", "--output", "plot.svg"],
    "trace": ["trace", "RUN", "--output", "trace.json"],
    "metrics": ["metrics", "RUN", "--output", "metrics.txt"],
    "explore": ["explore", "tiny.yaml", "--out", "page.html"],
    "run": ["run", "tiny.yaml"],
    "sweep": ["sweep", "tiny.yaml", "--jobs", "1"],
    "check": ["check", "tiny.yaml", "--seeds", "1", "--jobs", "1"],
}
"""A command of each kind that writes files."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_on_a_full_disk_says_so_and_leaves_no_half_file(
    name: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(TINY, "utf-8")
    arguments = [str(run) if each == "RUN" else each for each in COMMANDS[name]]
    monkeypatch.setattr("sys.argv", ["icnsim", *arguments])
    with full_disk(), pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err
    assert (left.value.code, "too large" in said, "Traceback" in said) == (2, True, False), said
    # Small files that are complete may remain, but the file of the command does not exist.
    assert [each for each in files(tmp_path) if (tmp_path / each).stat().st_size >= BYTES] == ["tiny.yaml"]
    assert not any(Path(each).name.startswith(".") for each in files(tmp_path))


def test_new_can_be_repeated_after_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["icnsim", "new", "mine"])
    with full_disk(), pytest.raises(SystemExit):
        main()
    for expected in (0, 2):  # the second time there is a file of that name
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == expected
    assert "exists; choose another name" in capsys.readouterr().err


def test_the_report_of_python_leaves_no_half_file(run: Path, tmp_path: Path) -> None:
    found = icnsim.load(run)
    with full_disk(), pytest.raises(ResultsError, match="cannot write the report"):
        found.report(tmp_path / "page.html")
    assert files(tmp_path) == []


def test_an_earlier_file_stays_if_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with full_disk(), pytest.raises(OSError, match="too large"):
        wholefile.write(target, [b"n" * 1000])
    with pytest.raises(FileExistsError):
        wholefile.write(target, [b"new"], replace=False)
    assert (target.read_bytes(), files(tmp_path)) == (b"old", ["x"])


def test_a_link_is_followed_and_a_pipe_is_written_directly(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    wholefile.write(tmp_path / "link", [b"a", b"b"])
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_bytes() == b"ab"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        wholefile.write(tmp_path / "pipe", [b"c"])
        assert os.read(reader, 9) == b"c"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_files_and_folders_have_the_modes_of_the_umask(tmp_path: Path) -> None:
    mask = 0o027
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    out = tmp_path / "results"
    with umask(mask):
        run = icnsim.run(tmp_path / "tiny.yaml", out=out)
        icnsim.sweep(tmp_path / "tiny.yaml", out=out, jobs=1, replications=1, keep_runs=True)
        run.report(tmp_path / "page.html")
    for path in (*out.rglob("*"), out, tmp_path / "page.html"):
        usual = 0o777 if path.is_dir() else 0o666
        assert stat.S_IMODE(path.stat().st_mode) == usual & ~mask, path


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o666])
def test_a_file_that_is_replaced_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_bytes(b"old")
    target.chmod(mode)
    modes = []

    def pieces() -> Iterator[bytes]:
        modes.extend(stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir())
        yield b"new"

    with umask(0o022):
        wholefile.write(target, pieces())
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"new", mode)
    assert modes == [mode, mode]  # no other user can read the draft either


def test_an_old_draft_of_the_same_file_is_removed_and_nothing_else(tmp_path: Path) -> None:
    mine, other = f".page.html.{'0' * 16}", f".page.svg.{'0' * 16}"
    kept = [other, ".page.html", ".page.html.old", "page.html.0123456789abcdef", f".page.html.{'1' * 16}"]
    for name in (mine, *kept):
        (tmp_path / name).write_bytes(b"x")
        if not name.endswith("1"):
            os.utime(tmp_path / name, (0, 0))
    wholefile.write(tmp_path / "page.html", [b"new"])
    assert files(tmp_path) == sorted(["page.html", *kept])
