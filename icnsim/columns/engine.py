"""A run of the columnar engine: it draws, calls the kernel, provides the resources that the kernel needs, and assembles
the recording.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np

from icnsim.columns import parameters
from icnsim.columns.applicability import NotExact, unsupported
from icnsim.columns.compiler import compiling
from icnsim.columns.drawing import Drawing
from icnsim.columns.kernel import advance as kernel
from icnsim.columns.kernel import layout as at
from icnsim.columns.memory import Memory
from icnsim.columns.population import population
from icnsim.columns.tables.assembly import TIMES, recording
from icnsim.columns.tables.snapshot import snapshot
from icnsim.draws.arrivals import arrival_times, span
from icnsim.draws.streams import Floats, Integers
from icnsim.draws.streams import phases as drawn_phases
from icnsim.errors import BudgetError
from icnsim.numbers import as_given
from icnsim.recording.columns import Recording
from icnsim.recording.lattices import Lattices
from icnsim.recording.progress import Budget, Observer, Running, Snapshot
from icnsim.scenario import Scenario

WORTH_LOADING: Final = 2_000
"""The number of arrivals, of all runs of this process, from which loading a stored compiled kernel, 25 ms, saves time.

A small run of a sweep takes half the time with the kernel that earlier runs have loaded.
"""
WORTH_COMPILING: Final = 20_000
"""The number of these arrivals from which compiling in a thread, 1.1 s, saves time; until then runs are interpreted."""
CHUNK: Final = 1 << 16
BLOCK: Final = 1 << 13
INTERPRETED_CHUNK: Final = 1 << 11
INTERPRETED_BLOCK: Final = 1 << 10
"""The number of arrivals, and of retries, whose draws are in memory at once."""


class Computed(NamedTuple):
    """The result of `simulate`.

    Attributes
    ----------
    recording : the recording of the run.
    suspects : for each actor, whether it may have violated an invariant. All other actors have violated none.
    chosen : the actor of each arrival, -1 if the arrival was skipped.
    """

    recording: Recording
    suspects: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    chosen: Integers


class Run:
    """One run.

    Parameters
    ----------
    compiled : True compiles the kernel at once, False interprets it, None compiles it when this saves time.

    Attributes
    ----------
    memory : the sequences of the kernel.
    window : the horizon and the measured window, µs.
    population : the actors at the start.
    phases : the phase of each manager's loop, µs; None without managers.
    checker : the instants at which the task checkers tick; None without task checkers.
    """

    def __init__(self, scenario: Scenario, *, compiled: bool | None = None) -> None:
        self._scenario = scenario
        self._times = times = arrival_times(scenario)
        self.window = span(scenario, times)
        self._count = len(times)
        self._compiled = compiling.compiled() if compiled else None
        self._compiling = False
        self._arrived = 0
        arrivals = compiling.Demand.with_run(self._count)
        if compiled is None and arrivals >= WORTH_LOADING:
            self._compiled = compiling.loaded()
            self._compiling = self._compiled is None and arrivals >= WORTH_COMPILING and compiling.is_wanted()
        if self._compiling:
            compiling.background()
        is_compiled = self._compiled is not None
        self.population = population(scenario)
        pace = parameters.paces(scenario)
        self._drawing = Drawing(scenario, times, *pace)
        self.phases = phases(scenario, "manager", scenario.manager.enabled, scenario.manager.check_interval)
        every = scenario.task_checker.check_interval
        starts = phases(scenario, "task_checker", scenario.task_checker.enabled, every)
        self.checker = None if starts is None else Lattices.of_phases(starts, every, self.window.horizon)
        largest = CHUNK if is_compiled else INTERPRETED_CHUNK
        self._chunk = max(4, min(largest, -(-self._count // 4) * 4))
        self._block = BLOCK if is_compiled else INTERPRETED_BLOCK
        self.memory = Memory(
            scenario, self.population, pace, self.phases, self._count, self.window.horizon, self._chunk, self._block,
            self._drawing.width, compiled=is_compiled,
        )  # fmt: skip

    def run(self, observer: Observer | None = None, budget: Budget | None = None) -> Computed:
        """Simulate to the horizon.

        Parameters
        ----------
        observer : is called after each chunk of arrivals. budget : the limits of the run.

        Raises
        ------
        BudgetError : the budget is exhausted.
        """
        running = (budget or Budget()).begun()
        for first, draws, single in self._drawn():
            self.memory.load_arrivals(draws, single, first)
            last = min(first + self._chunk, self._count)
            self._advance(kernel.ARRIVALS, last)
            self._arrived = last
            if self._scenario.retry.max_retries:
                self._advance(kernel.CATCH_UP, int(draws[at.D_TIME, last - first - 1]) - 1)
            if observer is not None:
                observer(last / self._count, self._events(last), self.snapshot)
            self._check_budget(running, self._events(last), int(self._times[last - 1]))
            self._promote()
        self._advance(kernel.END, self.window.horizon - 1)
        computed = self._computed()
        self._check_budget(running, computed.recording.events, self.window.horizon)
        return computed

    def snapshot(self) -> Snapshot:
        """The state at the last processed arrival."""
        memory, now = self.memory, int(self._times[self._arrived - 1])
        self._advance(kernel.CATCH_UP, now)
        attempts = {name: memory.attempts(place) for name, place in TIMES.items()}
        attempts["failure"] = memory.attempts(at.FATE_OF) & 3
        numbers = memory.m
        in_flight = int(numbers[at.N_SENT]) - int(numbers[at.N_LOST]) - int(numbers[at.N_DELIVERED])
        retries = int((memory.attempts(at.ACTOR_OF) >> at.HALF > 1).sum())
        events = self._events(self._arrived)
        return snapshot(attempts, retries, now, self.window.horizon, events, memory.skipped(), in_flight)

    def _drawn(self) -> Iterator[tuple[int, Integers, Floats]]:
        """The draws of each chunk of arrivals. With a compiled kernel a thread draws one chunk ahead."""
        buffers = [
            (np.zeros((self._drawing.width, self._chunk), np.int64), np.zeros((at.UNIFORMS, self._chunk)))
            for _ in range(2)
        ]

        def draw(number: int) -> tuple[int, Integers, Floats]:
            draws, single = buffers[number % 2]
            for task in self._drawing.arrivals(draws, single, number * self._chunk, compiled=self.memory.compiled):
                task()
            return number * self._chunk, draws, single

        chunks = -(-self._count // self._chunk)
        if not self.memory.compiled or chunks < 2:
            yield from map(draw, range(chunks))
            return
        with ThreadPoolExecutor(1, "draws ahead") as pool:
            ahead = pool.submit(draw, 0)
            for number in range(chunks):
                drawn = ahead.result()
                if number + 1 < chunks:
                    ahead = pool.submit(draw, number + 1)
                yield drawn

    def _events(self, arrivals: int) -> int:
        """The number of events so far, without ticks."""
        return arrivals + int(self.memory.m[at.N_DELIVERED]) + int(self.memory.m[at.N_STAGES])

    def _check_budget(self, budget: Running, events: int, at_us: int) -> None:
        """Raise BudgetError if the budget is exhausted. This is checked after each chunk and at the end."""
        if budget.max_events is not None and events > budget.max_events:
            limit = f"--max-events of {budget.max_events}"
        elif budget.max_wall_s is not None and budget.out_of_time():
            limit = f"--max-wall of {as_given(budget.max_wall_s, 's')}"
        else:
            return
        raise BudgetError(
            f"stopped after {events} events at {as_given(at_us / 1e6, 's')} of virtual time: "
            f"the budget {limit} is used up; raise it or shorten the scenario"
        )

    def _promote(self) -> None:
        """Switch to the compiled kernel if a thread has compiled it in the meantime."""
        if self._compiling and self._compiled is None:
            self._compiled = compiling.finished()
            if self._compiled is not None:
                self.memory.promote()

    def _advance(self, task: int, until: int) -> None:
        """Let the kernel perform a task, and provide the resources that it needs."""
        memory = self.memory
        while True:
            status = self._call(memory, task, until)
            if status == at.DONE:
                return
            if status == at.DRAWS_NEEDED:
                self._draw()
            elif status == at.ROOM_NEEDED:
                memory.grow()
            elif status == at.ROWS_NEEDED:
                memory.add_rows()
            else:
                memory.flush_log()

    def _call(self, memory: Memory, task: int, until: int) -> int:
        """Call the kernel once; return its status."""
        if self._compiled is None:
            return kernel.advance(memory.m, memory.f, memory.r, task, until)
        return self._compiled(memory.m.ctypes.data, memory.f.ctypes.data, memory.r.ctypes.data, task, until)

    def _draw(self) -> None:
        """Draw the block that the kernel needs."""
        numbers, size = self.memory.m, self._block
        stream, block = int(numbers[at.N_STREAM_NEEDED]), int(numbers[at.N_BLOCK_NEEDED])
        attempts = int(numbers[at.N_MOST])
        if stream < attempts:
            draws, single = np.zeros((self._drawing.width, size), np.int64), np.zeros((at.UNIFORMS, size))
            self._drawing.retries(draws, single, block * size, stream + 2)
            self.memory.load_block(stream, block, draws, single)
            return
        purpose = f"actor/{stream - attempts}"
        self.memory.load_block(stream, block, None, self._drawing.single(purpose, block * size, size))

    def _computed(self) -> Computed:
        """Assemble the result."""
        actors = self.memory.actors()
        suspects = np.zeros(self.population.actors, np.bool_)
        suspects[actors[:, at.A_NUMBER]] = actors[:, at.A_SUSPECT] != 0
        recorded = recording(
            self._scenario, self.memory, self.population, self.window, self._times, actors, self.phases,
            self.checker,
        )  # fmt: skip
        return Computed(recorded, suspects, self.memory.chosen())


def phases(scenario: Scenario, loop: str, enabled: bool, interval: int) -> Integers | None:
    """The phase of each executor's loop, µs; None if the loop does not run."""
    if not enabled:
        return None
    if scenario.manager.phase == "aligned":
        return np.zeros(scenario.executor_count, dtype=np.int64)
    return drawn_phases(scenario, loop, interval)


def simulate(
    scenario: Scenario, *, observer: Observer | None = None, budget: Budget | None = None, compiled: bool | None = None
) -> Computed:
    """Compute the recording that the event engine simulates.

    Parameters
    ----------
    observer : is called after each chunk of arrivals.
    budget : the limits of the run.
    compiled : True compiles the kernel at once, False interprets it, None compiles it when this saves time.

    Raises
    ------
    NotExact : a key of the scenario needs the event engine, see `unsupported`.
    BudgetError : the budget is exhausted.
    """
    key = unsupported(scenario)
    if key is not None:
        raise NotExact(f"{key} needs the event engine")
    return Run(scenario, compiled=compiled).run(observer, budget)
