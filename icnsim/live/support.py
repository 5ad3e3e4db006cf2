"""The scenarios that can run for real, and the limits of a live run."""

import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from icnsim.draws.arrivals import arrival_times, span, task_times
from icnsim.errors import Problem, ScenarioError
from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import Scenario
from icnsim.scenario.faults import Crash, Pause
from icnsim.simulation.assembly import heartbeats
from icnsim.simulation.faults.occurrences import every_series
from icnsim.simulation.faults.supervisor import kinds_of

FASTEST: Final = 1000
"""The most virtual seconds in a real second."""
MOST_PROCESSES: Final = 128
FILES_EACH: Final = 3
"""The open files of the command for each process: its connection, its end, and the pipe through which it starts."""
OTHER_FILES: Final = 32
"""The open files of a process that do not depend on the number of processes."""
MOST_BEATS_PER_S: Final = 2000
"""The most heartbeats in a second of real time, of which each is a frame."""
LONGEST_S: Final = 3600
SHORTEST_FAULT_S: Final = 0.1
"""The shortest duration of a crash or a pause, s of real time: a process must start, or two signals must arrive."""


Excess = tuple[str, str, str, str]
"""A key, what was found, what was expected, and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The processes of a live run.

    Attributes
    ----------
    places : the executors of each process. horizon : the end of the run, µs.
    restarts : for each process the most restarts after crashes; while it has another one, a second process waits.
    sockets : the most connections between the processes, both ends counted once.
    seconds : the duration of the run in real time.
    """

    places: tuple[tuple[ExecutorId, ...], ...]
    restarts: tuple[int, ...]
    horizon: int
    sockets: int
    seconds: float

    @property
    def processes(self) -> int:
        """The most processes at one time."""
        return len(self.places) + sum(bool(more) for more in self.restarts)


def unsupported(scenario: Scenario) -> dict[str, str]:
    """The keys of a scenario that cannot run for real, each with the reason."""
    needs = {
        "workload.trigger": (
            scenario.workload.by_policy or scenario.submissions is not None,
            "only arrivals begin migrations: the processes run no tasks, and the loads of a policy are the model's",
        ),
        "workload.target": (scenario.uses_policy, "the loads by which a policy decides are the model's"),
        "actors.mode": (
            isinstance(scenario.actors.mode, str) or scenario.wasm is not None,
            "only stateful actors have processes; these run no WASM and have no memory to copy",
        ),
        "checkpoints.store_bandwidth": (
            scenario.checkpoints.store_bandwidth is not None,
            "the bandwidth of the disk of this machine is its own",
        ),
        "network.sharing": (scenario.network.sharing != "none", "loopback has no link to share"),
    }
    return {key: reason for key, (needed, reason) in needs.items() if needed}


def planned(scenario: Scenario, speed: int, processes: int) -> Plan:
    """The processes of a scenario.

    An executor that a crash or a pause hits has a process of its own, because a signal affects a whole process. The
    others are spread over `processes` processes.

    Parameters
    ----------
    speed : virtual seconds per real second, 1 to 1000. processes : 1 to 128.

    Raises
    ------
    ScenarioError : the scenario cannot run for real, or it or an argument exceeds a limit.
    """

    _refuse(
        scenario,
        [
            (
                key,
                f"a value that cannot run live ({reason})",
                "a scenario without it",
                "use icnsim run for this scenario",
            )
            for key, reason in unsupported(scenario).items()
        ],
    )
    _refuse(
        scenario,
        [
            (name, str(value), f"a whole number from 1 to {most}", "change this argument")
            for name, value, most in (("speed", speed, FASTEST), ("processes", processes, MOST_PROCESSES))
            if not isinstance(value, int) or not 1 <= value <= most
        ],
    )
    times = arrival_times(scenario)
    horizon = span(scenario, times, task_times(scenario)).horizon
    seconds = horizon / 1e6 / speed
    if seconds > LONGEST_S:  # at once, because a longer run may have very many faults
        found = f"{seconds:.0f} s of real time at speed {speed}"
        hint = "give a higher --speed, or a shorter duration and drain"
        _refuse(scenario, [("duration", found, f"at most {LONGEST_S} s", hint)])
    signals = _signals(scenario, horizon)
    alone = sorted({executor for fault in signals for executor in _hit(scenario, fault)})
    crashes = Counter(
        executor for fault in signals if isinstance(fault, Crash) and fault.ends for executor in _hit(scenario, fault)
    )
    together = [ExecutorId(each) for each in sorted(set(range(scenario.executor_count)).difference(alone))]
    count = min(processes, len(together))
    places = [*(tuple(together[first::count]) for first in range(count)), *((executor,) for executor in alone)]
    plan = Plan(
        tuple(places), tuple(crashes[own[0]] for own in places), horizon, len(places) * (len(places) + 1), seconds
    )
    _refuse(scenario, _exceeded(scenario, plan, speed, signals))
    return plan


def _exceeded(scenario: Scenario, plan: Plan, speed: int, signals: list[Crash | Pause]) -> list[Excess]:
    """The limits that a run exceeds."""
    found: list[Excess] = []
    beats = _beats_per_s(scenario) * speed
    if beats > MOST_BEATS_PER_S:
        rate, hint = f"{beats:.0f} heartbeats in a second of real time", "give a lower --speed, or send them less often"
        found.append(("manager.heartbeat", rate, f"at most {MOST_BEATS_PER_S}", hint))
    if plan.processes > MOST_PROCESSES:
        hint = "give fewer --processes, or let crashes and pauses hit fewer executors"
        found.append(("executors", f"{plan.processes} processes", f"at most {MOST_PROCESSES}", hint))
    files, needed = resource.getrlimit(resource.RLIMIT_NOFILE)[0], FILES_EACH * plan.processes + OTHER_FILES
    if needed > files:
        many, hint = (
            f"{plan.processes} processes, for which the command opens {needed} files",
            "raise it with ulimit -n",
        )
        found.append(("executors", many, f"at most {files}, the limit of this shell", f"{hint}, or fewer --processes"))
    shortest = _shortest_fault(signals)
    if shortest is not None and shortest / 1e6 / speed < SHORTEST_FAULT_S:
        short = f"a crash or a pause of {shortest / 1e6 / speed:g} s of real time at speed {speed}"
        found.append(("faults", short, f"at least {SHORTEST_FAULT_S} s", "give a lower --speed"))
    return found


def _refuse(scenario: Scenario, found: Sequence[Excess]) -> None:
    """Raise ScenarioError with one problem for each entry, if there is any."""
    if found:
        raise ScenarioError([Problem(scenario.origin, None, *each) for each in found])


def _signals(scenario: Scenario, horizon: int) -> list[Crash | Pause]:
    """The crashes and pauses of a run."""
    found: list[Crash | Pause] = []
    if kinds_of(scenario) & {"crash", "pause"}:
        for series in every_series(scenario, horizon):
            faults = (fault for _, fault in series)
            in_time = takewhile(lambda fault: fault.at < horizon, faults)
            found += [fault for fault in in_time if isinstance(fault, Crash | Pause)]
    return found


def _beats_per_s(scenario: Scenario) -> float:
    """The heartbeats of all executors in a second of virtual time, each to every other executor."""
    heartbeat = scenario.manager.heartbeat
    if heartbeat is None or not heartbeats(scenario):
        return 0.0
    senders = sum(group.sends_heartbeats for group in scenario.group_of_each)
    return senders * (scenario.executor_count - 1) * 1e6 / heartbeat.every


def _hit(scenario: Scenario, fault: Crash | Pause) -> list[ExecutorId]:
    """The executors that a crash or a pause hits."""
    return [ExecutorId(number) for number in scenario.selected(fault.executors, fault.region)]


def _shortest_fault(signals: list[Crash | Pause]) -> int | None:
    """The shortest crash that is restarted, or pause, µs; None without any."""
    lasting = [fault.restart_after if isinstance(fault, Crash) else fault.lasting for fault in signals]
    return min((each for each in lasting if each is not None), default=None)
