"""Named conditions under which detectors are compared: each is a small change of the user's scenario.

A condition sets keys of the scenario and keeps all others. Its faults are added to those of the scenario. Times are
parts of the window of the statistics, so that a condition fits a scenario of any length. Where a condition
does not apply to a scenario, it says why.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arriving_us
from icnsim.scenario.resolved import plain
from icnsim.scenario.units import format_duration
from icnsim.theory.drawn import drawn_mean

AS_IT_IS: Final = "as-it-is"
"""The name of the scenario without a change."""
PROFILE: Final = "detectors-load.csv"
"""The data file of the load that doubles."""
SPREAD: Final = 3
"""Standard deviation of the latency with a heavy tail, as a multiple of its mean."""
FARTHER: Final = 10
"""Latency between two regions, as a multiple of the latency within one."""
SLOWER: Final = 20
STEP: Final = "5min"
STALL: Final = "10s"


@dataclass(frozen=True, slots=True)
class Change:
    """The changes that a condition makes.

    Attributes
    ----------
    keys : dotted keys with their values, as a file has them. files : data files by their names.
    """

    keys: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """A named change of a scenario.

    Attributes
    ----------
    text : a sentence about the condition. change : returns its changes, or the reason why it does not apply.
    """

    name: str
    text: str
    change: Callable[[Scenario], Change | str]


class _Window:
    """The window of a scenario's statistics, in µs; instants and durations are shares of its length."""

    def __init__(self, scenario: Scenario) -> None:
        self._begin = scenario.warmup
        end = arriving_us(scenario) if scenario.duration is None else scenario.duration
        self._length = max(0.0, end - self._begin)

    def at(self, share: float) -> str:
        return format_duration(_whole_ms(self._begin + share * self._length))

    def lasting(self, share: float) -> str:
        return format_duration(max(1_000, _whole_ms(share * self._length)))


def _whole_ms(time_us: float) -> int:
    return round(time_us / 1000) * 1000


def _none(_: Scenario) -> Change:
    return Change()


def _loss(_: Scenario) -> Change:
    return Change({"network.loss": 0.002})


def _heavy_tail(scenario: Scenario) -> Change | str:
    mean = drawn_mean(scenario.network.latency)
    if not 0 < mean < math.inf:
        return "the latency has no mean above 0"
    latency = {"mean": format_duration(round(mean)), "std": format_duration(round(SPREAD * mean))}
    return Change({"network.latency": {"distribution": "lognormal", **latency}})


def _regions(scenario: Scenario) -> Change | str:
    groups, mean = scenario.executors, drawn_mean(scenario.network.latency)
    if scenario.network.matrix is not None or any(group.region for group in groups):
        return "the scenario has regions of its own"
    if len([group for group in groups if group.hosts_actors]) < 2:
        return "it needs two groups of executors that host actors, one for each region"
    if not 0 < mean < math.inf:
        return "the latency has no mean above 0"
    names = ("near", "far")
    keys: dict[str, Any] = {f"executors.{place}.region": names[place % 2] for place in range(len(groups))}
    latency = format_duration(round(FARTHER * mean))
    keys["network.pairs"] = [{"from": a, "to": b, "latency": latency} for a, b in (names, names[::-1])]
    return Change(keys)


def _clock_step(scenario: Scenario) -> Change:
    window = _Window(scenario)
    every = window.lasting(0.1)
    steps = [
        {"kind": "clock_step", "executors": "*", "at": window.at(begin), "by": by, "every": every, "times": 9}
        for begin, by in ((0.05, STEP), (0.1, f"-{STEP}"))
    ]
    return _more_faults(scenario, steps)


def _stall(scenario: Scenario) -> Change:
    window = _Window(scenario)
    stall = {"kind": "pause", "executors": "*", "at": window.at(0.1), "for": STALL}
    rolling = window.lasting(0.2 / scenario.executor_count)
    return _more_faults(scenario, [{**stall, "every": window.lasting(0.2), "times": 4, "rolling": rolling}])


def _partition(scenario: Scenario) -> Change | str:
    names = scenario.executor_names
    if len(names) < 2:
        return "it needs two executors"
    one, other = list(names[0::2]), list(names[1::2])
    window = _Window(scenario)
    cut = {"kind": "partition", "from": one, "to": other, "at": window.at(0.4), "for": window.lasting(0.1)}
    return _more_faults(scenario, [cut])


def _slow(scenario: Scenario) -> Change | str:
    hosts = [name for name, group in zip(scenario.executor_names, scenario.group_of_each) if group.hosts_actors]
    if not hosts:
        return "no executor hosts actors"
    window = _Window(scenario)
    slow = {"kind": "slow", "executors": hosts[0::4], "at": window.at(0.25), "for": window.lasting(0.5)}
    return _more_faults(scenario, [{**slow, "factor": SLOWER}])


def _load(scenario: Scenario) -> Change | str:
    arrivals = scenario.workload.arrivals
    if scenario.given_times is not None or scenario.workload.by_policy or arrivals.process == "burst":
        return "arrivals have no rate that could double"
    if scenario.profile is not None:
        return "the scenario has a profile of its own"
    end = arriving_us(scenario) if scenario.duration is None else scenario.duration
    half, period = round(end / 2), 2 * _whole_ms(end) + 1_000
    rows = f"at_s,factor\n0,1\n{half / 1e6:.6f},2\n"
    profile = {"file": PROFILE, "period": format_duration(period)}
    return Change({"workload.arrivals.profile": profile}, {PROFILE: rows.encode()})


def _heartbeats(_: Scenario) -> Change:
    return Change({"manager.heartbeat": {"every": "1s"}})


def _more_faults(scenario: Scenario, faults: Sequence[Mapping[str, Any]]) -> Change:
    """The scenario's own faults and these."""
    return Change({"faults": [*plain(scenario)["faults"], *faults]})


CONDITIONS: Final[Mapping[str, Condition]] = {
    each.name: each
    for each in (
        Condition(AS_IT_IS, "the scenario without a change", _none),
        Condition("loss", "each message is lost with a probability of 0.2 %", _loss),
        Condition(
            "heavy-tail", f"the latency is lognormal with the same mean and {SPREAD} times this as its std", _heavy_tail
        ),
        Condition(
            "regions",
            f"the groups of executors are in two regions in turn, with {FARTHER} times the latency between them",
            _regions,
        ),
        Condition(
            "clock-step", f"every clock is set {STEP} ahead and back again, nine times in the window", _clock_step
        ),
        Condition("stall", f"each process in turn pauses for {STALL}, four times in the window", _stall),
        Condition("partition", "every second executor is cut off for a tenth of the window; then it heals", _partition),
        Condition("slow", f"every fourth host is alive, but {SLOWER} times slower for half of the window", _slow),
        Condition("load", "the rate of arrivals doubles in the middle of the arrivals", _load),
        Condition("heartbeats", "every executor sends a heartbeat to every other one each second", _heartbeats),
    )
}
"""All conditions by their names."""
