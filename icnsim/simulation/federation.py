"""The federation: everything of a scenario put together, run to its end, and handed over."""

import gc
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from icnsim.draws.arrivals import arrival_times, span
from icnsim.draws.population import homes, state_sizes
from icnsim.draws.streams import Streams, phases
from icnsim.protocol.messages import AttemptId, ExecutorId, Message
from icnsim.protocol.policy import refusal
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.states import State
from icnsim.recording import outcome
from icnsim.recording.canonical import canonical
from icnsim.recording.columns import (
    BLOCKED,
    NEVER,
    REJECTED,
    UNREACHABLE,
    UNWILLING,
    WILLING,
    Column,
    Integers,
    Recorder,
    Recording,
    columns_of,
)
from icnsim.recording.lattices import Lattices
from icnsim.scenario import Scenario
from icnsim.scenario.distributions import Constant
from icnsim.scenario.executors import ExecutorGroup
from icnsim.simulation.branch import Branch
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import SAMPLE, Budget, Environment, Progress
from icnsim.simulation.executor import Behavior, Executor
from icnsim.simulation.glimpse import Glimpse, Onlooker, counted, held
from icnsim.simulation.loops import Calendar, Deadlines, ManagerLoop
from icnsim.simulation.network import Network
from icnsim.simulation.workload import Workload

ANY_MEMORY = 1 << 62


class Federation:
    """One simulation of a scenario, ready to run.

    Parameters
    ----------
    scenario : what is simulated.

    Attributes
    ----------
    window_start, window_end, horizon : see `Recording`, µs.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        times = arrival_times(scenario)
        self.window_start, self.window_end, self.horizon = span(scenario, times)
        self.env = Environment()
        self.recorder = Recorder(len(times))
        self.directory = Directory(homes(scenario))
        self.state_sizes = state_sizes(scenario)
        self.phases = self._phases("manager", scenario.manager.enabled, scenario.manager.check_interval)
        self._assemble(times)

    def _assemble(self, times: Integers) -> None:
        """Make the parts that act, for arrivals at these times."""
        scenario = self.scenario
        self.streams = Streams(scenario, times)
        self.network = Network(self.env, self.streams, scenario)
        self.executors = self._make_executors()
        self.network.connect([executor.inbox for executor in self.executors])
        self._start_loops()
        self.workload = Workload(
            scenario, self.env, self.streams, self.recorder, self.directory, self.executors, self.state_sizes
        )

    def run(self, budget: Budget, progress: Onlooker | None) -> Recording:
        """Simulate to the horizon; see `simulate`."""
        self.workload.start()
        if self.scenario.record.timeline is not None:
            self.env.at(0, self._sample, None, SAMPLE)
        with _uncollected():
            self.env.advance(self.horizon, budget, None if progress is None else self._told(progress))
            return canonical(self._recording())

    def glimpse(self) -> Glimpse:
        """What it looks like now; costs a look at every attempt and every record."""
        attempts, retries, ended = counted(self.recorder)
        active, records = held(executor.manager for executor in dict.fromkeys(self.executors))
        return Glimpse(
            self.env._now, self.horizon, self.env.processed, attempts, retries, ended, len(self.recorder.skipped),
            active, records, self.network.in_flight(),
        )  # fmt: skip

    def _told(self, onlooker: Onlooker) -> Progress:
        return lambda share, events: onlooker(share, events, self.glimpse)

    def _make_executors(self) -> list[Executor]:
        scenario, manager = self.scenario, self.scenario.manager
        timeouts = manager.timeouts_ms
        deadlines = tuple(
            Deadlines(self.env, state, timeouts[state]) if manager.enabled and state in timeouts else None
            for state in State
        )
        executors: list[Executor] = []
        for group in scenario.executors:
            behavior = self._behavior(group)
            # Whom nobody asks and where no actor lives: one object stands for them all.
            idle = not group.weight and not group.hosts_actors and scenario.trace is None
            made = [
                Executor(
                    ExecutorId(len(executors) + number),
                    behavior,
                    timeouts,
                    manager.retention // 1000,
                    self.env,
                    self.network,
                    self.streams,
                    self.recorder,
                    self.directory,
                    deadlines,
                )
                for number in range(1 if idle else group.count)
            ]
            executors += made * group.count if idle else made
        return executors

    def _behavior(self, group: ExecutorGroup) -> Behavior:
        size, capacity = self.scenario.actors.state_size.constant, group.capacity
        refuses = "rejecting" if group.behavior == "rejecting" else None
        if "checkpoint_store" not in group.parts:
            refuses = "no checkpoint store"
        memory, queue = (capacity.memory, capacity.queue) if "policy" in group.parts else (ANY_MEMORY, Constant(0.0))
        known = size is not None and queue.constant is not None
        return Behavior(
            answers=group.behavior != "unresponsive" and "migration_manager" in group.parts,
            refuses=refuses,
            welcomes=known and refuses is None and refusal(memory, queue.constant, round(size)) is None,
            slowdown=group.slowdown if group.behavior == "slow" else 1,
            answer_probability=group.answer_probability,
            memory_bytes=memory,
            queue=queue,
        )

    def _start_loops(self) -> None:
        if self.phases is None:
            return
        calendar, interval = Calendar(self.env), self.scenario.manager.check_interval
        for executor, phase in zip(self.executors, self.phases.tolist(), strict=True):
            executor.loop = ManagerLoop(
                self.env, calendar, executor.manager, executor.id, phase, interval, self.recorder.ticks
            )

    def _phases(self, loop: str, enabled: bool, interval: int) -> Integers | None:
        scenario = self.scenario
        if not enabled:
            return None
        if scenario.manager.phase == "aligned":
            return np.zeros(scenario.executor_count, dtype=np.int64)
        return phases(scenario, loop, interval)

    def _sample(self, _: None, __: int) -> None:
        self.recorder.in_flight.append(self.network.in_flight())
        step = self.scenario.record.timeline
        assert step is not None
        self.env.at(self.env._now + step, self._sample, None, SAMPLE)

    def _recording(self) -> Recording:
        scenario, recorder, network = self.scenario, self.recorder, self.network
        attempts, places = recorder.attempts(), recorder.places()
        subjects = (entry[4] for entry in self.env.queue)
        pending = sorted({s.attempt for s in subjects if isinstance(s, Message | MigrationRecord)})
        attempts["state_bytes"] = np.array(self.state_sizes, dtype=np.int64)[attempts["actor"]]
        self._measure(attempts)
        checker, in_flight = scenario.task_checker, network.in_flight()
        log = None if network.log is None else columns_of(network.log)
        if log is not None:
            log["task"] = np.where(scenario.submissions is not None, log["attempt"], NEVER)
            log["attempt"] = places[log["attempt"]]
            log["arrives"] = np.where(log["arrives"] < self.horizon, log["arrives"], NEVER)
        return Recording(
            attempts=attempts,
            reasons=tuple(recorder.reasons),
            ticks=columns_of(recorder.ticks),
            in_flight=np.frombuffer(recorder.in_flight, np.int64),
            skipped=np.frombuffer(recorder.skipped, np.int64),
            phases=self.phases,
            checker_phases=self._phases("task_checker", checker.enabled, checker.check_interval),
            events=self.env.processed,
            messages_sent=network.sent,
            messages_delivered=network.sent - network.lost - in_flight,
            messages_lost=network.lost,
            messages_in_flight=in_flight,
            message_log=log,
            ignored=dict(sorted(recorder.ignored.items())),
            pending=places[pending] if pending else None,
            window_start=self.window_start,
            window_end=self.window_end,
            horizon=self.horizon,
            lattices=self._lattices(),
        )

    def _lattices(self) -> Lattices | None:
        """When the managers tick; None without a manager."""
        if self.phases is None:
            return None
        return Lattices.of_phases(self.phases, self.scenario.manager.check_interval, self.horizon)

    def _measure(self, attempts: dict[str, Column]) -> None:
        """Add the columns that follow from the others, now that nothing is to come."""
        attempts["willing"] = self._willing(attempts)
        failures = outcome.failures(attempts, self.scenario.manager.timeouts_ms)
        attempts["failed_in"], attempts["failed_since"], attempts["deadline"] = failures
        attempts["downtime"] = outcome.downtimes(attempts, self.horizon)
        attempts["duplicate_run"] = _duplicate_runs(attempts, self.horizon)
        attempts["queued"] = np.zeros(len(attempts["migration"]), dtype=np.int64)

    def _willing(self, attempts: dict[str, Column]) -> Column:
        """For each attempt whether its target would accept it, now that nothing is to come.

        A target that admitted the actor was willing, one that rejected it was not. Where no
        answer was given, the target is asked: it was unless its behaviour or its capacity
        forbids, or an active record of an older attempt blocked the actor. One that a fault has
        kept from the exchange was not to be reached.
        """
        willing: Column = (attempts["admitted"] != NEVER).astype(np.int8)
        asked = np.flatnonzero(
            (attempts["admitted"] == NEVER) & (attempts["failure"] != REJECTED) & (attempts["willing"] < BLOCKED)
        )
        columns = (attempts[name][asked].tolist() for name in ("target", "state_bytes"))
        numbers = self.recorder.rows()[asked].tolist()
        for row, attempt, target, size in zip(asked.tolist(), numbers, *columns, strict=True):
            if self.executors[target].would_accept(AttemptId(attempt), size):
                willing[row] = WILLING
        willing[(attempts["willing"] == UNREACHABLE) & (attempts["completed"] == NEVER)] = UNWILLING
        return willing


def simulate(
    scenario: Scenario,
    *,
    progress: Onlooker | None = None,
    budget: Budget | None = None,
    observe: bool = False,
    branch: Branch | None = None,
) -> Recording:
    """Simulate a scenario to its end.

    Parameters
    ----------
    scenario : what is simulated; the same one gives the same recording, bit for bit.
    progress : called now and then with the share of virtual time done, the events so far and `Federation.glimpse`.
    budget : what the run may use, without limit if left out.
    observe : watch every invariant while it runs, also where the scenario does not ask for it.
    branch : where the draws leave the scenario's seed; such a run is observed.

    Raises
    ------
    BudgetError : the budget is used up.
    """
    # The federation is gone before searches begin again, so the first of them finds it, among all that is young.
    with _uncollected():
        return _made(scenario, branch, observe=observe).run(budget or Budget(), progress)


def _made(scenario: Scenario, branch: Branch | None, *, observe: bool) -> Federation:
    if scenario.plain and not observe and branch is None:
        return Federation(scenario)
    from icnsim.simulation.unhappy import UnhappyFederation

    return UnhappyFederation(scenario, branch)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles: while a federation is made and runs none is left, and it would cost a fifth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _duplicate_runs(attempts: dict[str, Column], horizon: int) -> Integers:
    """How long each attempt made its actor run twice, µs.

    That happens where the source failed after it had paused the actor, so that it ran on
    there, and the target restored it all the same. The copy that is not the newest runs on
    until its executor restores the actor again, or to the end.
    """
    doubled = np.zeros(len(attempts["migration"]), dtype=np.int64)
    failed, restored = attempts["failed"], attempts["restored"]
    both = (failed != NEVER) & (attempts["accepted"] != NEVER) & (restored != NEVER)
    if not both.any():
        return doubled
    # The times at which each actor was restored at each executor, in order.
    order = np.lexsort((restored, attempts["target"], attempts["actor"]))
    times: dict[tuple[int, int], list[int]] = {}
    for actor, target, time in zip(*(attempts[name][order].tolist() for name in ("actor", "target", "restored"))):
        if time != NEVER:
            times.setdefault((actor, target), []).append(time)
    for row in np.flatnonzero(both).tolist():
        newest_at_target = restored[row] >= failed[row]
        stale = attempts["source" if newest_at_target else "target"][row]
        began = max(int(failed[row]), int(restored[row]))
        there = times.get((int(attempts["actor"][row]), int(stale)), [])
        place = bisect_right(there, began)
        doubled[row] = (there[place] if place < len(there) else horizon) - began
    return doubled
