"""Valid scenarios drawn at random, on which one engine is compared with another.

`generated` covers every kind of scenario that the columnar engine takes. `generated_for_events` adds one to three
features that only events can simulate: other profiles, faults, trust, messages to actors, adjustments, quorums,
policies, submitted tasks, WASM, costs of checkpoints, parts of executors. Each section of a scenario is drawn from a
generator of its own, so a new choice in one section does not change the others.

Most scenarios have between ten and a few hundred migrations. The data files that they name are in `data/`.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from icnsim.protocol.profile import CODE
from icnsim.scenario import Scenario, loads

Section = dict[str, Any]

DATA: Final = Path(__file__).parent / "data"
PROFILES: Final = ("as-designed", "as-committed", "as-implemented", "hardened", "hardened")
STATES: Final = ("requesting", "checkpointing", "transferring", "restoring")
REGIONS: Final = ("east", "west", "south")
TRACED_ACTORS: Final = 8
"""The traces name the actors actor-0 to actor-7."""
TRACED_EXECUTORS: Final = 3
"""The traces name the executors base-0 to base-2."""
SLOW: Final = ("30/min", "2/s", "6/min", "1/s", "3/s")
"""Rates at which a minute of arrivals needs no limit."""
OF_MESSAGES: Final = ("loss", "duplication", "reordering")
"""Faults of messages, which have a probability."""


def _uniform(low: str, high: str) -> Section:
    return {"distribution": "uniform", "low": low, "high": high}


def _by_mean(family: str, mean: str, std: str | None = None) -> Section:
    return {"distribution": family, "mean": mean, **({} if std is None else {"std": std})}


_RARELY_LATE: Final = {
    "distribution": "mixture",
    "parts": [{"weight": 0.9, "value": "100ms"}, {"weight": 0.1, "value": "70s"}],
}
_TWO_PATHS: Final = {
    "distribution": "mixture",
    "parts": [{"weight": 3, "distribution": "exponential", "mean": "300ms"}, {"weight": 1, **_uniform("1s", "9s")}],
}
LATENCIES: Final[tuple[Any, ...]] = (
    "0s", "200ms", "200ms", "1500us",
    _uniform("50ms", "900ms"),
    _by_mean("exponential", "400ms"),
    _by_mean("normal", "1s", "1s"),
    _by_mean("lognormal", "500ms", "400ms"),
    _by_mean("lognormal", "2s", "6s"),
    _by_mean("gamma", "1s", "1s"),
    {"distribution": "weibull", "scale": "2s", "shape": 0.5},
    {"distribution": "pareto", "minimum": "200ms", "alpha": 1.5},
    {"distribution": "pareto", "minimum": "200ms", "alpha": 0.9},
    {"distribution": "empirical", "file": "latencies.csv", "column": "delay_s"},
    _RARELY_LATE,
    _TWO_PATHS,
)  # fmt: skip
STAGES: Final[tuple[Any, ...]] = (
    "0s", "100ms", "1s", "4s",
    _uniform("1s", "5s"),
    _by_mean("exponential", "4s"),
    _by_mean("gamma", "2s", "1s"),
    _by_mean("lognormal", "3s", "9s"),
)  # fmt: skip
SIZES: Final[tuple[Any, ...]] = (
    "1MiB", "5MiB", "64KiB",
    _by_mean("exponential", "2MiB"),
    _uniform("0B", "4MiB"),
    _by_mean("lognormal", "3MiB", "9MiB"),
)  # fmt: skip


class Pick(random.Random):
    """The generator of one section of one scenario."""

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.random() < probability

    def some(self, values: Sequence[Any]) -> list[Any]:
        """Some of the values, perhaps none, in their order."""
        return [value for value in values if self.chance(0.5)]


def generated(seed: int, overrides: Mapping[str, object] | None = None) -> Scenario:
    """A scenario that the columnar engine takes; the seed alone determines it."""
    return loads(scenario_text(seed), DATA, overrides=overrides)


def scenario_text(seed: int) -> str:
    """The YAML of that scenario."""
    return text_of(document(seed))


def generated_for_events(seed: int, overrides: Mapping[str, object] | None = None) -> Scenario:
    """A scenario that needs events; the seed alone determines it."""
    return loads(events_text(seed), DATA, overrides=overrides)


def events_text(seed: int) -> str:
    """The YAML of that scenario."""
    return text_of(events_document(seed))


class _WithoutAliases(yaml.SafeDumper):
    """Writes a repeated value again, because scenarios may have no aliases."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def text_of(scenario: Section) -> str:
    """The YAML of the data of a scenario."""
    return yaml.dump(scenario, Dumper=_WithoutAliases, sort_keys=False, default_flow_style=None, width=120)


def document(seed: int) -> Section:
    """The data of a scenario that the columnar engine takes."""

    def pick(section: str) -> Pick:
        return Pick(f"engines/{seed}/{section}")

    shape = pick("shape")
    kind = shape.choice(("usual", "usual", "usual", "traced", "ties", "crowd"))
    regions = shape.chance(0.25)
    workload, duration = _workload(pick("workload"), kind)
    if duration == "60s" and workload.get("arrivals", {}).get("rate") in SLOW and pick("limit").chance(0.5):
        del workload["migrations"]
    scenario = {
        "name": f"generated-{seed}",
        "seed": seed,
        **({} if duration is None else {"duration": duration}),
        "warmup": shape.choice(("0s", "0s", "300ms" if duration is None else "15s")),
        "drain": shape.choice(("0s", "20s", "2min", "10min", "15min")),
        "executors": _executors(pick("executors"), kind, regions=regions),
        "actors": _actors(pick("actors"), kind),
        "network": _network(pick("network"), kind, regions=regions),
        "stages": _stages(pick("stages"), kind),
        "manager": _manager(pick("manager"), kind),
        "workload": workload,
        "retry": _retry(pick("retry"), kind),
        "record": _record(pick("record")),
    }
    _detection(pick("detection"), scenario["manager"])
    _sized(pick("sized"), scenario["manager"])
    return _idle(pick("idle"), scenario)


def _workload(pick: Pick, kind: str) -> tuple[Section, str | None]:
    """The workload, and the duration where it has one."""
    duration = pick.choice((None, "60s", "200s", "10min"))
    count = pick.choice((10, 40, 100, 200, 300))
    if kind == "traced":
        file = pick.choice(("times.csv", "actors.csv", "targets.csv"))
        limit = {"migrations": count} if pick.chance(0.3) else {}
        return {"trigger": {"trace": {"file": file}}, **limit}, duration
    arrivals = {
        "poisson": {"process": "poisson", "rate": pick.choice(("30/min", "2/s", "5/s", "10/s", "1500/min"))},
        "periodic": {"process": "periodic", "rate": pick.choice(("6/min", "1/s", "3/s"))},
        "burst": {"process": "burst", "size": pick.choice((1, 5, 30)), "every": pick.choice(("1s", "7s", "30s"))},
    }
    processes = ("periodic", "burst") if kind == "ties" else ("poisson", "poisson", "periodic", "burst")
    return {"arrivals": arrivals[pick.choice(processes)], "migrations": count}, duration


def _executors(pick: Pick, kind: str, *, regions: bool) -> list[Section]:
    count = pick.randint(20, 60) if kind == "crowd" else pick.randint(TRACED_EXECUTORS, 8)
    groups: list[Section] = [{"group": "base", "count": count, "weight": pick.choice((1, 1, 2, 0.5))}]
    for number in range(pick.randint(0, 3)):
        behavior = pick.choice(("responsive", "responsive", "unresponsive", "slow", "rejecting"))
        group: Section = {"group": f"g{number}", "count": pick.randint(1, 4), "behavior": behavior}
        if behavior == "slow":
            group["slowdown"] = pick.choice((2, 1.5, 30, 0.5))
        if pick.chance(0.3):
            group["answer_probability"] = pick.choice((0, 0.5, 0.9))
        if pick.chance(0.3):
            group["weight"] = pick.choice((0, 0.25, 1, 7))
        if pick.chance(0.3):
            group["capacity"] = pick.choice(
                (
                    {"memory": "1MB"},
                    {"memory": "3MB"},
                    {"queue": _by_mean("exponential", 15)},
                    {"queue": 30},
                    {"queue": 3, "memory": "2MB"},
                )
            )
        if pick.chance(0.25):
            group["hosts_actors"] = pick.chance(0.5)
        groups.append(group)
    if pick.chance(0.15):
        groups.append({"group": "idle", "count": pick.choice((1, 40)), "weight": 0, "hosts_actors": False})
    if regions:
        for group in groups:
            group["region"] = pick.choice(REGIONS)
    return groups


def _actors(pick: Pick, kind: str) -> Section:
    count = pick.choice((1, 3, 10, 100, 1000))
    if kind == "traced":
        count = max(count, TRACED_ACTORS)
    elif kind == "crowd":
        count = pick.choice((50, 1000))
    return {"count": count, "state_size": pick.choice(SIZES)}


def _network(pick: Pick, kind: str, *, regions: bool) -> Section:
    if kind == "ties":
        return {
            "latency": pick.choice(("0s", "500ms", "1s")),
            "gossip": {"messages": pick.choice(([], ["request"])), "delay": "1s"},
            **({"matrix": "rtt.csv"} if regions else {}),
            "loss": pick.choice((0, 0, 0.05)),
            "duplication": pick.choice((0, 0, 0.1)),
        }
    messages = (
        ["request"], ["request"], [], ["request", "accept", "ack"], ["complete", "reject"],
        ["request", "accept", "reject", "complete", "ack"],
    )  # fmt: skip
    return {
        "latency": pick.choice(LATENCIES),
        "gossip": {"messages": pick.choice(messages), "delay": pick.choice((_uniform("1s", "2s"), *LATENCIES))},
        **({"matrix": "rtt.csv"} if regions else {}),
        "bandwidth": pick.choice((None, None, "1MiB/s", "100MiB/s", "200KiB/s")),
        "loss": pick.choice((0, 0, 0, 0.01, 0.05, 0.3)),
        "duplication": pick.choice((0, 0, 0, 0.02, 0.1, 0.5)),
    }


def _stages(pick: Pick, kind: str) -> Section:
    values = ("0s", "500ms", "1s", "3s") if kind == "ties" else STAGES
    return {name: pick.choice(values) for name in ("evaluation", "checkpoint", "restore")}


def _manager(pick: Pick, kind: str) -> Section:
    tracked = pick.choice((STATES[:1], STATES[:1], STATES[:1], STATES, pick.some(STATES)))
    manager: Section = {
        "enabled": pick.chance(0.93),
        "check_interval": pick.choice(("1s", "7s", "30s", "30s")),
        "timeout": _timeout(pick),
        "retention": pick.choice(("5s", "30s", "5min", "5min")),
        "phase": "aligned" if kind == "ties" else pick.choice(("random", "random", "aligned")),
        "tracked_states": list(tracked),
    }
    if pick.chance(0.3):
        overrides = [_override(pick) for _ in range(pick.randint(1, 2))]
        manager["overrides"] = overrides
    if pick.chance(0.2):
        manager["costs"] = {"tick": "20us", "detect": "0us", "cleanup": "7us", "record": "64B"}
    return manager


def _timeout(pick: Pick) -> Any:
    by_state = {"requesting": "3s", "transferring": "10s", "restoring": "10s"}
    return pick.choice(("60s", "60s", "20s", "5s", "1500ms", by_state, dict.fromkeys(STATES[:2], "40s")))


def _override(pick: Pick) -> Section:
    """Settings that some actors have in place of the manager's; `actor-0` exists in every scenario."""
    patterns = ("actor-*", "actor-0", "actor-?", "actor-[0-4]*", "*0")
    own: Section = {"actors": pick.choice(patterns)}
    if pick.chance(0.7):
        own["timeout"] = _timeout(pick)
    if "timeout" not in own or pick.chance(0.5):
        own["retention"] = pick.choice(("1s", "45s", "20min"))
    if pick.chance(0.3):
        own["tracked_states"] = list(pick.some(STATES))
    if pick.chance(0.3):
        own["min_state_size"] = pick.choice(("1KiB", "1MiB", "3MiB"))
    return own


def _detection(pick: Pick, manager: Section) -> None:
    """Give the manager, and some of its overrides, a detector that does not poll."""
    if pick.chance(0.4):
        manager["detector"] = _detector(pick)
    if pick.chance(0.15):
        own: Section = {"actors": pick.choice(("actor-*", "actor-0", "actor-?", "*0")), "detector": _detector(pick)}
        manager.setdefault("overrides", []).append(own)
    for override in manager.get("overrides", ()):
        if pick.chance(0.2):
            override["detector"] = pick.choice(({"kind": "poll"}, _detector(pick)))


def _detector(pick: Pick) -> Section:
    if pick.chance(0.5):
        return {"kind": "deadline"}
    return {"kind": "wheel", "tick": pick.choice(("1ms", "70ms", "1s", "1s", "7s", "30s", "45s"))}


def _sized(pick: Pick, manager: Section) -> None:
    """Let timeouts of the manager, or of its overrides, grow with the size of the actor's state."""
    sized = ("3s + 2s/MiB", "100ms + 1ms/KiB", "20s + 1us/B", "1s + 700ms/MB")
    if pick.chance(0.15):
        manager["timeout"] = pick.choice((*sized, {"requesting": pick.choice(sized), "restoring": "4s + 1s/MiB"}))
    for override in manager.get("overrides", ()):
        if pick.chance(0.15):
            override["timeout"] = pick.choice((*sized, {"requesting": pick.choice(sized)}))


def _retry(pick: Pick, kind: str) -> Section:
    if pick.chance(0.4):
        return {"max_retries": 0}
    base = pick.choice(("1s", "100ms", "5s", "1ms"))
    return {
        "max_retries": pick.choice((1, 2, 3, 5, 12)),
        "backoff": {
            "base": base,
            "factor": pick.choice((1, 1.05, 2, 2, 3.5, 1000)),
            "max": pick.choice(("5s", "60s", "10min")),
            "jitter": "none" if kind == "ties" else pick.choice(("none", "full", "equal", "decorrelated")),
        },
        "on": pick.choice((["timed_out", "rejected"], ["timed_out", "rejected"], ["timed_out"], ["rejected"], [])),
        "alternative_target_after": pick.randint(1, 3),
    }


def _record(pick: Pick) -> Section:
    return {
        "messages": pick.chance(0.3),
        "manager": pick.chance(0.9),
        "timeline": pick.choice((None, "30s", "30s", "7s", "1s")),
    }


def _idle(pick: Pick, scenario: Section) -> Section:
    """The scenario with settings that change no figure of another part: the engines must both ignore them."""
    if pick.chance(0.15):
        scenario["task_checker"] = {"enabled": pick.chance(0.5), "check_interval": "3s"}
    if pick.chance(0.15):
        scenario["quorum"] = {"enabled": False, "executors": 3, "window": "7s"}
    if pick.chance(0.15):
        scenario["trust"] = {"initial": 0.4, "on_timeout": -0.5}
    if pick.chance(0.15):
        scenario["actors"]["mode"] = {"stateful": {"checkpoint_interval": "20s", "max_state_size": "1MiB"}}
    if pick.chance(0.15):
        scenario["protocol"] = {"profile": "as-designed", "completion_ack": True, "retransmission": False}
    if pick.chance(0.1):
        scenario["description"] = "Drawn at random."
        scenario["expect"] = {"success_rate": {"at_most": 1}}
    return scenario


# Scenarios for events alone


def events_document(seed: int) -> Section:
    """The data of a scenario that needs events."""
    pick = Pick(f"events/{seed}")
    if pick.chance(0.08):
        return _submitted(pick, seed)
    scenario = document(seed + 1_000_000)
    scenario.update(name=f"events-{seed}", seed=seed, duration="60s", warmup="0s")
    scenario["drain"] = pick.choice(("20s", "2min", "10min"))
    if "migrations" in scenario["workload"]:
        scenario["workload"]["migrations"] = min(scenario["workload"]["migrations"], 100)
    scenario["protocol"] = {"profile": pick.choice(PROFILES)}
    if pick.chance(0.5):
        del scenario["manager"]["tracked_states"]
    for feature in pick.sample(FEATURES, pick.randint(1, 3)):
        feature(pick, scenario)
    return _bounded(scenario)


def _bounded(scenario: Section) -> Section:
    """The scenario without retries that never end: without `bounded_retries` each failure starts another attempt."""
    protocol = scenario["protocol"]
    if not protocol.get("bounded_retries", protocol["profile"] not in CODE):
        scenario["workload"]["migrations"] = 10
        scenario["drain"] = "20s"
    return scenario


def _switches(pick: Pick, scenario: Section) -> None:
    names = (
        "completion_ack", "guarded_transitions", "atomic_detection", "attempt_identifiers", "fresh_requests",
        "resume_on_failure", "two_phase_handover", "addressed_accepts", "deduplicate_by_attempt", "retransmission",
        "ordered_checkpoints", "verified_checkpoints", "durable_records", "fencing_epochs", "monotonic_clock",
        "spread_targets", "bounded_retries", "message_expiry", "verified_origins", "direct_requests",
        "cancel_late_accepts", "durable_checkpoints", "final_checkpoint_of_state", "signed_checkpoints", "own_capacity",
    )  # fmt: skip
    for name in pick.sample(names, pick.randint(1, 4)):
        scenario["protocol"][name] = pick.chance(0.5)


def _faults(pick: Pick, scenario: Section) -> None:
    for _ in range(pick.randint(1, 4)):
        scenario.setdefault("faults", []).append(_fault(pick))


def _fault(pick: Pick) -> Section:
    kind = pick.choice((
        "crash", "crash", "pause", "unresponsive", "slow", "partition", "loss", "duplication", "reordering",
        "clock_step", "clock_drift", "corrupt_checkpoint", "forge",
    ))  # fmt: skip
    fault: Section = {"kind": kind, "at": f"{pick.randint(0, 50)}s"}
    some = pick.choice(("base-0", "base-*", ["base-1", "base-2"], "*"))
    if kind == "partition":
        messages = pick.choice(("drop", "hold"))
        fault |= {"from": "base-0", "to": "*", "symmetric": pick.chance(0.5), "messages": messages}
    else:
        fault["executors"] = some
    if kind == "crash":
        fault["state"] = pick.choice(("durable", "durable", "volatile"))
        if pick.chance(0.8):
            fault["restart_after"] = pick.choice(("500ms", "10s", "1min"))
    elif kind == "clock_step":
        fault["by"] = pick.choice(("2min", "-5min", "700ms"))
    elif pick.chance(0.8):
        fault["for"] = pick.choice(("1s", "20s", "1min"))
    if kind in (*OF_MESSAGES, "corrupt_checkpoint", "forge"):
        fault["probability"] = pick.choice((0.2, 0.7, 1))
    return fault


def _random_faults(pick: Pick, scenario: Section) -> None:
    kinds = pick.sample(("crash", "pause", "unresponsive", "slow", "partition", "loss", "clock_step"), 3)
    random_faults = {"kinds": kinds, "mtbf": "2min", "mttr": "10s", "by": "70s", "probability": 0.5}
    scenario.setdefault("faults", []).append({"random": random_faults})


def _trust(pick: Pick, scenario: Section) -> None:
    if "policy" in scenario:
        return  # which chooses the targets
    scenario["workload"]["target"] = "trust"
    scenario["trust"] = {
        "initial": pick.choice((0.7, 0.3, _uniform(0.1, 0.9))),  # type: ignore[arg-type]
        "on_timeout": pick.choice((-0.2, -0.6)),
        "on_reject": pick.choice((0, -0.1)),
        "minimum": pick.choice((0, 0.3, 0.5)),
    }


def _messages(pick: Pick, scenario: Section) -> None:
    scenario["actors"]["message_rate"] = pick.choice(("1/s", "0.1/s", "1/min"))
    scenario["actors"]["count"] = min(scenario["actors"]["count"], 20)
    if pick.chance(0.3):
        scenario["runtime"] = {"queueing": "paused"}


def _adjustments(pick: Pick, scenario: Section) -> None:
    changes = (
        {"check_interval": "3s"}, {"timeout": "4s"}, {"retention": "11s"}, {"timeout": {"requesting": "9s"}},
        {"tracked_states": ["requesting", "transferring"]}, {"retry": {"max_retries": 2, "backoff": {"base": "100ms"}}},
    )  # fmt: skip
    times = sorted(pick.sample(range(50), pick.randint(1, 3)))
    scenario["manager"]["adjustments"] = [{"at": f"{at}s", **pick.choice(changes)} for at in times]
    if pick.chance(0.3):
        scenario["manager"]["overrides"] = [{"actors": "actor-0", "retry": {"max_retries": 1, "on": ["timed_out"]}}]


def _quorum(pick: Pick, scenario: Section) -> None:
    scenario["quorum"] = {
        "enabled": True,
        "executors": pick.choice((1, 3, "by-credits")),
        "threshold": pick.choice((0.5, 0.67, 1)),
        "window": pick.choice(("5s", "30s")),
        "on": pick.choice((["decision"], ["checkpoint"], ["decision", "checkpoint"])),
    }
    if pick.chance(0.6):
        lies = pick.choice(("alone", "collude", "equivocate", "silent"))
        liars: Section = {"group": "liar", "count": 2, "behavior": "byzantine", "lies": lies}
        if "region" in scenario["executors"][0]:
            liars["region"] = REGIONS[0]
        scenario["executors"].append(liars)


def _placed(pick: Pick, scenario: Section) -> None:
    """A policy chooses the targets, and perhaps what migrates."""
    if scenario["workload"].get("target") == "trust":
        return
    scenario["executors"][0].setdefault("capacity", {}).update(load=_uniform(0.1, 0.9))  # type: ignore[arg-type]
    scenario["policy"] = {"minimum_score": pick.choice((0.5, 2, 3)), "evaluate_every": "10s", "report_every": "5s"}
    scenario["actors"]["count"] = min(scenario["actors"]["count"], 100)
    if pick.chance(0.5):
        scenario["workload"] = {"trigger": "policy", "migrations": 100}
    else:
        scenario["workload"]["target"] = "policy"
    if pick.chance(0.4):
        scenario["actors"]["blobs"] = 5
        scenario["policy"]["kind"] = pick.choice(("default", "locality-first"))


def _wasm(pick: Pick, scenario: Section) -> None:
    migration = pick.choice(("stop-and-copy", "pre-copy", "post-copy"))
    mode: Section = {"dirty_rate": pick.choice(("20/s", "200/s")), "migration": migration, "max_state_size": "64MiB"}
    if migration == "pre-copy":
        mode["max_rounds"] = pick.choice((1, 5, 30))
    scenario["actors"]["mode"] = {"wasm_stateful": mode}
    scenario["network"]["bandwidth"] = pick.choice(("1MiB/s", "20MiB/s"))


def _checkpoint_costs(pick: Pick, scenario: Section) -> None:
    scenario["checkpoints"] = {"time": pick.choice(("0s", "100ms", "1s")), "pauses": pick.chance(0.7)}
    if pick.chance(0.4):
        scenario["checkpoints"]["flush"] = "2s"


def _parts(pick: Pick, scenario: Section) -> None:
    parts = pick.choice((["migration_manager"], ["checkpoint_store", "policy"], [], ["migration_manager", "policy"]))
    group: Section = {"group": "partly", "count": 2, "parts": parts}
    if "region" in scenario["executors"][0]:
        group["region"] = REGIONS[1]
    scenario["executors"].append(group)


FEATURES: Final[tuple[Callable[[Pick, Section], None], ...]] = (
    _switches, _faults, _faults, _random_faults, _trust, _messages, _adjustments, _quorum, _placed, _wasm,
    _checkpoint_costs, _parts,
)  # fmt: skip


def _submitted(pick: Pick, seed: int) -> Section:
    """Tasks are submitted; nothing migrates."""
    scenario: Section = {
        "name": f"events-{seed}",
        "seed": seed,
        "drain": "10min",
        "executors": [
            {"group": "base", "count": 4, "weight": 0},
            {"group": "worker", "count": pick.randint(2, 6), "hosts_actors": False},
        ],
        "tasks": {"run_time": pick.choice(("10s", _by_mean("exponential", "20s"))), "growth": "10KiB/s"},
        "checkpoints": {"time": pick.choice(("0s", "500ms"))},
        "workload": {"trigger": {"submissions": {"file": "tasks.jsonl"}}},
        "protocol": {"profile": pick.choice(("as-designed", "as-committed", "as-implemented", "hardened"))},
    }
    if pick.chance(0.5):
        kinds = pick.choice((["crash"], ["pause", "slow"]))
        random_faults = {"executors": "worker-*", "mtbf": "1min", "mttr": "10s", "kinds": kinds}
        scenario["faults"] = [{"random": random_faults}]
    if pick.chance(0.4):
        scenario["quorum"] = {"enabled": True, "executors": 2, "threshold": 0.5}
    return scenario
