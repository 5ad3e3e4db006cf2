"""Worker processes take their code from where the command has its own, never from the present folder."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

import icnsim
from icnsim import memory
from icnsim.errors import EngineError
from icnsim.sweeps.engines import SAFE_PATH, Pool, _safe_path
from tests.command import environment
from tests.sweeps import stage

PLANTED = """
with open({mark!r}, "a") as file:
    file.write(__name__)
raise ImportError("planted")
"""


def test_neither_code_in_the_present_folder_nor_processes_nor_the_order_of_sets_nor_little_memory_changes_a_sweep(
    tiny: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """A pool fits into the least address space that is accepted, because its allocators reserve little."""
    script, mark = tmp_path / "bin" / "icnsim", tmp_path / "executed"
    script.parent.mkdir()
    script.write_text("from icnsim.cli import main\nmain()\n")
    for name in ("loky", "multiprocessing"):
        (tiny.parent / f"{name}.py").write_text(PLANTED.format(mark=str(mark)))
    limit = memory.needed_bytes(os.cpu_count() or 1) // 2**20 + 10
    limited = ["bash", "-c", f'ulimit -v {limit * 1024}; exec "$@"', "bash"]
    done = subprocess.run(
        [*limited, sys.executable, script, "sweep", tiny, "--jobs", "2", "--quiet"], cwd=tiny.parent,
        env=environment(PYTHONHASHSEED="1"), capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert not mark.exists()
    assert stage.of_sweep(tiny.parent / "results") == undisturbed


def test_the_environment_is_as_it_was_when_the_workers_have_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SAFE_PATH, raising=False)
    pool = Pool(1)
    try:
        executor = pool.open()
        assert SAFE_PATH not in os.environ
        assert executor.submit(os.getenv, SAFE_PATH).result() == "1"
    finally:
        pool.close(at_once=True)


def test_a_value_of_the_caller_is_there_again_when_the_workers_have_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SAFE_PATH, "yes")
    with _safe_path():
        assert os.environ[SAFE_PATH] == "1"
    assert os.environ[SAFE_PATH] == "yes"


def _swept(path: str) -> tuple[int, str]:
    """The number of runs of a sweep in this process, and the error of a sweep with worker processes."""
    found = icnsim.sweep(path, {"manager.timeout": ["5s", "9s"]}, replications=2)
    with pytest.raises(EngineError) as caught:
        icnsim.sweep(path, {"manager.timeout": ["5s", "9s"]}, replications=2, jobs=2)
    return found.summary["runs"], str(caught.value)


def test_a_worker_of_multiprocessing_sweeps_without_further_processes(tiny: Path) -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        runs, error = pool.apply_async(_swept, [str(tiny)]).get(timeout=120)
    assert runs == 12
    assert "a daemonic worker of multiprocessing" in error and "jobs=1" in error
