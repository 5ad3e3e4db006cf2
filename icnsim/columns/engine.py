"""One run of the columnar engine: draw, let the kernel go on, give it what it asks for, hand over the recording."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np

from icnsim.columns import parameters, population
from icnsim.columns.applicability import NotExact, unsupported
from icnsim.columns.compiler import compiling
from icnsim.columns.drawing import Drawing
from icnsim.columns.kernel import advance as kernel
from icnsim.columns.kernel import layout as at
from icnsim.columns.memory import Memory
from icnsim.columns.tables.assembly import TIMES, recording
from icnsim.columns.tables.snapshot import snapshot
from icnsim.draws.arrivals import arrival_times, span
from icnsim.draws.streams import Floats, Integers
from icnsim.draws.streams import phases as drawn_phases
from icnsim.errors import BudgetError
from icnsim.recording.columns import Recording
from icnsim.recording.progress import Budget, Observer, Snapshot
from icnsim.scenario import Scenario

WORTH_LOADING: Final = 2_000
"""From so many arrivals on a compiled kernel that is kept on disk pays for its loading, 25 ms."""
WORTH_COMPILING: Final = 20_000
"""From so many on it pays to compile it in a thread, 1.1 s; the interpreter works on meanwhile."""
CHUNK: Final = 1 << 16
BLOCK: Final = 1 << 13
INTERPRETED_CHUNK: Final = 1 << 11
INTERPRETED_BLOCK: Final = 1 << 10
"""Arrivals of which the draws are there at once, and retries of which they are drawn at once."""


class Computed(NamedTuple):
    """What `simulate` found.

    Attributes
    ----------
    recording : of the run.
    suspects : for each actor whether it may have violated an invariant; who is not suspected has not.
    chosen : the actor of each arrival, -1 where it was skipped.
    """

    recording: Recording
    suspects: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    chosen: Integers


class Run:
    """One run.

    Parameters
    ----------
    compiled : whether the kernel is to be compiled: at once, not at all, or, None, if and when it pays.
    """

    def __init__(self, scenario: Scenario, *, compiled: bool | None = None) -> None:
        self._scenario = scenario
        self._times = times = arrival_times(scenario)
        self.window = span(scenario, times)
        self._count = len(times)
        self._compiled = compiling.compiled() if compiled else None
        self._waits = False
        self._arrived = 0
        if compiled is None and self._count >= WORTH_LOADING:
            self._compiled = compiling.loaded()
            self._waits = self._compiled is None and self._count >= WORTH_COMPILING and compiling.is_wanted()
        if self._waits:
            compiling.begun()
        at_once = self._compiled is not None
        self.those = population.population(scenario)
        pace = parameters.paces(scenario)
        self._drawing = Drawing(scenario, times, *pace)
        self.phases = phases(scenario, "manager", scenario.manager.enabled, scenario.manager.check_interval)
        checker = scenario.task_checker
        self.checker_phases = phases(scenario, "task_checker", checker.enabled, checker.check_interval)
        most = CHUNK if at_once else INTERPRETED_CHUNK
        self._chunk = max(4, min(most, -(-self._count // 4) * 4))
        self._block = BLOCK if at_once else INTERPRETED_BLOCK
        self.memory = Memory(
            scenario, self.those, pace, self.phases, self._count, self.window.horizon, self._chunk, self._block,
            self._drawing.width, compiled=at_once,
        )  # fmt: skip

    def run(self, observer: Observer | None = None, budget: Budget | None = None) -> Computed:
        """Simulate to the horizon."""
        began = time.monotonic()
        for first, draws, single in self._drawn():
            self.memory.show(draws, single, first)
            last = min(first + self._chunk, self._count)
            self._go_on(kernel.ARRIVALS, last)
            self._arrived = last
            if self._scenario.retry.max_retries:
                self._go_on(kernel.CATCH_UP, int(draws[at.D_TIME, last - first - 1]) - 1)
            if observer is not None:
                observer(last / self._count, self._events(last), self.snapshot)
            if budget is not None:
                self._spend(budget, last, began)
            self._promote()
        self._go_on(kernel.END, self.window.horizon - 1)
        return self._computed()

    def snapshot(self) -> Snapshot:
        """The state at the last arrival that was computed."""
        memory, now = self.memory, int(self._times[self._arrived - 1])
        self._go_on(kernel.CATCH_UP, now)
        attempts = {name: memory.attempts(place) for name, place in TIMES.items()}
        attempts["failure"] = memory.attempts(at.FATE_OF) & 3
        numbers = memory.m
        in_flight = int(numbers[at.N_SENT]) - int(numbers[at.N_LOST]) - int(numbers[at.N_DELIVERED])
        retries = int((memory.attempts(at.ACTOR_OF) >> at.HALF > 1).sum())
        events = self._events(self._arrived)
        return snapshot(attempts, retries, now, self.window.horizon, events, memory.skipped(), in_flight)

    def _drawn(self) -> Iterator[tuple[int, Integers, Floats]]:
        """The draws of each chunk of arrivals; where the kernel is compiled a thread draws one chunk ahead of it."""
        buffers = [
            (np.zeros((self._drawing.width, self._chunk), np.int64), np.zeros((at.UNIFORMS, self._chunk)))
            for _ in range(2)
        ]

        def draw(number: int) -> tuple[int, Integers, Floats]:
            draws, single = buffers[number % 2]
            for task in self._drawing.arrivals(draws, single, number * self._chunk):
                task()
            return number * self._chunk, draws, single

        chunks = -(-self._count // self._chunk)
        if not self.memory.compiled or chunks < 2:
            yield from map(draw, range(chunks))
            return
        with ThreadPoolExecutor(1, "draws ahead") as ahead:
            following = ahead.submit(draw, 0)
            for number in range(chunks):
                drawn = following.result()
                if number + 1 < chunks:
                    following = ahead.submit(draw, number + 1)
                yield drawn

    def _events(self, arrivals: int) -> int:
        """The events so far, without ticks."""
        return arrivals + int(self.memory.m[at.N_DELIVERED]) + int(self.memory.m[at.N_STAGES])

    def _spend(self, budget: Budget, arrivals: int, began: float) -> None:
        """Stop if the budget is used up; looked at once a chunk of arrivals."""
        events = self._events(arrivals)
        if budget.max_events is not None and events > budget.max_events:
            which = f"--max-events of {budget.max_events}"
        elif budget.max_wall_s is not None and time.monotonic() - began > budget.max_wall_s:
            which = f"--max-wall of {budget.max_wall_s:g} s"
        else:
            return
        raise BudgetError(
            f"stopped after {events} events at {int(self._times[arrivals - 1]) / 1e6:g} s of virtual time: "
            f"the budget {which} is used up; raise it or shorten the scenario"
        )

    def _promote(self) -> None:
        """Go on with the compiled kernel if a thread has compiled it meanwhile."""
        if self._waits and self._compiled is None:
            self._compiled = compiling.finished()
            if self._compiled is not None:
                self.memory.promote()

    def _go_on(self, what: int, until: int) -> None:
        memory = self.memory
        while True:
            status = self._advance(memory, what, until)
            if status == at.DONE:
                return
            if status == at.DRAWS_NEEDED:
                self._draw()
            elif status == at.ROOM_NEEDED:
                memory.grow()
            elif status == at.ROWS_NEEDED:
                memory.add_rows()
            else:
                memory.put_log_away()

    def _advance(self, memory: Memory, what: int, until: int) -> int:
        if self._compiled is None:
            return kernel.advance(memory.m, memory.f, memory.r, what, until)
        return self._compiled(memory.m.ctypes.data, memory.f.ctypes.data, memory.r.ctypes.data, what, until)

    def _draw(self) -> None:
        """Draw the block that the kernel asks for."""
        numbers, size = self.memory.m, self._block
        stream, block = int(numbers[at.N_STREAM_NEEDED]), int(numbers[at.N_BLOCK_NEEDED])
        most = int(numbers[at.N_MOST])
        if stream < most:
            draws, single = np.zeros((self._drawing.width, size), np.int64), np.zeros((at.UNIFORMS, size))
            self._drawing.retries(draws, single, block * size, stream + 2)
            self.memory.load(stream, block, draws, single)
            return
        turn = stream - most
        if turn <= at.REDRAWS + 1:
            purpose = f"actor/{turn}"
        else:
            number, turn = divmod(turn - at.REDRAWS - 1, at.TURNS)
            purpose = f"target/{number}/{turn}"
        self.memory.load(stream, block, None, self._drawing.single(purpose, block * size, size))

    def _computed(self) -> Computed:
        actors = self.memory.actors()
        suspects = np.zeros(self.those.actors, np.bool_)
        suspects[actors[:, at.A_NUMBER]] = actors[:, at.A_SUSPECT] != 0
        found = recording(
            self._scenario, self.memory, self.those, self.window, self._times, actors, self.phases,
            self.checker_phases,
        )  # fmt: skip
        return Computed(found, suspects, self.memory.chosen())


def phases(scenario: Scenario, loop: str, enabled: bool, interval: int) -> Integers | None:
    """The phase of each executor's loop; None where it does not run."""
    if not enabled:
        return None
    if scenario.manager.phase == "aligned":
        return np.zeros(scenario.executor_count, dtype=np.int64)
    return drawn_phases(scenario, loop, interval)


def simulate(
    scenario: Scenario, *, observer: Observer | None = None, budget: Budget | None = None, compiled: bool | None = None
) -> Computed:
    """Compute what the event engine simulates.

    Parameters
    ----------
    observer : called after each chunk of arrivals. budget : the limits of the run.
    compiled : whether to compile the kernel; None, where and when it pays.

    Raises
    ------
    NotExact : the scenario has a key that needs the event engine, see `unsupported`.
    BudgetError : the budget is used up.
    """
    key = unsupported(scenario)
    if key is not None:
        raise NotExact(f"{key} needs the event engine")
    return Run(scenario, compiled=compiled).run(observer, budget)
