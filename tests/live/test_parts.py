"""The parts of a live run that need no process: draws, measures, the clock, the environment."""

import asyncio
import socket
import sys
import time
from multiprocessing import spawn
from types import SimpleNamespace

import numpy as np
import pytest

from icnsim.draws.arrivals import arrival_times
from icnsim.draws.streams import Streams
from icnsim.errors import EngineError
from icnsim.live.clock import VirtualClock, soon
from icnsim.live.draws import SparseStreams
from icnsim.live.environment import LiveEnvironment
from icnsim.live.lateness import Measure
from icnsim.live.processes import Processes
from icnsim.live.worker import Assignment, Worker
from icnsim.protocol.messages import DESIGNED, ExecutorId
from icnsim.scenario import loads

SCENARIO = """
name: parts
seed: 5
executors: [{group: a, count: 3}, {group: s, count: 1, behavior: slow, slowdown: 3}]
duration: 20s
workload: {arrivals: {rate: 1/s}}
network: {loss: 0.1, duplication: 0.1}
"""


def test_a_worker_draws_the_rows_that_the_simulation_draws():
    scenario = loads(SCENARIO)
    times = arrival_times(scenario)
    dense, sparse = Streams(scenario, times), SparseStreams(scenario, times)
    for streams in (dense, sparse):
        streams.stage("checkpoint", 1)
        streams.stage("restore", 3)
    first = len(times)
    retries = [(4, 2), (0, 2), (4, 3), (7, 2)]
    for migration, number in retries:
        dense.extend(migration, number)
    for place in (3, 0, 2):  # in another order, and without the second
        sparse.fill(first + place, *retries[place])
    for row in (*range(first), first, first + 2, first + 3):
        assert sparse.target_u[row] == dense.target_u[row]
        assert sparse.queue_u[row] == dense.queue_u[row]
        assert sparse.stage("checkpoint", 1)[row] == dense.stage("checkpoint", 1)[row]
        assert sparse.stage("restore", 3)[row] == dense.stage("restore", 3)[row]
        for kind in DESIGNED:
            assert sparse.delays[kind][row] == dense.delays[kind][row]
            assert sparse.lost[kind][row] == dense.lost[kind][row]
            assert sparse.duplicate_delays[kind][row] == dense.duplicate_delays[kind][row]


def test_quantiles_are_upper_limits_within_a_factor_of_two():
    delays = np.random.default_rng(3).integers(1, 100_000, 2000)
    measure = Measure()
    for delay in delays.tolist():
        measure.add(delay)
    assert measure.largest == delays.max()
    for share in (0.5, 0.99):
        true = np.quantile(delays, share, method="inverted_cdf")
        assert true <= measure.below(share) <= 2 * true


def test_measures_of_two_processes_are_added():
    one, other, both = Measure(), Measure(), Measure()
    for place, delay in enumerate([5, 900, 17, 0, 44_000]):
        (one if place % 2 else other).add(delay)
        both.add(delay)
    one.merge(other.fields())
    assert one.fields() == both.fields()


def test_an_empty_measure_has_no_figures():
    assert set(Measure().figures().values()) == {0, None}


def test_virtual_time_runs_faster_by_the_speed():
    clock = VirtualClock(soon(-2.0), 50)
    assert clock.now() == pytest.approx(100e6, rel=0.2)
    assert clock.real_s(100_000_000) == pytest.approx(time.monotonic(), abs=0.5)
    assert clock.real_us(50) == 1


def run_for(env, seconds):
    async def follow():
        env.start()
        await asyncio.sleep(seconds)
        env.stop()

    asyncio.run(follow())


def test_entries_run_in_order_and_not_before_their_instants():
    clock, timer = VirtualClock(soon(0.0), 10), Measure()
    env, ran = LiveEnvironment(clock, timer), []
    for when in (300_000, 100_000, 200_000):
        env.at(when, lambda due, _: ran.append((due, env._now)), when)
    run_for(env, 0.1)
    assert [due for due, _ in ran] == [100_000, 200_000, 300_000]
    assert all(now >= due for due, now in ran)
    assert timer.count == 3


def test_the_supervisor_gives_its_entries_their_planned_time():
    clock = VirtualClock(soon(0.0), 10)
    env, ran = LiveEnvironment(clock, Measure(), planned=True), []
    env.at(70_000, lambda _, __: ran.append(env._now))
    run_for(env, 0.05)
    assert ran == [70_000]


def test_reports_are_applied_in_the_order_of_their_times_after_the_lag():
    clock = VirtualClock(soon(0.0), 1)
    env, applied = LiveEnvironment(clock, Measure(), planned=True, lag=20_000), []
    for when in (9_000, 3_000, 6_000):
        env.report(when, lambda what: applied.append((what, env._now, clock.now())), when)
    run_for(env, 0.1)
    assert [(what, at) for what, at, _ in applied] == [(when, when) for when in (3_000, 6_000, 9_000)]
    assert all(now >= at + 20_000 for _, at, now in applied)


def test_a_worker_does_not_call_an_entry_after_the_end_and_counts_it_as_late():
    clock, timer = VirtualClock(soon(-1.0), 10), Measure()
    env, ran = LiveEnvironment(clock, timer, end=5_000_000), []
    env.ended = lambda: ran.append(env._now)
    env.at(1_000_000, lambda _, __: ran.append("entry"))
    env.at(6_000_000, lambda _, __: ran.append("entry of another run"))
    run_for(env, 0.02)
    assert ran == [5_000_000]
    assert timer.count == 1
    assert timer.largest >= 900_000  # the clock shows 10 s at least, and the entry was due at 1 s: 0.9 s of real time


def test_the_supervisor_calls_late_entries_before_the_end_and_none_after_it():
    clock = VirtualClock(soon(-1.0), 10)
    env, ran = LiveEnvironment(clock, Measure(), planned=True, end=5_000_000), []
    for when in (4_999_999, 5_000_000, 6_000_000):
        env.at(when, lambda when, _: ran.append(when), when)
    run_for(env, 0.02)
    assert ran == [4_999_999]


class Still(VirtualClock):
    """A clock that does not move."""

    def now(self):
        return 50_000


def test_a_report_that_comes_later_than_its_lag_is_measured():
    env = LiveEnvironment(Still(0, 1), Measure(), planned=True, lag=20_000)
    env.report(30_000, lambda _: None, None)
    assert env.overdue == 0
    env.report(28_500, lambda _: None, None)
    env.report(29_000, lambda _: None, None)
    assert env.overdue == 1_500


@pytest.mark.parametrize(("error", "reason"), [(EOFError(), "ulimit -u"), (OSError(11, "Too many"), "Too many")])
def test_a_machine_that_starts_no_more_processes_is_an_error(monkeypatch, error, reason):
    def fail(_):
        raise error

    scenario = loads(SCENARIO)
    monkeypatch.setattr("multiprocessing.context.ForkServerProcess.start", fail)
    with pytest.raises(EngineError, match=f"worker 0 cannot be started: .*{reason}.*; use fewer --processes"):
        Processes(scenario).start(Assignment(0, 0, (), 0, "", 1, 0, None, saves=False, restarts=False))


def test_a_worker_does_not_run_the_script_that_calls_run_live(monkeypatch):
    prepared = []

    def start(_):
        prepared.append(spawn.get_preparation_data("worker"))

    monkeypatch.setattr("multiprocessing.context.ForkServerProcess.start", start)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    assert spawn.get_preparation_data("test").keys() & {"init_main_from_path", "init_main_from_name"}
    Processes(loads(SCENARIO)).start(Assignment(0, 0, (), 0, "", 1, 0, None, saves=False, restarts=False))
    assert not prepared[0].keys() & {"init_main_from_path", "init_main_from_name"}
    assert spawn.get_preparation_data("test").keys() & {"init_main_from_path", "init_main_from_name"}


def test_a_worker_ends_without_an_error_if_the_supervisor_has_ended(monkeypatch, capfd):
    monkeypatch.setattr("icnsim.live.worker.gc", SimpleNamespace(collect=int, freeze=int, callbacks=[]))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    given = Assignment(0, 0, (ExecutorId(0),), port, "token", 1, 1_000_000, None, saves=False, restarts=False)
    assert asyncio.run(Worker(loads(SCENARIO), given).run()) is None
    assert capfd.readouterr() == ("", "")
