"""A snapshot of a federation while it runs: exact, and without any effect."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from icnsim.protocol.states import ACTIVE
from icnsim.recording.progress import Budget, Snapshot
from icnsim.recording.summary import summarise
from icnsim.scenario import load, loads
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from tests.simulation.small import BASE, STEPS, S

STATES = [state.label for state in sorted(ACTIVE)]


class Always:
    """Looks whenever it may."""

    def __init__(self) -> None:
        self.seen: list[Snapshot] = []
        self.shares: list[float] = []

    def __call__(self, share: float, events: int, look: Callable[[], Snapshot], /) -> None:
        self.shares.append(share)
        self.seen.append(look())
        assert self.seen[-1].events == events


def look(federation: Federation, at: float) -> Snapshot:
    """The snapshot at an instant, including the events of that instant."""
    if not federation.env.processed:
        assert federation.arrivals is not None
        federation.arrivals.start()
        if federation.faults is not None:
            federation.faults.start()
    federation.env.advance(round(at * S) + 1, Budget())
    return federation.snapshot()


def test_a_snapshot_counts_attempts_records_and_messages() -> None:
    federation = Federation(loads(BASE))
    at_each = {
        "requested": ([1, 0, 0, 0], 1, 1), "admitted": ([1, 0, 0, 1], 2, 1), "accepted": ([0, 1, 0, 1], 2, 0),
        "checkpointed": ([0, 0, 1, 1], 2, 1), "transferred": ([0, 0, 1, 1], 2, 0), "restored": ([0, 0, 1, 0], 2, 1),
        "completed": ([0, 0, 0, 0], 2, 0),
    }  # fmt: skip
    for step, (active, records, in_flight) in at_each.items():
        seen = look(federation, STEPS[step])
        assert [seen.active[state] for state in STATES] == active, step
        assert (seen.attempts, seen.records, seen.in_flight) == (1, records, in_flight), step
        assert seen.ended["completed"] == (step == "completed")
    assert (seen.running, seen.nowhere, seen.faults, seen.violations) == (1, 0, {}, {})


def test_a_snapshot_distinguishes_retries_from_first_attempts_and_counts_skipped_arrivals() -> None:
    # The target never answers. Older than 60 s is found at the tick of 90 s, and tried again 5 s later.
    changes = {
        "executors.1.behavior": "unresponsive", "workload.migrations": 2, "retry.max_retries": 1,
        "retry.backoff.base": "5s", "retry.backoff.jitter": "none", "protocol.profile": "hardened",
        "network.gossip.delay": "0s",
    }  # fmt: skip
    federation = Federation(loads(BASE, overrides=changes))
    for at, attempts, retries, timed_out, requesting, skipped in (
        (0.5, 1, 0, 0, 1, 0), (1, 1, 0, 0, 1, 1), (89.999, 1, 0, 0, 1, 1), (90, 1, 0, 1, 0, 1), (94.999, 1, 0, 1, 0, 1),
        (95, 2, 1, 1, 1, 1),
    ):  # fmt: skip
        seen = look(federation, at)
        found = (seen.attempts, seen.retries, seen.ended["timed_out"], seen.active["requesting"], seen.skipped)
        assert found == (attempts, retries, timed_out, requesting, skipped), at


def test_a_snapshot_counts_the_faults_in_effect_and_no_healed_partition() -> None:
    faults = (
        "kind: crash, executors: b-0, at: 10s, restart_after: 20s",
        "kind: partition, from: a-0, to: b-0, at: 20s, for: 1min",
        "kind: partition, from: b-0, to: a-0, at: 25s, for: 1s",
        "kind: heal, at: 40s",
        "kind: pause, executors: a-0, at: 90s, for: 1s",
    )
    federation = Federation(loads(BASE + "faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults)))
    for at, found in (
        (9, {}), (10, {"crash": 1}), (20, {"crash": 1, "partition": 1}), (25, {"crash": 1, "partition": 2}),
        (26, {"crash": 1, "partition": 1}), (30, {"partition": 1}), (40, {}), (90, {"pause": 1}), (91, {}),
    ):  # fmt: skip
        assert look(federation, at).faults == found, at


def test_a_snapshot_counts_the_violations_so_far() -> None:
    scenario = load(Path("scenarios/hazards/07-two-run.yaml"))
    broken = simulate(scenario).observed
    assert broken is not None and broken.violations
    first, federation = broken.violations[0], Federation(scenario)
    assert look(federation, (first.at - 1) / S).violations == {}
    at_once = Counter(each.invariant for each in broken.violations if each.at == first.at)
    assert look(federation, first.at / S).violations == at_once


def test_a_snapshot_counts_the_actors_that_run_nowhere() -> None:
    # The source pauses its actor at 0.5 s; that the source's process ends at 1 s leaves the actor nowhere.
    fault = "faults: [{kind: crash, executors: a-0, at: 1s, restart_after: 20s}]\n"
    federation = Federation(loads(BASE + fault))
    assert [look(federation, at).nowhere for at in (0.4, 0.6, 2)] == [0, 1, 1]


def test_snapshots_change_nothing_and_the_last_one_agrees_with_the_summary() -> None:
    text = "name: busy\nnetwork: {loss: 0.05}\nworkload: {migrations: 1800}\nretry: {max_retries: 1}\n"
    scenario, watcher = loads(text), Always()
    alone = summarise(simulate(scenario), scenario)
    watched = summarise(simulate(scenario, observer=watcher), scenario)
    assert watched == alone
    assert len(watcher.seen) > 3
    last = watcher.seen[-1]
    assert last.attempts == alone["attempts"]["total"] and last.records == alone["records"]["unremoved"]
    assert {name: alone["attempts"][name] for name in last.ended} == dict(last.ended)
    assert [each.at for each in watcher.seen] == sorted(each.at for each in watcher.seen)
    assert max(watcher.shares[:-1]) < 1 and watcher.shares[-1] == 1
