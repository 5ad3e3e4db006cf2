"""Load reports: the loads that an executor has received, compared with reports that are events, and by hand."""

import random
from collections import defaultdict
from typing import Any

import pytest

from icnsim.protocol.messages import ExecutorId
from icnsim.recording.progress import Budget
from icnsim.scenario import loads
from icnsim.simulation.federation import Federation
from icnsim.simulation.network.links import Sending
from icnsim.simulation.workload.reports import Reports, SharedReports

S = 1_000_000
BASE = """
name: reporting
duration: 10min
drain: 1min
executors: [{group: e, count: 4, capacity: {load: 0.1}}]
actors: {count: 4, load: 0.1}
network: {gossip: {delay: 1500ms}}
policy: {report_every: 10s}
workload: {trigger: policy}
"""


def federation(text: str = BASE, *faults: str, **changes: object) -> Federation:
    items = "faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else ""
    return Federation(loads(text + items, overrides={key.replace("__", "."): value for key, value in changes.items()}))


def known(f: Federation, instants: list[int]) -> dict[tuple[int, int, int], int]:
    """The time of the newest known report, µs, by instant, reporter and observer that runs at that instant."""
    found: dict[tuple[int, int, int], int] = {}
    assert f.placement is not None
    reports = f.placement.reports

    def look(_: None, __: int) -> None:
        for observer in f.executors:
            if observer.up and not observer.stalled:
                for other in f.executors:
                    if other is not observer:
                        place = (f.env._now, other.id, observer.id)
                        found[place] = reports.newest(other.id, observer.id, f.env._now)

    for instant in instants:
        f.env.at(instant, look, None, 9)
    f.run(Budget(), None)
    return found


class Events:
    """A part that sends every report as an event over the links of a federation."""

    def __init__(self, f: Federation, ticks: list[tuple[int, int, int]]) -> None:
        self._f = f
        self.newest: dict[tuple[int, int], int] = defaultdict(int)
        for made, executor, number in ticks:
            f.env.at(made, self._send, (executor, number))

    def _send(self, subject: tuple[int, int], _: int) -> None:
        executor, number = subject
        f, names = self._f, self._f.scenario.executor_names
        delay = f.scenario.network.gossip.delay
        for observer in f.executors:
            if observer.id != executor:
                draws = f"report/{names[executor]}/{names[observer.id]}"
                f.links.send(
                    Sending(
                        "report", (ExecutorId(executor), observer.id, self, (executor, observer, f.env._now)), draws,
                        number, lambda: f.streams.further.whole(f"report/{names[executor]}", delay, number),
                        lambda d=draws: f.streams.further.whole(f"{d}/copy", delay, number),  # type: ignore[misc]
                    )
                )  # fmt: skip

    def deliver(self, subject: tuple[int, Any, int], _: int) -> None:
        _, observer, _ = subject
        if observer.up and observer.stalled:
            observer.timer(0, 0, self._take, subject)
        elif observer.up:
            self._take(subject, 0)

    def _take(self, subject: tuple[int, Any, int], _: int) -> None:
        executor, observer, made = subject
        self.newest[executor, observer.id] = max(made, self.newest[executor, observer.id])

    def drop(self, _: object) -> None:
        pass

    def stopped(self, _: object) -> None:
        pass


def drawn(dice: random.Random) -> list[str]:
    """Some faults whose times are odd, so that nothing happens at the same instant."""

    def window() -> str:
        return f"at: {dice.randrange(1, 400_000_000)}us, for: {dice.randrange(1, 300_000_000)}us"

    def fault() -> str:
        one = f"e-{dice.randrange(4)}"
        match dice.randrange(4):
            case 0:
                other = dice.choice(["'*'", "e-0", "[e-1, e-2]"])
                return (
                    f"kind: partition, from: [{one}, e-3], to: {other}, {window()}, "
                    f"symmetric: {dice.choice(['true', 'false'])}, messages: {dice.choice(['hold', 'drop'])}"
                )
            case 1:
                return f"kind: pause, executors: {one}, {window()}"
            case 2:
                return f"kind: crash, executors: {one}, {window().replace('for', 'restart_after')}"
        kind = dice.choice(["loss", "duplication", "reordering"])
        only = dice.choice(["", ", messages: [report]", ", messages: [request]"])
        return f"kind: {kind}, executors: {one}, probability: {dice.choice([0.3, 1])}, {window()}{only}"

    return [fault() for _ in range(dice.randrange(1, 6))]


@pytest.mark.parametrize("seed", range(14))
def test_reports_are_known_as_if_each_were_an_event(seed: int) -> None:
    dice = random.Random(seed)
    faults = drawn(dice)
    changes: dict[str, object] = {
        "seed": seed,
        "network.loss": dice.choice([0, 0.2]),
        "network.duplication": dice.choice([0, 0.5]),
        "network.gossip.delay": {"distribution": "uniform", "low": "1s", "high": "15s"},
    }
    instants = sorted(dice.randrange(1, 660_000_000) for _ in range(40))
    first = federation(BASE, *faults, **changes)
    found = known(first, instants)
    assert first.placement is not None and isinstance(first.placement.reports, Reports)
    ticks, numbers = [], defaultdict[int, int](int)
    for executor, (start, stop, interval) in first.placement.reports._rhythm.segments(660 * S):
        for made in range(start, stop, interval):
            ticks.append((made, executor, numbers[executor]))
            numbers[executor] += 1
    second = federation(BASE, *faults, **changes)
    events = Events(second, ticks)
    expected: dict[tuple[int, int, int], int] = {}

    def look(_: None, __: int) -> None:
        for place in found:
            if place[0] == second.env._now:
                expected[place] = events.newest[place[1:]]

    for instant in instants:
        second.env.at(instant, look, None, 9)
    second.run(Budget(), None)
    assert found == expected


def test_without_faults_and_loss_all_observers_know_what_each_alone_would_know() -> None:
    f = federation()
    assert f.placement is not None and isinstance(f.placement.reports, SharedReports)
    alone = Reports(f.scenario, f.env, f.hooks)
    for instant in range(0, 660 * S, 7 * S + 1):
        for executor in range(4):
            f.env._now = instant
            observer = (executor + 1) % 4
            assert alone.newest(executor, observer, instant) == f.placement.reports.newest(executor, observer, instant)


def ages(*faults: str, at: int, **changes: object) -> dict[tuple[int, int], float]:
    """The age of the newest known report at that second, by reporter and observer."""
    found = known(federation(BASE, *faults, **changes), [at * S])
    return {place[1:]: at - made / S for place, made in found.items()}


def test_reports_age_for_as_long_as_every_link_is_cut_and_are_fresh_once_it_is_healed() -> None:
    long = {"duration": "1h"}
    cut = "kind: partition, from: '*', to: '*', at: 10min, for: 20min"
    during = ages(cut, at=1799, **long)
    assert len(during) == 12 and all(1199 < age <= 1199 + 11.5 for age in during.values())
    assert all(age <= 11.5 for age in ages(cut, at=1812, **long).values())


def test_only_the_pairs_whose_link_is_cut_have_old_reports() -> None:
    found = ages("kind: partition, from: e-0, to: e-1, symmetric: false, at: 60s", at=500)
    assert {pair for pair, age in found.items() if age > 11.5} == {(0, 1)}
    assert 440 < found[0, 1] <= 440 + 11.5


def test_held_reports_arrive_at_the_healing() -> None:
    """They are as fresh then as if the link had never been cut, and not before."""
    cut = "kind: partition, from: '*', to: e-2, symmetric: false, at: 100s, for: 200s, messages: hold"
    assert all(199 < ages(cut, at=299)[other, 2] <= 199 + 11.5 for other in (0, 1, 3))
    assert ages(cut, at=301) == ages(at=301)


@pytest.mark.parametrize(
    ("which", "deaf"), [("executors: e-0", {(0, 1), (0, 2), (0, 3)}), ("messages: [forward]", set())]
)
def test_a_loss_of_reports_can_be_selected(which: str, deaf: set[tuple[int, int]]) -> None:
    found = ages(f"kind: loss, at: 100s, {which}", at=400)
    assert {pair for pair, age in found.items() if age > 11.5} == deaf


def test_observers_lose_reports_independently() -> None:
    """With a loss of a half, the newest known report is older by 10 s per loss: 10 s x p / (1 - p) on average."""
    f = federation(BASE, "kind: loss, at: 0s, probability: 0.5, messages: [report]", duration="5h",
                   executors__0__count=3)  # fmt: skip
    instants = list(range(600 * S, 18_000 * S, 100 * S))
    found = known(f, instants)
    lateness = [(place[0] - made) / S for place, made in found.items()]
    mean = sum(lateness) / len(lateness)
    error = 14.2 / len(lateness) ** 0.5  # the standard deviation of a geometric number of intervals, about 10 s x √2
    assert abs(mean - (5 + 1.5 + 10)) < 5 * error + 0.5  # the phases are fixed: at most half a second at these instants
    same = sum(found[at, 0, 1] == found[at, 0, 2] for at in instants)
    assert 0.25 < same / len(instants) < 0.42  # 1/3: both know the same one, whichever it is


@pytest.mark.parametrize("fault", ["kind: pause, executors: e-0, at: 100s, for: 200s",
                                   "kind: crash, executors: e-0, at: 100s, restart_after: 200s"])  # fmt: skip
def test_a_process_that_does_not_run_makes_no_report_and_makes_one_when_it_runs_again(fault: str) -> None:
    assert all(199 < ages(fault, at=299)[0, observer] <= 199 + 11.5 for observer in (1, 2, 3))
    assert all(ages(fault, at=302)[0, observer] == 2 for observer in (1, 2, 3))  # made at 300 s


def test_a_stalled_observer_takes_what_has_arrived_and_one_that_was_down_has_missed_it() -> None:
    free = ages(at=301)
    assert ages("kind: pause, executors: e-1, at: 100s, for: 200s", at=301)[0, 1] == free[0, 1]
    crashed = ages("kind: crash, executors: e-1, at: 100s, restart_after: 200s", at=301)
    assert all(201 < crashed[other, 1] <= 201 + 11.5 for other in (0, 2, 3))
    assert {pair: age for pair, age in crashed.items() if 1 not in pair} == {
        pair: age for pair, age in free.items() if 1 not in pair
    }


FALLING = """
name: falling
duration: 40min
executors:
  - {group: full, count: 1, capacity: {load: 0.9}}
  - group: busy
    count: 1
    hosts_actors: false
    capacity: {load: 0.1, wave: {amplitude: 0.8, period: 80min, phase: 40min}}
actors: {count: 1, load: 0.05}
workload: {trigger: policy}
policy: {minimum_score: 0.5}
"""


def test_an_executor_without_reports_about_free_capacity_decides_nothing() -> None:
    """The load of busy-0 falls from 0.9 to 0.1 in 40 min and is below 0.64 from 15.4 min on."""
    cut = "kind: partition, from: '*', to: '*', at: 0s, for: 30min"
    free, found = (federation(FALLING, *faults) for faults in ((), (cut,)))
    runs = [f.run(Budget(), None).placements for f in (free, found)]
    assert all(run is not None for run in runs)
    first = [run["at"].min() / S / 60 for run in runs if run is not None]
    assert 15.4 < first[0] < 16.2 and 30 < first[1] < 31


def test_a_decision_has_the_loads_that_the_deciding_executor_has_received() -> None:
    """full-0 receives no reports of busy-0 from 20 min on, and full-1 does."""
    text = FALLING.replace("count: 1, capacity: {load: 0.9}", "count: 2, capacity: {load: 0.9}")
    cut = "kind: partition, from: busy-0, to: full-0, symmetric: false, at: 20min"
    run = federation(text, cut, actors__count=100, actors__load=0.001, trust__on_timeout=0).run(Budget(), None)
    p = run.placements
    assert p is not None
    late = p["at"] > 25 * 60 * S
    reported = {who: p["reported"][late & (p["executor"] == who)] for who in (0, 1)}
    assert len(reported[0]) and len(reported[1])
    assert (reported[0] <= 20 * 60 * S).all() and (reported[1] > 24 * 60 * S).all()
    # full-0 has an old report of busy-0 and a fresh one of full-1; the age is the mean of the two.
    mean = (p["at"] / S - p["age_s"])[late & (p["executor"] == 0)]
    assert (mean < p["at"][late & (p["executor"] == 0)] / S - 100).all()
    assert (p["age_s"][late & (p["executor"] == 1)] < 11.5).all()
