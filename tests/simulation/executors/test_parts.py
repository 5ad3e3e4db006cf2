"""Executors without some of the parts."""

import itertools

import pytest

from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.scenario.executors import PARTS
from icnsim.simulation import simulate

WIRED = """
name: wired
executors:
  - {{group: whole, count: 4}}
  - {{group: part, count: 4, parts: [{parts}]{more}}}
actors: {{count: 80}}
workload: {{migrations: 200, arrivals: {{rate: 1/s}}}}
{below}
"""


def made(parts: str, more: str = "", below: str = "") -> Scenario:
    return loads(WIRED.format(parts=parts, more=more, below=below))


def outcomes(run: Recording) -> dict[str, set[str]]:
    """The outcomes of the attempts, by the kind of the target."""
    found: dict[str, set[str]] = {"whole": set(), "part": set()}
    a = run.attempts
    for target, completed, reason in zip(a["target"].tolist(), a["completed"].tolist(), a["reason"].tolist()):
        found["whole" if target < 4 else "part"].add("completed" if completed >= 0 else run.reasons[reason])
    return found


def test_without_a_manager_no_request_is_answered_no_loop_ticks_and_no_actor_leaves() -> None:
    scenario = made("checkpoint_store, policy")
    run = simulate(scenario)
    assert outcomes(run) == {"whole": {"completed"}, "part": {"Migration timed out"}}
    assert set(run.attempts["source"].tolist()) == {0, 1, 2, 3}
    assert set(run.ticks["executor"].tolist()) <= {0, 1, 2, 3}
    assert run.phases is not None and len(run.phases) == 4
    whole = simulate(made(", ".join(PARTS), below="protocol: {completion_ack: true, profile: hardened}"))
    ticks = summarise(whole, scenario)["manager"]["ticks"]
    assert summarise(run, scenario)["manager"]["ticks"] == pytest.approx(ticks / 2, abs=4)


def test_without_a_store_every_request_is_refused_and_no_actor_leaves() -> None:
    run = simulate(made("migration_manager, policy"))
    assert outcomes(run) == {"whole": {"completed"}, "part": {"no checkpoint store"}}
    assert set(run.attempts["source"].tolist()) == {0, 1, 2, 3}


def test_without_a_store_no_actor_survives_a_crash() -> None:
    crash = "faults: [{kind: crash, executors: ['whole-0', 'part-0'], at: 15min, restart_after: 1s}]"
    run = simulate(made("migration_manager, policy", below=crash))
    for executor, back, lost in zip(
        *(run.recoveries[name].tolist() for name in ("executor", "restarted", "work_lost"))
    ):
        assert (back >= 0, lost) == ((True, lost) if executor == 0 else (False, 900_000_000))
        assert lost < 60_000_000 or executor == 4
    assert set(run.recoveries["executor"].tolist()) == {0, 4}


def test_without_a_policy_a_target_accepts_an_actor_without_room_for_it() -> None:
    full = ", capacity: {memory: 0B, queue: 21}"
    assert outcomes(simulate(made("migration_manager, checkpoint_store", full)))["part"] == {"completed"}
    assert outcomes(simulate(made(", ".join(PARTS), full)))["part"] == {"not enough memory"}


def test_without_a_policy_nothing_is_evaluated() -> None:
    busy = ", capacity: {load: 0.9}"
    scenario = loads(
        WIRED.format(parts="migration_manager, checkpoint_store", more=busy, below="duration: 10min").replace(
            "migrations: 200, arrivals: {rate: 1/s}", "trigger: policy"
        )
    )
    run = simulate(scenario)
    assert run.placements is not None
    assert len(run.placements["at"]) == 0 and len(run.placements["seen"]) == 4 * 20


@pytest.mark.parametrize("parts", [", ".join(order) for order in itertools.permutations(PARTS)])
def test_with_every_part_in_any_order_a_run_is_plain(parts: str) -> None:
    scenario = made(parts)
    assert scenario.plain and scenario.executors[1].parts == PARTS


@pytest.mark.parametrize("profile", ["as-designed", "hardened"])
@pytest.mark.parametrize("parts", ["", "policy", "checkpoint_store", "migration_manager"])
def test_an_absent_part_violates_no_invariant(profile: str, parts: str) -> None:
    run = simulate(made(parts, below=f"protocol: {{profile: {profile}}}"))
    assert not any(run.observed.counts.values())
