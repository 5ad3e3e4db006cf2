"""Contradictions of where actors live: policies, the state that actors keep, their checkpoints and memories."""

import math
from collections.abc import Iterator
from typing import Final

from icnsim.scenario.actors import Actors, WasmMode
from icnsim.scenario.executors import CapacityOf
from icnsim.scenario.schema import Policy, Scenario
from icnsim.scenario.units import format_duration
from icnsim.scenario.workload import Arrivals

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]

MOST_BLOBS: Final = 10_000_000


def contradictions(scenario: Scenario, broken: frozenset[str]) -> Iterator[Finding]:
    """Path, what was found and what was expected of every contradiction; `broken` sections are left out."""
    if not broken & {"workload", "executors", "actors", "policy", "duration"}:
        yield from _policy(scenario)
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
                    "a value that nothing looks at",
                    "workload.trigger: policy or workload.target: policy with it",
                )
        return
    if workload.trigger == "policy":
        if scenario.duration is None:
            yield ("duration",), "none", "a duration, until which the policy is evaluated"
        if workload.target == "trust":
            yield ("workload", "target"), "trust", "policy, for the policy chooses targets, too"
        if workload.arrivals != Arrivals():
            yield ("workload", "arrivals"), "arrivals", "none: the policy decides what migrates"
    if actors.count * actors.blobs > MOST_BLOBS:
        yield ("actors", "blobs"), f"{actors.count * actors.blobs:,} blobs of all actors", f"at most {MOST_BLOBS:,}"
    if scenario.policy.kind == "locality-first" and not actors.blobs:
        yield ("actors", "blobs"), "0", "at least 1: without blobs locality-first moves nothing"


def _actors(scenario: Scenario) -> Iterator[Finding]:
    mode = scenario.actors.mode
    if isinstance(mode, str):
        yield ("actors", "mode"), mode, "{stateful: …}: an actor that keeps no state has nothing to migrate"
    elif (mode.stateful is None) == (mode.wasm_stateful is None):
        yield ("actors", "mode"), "both" if mode.stateful else "neither", "one of stateful and wasm_stateful"
    elif mode.wasm_stateful is not None:
        yield from _wasm(scenario, mode.wasm_stateful)


def _wasm(scenario: Scenario, mode: WasmMode) -> Iterator[Finding]:
    here: Path = ("actors", "mode", "wasm_stateful")
    if mode.migration != "stop-and-copy" and scenario.network.bandwidth is None:
        yield ("network", "bandwidth"), "none", f"a bandwidth, for {mode.migration} takes as long as its pages do"
    if mode.checkpoints == "incremental" and scenario.checkpoints.bandwidth is None:
        yield ("checkpoints", "bandwidth"), "none", "a bandwidth, for an incremental checkpoint is only a smaller one"
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
    # Of a state that is larger than this none is made.
    largest = min(scenario.stateful.max_state_size, math.inf if size.constant is None else size.constant)
    made = scenario.stateful.checkpoint_size(round(largest))
    cost = checkpoints.cost(made)
    if cost >= interval:
        key = "time" if checkpoints.time >= interval else "bandwidth"
        found = f"checkpoints that take up to {cost / 1e6:g} s, of {made:,} bytes"
        yield ("checkpoints", key), found, f"less than the checkpoint_interval of {format_duration(interval)}"
    if checkpoints.store == "memory" and scenario.protocol.switches.durable_records:
        expected = "durable, or protocol.durable_records: false, for records are kept beside the checkpoints"
        yield ("checkpoints", "store"), "memory", expected
