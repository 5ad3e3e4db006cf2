"""The load reports that executors send to each other: the time of the newest one that an executor has received.

Theory of operation. A loop at each executor makes a report every `policy.report_every` while its process runs, and
gossips it to all others. A report is not an event. Its delay follows from its number, and its loss or delay by faults
follows from the history of the links and of the processes. So both classes here compute what events would do.

If no fault and no loss can affect a report, all observers have received the same ones (`SharedReports`). Otherwise each
pair of reporter and observer has separate ones (`Reports`). A report then passes the same tests as a message, see
`links`: a partition loses or holds it, loss and disturbances affect it with draws of its pair, an observer that is down
loses it, and one that is stalled receives it when it resumes.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from icnsim.draws.streams import Further, phases
from icnsim.recording.columns import NEVER
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.cuts import Cut, Disturbance, disturbed, holds, loses
from icnsim.simulation.time.environment import Environment

LABEL: Final = "report"
"""The name of load reports in the `messages` of a fault."""
LOST: Final = -1
PENDING: Final = 1 << 62
"""The arrival of a report that has not arrived yet."""


class SharedReports:
    """The reports in a federation without faults and loss: every observer has received the same ones."""

    def __init__(self, scenario: Scenario) -> None:
        self._every = scenario.policy.report_every
        self._delay = scenario.network.gossip.delay
        self._further = Further(scenario.seed)
        self._names = scenario.executor_names
        self._phases = phases(scenario, LABEL, self._every).tolist()

    def view(self, observer: int) -> int:
        """A number that two observers share if they have received the same reports."""
        return 0

    def newest(self, executor: int, observer: int, now: int) -> int:
        """The time of the newest report of an executor that an observer has received, µs.

        Before the first report has arrived it is 0, the instant at which every load is known.
        """
        phase, every, purpose = self._phases[executor], self._every, f"report/{self._names[executor]}"
        for number in range((now - phase) // every, -1, -1):
            made = phase + number * every
            if made + self._further.whole(purpose, self._delay, number) <= now:
                return int(made)
        return 0


class History:
    """The partitions and disturbances in effect at any time until now."""

    def __init__(self, env: Environment, hooks: Hooks) -> None:
        self._env = env
        self._since = [0]
        self._faults: list[tuple[Sequence[Cut], Sequence[Disturbance]]] = [((), ())]
        hooks.links_changed.append(self._changed)

    def _changed(self, cuts: Sequence[Cut], disturbances: Sequence[Disturbance]) -> None:
        self._since.append(self._env._now)
        self._faults.append((tuple(cuts), tuple(disturbances)))

    def at(self, time: int) -> tuple[int, Sequence[Cut], Sequence[Disturbance]]:
        """The faults in effect at that time, and the time since when they are the same, µs."""
        place = bisect_right(self._since, time) - 1
        return self._since[place], *self._faults[place]

    def released(self, sender: int, receiver: int, time: int) -> int:
        """The time at which all partitions that hold messages from that time on have healed; PENDING if not yet."""
        for place in range(bisect_right(self._since, time), len(self._since)):
            if not holds(self._faults[place][0], sender, receiver):
                return self._since[place]
        return PENDING

    def arrives(self, sender: int, receiver: int, sent: int, due: int, now: int) -> int:
        """The time of an arrival; LOST, or PENDING if it has not happened yet."""
        _, cuts, _ = self.at(sent)
        if loses(cuts, sender, receiver):
            return LOST
        time = max(due, self.released(sender, receiver, sent)) if holds(cuts, sender, receiver) else due
        while time <= now:
            _, cuts, _ = self.at(time)
            if loses(cuts, sender, receiver):
                return LOST
            if not holds(cuts, sender, receiver):
                return time
            time = self.released(sender, receiver, time)
        return PENDING


class Processes:
    """The states of each process until now: running, stalled or down."""

    RUNS, STALLED, DOWN = range(3)

    def __init__(self, env: Environment, hooks: Hooks, executors: int) -> None:
        self._env = env
        self._since = [array("q", [0]) for _ in range(executors)]
        self._states = [array("b", [self.RUNS]) for _ in range(executors)]
        hooks.executor_crashed.append(lambda executor, _: self._changed(executor))
        for hook in (hooks.executor_restarted, hooks.executor_stalled, hooks.executor_resumed):
            hook.append(self._changed)

    def _changed(self, executor: Executor) -> None:
        state = self.DOWN if not executor.up else self.STALLED if executor.stalled else self.RUNS
        self._since[executor.id].append(self._env._now)
        self._states[executor.id].append(state)

    def takes(self, executor: int, time: int) -> int:
        """The time at which a process receives an arrival of that time; LOST, or PENDING if it is still stalled."""
        since, states = self._since[executor], self._states[executor]
        for place in range(bisect_right(since, time) - 1, len(since)):
            if states[place] != self.STALLED:
                return LOST if states[place] == self.DOWN else max(time, since[place])
        return PENDING


class Reports:
    """The reports in a federation with faults or loss: each observer has received different ones.

    An executor that has missed reports in a stall or a crash continues like its loops (see `Rhythm`).
    """

    def __init__(self, scenario: Scenario, env: Environment, hooks: Hooks) -> None:
        every, executors = scenario.policy.report_every, scenario.executor_count
        self._delay = scenario.network.gossip.delay
        self._duplication = scenario.network.duplication
        self._link = scenario.link
        self._further = Further(scenario.seed)
        self._names = scenario.executor_names
        self._rhythm = Rhythm(env, hooks, phases(scenario, LABEL, every), every)
        self._history = History(env, hooks)
        self._processes = Processes(env, hooks, executors)
        self._ticks_before = [[0] for _ in range(executors)]
        self._known: dict[int, array[int]] = {}
        self._settled: dict[int, array[int]] = {}

    def view(self, observer: int) -> int:
        """A number that two observers share if they have received the same reports."""
        return observer

    def newest(self, executor: int, observer: int, now: int) -> int:
        """The time of an executor's newest report that an observer has received, µs; see `SharedReports.newest`."""
        if observer not in self._known:
            self._known[observer] = array("q", bytes(8 * len(self._names)))
            self._settled[observer] = array("q", [NEVER]) * len(self._names)
        known, settled = self._known[observer], self._settled[observer]
        # No new report will be received before `settled`.
        bound, first, pending = now + 1, NEVER, False
        while True:
            made, number = self._last_before(executor, bound)
            if made <= settled[executor]:
                break
            first = max(first, made)
            bound = made
            arrived = self._taken(executor, observer, made, number, now)
            if 0 <= arrived <= now:
                known[executor] = made
                break
            pending = pending or arrived == PENDING
            since, cuts, _ = self._history.at(made)
            if loses(cuts, executor, observer) or (arrived == PENDING and self._is_held(executor, observer, made)):
                bound = min(made, since)  # all reports since then have the same fate
        settled[executor] = max(settled[executor], known[executor] if pending else first)
        return known[executor]

    def _is_held(self, executor: int, observer: int, made: int) -> bool:
        """Whether a partition has held a message of that time until now."""
        _, cuts, _ = self._history.at(made)
        return holds(cuts, executor, observer) and self._history.released(executor, observer, made) == PENDING

    def _last_before(self, executor: int, bound: int) -> tuple[int, int]:
        """The time and the number of the last report before the instant `bound`; NEVER without such a report."""
        lattice, before = self._rhythm.lattices[executor], self._ticks_before[executor]
        assert lattice is not None
        ended, present = lattice.until(bound - 1)
        for place in range(len(before) - 1, len(ended)):
            first, stop, interval = ended[place]
            before.append(before[-1] + (stop - 1 - first) // interval + 1)
        if present is None:
            place = bisect_left(ended, bound, key=lambda segment: segment.first) - 1
            if place < 0:
                return NEVER, 0
            present = ended[place]
        else:
            place = len(ended)
        tick = (min(present.stop, bound) - 1 - present.first) // present.interval
        return present.first + tick * present.interval, before[place] + tick

    def _taken(self, executor: int, observer: int, made: int, number: int, now: int) -> int:
        """The time at which the observer receives a report; LOST, or PENDING if it has not received it yet."""
        _, cuts, disturbances = self._history.at(made)
        if loses(cuts, executor, observer):
            return LOST
        reporter, further = self._names[executor], self._further
        draws = f"report/{reporter}/{self._names[observer]}"
        found = disturbed(disturbances, LABEL, executor, further, draws, number)
        loss = self._link(executor, observer).loss
        lost = "loss" in found.kinds or (loss and further.uniform(f"lost/{draws}", number) < loss)
        copied = "duplication" in found.kinds or (
            self._duplication and further.uniform(f"duplicated/{draws}", number) < self._duplication
        )
        dues = [] if lost else [made + further.whole(f"report/{reporter}", self._delay, number) + found.late]
        if copied:
            dues.append(made + further.whole(f"{draws}/copy", self._delay, number))
        taken = [self._received(executor, observer, made, due, now) for due in dues]
        return min((time for time in taken if time != LOST), default=LOST)

    def _received(self, executor: int, observer: int, made: int, due: int, now: int) -> int:
        arrives = self._history.arrives(executor, observer, made, due, now)
        return arrives if arrives in (LOST, PENDING) else self._processes.takes(observer, arrives)
