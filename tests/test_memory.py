"""A process with little address space: one clear line before anything is loaded or run."""

import os
import subprocess
from pathlib import Path

import pytest

from icnsim import memory
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


def test_help_needs_no_memory(tmp_path: Path) -> None:
    assert limited(250, "run", "--help", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    "arguments", [("run", "tiny.yaml"), ("sweep", "tiny.yaml", "--vary", "manager.timeout=30s,60s")]
)
def test_a_run_that_does_not_fit_into_the_limit_is_refused_before_it_starts(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY % 5_000_000, "utf-8")
    limit = memory.needed_bytes(os.cpu_count() or 1) // 2**20 + 1024
    done = limited(limit, *arguments, cwd=tmp_path)
    assert done.returncode == 2 and "this run needs about" in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_without_a_limit_nothing_is_refused() -> None:
    memory.refuse_little(2**60)
