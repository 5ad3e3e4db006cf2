"""A run as a trace: exact for a small run, and in the form that viewers read for other runs."""

import functools
import json
from collections import defaultdict
from typing import Any

import pytest

import icnsim
from icnsim.recording.columns import NEVER, Recording
from icnsim.scenario import Scenario
from icnsim.trace.perfetto import Cut, events, pieces
from tests.simulation.small import STEPS, S, simulated

Event = dict[str, Any]
RUNS = {
    "week4": {"workload.migrations": 300},
    "as-implemented": {"expect": {}},
    "hardened": {"expect": {}},
    "hazards/03-crossed-accepts": {},
    "hazards/19-healed-partition": {},
    "thundering-herd": {"workload.migrations": 60, "expect": {}},
}


@functools.cache
def recorded(name: str) -> tuple[Recording, Scenario]:
    run = icnsim.run(f"scenarios/{name}.yaml", RUNS[name])
    return run.replayed(messages=True), run.scenario


def slices(trace: list[Event]) -> dict[tuple[int, int], list[Event]]:
    """Those of each thread, from the outermost to the innermost."""
    found = defaultdict(list)
    for event in trace:
        if event["ph"] == "X":
            found[event["pid"], event["tid"]].append(event)
    return {thread: sorted(held, key=lambda event: (event["ts"], -event["dur"])) for thread, held in found.items()}


@pytest.mark.parametrize("name", RUNS)
def test_a_trace_is_of_the_form_that_viewers_read(name: str) -> None:
    recording, scenario = recorded(name)
    trace = json.loads(b"".join(pieces(recording, scenario)))["traceEvents"]
    assert {event["ph"] for event in trace} >= {"M", "X", "s", "f"}
    assert all(isinstance(event.get("ts", 0), int) and event.get("dur", 0) >= 0 for event in trace)
    named = {(event["pid"], event["tid"]) for event in trace if event["name"] == "thread_name"}
    processes = {event["pid"] for event in trace if event["name"] == "process_name"}
    threads = slices(trace)
    assert set(threads) == named and {pid for pid, _ in named} == processes
    for held in threads.values():
        ends: list[int] = []
        for event in held:
            while ends and ends[-1] <= event["ts"]:
                ends.pop()
            assert not ends or event["ts"] + event["dur"] <= ends[-1], "slices of a thread nest"
            ends.append(event["ts"] + event["dur"])
    flows: dict[int, list[Event]] = defaultdict(list)
    for event in trace:
        if event["ph"] in "sf":
            flows[event["id"]].append(event)
            held = threads[event["pid"], event["tid"]]
            assert any(one["ts"] <= event["ts"] < one["ts"] + one["dur"] for one in held), "a flow binds to a slice"
    for begun, ended in flows.values():
        assert (begun["ph"], ended["ph"], ended["bp"]) == ("s", "f", "e") and begun["ts"] <= ended["ts"]
        assert begun["name"] == ended["name"]


@pytest.mark.parametrize("name", ["week4", "as-implemented"])
def test_each_message_of_an_attempt_is_an_arrow_or_did_not_arrive(name: str) -> None:
    recording, scenario = recorded(name)
    log = recording.message_log
    assert log is not None
    trace = list(events(recording, scenario))
    arrows = {event["id"] for event in trace if event["ph"] == "s"}
    arrived = (log["arrives"] != NEVER).nonzero()[0].tolist()
    if name == "week4":
        assert arrows == set(arrived)
    else:  # messages of a forger or of another receiver of an Accept belong to no side of the attempt
        assert arrows < set(arrived) and len(arrows) > 0.15 * len(arrived)


def test_the_trace_of_one_migration_is_exact() -> None:
    recording = simulated({})
    scenario = icnsim.run("scenarios/week4.yaml", {"workload.migrations": 1}).scenario  # only its names are used
    scenario = scenario.model_copy(update={"name": "small"})
    trace = list(events(recording, scenario))
    at = {name: round(when * S) for name, when in STEPS.items()}
    found = [(e["name"], e["pid"], e["ts"], e["ts"] + e["dur"]) for e in trace if e["ph"] == "X"]
    assert found == [
        ("migration 0", 1, 0, at["completed"] + 1),
        ("requesting", 1, 0, at["accepted"]),
        ("checkpointing", 1, at["accepted"], at["checkpointed"]),
        ("transferring", 1, at["checkpointed"], at["completed"]),
        ("migration 0", 2, at["admitted"] - 100_000, at["restored"] + 1),
        ("restoring", 2, at["admitted"], at["restored"]),
    ]
    arrows = [(e["name"], e["ph"], e["pid"], e["ts"]) for e in trace if e["ph"] in "sf"]
    assert arrows == [
        ("request", "s", 1, 0), ("request", "f", 2, 200_000),
        ("accept", "s", 2, at["admitted"]), ("accept", "f", 1, at["accepted"]),
        ("complete", "s", 1, at["checkpointed"]), ("complete", "f", 2, at["transferred"]),
        ("ack", "s", 2, at["restored"]), ("ack", "f", 1, at["completed"]),
    ]  # fmt: skip


def test_a_cut_keeps_whole_attempts_by_time_actor_and_executor() -> None:
    recording, scenario = recorded("week4")
    a = recording.attempts

    def kept(cut: Cut) -> set[int]:
        trace = list(events(recording, scenario, cut))
        return {event["args"]["attempt_id"] for event in trace if event.get("cat") == "attempt"}

    assert kept(Cut()) == set(range(len(a["actor"])))
    since, until = 5 * S, 10 * S
    inside = {
        row
        for row in range(len(a["actor"]))
        if a["requested"][row] < until and max(a[name][row] for name in ("completed", "failed", "restored")) >= since
    }
    assert kept(Cut(since=since, until=until)) == inside
    assert 0 < len(inside) < len(a["actor"])
    actor, executor = int(a["actor"][7]), int(a["target"][7])
    assert kept(Cut(actors=frozenset({actor}))) == set((a["actor"] == actor).nonzero()[0].tolist())
    touching = (a["source"] == executor) | (a["target"] == executor)
    assert kept(Cut(executors=frozenset({executor}))) == set(touching.nonzero()[0].tolist())


def test_violations_and_failures_are_instants() -> None:
    recording, scenario = recorded("hazards/03-crossed-accepts")
    marks = [event["name"] for event in events(recording, scenario) if event["ph"] == "i"]
    assert "failed" in marks and "I1 is violated" in marks
