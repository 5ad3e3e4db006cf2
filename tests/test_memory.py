"""A process with little address space: one clear line before anything is loaded or run."""

import os
import subprocess
from pathlib import Path

import pytest

from icnsim import cli, memory
from tests.command import command, environment

TINY = "name: tiny\nexecutors: [{group: a, count: 3}]\nworkload: {migrations: %d}\n"


def limited(mebibytes: int, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command with this limit of its address space."""
    asked = ["bash", "-c", f'ulimit -v {mebibytes * 1024}; exec "$@"', "bash", *command(*arguments)]
    return subprocess.run(asked, cwd=cwd, env=environment(), capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "tiny.yaml"),
        ("sweep", "tiny.yaml", "--vary", "manager.timeout=30s,60s"),
        ("validate", "tiny.yaml"),
        ("report", "."),
    ],
)
@pytest.mark.parametrize("mebibytes", [250])
def test_little_memory_is_one_clear_line_and_exit_2(tmp_path: Path, mebibytes: int, arguments: tuple[str, ...]) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY % 5, "utf-8")
    done = limited(mebibytes, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: the memory of this process is limited to {mebibytes} MiB (ulimit -v)")
    assert done.stderr.count("\n") == 1 and done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_the_page_on_the_installation_states_the_least_memory() -> None:
    page = " ".join(Path("docs/install.md").read_text("utf-8").split())
    least, optimiser, core = (
        size // 2**20 for size in (memory.LIBRARIES_BYTES, memory.OPTIMISER_BYTES, memory.CORE_BYTES)
    )
    assert f"at least {least} MiB, `icnsim recommend` {optimiser} MiB, and each core" in page
    assert f"after the second {core} MiB more" in page


def test_help_needs_no_memory(tmp_path: Path) -> None:
    assert limited(250, "run", "--help", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        (("run", "tiny.yaml"), "migrations: 5000000"),
        (("sweep", "tiny.yaml", "--vary", "manager.timeout=30s,60s"), "migrations: 5000000"),
        (("rare", "tiny.yaml", "--event", "false_positive"), "migrations: 5}\nactors: {count: 9000000"),
    ],
)
def test_a_run_that_does_not_fit_into_the_limit_is_refused_before_it_starts(
    tmp_path: Path, arguments: tuple[str, ...], sizes: str
) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY.replace("migrations: %d", sizes), "utf-8")
    limit = memory.needed_bytes(os.cpu_count() or 1) // 2**20 + 1024
    done = limited(limit, *arguments, cwd=tmp_path)
    assert done.returncode == 2 and "this run needs about" in done.stderr and done.stderr.count("\n") == 1, done.stderr


EXHAUSTED = [
    RuntimeError("can't start new thread"),
    ImportError("x.so: failed to map segment from shared object"),
    OSError(12, "Cannot allocate memory"),
    MemoryError(),
]


@pytest.mark.parametrize("error", EXHAUSTED, ids=repr)
def test_an_error_of_a_library_without_address_space_is_one_about_memory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fails(**_: object) -> None:
        try:
            raise error
        except Exception as cause:
            raise ValueError("cannot be read") from cause

    monkeypatch.setattr(cli.icnsim, "main", fails)
    monkeypatch.setattr(memory, "is_limited", lambda: True)
    monkeypatch.setattr(memory, "reserve_little", lambda: None)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("error: this process has no memory left; raise its limit (ulimit -v)")


def test_without_a_limit_an_error_is_not_about_memory() -> None:
    assert not memory.is_limited() and not memory.is_exhausted(RuntimeError("can't start new thread"))


def test_a_system_that_starts_no_more_threads_is_an_error_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(cli.icnsim, "main", fails)
    monkeypatch.setattr(memory, "reserve_little", lambda: None)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("error: the system starts no more threads or processes; raise the limit")


def test_without_a_limit_nothing_is_refused() -> None:
    memory.refuse_little(2**60)
