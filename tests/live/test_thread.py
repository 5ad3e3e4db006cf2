"""A live run from Python, with and without a loop of asyncio in the calling thread."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import icnsim
from icnsim.errors import ResultsError, ScenarioError
from icnsim.live.thread import to_end
from icnsim.scenario import loads

TEXT = """
name: called
executors: [{group: a, count: 2}]
actors: {count: 20}
duration: 10s
drain: 10s
workload: {arrivals: {rate: 1/s}}
"""


async def threads():
    """The thread in which this runs."""
    return threading.get_ident()


def test_the_calling_thread_runs_the_coroutine_if_it_has_no_loop():
    assert to_end(threads()) == threading.get_ident()


def test_another_thread_runs_the_coroutine_in_a_notebook():
    async def cell():
        return to_end(threads())

    assert asyncio.run(cell()) != threading.get_ident()


def test_an_error_of_the_coroutine_reaches_the_notebook():
    async def fails():
        raise ScenarioError([])

    async def cell():
        to_end(fails())

    with pytest.raises(ScenarioError):
        asyncio.run(cell())


def test_an_interrupt_of_a_notebook_cancels_the_coroutine_and_waits_for_its_end(monkeypatch):
    ended = []

    async def runs():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(threading.get_ident())

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *what):
            future = super().submit(*what)
            future.result = interrupt
            return future

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("icnsim.live.thread.ThreadPoolExecutor", Interrupted)

    async def cell():
        with pytest.raises(KeyboardInterrupt):
            to_end(runs())

    asyncio.run(cell())
    assert len(ended) == 1


def test_a_live_run_works_inside_of_a_loop():
    async def cell():
        return icnsim.run_live(loads(TEXT), speed=50, timer_error=30)

    found = asyncio.run(cell())
    assert found.kept
    assert found.run.summary["attempts"]["total"] > 0
    assert found.comparison is None
    assert repr(found) == "<icnsim.Live called at speed 50>"


def test_overrides_of_a_loaded_scenario_are_refused():
    with pytest.raises(ScenarioError, match="overrides or a seed for a loaded scenario"):
        icnsim.run_live(loads(TEXT), {"drain": "1s"})


def test_a_file_is_read_with_overrides(tmp_path):
    (tmp_path / "called.yaml").write_text(TEXT)
    with pytest.raises(ScenarioError, match=r"network\.sharing"):
        icnsim.run_live(tmp_path / "called.yaml", {"network.sharing": "executor", "network.bandwidth": "1MiB/s"}, 4)


@pytest.mark.parametrize("error_s", [float("nan"), float("inf"), 0.0, -1.0, 3601.0])
def test_a_promise_that_no_run_can_be_measured_by_is_refused(error_s):
    with pytest.raises(ScenarioError, match=r"timer_error: found .*, expected seconds above 0, at most 3600"):
        icnsim.run_live(loads(TEXT), timer_error=error_s)


def test_results_that_cannot_be_written_are_refused_before_the_run(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("icnsim.live.running.to_end", lambda _: pytest.fail("the run has begun"))
    with pytest.raises(ResultsError, match="cannot write the results: not a directory"):
        icnsim.run_live(loads(TEXT), out=tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
