"""How an engine is kept busy: few runs in hand, nothing kept of those that have ended, patience with an end."""

import gc
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from icnsim.errors import EngineError
from icnsim.sweeps import execution
from icnsim.sweeps.engines import Dask, Pool, Serial, engine
from icnsim.sweeps.figures import names
from icnsim.sweeps.work import Outcome
from tests.sweeps import stage
from tests.sweeps.stage import swept

MANY = 500


def nothing(_: object) -> Outcome:
    """A run of which every figure is 1."""
    return Outcome(dict.fromkeys(names(), 1.0), None, None, "nobody", 0.0)


class Counting(ThreadPoolExecutor):
    """Does nothing in place of each run, and counts the futures that are still referenced."""

    def __init__(self) -> None:
        super().__init__(max_workers=3)
        self.alive = 0
        self._futures: weakref.WeakSet[Future[Any]] = weakref.WeakSet()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(nothing, *args, **kwargs)
        self._futures.add(future)
        self.alive = max(self.alive, len(self._futures))
        return future


class Fake(Serial):
    """An engine of threads that has `slots` runs at once."""

    slots = 7

    def __init__(self) -> None:
        self.executor = Counting()

    def open(self, *, alone: bool = False) -> Executor:
        return self.executor

    def close(self, *, at_once: bool) -> None:
        self.executor.shutdown()


def test_a_sweep_of_many_runs_has_never_more_in_hand_than_the_engine_asks_for(tiny: Path) -> None:
    fake, watch = Fake(), stage.Counted()
    gc.disable()  # a dropped future must be freed at once, not by the collector
    try:
        swept(tiny, tiny.parent / "results", fake, {"replications": MANY // stage.POINTS}, watch=watch)
    finally:
        gc.enable()
    assert watch.ended_now == MANY // stage.POINTS * stage.POINTS
    # One more is the future that the sweep reads now.
    assert fake.executor.alive <= fake.slots + 1


class Idle(Serial):
    """An engine whose runs never end; its `check` reports that no worker is left."""

    class _Nobody(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return Future()

    def open(self, *, alone: bool = False) -> Executor:
        return self._Nobody()

    def check(self) -> None:
        raise EngineError("no worker is left")


def test_an_engine_without_workers_is_checked_and_not_waited_for(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "LOOKS_S", 0.01)
    with pytest.raises(EngineError, match="no worker is left"):
        swept(tiny, tiny.parent / "results", Idle())


class Refusing(Serial):
    """An engine that takes no run."""

    class _Closed(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise RuntimeError("closed")

    def open(self, *, alone: bool = False) -> Executor:
        return self._Closed()


def test_an_engine_that_takes_no_run_is_a_clear_error(tiny: Path) -> None:
    with pytest.raises(EngineError, match=r"do no more runs \(RuntimeError: closed\); finished runs are kept"):
        swept(tiny, tiny.parent / "results", Refusing())


def stranger(_: object) -> Outcome:
    """Returns the outcome of a worker with another icnsim."""
    return Outcome(dict.fromkeys(names(), 0.0), None, None, "elsewhere", 0.0, version="0.0.1")


class Elsewhere(Serial):
    """Workers with another version of icnsim."""

    def open(self, *, alone: bool = False) -> Executor:
        return stage.Through(super().open(alone=alone), stranger)


def test_workers_of_another_version_are_refused(tiny: Path) -> None:
    with pytest.raises(EngineError, match=r"a worker has icnsim 0\.0\.1"):
        swept(tiny, tiny.parent / "results", Elsewhere())
    assert stage.stored(tiny.parent / "results") == {}


def test_runs_that_share_a_process_do_not_disturb_each_other(tiny: Path, undisturbed: dict[str, bytes]) -> None:
    swept(tiny, tiny.parent / "results", stage.Threads())
    assert stage.of_sweep(tiny.parent / "results") == undisturbed


def test_where_no_process_can_be_started_this_is_said(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("loky.ProcessPoolExecutor", refuse)
    with pytest.raises(EngineError, match=r"cannot be started: .*Too many open files; --jobs 1 needs none"):
        swept(tiny, tiny.parent / "results", Pool(2))


class Collected:
    """While it is collected Ctrl-C comes, as in one of Dask's futures; Python drops what is raised there."""

    def __del__(self) -> None:
        raise KeyboardInterrupt


def test_a_ctrl_c_that_python_drops_ends_the_sweep_nevertheless(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tiny.parent / "results"

    def collect(ended: int) -> None:
        if ended == 5:
            Collected()

    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        swept(tiny, out, watch=stage.Counted(collect))
    assert sys.unraisablehook is hook
    assert 5 <= len(stage.stored(out)) < stage.RUNS
    assert capsys.readouterr().err == ""


def test_what_is_asked_decides_the_engine(tmp_path: Path) -> None:
    assert isinstance(engine(jobs=1), Serial)
    assert engine(jobs=3).workers == 3
    assert isinstance(engine(jobs=2), Pool)
    assert isinstance(engine(scheduler="tcp://127.0.0.1:1"), Dask)
    assert isinstance(engine(scheduler_file=tmp_path / "file"), Dask)
    assert engine().workers >= 1
