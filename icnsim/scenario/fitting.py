"""Contradictions between the keys of policies, tasks, actors, checkpoints and memories."""

import math
from collections.abc import Iterator
from typing import Final

from icnsim.numbers import as_given, exact
from icnsim.scenario.actors import Actors, RuntimeOf, WasmMode
from icnsim.scenario.executors import CapacityOf
from icnsim.scenario.faults import CorruptCheckpoint, Forge, ManagerError
from icnsim.scenario.policy import Policy
from icnsim.scenario.schema import Quorum, Scenario, Stages
from icnsim.scenario.tasks import TasksOf
from icnsim.scenario.units import format_duration
from icnsim.scenario.workload import Arrivals, TrustOf

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]

MOST_BLOBS: Final = 10_000_000
OF_TASKS: Final = frozenset(
    {"workload", "executors", "actors", "tasks", "retry", "network", "stages", "trust", "manager", "faults", "quorum"}
)
"""Sections that must be valid before the keys of tasks can be checked."""
OF_MIGRATIONS: Final = (CorruptCheckpoint, Forge, ManagerError)
"""Faults that affect nothing but migrations."""


def contradictions(scenario: Scenario, broken: frozenset[str]) -> Iterator[Finding]:
    """The path, the found value and the expected value of every contradiction; `broken` sections are skipped."""
    if not broken & {"workload", "executors", "actors", "policy", "duration"}:
        yield from _policy(scenario)
    if not broken & OF_TASKS:
        yield from _tasks(scenario)
    if "actors" not in broken:
        yield from _actors(scenario)
        if "checkpoints" not in broken:
            yield from _checkpoints(scenario)


def _policy(scenario: Scenario) -> Iterator[Finding]:
    workload, actors, usual = scenario.workload, scenario.actors, Actors()
    if not scenario.uses_policy:
        unread: dict[Path, bool] = {
            ("policy",): scenario.policy != Policy(),
            ("actors", "blobs"): actors.blobs != usual.blobs,
            ("actors", "load"): actors.load != usual.load,
        }
        for number, group in enumerate(scenario.executors):
            here: Path = ("executors", number, "capacity")
            unread[(*here, "load")] = group.capacity.load != CapacityOf().load
            unread[(*here, "wave")] = group.capacity.wave is not None
        for path, changed in unread.items():
            if changed:
                yield (
                    path,
                    "a value that has no effect",
                    "workload.trigger: policy or workload.target: policy with it",
                )
        return
    if workload.by_policy:
        if scenario.duration is None:
            yield ("duration",), "none", "a duration: the policy is evaluated until then"
        if workload.target == "trust":
            yield ("workload", "target"), "trust", "policy, because the policy chooses targets, too"
        if workload.arrivals != Arrivals():
            yield ("workload", "arrivals"), "arrivals", "none: the policy decides which actors migrate"
    blobs = scenario.actor_count * actors.blobs
    if blobs > MOST_BLOBS:
        yield ("actors", "blobs"), f"{blobs:,} blobs of all actors", f"at most {MOST_BLOBS:,}"
    if scenario.policy.kind == "locality-first" and not actors.blobs:
        yield ("actors", "blobs"), "0", "at least 1: without blobs locality-first moves nothing"


def _unread_without_tasks(scenario: Scenario) -> Iterator[Finding]:
    """The keys of tasks that are set although no task is submitted."""
    found: list[Path] = [("tasks",)] if scenario.tasks != TasksOf() else []
    for number, group in enumerate(scenario.executors):
        if group.capacity.tasks != CapacityOf().tasks:
            found.append(("executors", number, "capacity", "tasks"))
    for path in found:
        yield path, "a value that has no effect", "workload.trigger: {submissions: {file: …}} with it"


def _tasks(scenario: Scenario) -> Iterator[Finding]:
    workload, actors = scenario.workload, scenario.actors
    if scenario.submissions is None:
        if workload.submissions is not None:
            return  # the problem of the file is already reported
        yield from _unread_without_tasks(scenario)
        if not actors.count:
            yield ("actors", "count"), "0", "at least 1: without actors nothing migrates"
        return
    yield from _unread_with_tasks(scenario)
    if scenario.tasks.window != TasksOf().window and not scenario.quorum.enabled:
        yield ("tasks", "window"), scenario.tasks.window, "quorum.enabled: true, because only a quorum has a window"
    for number, group in enumerate(scenario.executors):
        here: Path = ("executors", number)
        if group.behavior == "rejecting" and not scenario.migrates:
            yield (*here, "behavior"), "rejecting", "another one: executors get tasks without a Request"
        if group.weight not in (0, 1):
            yield (*here, "weight"), exact(group.weight), "1, or 0 for executors that get no tasks"
        if group.capacity.queue != CapacityOf().queue and scenario.migrates:
            expected = "none: the tasks that wait at an executor are its queue"
            yield (*here, "capacity", "queue"), "a value that has no effect", expected
    takers = sum(group.count for group in scenario.executors if group.weight)
    if scenario.quorum.enabled and scenario.quorum.executors != "by-credits" and scenario.quorum.executors > takers:
        yield ("quorum", "executors"), str(scenario.quorum.executors), f"at most the {takers} that get tasks"


def _unread_with_tasks(scenario: Scenario) -> Iterator[Finding]:
    """The keys of migrations that are set although only tasks are submitted."""
    if scenario.migrates:
        return
    workload, actors, usual = scenario.workload, scenario.actors, Actors()
    unread: dict[Path, bool] = {
        ("actors", "count"): actors.count != 0,
        ("actors", "mode"): actors.mode != usual.mode,
        ("actors", "fuel_rate"): actors.fuel_rate > 0,
        ("actors", "message_rate"): actors.message_rate != usual.message_rate,
        ("workload", "arrivals"): workload.arrivals != Arrivals(),
        ("workload", "target"): workload.target == "trust",
        ("actors", "blobs"): actors.blobs > 0,
        ("retry", "max_retries"): scenario.retry.max_retries > 0,
        ("network", "bandwidth"): scenario.network.bandwidth is not None,
        ("stages",): scenario.stages != Stages(),
        ("trust",): scenario.trust != TrustOf() and not scenario.uses_policy,
        ("quorum", "credits"): scenario.quorum.credits != Quorum().credits,
        ("manager", "overrides"): bool(scenario.manager.overrides),
        ("manager", "adjustments"): bool(scenario.manager.adjustments),
        **{("faults", number): isinstance(item, OF_MIGRATIONS) for number, item in enumerate(scenario.faults)},
    }
    for path, changed in unread.items():
        if changed:
            expected = "none: tasks are submitted, and nothing migrates; for both, a list of triggers"
            yield path, "a value that has no effect", expected


def _actors(scenario: Scenario) -> Iterator[Finding]:
    actors, mode = scenario.actors, scenario.actors.mode
    if scenario.runtime != RuntimeOf() and not actors.message_rate:
        yield (
            ("runtime", "queueing"),
            scenario.runtime.queueing,
            "actors.message_rate above 0 with it: no actor has messages",
        )
    if bool(actors.fuel_rate) != bool(actors.payment_rate):
        missing = "payment_rate" if actors.fuel_rate else "fuel_rate"
        yield ("actors", missing), "0", "a value above 0: a cost in credits needs both a fuel rate and a payment rate"
    if isinstance(mode, str):
        yield ("actors", "mode"), mode, "{stateful: …}: an actor that keeps no state has nothing to migrate"
    elif (mode.stateful is None) == (mode.wasm_stateful is None):
        yield ("actors", "mode"), "both" if mode.stateful else "neither", "one of stateful and wasm_stateful"
    elif mode.wasm_stateful is not None:
        yield from _wasm(scenario, mode.wasm_stateful)


def _wasm(scenario: Scenario, mode: WasmMode) -> Iterator[Finding]:
    here: Path = ("actors", "mode", "wasm_stateful")
    if mode.migration != "stop-and-copy" and scenario.network.bandwidth is None:
        yield ("network", "bandwidth"), "none", f"a bandwidth, because it determines the duration of {mode.migration}"
    for number, pair in enumerate(scenario.network.pairs):
        if mode.migration != "stop-and-copy" and pair.bandwidth is not None:
            expected = f"no bandwidth by pair, because {mode.migration} copies pages at network.bandwidth"
            yield ("network", "pairs", number, "bandwidth"), f"{pair.bandwidth} B/s", expected
    if mode.checkpoints == "incremental" and scenario.checkpoints.bandwidth is None:
        yield ("checkpoints", "bandwidth"), "none", "a bandwidth: an incremental checkpoint saves only by its size"
    if mode.migration != "pre-copy":
        usual = WasmMode()
        for key in ("stop_below", "max_rounds"):
            if getattr(mode, key) != getattr(usual, key):
                yield (*here, key), str(getattr(mode, key)), "migration: pre-copy, which has rounds"


def _checkpoints(scenario: Scenario) -> Iterator[Finding]:
    checkpoints = scenario.checkpoints
    if isinstance(scenario.actors.mode, str):
        return
    interval, size = scenario.stateful.checkpoint_interval, scenario.actors.state_size
    # No checkpoint is made of a state that is larger than this.
    largest = min(scenario.stateful.max_state_size, math.inf if size.constant is None else size.constant)
    made = scenario.stateful.checkpoint_size(round(largest))
    cost = checkpoints.cost(made)
    if cost >= interval:
        key = "time" if checkpoints.time >= interval else "bandwidth"
        found = f"checkpoints that take up to {as_given(cost / 1e6, 's')}, of {made:,} bytes"
        yield ("checkpoints", key), found, f"less than the checkpoint_interval of {format_duration(interval)}"
    if checkpoints.store == "memory" and scenario.protocol.switches.durable_records:
        expected = "durable, or protocol.durable_records: false, because records are kept with the checkpoints"
        yield ("checkpoints", "store"), "memory", expected
