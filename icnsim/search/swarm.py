"""A swarm: many small variations of one scenario, each with a random subset of all kinds of faults.

Theory of operation. A test that has every feature on finds little: some faults hide others (if
no executor answers, no message is lost). Swarm testing (Groce et al., ISSTA 2012) turns a random
subset on in each run. Runs are small, 2 to 5 executors and up to 30 migrations close to each
other, so that one takes milliseconds and the faults hit migrations in progress. Times are drawn on the
scale of the time-outs, because the order of events changes there. The protocol, with its switches, is
the scenario's own, because it is checked.

Run `k` is drawn from streams named by `k` and by the purpose of the draw. It is the same in every
engine and order, and does not change if another kind of fault is left out. A variation is plain
data in the form of a file, and refers to no other file; it contains the bodies of its tasks.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from icnsim.protocol.messages import VOTING, Kind
from icnsim.protocol.profile import TRACKED
from icnsim.protocol.task import PRIORITIES, Mode
from icnsim.scenario import Scenario, resolved
from icnsim.scenario.faults import KINDS, Crash, RandomFaults
from icnsim.scenario.units import format_duration
from icnsim.scenario.workload import FileName
from icnsim.search.dice import Dice
from icnsim.search.looking import SUBMITTED, TASKS
from icnsim.sweeps.plan import seed_of

Variation = dict[str, Any]
"""A scenario in the form of a file."""

VOLATILE: Final = "crash-volatile"
"""A crash that loses the disk; no protocol keeps the invariants then (docs/hardened.md)."""
EVERY_KIND: Final = (*(kind for kind in KINDS if kind != "heal"), VOLATILE)
"""The kinds of faults that a search can turn on; a partition includes its heal."""

MS, S = 1_000, 1_000_000
GROUP: Final = "node"
NETWORKS: Final = ("quick", "steady", "spread", "exponential", "heavy")
SETTLING: Final = 10 * 60 * S
"""The time for hand-overs in doubt to be settled, in addition to time-outs and retention; µs."""
JITTERS: Final = ("none", "full", "equal", "decorrelated")
MESSAGES: Final = tuple(kind.label for kind in Kind if kind not in VOTING)
MOST_TASKS: Final = 6
MOST_BODIES: Final = 50
"""The most different bodies of a scenario that variations use."""
LEAST: Final = 0.25
"""The smallest share of the scenario's own times that is drawn."""
_PLAIN: Final = resolved.plain(Scenario.model_validate({"name": GROUP}))
DENSITIES: Final = (0.08, 0.25, 0.5)
"""The probabilities for each kind to be on; one is drawn for each run, because some violations need few faults."""


def kinds_of(scenario: Scenario) -> tuple[str, ...]:
    """The kinds that a search turns on by default: all, but disks are lost only if the scenario loses some."""
    lost = any(
        (isinstance(item, Crash) and item.state == "volatile")
        or (isinstance(item, RandomFaults) and "crash" in item.random.kinds and item.random.state == "volatile")
        for item in scenario.faults
    )
    return EVERY_KIND if lost else tuple(kind for kind in EVERY_KIND if kind != VOLATILE)


@dataclass(frozen=True, slots=True)
class Swarm:
    """The variations of one scenario.

    Attributes
    ----------
    seed : of the search. kinds : faults that may be turned on.
    kept : sections that all variations have as they are.
    timeout, interval, retention, retries : the scenario's own, times in µs. shortest : the least interval.
    behaviors : groups of the scenario with their own behavior, in the form of a file.
    bodies : submitted bodies of the scenario whose tasks may migrate, without their times and names.
    """

    name: str
    seed: int
    kinds: tuple[str, ...]
    kept: Mapping[str, Any]
    timeout: int
    interval: int
    retention: int
    shortest: int
    retries: int
    behaviors: tuple[Mapping[str, Any], ...]
    bodies: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, scenario: Scenario, kinds: Collection[str]) -> "Swarm":
        """The swarm around a scenario."""
        data, manager = resolved.plain(scenario), scenario.manager
        trusting = scenario.workload.target != "uniform"
        kept: dict[str, dict[str, Any]] = {
            "protocol": _changed(data["protocol"], _PLAIN["protocol"]) | {"profile": scenario.protocol.profile},
            "manager": {"enabled": manager.enabled, "tracked_states": manager.tracked_states},
            "workload": {"target": scenario.workload.target} if trusting else {},
            "quorum": _changed(data["quorum"], _PLAIN["quorum"]),
            "trust": {} if isinstance(scenario.trust.initial, FileName) else _changed(data["trust"], _PLAIN["trust"]),
        }
        if manager.tracked_states == TRACKED[scenario.protocol.profile]:
            del kept["manager"]["tracked_states"]
        if manager.enabled:
            del kept["manager"]["enabled"]
        timeouts = [ms * 1000 for ms in scenario.timeouts_ms.values()]
        behaviors = [
            {key: group[key] for key in ("behavior", "slowdown", "answer_probability")}
            | ({"lies": group["lies"]} if group["behavior"] == "byzantine" else {})
            for group in data["executors"]
            if group["behavior"] != "responsive" or group["answer_probability"] < 1
        ]
        gap = 0 if scenario.protocol.switches.atomic_detection else scenario.protocol.detection_gap or 1
        without = () if manager.enabled else ("manager_error",)  # no ticks that could fail
        possible = tuple(kind for kind in EVERY_KIND if kind in kinds and kind not in without)
        return cls(
            scenario.name, scenario.seed, possible, kept,
            max(timeouts, default=60 * S), manager.check_interval, manager.retention,
            -(-gap // MS) * MS + MS, scenario.most_retries, tuple(behaviors), _bodies(scenario),
        )  # fmt: skip

    def variation(self, run: int) -> Variation:
        """The variation of a run, which count from 1."""
        return _Drawing(self, run).variation()


class _Drawing:
    """Draws one variation."""

    def __init__(self, swarm: Swarm, run: int) -> None:
        self._swarm = swarm
        self._run = run
        size = self._dice("size")
        self._nodes = size.whole(2, 5)
        self._actors = size.whole(1, 4)
        self._migrations = size.whole(1, 30)
        times = self._dice("times")
        self._timeout = _around(times, swarm.timeout)
        self._interval = max(swarm.shortest, _around(times, swarm.interval))
        self._retention = _around(times, swarm.retention)
        self._gap = round(times.scale(S, self._timeout + self._interval))
        self._span = self._gap * self._migrations
        """The approximate time in which migrations arrive, µs."""
        rest = 2 * (self._timeout + self._interval) + self._retention + SETTLING
        self._drain = _rounded(rest, S)

    def variation(self) -> Variation:
        swarm = self._swarm
        variation: Variation = {
            "name": swarm.name,
            "seed": seed_of(swarm.seed, self._run + 1),  # the first is the scenario's own
            "executors": self._executors(),
            "actors": {"count": self._actors, **self._messages()},
            "workload": {
                "migrations": self._migrations, "arrivals": self._arrivals(), **swarm.kept["workload"],
                **({"trigger": ({"submissions": {"file": TASKS}}, "arrivals")} if swarm.bodies else {}),
            },
            SUBMITTED: tuple(self._submitted()),
            "drain": format_duration(self._drain),
            "network": self._network(),
            "stages": self._stages(),
            "manager": {
                **swarm.kept["manager"],
                "check_interval": format_duration(self._interval),
                "timeout": format_duration(self._timeout),
                "retention": format_duration(self._retention),
                **self._adjustments(),
            },
            "protocol": {**swarm.kept["protocol"], **self._detection()},
            "retry": self._retry(),
            "trust": dict(swarm.kept["trust"]),
            "quorum": self._quorum(),
            "faults": tuple(self._faults()),
            "record": {"timeline": None},
        }  # fmt: skip
        return {key: value for key, value in variation.items() if value not in ({}, ())}

    def _dice(self, purpose: str) -> Dice:
        return Dice(self._swarm.seed, f"check/{self._run}/{purpose}")

    def _executors(self) -> tuple[dict[str, Any], ...]:
        """Equal executors; sometimes one has its own behavior."""
        dice, behaviors = self._dice("executors"), self._swarm.behaviors
        groups: list[dict[str, Any]] = [{"group": GROUP, "count": self._nodes}]
        if dice.chance(0.3):
            groups.append({"group": "other", "count": 1, "behavior": "rejecting", "hosts_actors": True})
        if behaviors and dice.chance(0.5):
            groups.append({"group": "own", "count": 1, **dice.pick(behaviors)})
        return tuple(groups)

    def _quorum(self) -> dict[str, Any]:
        """The scenario's own quorum, with at most the number of executors."""
        quorum: dict[str, Any] = dict(self._swarm.kept["quorum"])
        if "executors" in quorum:
            quorum["executors"] = min(quorum["executors"], self._nodes)
        return quorum

    def _messages(self) -> dict[str, Any]:
        dice = self._dice("messages")
        return {"message_rate": f"{dice.whole(1, 20)}/min"} if dice.chance(0.2) else {}

    def _submitted(self) -> Iterator[dict[str, Any]]:
        """A few of the scenario's tasks, which last for up to the time in which migrations arrive."""
        dice, bodies = self._dice("tasks"), self._swarm.bodies
        for number in range(dice.whole(1, MOST_TASKS) if bodies else 0):
            at_s = _rounded(round(dice.share() * self._span), MS) / S
            lasts = round(dice.scale(S, max(2 * S, self._span))) // S
            profile = {"duration_estimate_secs": max(1, lasts)}
            yield {"at_s": at_s, "id": f"t{number}", "code": "x", **dice.pick(bodies), "resource_profile": profile}

    def _arrivals(self) -> dict[str, Any]:
        dice = self._dice("arrivals")
        if dice.chance(0.25):
            size = dice.whole(2, 4)
            return {"process": "burst", "size": size, "every": format_duration(_rounded(size * self._gap, MS))}
        return {"process": "poisson", "rate": f"{max(1, round(60 * S / self._gap))}/min"}

    def _network(self) -> dict[str, Any]:
        dice, timeout = self._dice("network"), self._timeout
        kind = dice.pick(NETWORKS)
        mean = _duration(dice, 10 * MS, timeout)
        least = _duration(dice, 10 * MS, S)
        latency: object = {
            "quick": "10ms",
            "steady": mean,
            "spread": {"distribution": "uniform", "low": "0s", "high": mean},
            "exponential": {"distribution": "exponential", "mean": mean},
            "heavy": {"distribution": "pareto", "minimum": least, "alpha": dice.whole(11, 20) / 10},
        }[kind]  # fmt: skip
        network: dict[str, Any] = {"latency": latency}
        if dice.chance(0.5):
            network["gossip"] = {"messages": ()}
        elif dice.chance(0.3):
            high = _duration(dice, S, timeout)
            network["gossip"] = {"delay": {"distribution": "uniform", "low": "0s", "high": high}}
        for trouble in ("loss", "duplication"):
            if dice.chance(0.3):
                network[trouble] = dice.whole(1, 30) / 100
        return network

    def _stages(self) -> dict[str, Any]:
        """Usually the default stages, or some that last until about a time-out."""
        dice = self._dice("stages")
        return {
            stage: {"distribution": "uniform", "low": "0s", "high": _duration(dice, 100 * MS, 1.5 * self._timeout)}
            for stage in ("evaluation", "checkpoint", "restore")
            if dice.chance(0.25)
        }

    def _detection(self) -> dict[str, Any]:
        """The time between reading and writing if detection is not atomic."""
        dice = self._dice("detection")
        if self._swarm.shortest == MS or not dice.chance(0.5):
            return {}
        return {"detection_gap": _duration(dice, MS, self._swarm.interval * LEAST - MS)}

    def _adjustments(self) -> dict[str, Any]:
        """Sometimes the supervisor changes the settings during the run."""
        dice, swarm = self._dice("adjustments"), self._swarm
        if not dice.chance(0.15):
            return {}
        adjusted = {"at": _ms(self._at(dice))}
        if dice.chance(0.5):
            adjusted["check_interval"] = format_duration(max(swarm.shortest, _around(dice, swarm.interval)))
        adjusted["timeout"] = format_duration(_around(dice, swarm.timeout))
        return {"adjustments": (adjusted,)}

    def _retry(self) -> dict[str, Any]:
        dice = self._dice("retry")
        most = dice.pick((0, 1, 3, self._swarm.retries))
        if not most:
            return {}
        base = round(dice.scale(100 * MS, 30 * S))
        return {
            "max_retries": most,
            "backoff": {"base": format_duration(_rounded(base, MS)), "jitter": dice.pick(JITTERS)},
            "alternative_target_after": dice.whole(1, 2),
        }

    def _faults(self) -> Iterator[dict[str, Any]]:
        choice = self._dice("kinds")
        density = choice.pick(DENSITIES)
        for kind in self._swarm.kinds:
            if choice.chance(density):
                dice = self._dice(f"fault/{kind}")
                for _ in range(dice.whole(1, 3)):
                    at = self._at(dice)
                    yield self._fault(kind, at, dice)
                    if kind == "partition" and dice.chance(0.25):
                        yield {"kind": "heal", "at": _ms(min(self._drain, at + dice.share() * self._span))}

    def _fault(self, kind: str, at: int, dice: Dice) -> dict[str, Any]:
        fault: dict[str, Any] = {"kind": "crash" if kind == VOLATILE else kind, "at": _ms(at)}
        lasting = None if dice.chance(0.05) else _duration(dice, 100 * MS, max(2 * self._timeout, self._span))
        if kind == "partition":
            fault |= {"from": self._node(dice), "to": "*", "for": lasting, "symmetric": dice.chance(0.6)}
            return {**fault, "messages": dice.pick(("drop", "hold"))}
        everybody = kind in ("loss", "duplication", "reordering") and dice.chance(0.5)
        fault["executors"] = "*" if everybody else self._node(dice)
        if kind in ("crash", VOLATILE):
            fault["restart_after"] = lasting
            return {**fault, "state": "volatile"} if kind == VOLATILE else fault
        if kind == "clock_step":
            by = round(dice.scale(100 * MS, 3 * self._timeout))
            return {**fault, "by": format_duration(_rounded(by, MS) * (1 if dice.chance(0.5) else -1))}
        if "ticks" in KINDS[kind].model_fields:
            return {**fault, "ticks": dice.whole(1, 3)}
        fault["for"] = lasting
        if "probability" in KINDS[kind].model_fields:
            fault["probability"] = dice.whole(1, 10) / 10
        return fault | self._peculiar(kind, dice)

    def _peculiar(self, kind: str, dice: Dice) -> dict[str, Any]:
        """The keys that only this kind has."""
        if kind in ("loss", "duplication", "reordering"):
            own: dict[str, Any] = {"messages": tuple(dice.some(MESSAGES))} if dice.chance(0.5) else {}
            if kind == "reordering":
                high = _duration(dice, 100 * MS, 1.5 * self._timeout)
                own["delay"] = {"distribution": "uniform", "low": "0s", "high": high}
            return own
        if kind == "slow":
            return {"factor": dice.whole(2, 50)}
        if kind == "clock_drift":
            return {"rate": dice.pick((0.5, 0.9, 0.99, 1.01, 1.1, 2))}
        return {"how": dice.pick(("corrupt", "empty"))} if kind == "corrupt_checkpoint" else {}

    def _node(self, dice: Dice) -> str:
        return f"{GROUP}-{dice.whole(0, self._nodes - 1)}"

    def _at(self, dice: Dice) -> int:
        """An instant at which migrations are in progress, µs."""
        return round(dice.share() * min(self._drain, self._span + self._timeout))


def _bodies(scenario: Scenario) -> tuple[Mapping[str, Any], ...]:
    """The different bodies of tasks that may migrate, the first of them; empty if nothing migrates."""
    if scenario.submissions is None or not scenario.migrates:
        return ()
    found: dict[str, Mapping[str, Any]] = {}
    for task in scenario.submissions.tasks:
        body: dict[str, Any] = {"priority": PRIORITIES[task.priority]}
        if task.mode is not Mode.EPHEMERAL:
            mode = "Stateful" if task.mode is Mode.STATEFUL else "WasmStateful"
            limits = {"checkpoint_interval_secs": task.checkpoint_interval, "max_state_size_bytes": task.max_state_size}
            body["actor_mode"] = {mode: limits}
        for name, value in (("deadline_ms", task.deadline), ("estimated_value", task.estimated_value)):
            if value is not None:
                body[name] = value
        found.setdefault(json.dumps(body), body)
    return tuple(found.values())[:MOST_BODIES]


def _ms(value: float) -> str:
    """An instant, µs, rounded down to ms, in the form of a file."""
    return format_duration(_rounded(int(value), MS))


def _changed(section: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a section that differ from the defaults."""
    return {key: value for key, value in section.items() if value != usual[key]}


def _around(dice: Dice, usual: int) -> int:
    """A quarter to twice the usual time, whole ms."""
    return max(MS, _rounded(round(usual * dice.pick((LEAST, 0.5, 1, 1, 2))), MS))


def _duration(dice: Dice, low: float, high: float) -> str:
    """A time from low to high, µs, in whole ms in the form of a file."""
    return format_duration(max(MS, _rounded(round(dice.scale(low, max(low + 1, high))), MS)))


def _rounded(value: int, unit: int) -> int:
    return value // unit * unit
