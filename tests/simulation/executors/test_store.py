"""Checkpoints that share the bandwidth of a store: values by hand, faults, and random writes against a naive simulator.

Of `small`, a final checkpoint is made from 0.5 s to 2.5 s. Its write of 3 MiB at 1 MiB/s follows, until 5.5 s.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icnsim.analysis.overview import overview
from icnsim.protocol.messages import ActorId
from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation.federation import Federation
from tests.simulation import submitted
from tests.simulation.small import BASE, STEPS, S, simulated, times
from tests.simulation.submitted import ended, execution, stateful

MIB = 2**20
STORE = {"checkpoints.store_bandwidth": "1MiB/s"}
LARGE = STORE | {"actors.state_size": "3MiB"}
FAULTY = {"faults": [{"kind": "pause", "executors": "*", "at": "599s", "for": "1s"}]}
"""With a fault, stages are kept by process time; it comes long after every write."""


class Disk:
    """Writes into the stores of a federation in which nothing else happens."""

    def __init__(self, **changes: object) -> None:
        self.f = Federation(loads(BASE, overrides=STORE | changes))
        self.f.env.queue.clear()
        self.found: dict[str, float] = {}

    def at(self, second: float, function: Any, *subject: Any) -> None:
        self.f.env.at(round(second * S), lambda _, __: function(*subject))

    def write(self, name: str, at: float, mib: float, executor: int = 0) -> None:
        write = self.f.executors[executor].write
        self.at(at, write, round(mib * MIB), ActorId(0), self._written, name)

    def _written(self, name: str, _: int) -> None:
        assert name not in self.found
        self.found[name] = self.f.env._now / S

    def run(self) -> dict[str, float]:
        while self.f.env.queue:
            self.f.env.step()
        assert self.f.activity.items[0] == 0
        return self.found


@pytest.fixture(params=[{}, FAULTY], ids=["steady", "faulty"])
def disk(request: pytest.FixtureRequest) -> Disk:
    return Disk(**request.param)


# By hand


@pytest.mark.parametrize("count", [1, 2, 7])
def test_n_equal_writes_that_begin_together_take_n_times_longer(disk: Disk, count: int) -> None:
    for number in range(count):
        disk.write(f"w{number}", 10, 3)
    assert disk.run() == {f"w{number}": 10 + 3 * count for number in range(count)}


def test_a_write_that_joins_halves_the_rate_until_the_first_one_has_ended(disk: Disk) -> None:
    """At 0.5 s, half a MiB of the first is left. It takes 1 s at half the rate. The second has then half left."""
    disk.write("first", 0, 1)
    disk.write("second", 0.5, 1)
    assert disk.run() == {"first": 1.5, "second": 2}


def test_a_short_write_ends_before_the_long_one_that_it_joins(disk: Disk) -> None:
    disk.write("long", 0, 4)
    disk.write("short", 1, 1)
    disk.write("empty", 2, 0)
    assert disk.run() == {"empty": 2, "short": 3, "long": 5}


def test_executors_do_not_share_a_store(disk: Disk) -> None:
    disk.write("here", 0, 2, executor=0)
    disk.write("there", 0, 2, executor=1)
    assert disk.run() == {"here": 2, "there": 2}


def test_a_pause_stops_all_writes_of_a_process_and_a_slow_process_writes_slowly() -> None:
    disk = Disk(**FAULTY)
    for name in ("one", "two"):
        disk.write(name, 0, 2)
    host = disk.f.executors[0]
    disk.at(1, host.stall)
    disk.at(11, host.resume)
    assert disk.run() == {"one": 14, "two": 14}
    disk = Disk(**FAULTY)
    disk.write("one", 0, 2)
    disk.at(1, disk.f.executors[0].slow_down, Fraction(3))
    disk.write("two", 2.5, 1)  # half a MiB of the first is left, and both write at a sixth
    assert disk.run() == {"one": 1 + 1.5 + 3, "two": 2.5 + 3 + 1.5}


def test_a_crash_loses_the_writes_and_the_store_is_idle_afterwards() -> None:
    disk = Disk(**FAULTY)
    disk.write("lost", 0, 2)
    disk.write("lost too", 0.5, 2)
    host = disk.f.executors[0]
    disk.at(1, lambda: host.crash(disk_survives=True, returns=True))
    disk.at(2, host.restart)
    disk.write("kept", 3, 1)
    assert disk.run() == {"kept": 4}


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 12)), min_size=1, max_size=12),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_random_writes_end_as_in_a_naive_simulation(offered: list[tuple[int, int]], faulty: bool) -> None:
    disk = Disk(**FAULTY if faulty else {})
    for number, (at, mib) in enumerate(offered):
        disk.write(str(number), at / 4, mib / 4)
    found = disk.run()
    for name, end in naive(offered).items():
        assert found[str(name)] == pytest.approx(end / 4, abs=1e-6 * len(offered))


def naive(offered: Sequence[tuple[int, int]]) -> dict[int, float]:
    """The end of each write with a given beginning and size, at a rate of 1 that the present writes share."""
    now, left, ends = Fraction(0), dict[int, Fraction](), dict[int, float]()
    waiting = sorted((at, number) for number, (at, _) in enumerate(offered))
    while waiting or left:
        for number in [number for number, size in left.items() if not size]:
            del left[number]
            ends[number] = float(now)
        while waiting and waiting[0][0] == now:
            number = waiting.pop(0)[1]
            left[number] = Fraction(offered[number][1])
        steps = [Fraction(waiting[0][0]) - now] if waiting else []
        steps += [min(left.values()) * len(left)] if left else []
        if steps:
            step = min(steps)
            left = {number: size - step / len(left) for number, size in left.items()}
            now += step
    return ends


# Migrations


def after(write: float) -> dict[str, float]:
    """The steps of `small` if the write takes that time."""
    before = ("requested", "admitted", "accepted")
    return {name: round(at + (0 if name in before else write), 6) for name, at in STEPS.items()}


def test_the_write_of_a_final_checkpoint_follows_its_making() -> None:
    assert times(simulated(STORE)) == after(1)
    assert times(simulated(LARGE)) == after(3)
    assert times(simulated({"actors.state_size": "3MiB"})) == after(0)


def test_final_checkpoints_at_one_executor_share_its_store() -> None:
    """The second migration begins 1 s later. From 3.5 s on both write, and 2 MiB of the first take 4 s."""
    two = LARGE | {"actors.count": 2, "workload.migrations": 2}
    run = simulated(two)
    assert times(run)["checkpointed"] == 7.5
    assert times(run, 1)["checkpointed"] == 3.5 + 4 + 1
    apart = simulated(two | {"executors": [{"group": "a", "count": 2}], "workload.arrivals.rate": "1/s"})
    assert {times(apart, row)["checkpointed"] for row in (0, 1)} == {5.5, 6.5}


@pytest.mark.parametrize(
    ("fault", "checkpointed"),
    [
        ("kind: pause, executors: a-0, at: 3s, for: 7s", 12.5),
        ("kind: pause, executors: b-0, at: 3s, for: 1s", 5.5),
        ("kind: slow, executors: a-0, at: 3.5s, for: 1h, factor: 3", 9.5),
        ("kind: crash, executors: a-0, at: 3s, restart_after: 1s", None),
        ("kind: crash, executors: a-0, at: 5.6s, restart_after: 1s", 5.5),
    ],
)
def test_a_fault_affects_the_write_as_it_affects_all_work_of_the_process(
    fault: str, checkpointed: float | None
) -> None:
    run = simulated(LARGE, fault)
    assert times(run).get("checkpointed") == checkpointed
    assert writes(run)["fate"] == (2 if checkpointed is None else 1)


def test_the_write_of_a_failed_attempt_continues() -> None:
    """The first attempt fails at 30 s, and its write would end at 42.5 s; the second one shares the store with it."""
    changes = LARGE | {
        "actors.state_size": "40MiB", "manager.timeout": "20s",
        "manager.tracked_states": ["requesting", "checkpointing"],
        "executors.1.count": 2, "retry.max_retries": 1, "retry.backoff.base": "1s",
    }  # fmt: skip
    run = simulated(changes)
    assert times(run)["failed"] == 30
    rows = run.checkpoint_writes
    assert rows is not None
    # The second write begins at 33.5 s, when 9 MiB of the first are left.
    assert rows["began"].tolist() == [2.5 * S, 33.5 * S] and rows["ended"][0] == (33.5 + 18) * S


def test_the_pages_of_the_final_checkpoint_of_a_wasm_memory_are_written() -> None:
    wasm = STORE | {"network.bandwidth": "64KiB/s", "actors.state_size": "1MiB"}
    for how, mib in (("stop-and-copy", 1.0), ("post-copy", 1 / 16)):
        run = simulated(wasm | {"actors.mode": {"wasm_stateful": {"migration": how}}})
        assert writes(run)["bytes"] == mib * MIB
        assert writes(run)["ended"] - writes(run)["began"] == mib * S


def writes(run: Recording, row: int = 0) -> Mapping[str, int]:
    assert run.checkpoint_writes is not None
    return {name: int(column[row]) for name, column in run.checkpoint_writes.items()}


def test_the_figures_are_those_of_the_writes_of_the_window() -> None:
    lasting = LARGE | {"duration": "100s"}
    two = lasting | {"actors.count": 2, "workload.migrations": 2}
    scenario = loads(BASE, overrides=two)
    found = summarise(simulated(two), scenario)["checkpoint_writes"]
    assert found["lost"] == 0
    assert (found["time"]["count"], found["time"]["mean"], found["time"]["max"]) == (2, 5, 5)
    crash = "kind: crash, executors: a-0, at: 3s, restart_after: 1s"
    lost = summarise(simulated(lasting, crash), loads(BASE))["checkpoint_writes"]
    assert (lost["lost"], lost["time"]["count"], lost["time"]["censored"]) == (1, 0, 1)
    none = summarise(simulated(), loads(BASE))["checkpoint_writes"]
    assert none["time"]["count"] == 0 and none["lost"] is None


def test_the_printed_summary_has_the_mean_write_only_if_there_are_writes() -> None:
    for changes, shown in ((LARGE | {"duration": "100s"}, ["3.000 s"]), ({}, [])):
        scenario = loads(BASE, overrides=changes)
        rows = overview(summarise(simulated(changes), scenario) | {"predicted": {}})
        assert [row.found for row in rows if row.metric == "checkpoint_writes.time.mean"] == shown


# Tasks


def test_a_task_that_pauses_for_its_checkpoint_also_pauses_for_the_write() -> None:
    """A run of 10 s with checkpoints at 3, 6 and 9 s, of 1 MiB: each takes 0.5 s to make and 1 s to write."""
    run = submitted.simulated([stateful()], STORE | {"checkpoints.time": "500ms", "actors.state_size": "1MiB"})
    assert ended(run) == ("completed", 10.4 + 3 * 1.5)
    assert (execution(run)["checkpoints"], execution(run)["standing"]) == (3, 4.5)


def test_two_tasks_at_one_executor_share_its_store() -> None:
    run = submitted.simulated([stateful(), stateful()], STORE | {"actors.state_size": "1MiB"})
    assert [ended(run, number) for number in (0, 1)] == [("completed", 10.4 + 3 * 2)] * 2


def test_a_flush_follows_the_write() -> None:
    """The checkpoint that is begun at 3 s is stored at 3 + 1 + 1 s of the run, which begins at 0.2 s."""
    changes = STORE | {"actors.state_size": "1MiB", "checkpoints.flush": "1s", "tasks.run_time": "8s"}
    for at, kept in ((5.19, 0), (5.21, 1)):
        crash = f"kind: crash, executors: run-0, at: {at}s, restart_after: 1s"
        assert submitted.simulated([stateful(interval=3)], changes, crash).recoveries["sequence"].tolist() == [kept]


def test_a_crash_within_the_write_loses_the_checkpoint() -> None:
    changes = STORE | {"actors.state_size": "2MiB", "checkpoints.pauses": False}
    for at, kept in ((5.19, 0), (5.21, 1)):
        crash = f"kind: crash, executors: run-0, at: {at}s, restart_after: 1s"
        assert submitted.simulated([stateful(interval=3)], changes, crash).recoveries["sequence"].tolist() == [kept]


# Without an effect


def test_a_store_that_takes_no_time_changes_no_time() -> None:
    fast = simulated({"checkpoints.store_bandwidth": "100TiB/s"})
    assert times(fast) == times(simulated()) == after(0)
