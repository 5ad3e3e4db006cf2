"""The object code of the kernel: storage on disk, and runs without a compiler or a writable cache."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from icnsim.columns import engine, simulate
from icnsim.columns.compiler import compiling
from icnsim.scenario import loads
from tests.columns.agreement import differences

MANY = """
name: many
executors: [{group: all, count: 10}]
workload: {arrivals: {rate: 100/s}, migrations: 3000}
"""


@pytest.fixture(scope="module")
def compiler() -> Callable[[Any, Any], bytes]:
    """The compiler, which compiles the kernel once: this takes a second."""
    compile_now, codes = compiling._object_code, list[bytes]()

    def code(llvm: Any, target: Any) -> bytes:
        if not codes:
            codes.append(compile_now(llvm, target))
        return codes[0]

    return code


@pytest.fixture(autouse=True)
def _empty_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, compiler: Callable[[Any, Any], bytes]
) -> Iterator[None]:
    monkeypatch.setattr(compiling, "_object_code", compiler)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    caches = (compiling._compiled, compiling._file, compiling.background)
    monkeypatch.setattr(compiling.Demand, "arrivals", 0)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def test_a_later_process_loads_the_stored_kernel(tmp_path: Path) -> None:
    assert not compiling.kept()
    assert compiling.loaded() is None
    compiling.compiled()
    (kept,) = (tmp_path / "icnsim").iterdir()
    written = kept.stat().st_mtime_ns
    compiling._compiled.cache_clear()
    assert compiling.kept()
    assert engine.Run(loads(MANY)).memory.compiled
    assert kept.stat().st_mtime_ns == written


def test_small_runs_load_the_stored_kernel_when_they_have_enough_arrivals_together() -> None:
    compiling.compiled()
    compiling._compiled.cache_clear()
    few = loads(MANY, overrides={"workload.migrations": 1900})
    first, second = engine.Run(few), engine.Run(few)
    assert (first.memory.compiled, second.memory.compiled) == (False, True)
    assert differences(few, second.run(), first.run().recording) == []


def test_the_kernel_is_compiled_if_the_cache_is_not_writable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    assert not compiling.kept()
    assert compiling.compiled() is not None
    assert compiling.kept()  # in this process


def test_without_a_compiler_the_kernel_is_interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "find_spec", lambda _: None)
    monkeypatch.setattr(engine, "WORTH_COMPILING", 1)
    assert not engine.Run(loads(MANY)).memory.compiled


def test_the_environment_variable_disables_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiling.OFF, "1")
    assert not compiling.is_wanted()
    assert len(simulate(loads(MANY)).recording.attempts["actor"]) > 0


def test_a_run_is_interpreted_if_the_compiler_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise RuntimeError("no executable memory")

    monkeypatch.setattr(compiling, "_object_code", fails)
    monkeypatch.setattr(engine, "WORTH_COMPILING", 1)
    monkeypatch.setattr(engine, "INTERPRETED_CHUNK", 512)
    run = engine.Run(loads(MANY))
    assert isinstance(compiling.background().exception(), RuntimeError)
    run.run()
    assert not run.memory.compiled


def test_the_stored_file_depends_on_the_kernel_but_not_on_the_tables() -> None:
    names = {source.name for source in compiling._sources()}
    assert {"layout.py", "ordinary.py", "translating.py", "states.py"} <= names
    assert not {"assembly.py", "engine.py", "memory.py"} & names
