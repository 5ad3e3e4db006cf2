"""The background loop with changed settings, and with a gap in detection.

The Request of 0 s is never answered: with a timeout of a minute and aligned ticks each 30 s it
fails at 90 s. An answered Request ends at 3.4 s, and is removed at 330 s after a retention of 5 min.
"""

import pytest

from icnsim.recording.columns import Recording
from tests.simulation.small import S, simulated, times

SILENT = {"executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}]}


def adjusted(**changes: str) -> dict[str, object]:
    return {"manager.adjustments": [changes]}


def failed(*changes: dict[str, object], row: int = 0, faults: tuple[str, ...] = ()) -> float:
    return times(run(SILENT, *changes, faults=faults), row)["failed"]


def removed(*changes: dict[str, object], row: int = 0) -> float:
    return int(run(*changes).attempts["removed"][row]) / S


def run(*changes: dict[str, object], faults: tuple[str, ...] = ()) -> Recording:
    together: dict[str, object] = {"drain": "20min"}
    for each in changes:
        together |= each
    return simulated(together, *faults)


def ticks(found: Recording) -> int:
    assert found.lattices is not None
    return found.lattices.count()


# adjustments


def test_another_interval_holds_from_the_last_tick_on() -> None:
    assert failed() == 90
    assert failed(adjusted(at="40s", check_interval="45s")) == 75
    assert failed(adjusted(at="30s", check_interval="45s")) == 90  # before the tick of 30 s: at 45 s and 90 s
    assert failed(adjusted(at="30000001us", check_interval="45s")) == 75


def test_a_tick_that_would_be_in_the_past_comes_at_once() -> None:
    assert failed(adjusted(at="40s", check_interval="4s")) == 64  # 40 s, 44 s, ...
    assert failed(adjusted(at="61s", check_interval="10s")) == 70  # the last one was at 60 s
    assert failed(adjusted(at="71s", check_interval="10s")) == 71
    assert failed(adjusted(at="71500ms", check_interval="1ms"), {"drain": "80s"}) == 71.5


def test_all_ticks_have_the_new_interval() -> None:
    # Of both executors, before 1200 s.
    assert ticks(run(adjusted(at="40s", check_interval="100s"))) == 2 * (2 + 11)  # 130 s, 230 s, ... 1130 s
    assert ticks(run(adjusted(at="40s", check_interval="5s"))) == 2 * (2 + 232)  # 40 s, 45 s, ... 1195 s
    assert ticks(run(adjusted(at="40s", check_interval="30s"))) == ticks(run()) == 2 * 40


def test_the_first_tick_comes_at_its_phase_whatever_the_interval() -> None:
    found = run(SILENT, {"manager.phase": "random", "seed": 5}, adjusted(at="1us", check_interval="7s"))
    assert found.phases is not None
    phase = int(found.phases[0]) / S
    assert phase > 0.1
    whole = next(k for k in range(20) if phase + 7 * k > 60.001)
    assert times(found)["failed"] == pytest.approx(phase + 7 * whole, abs=1e-9)


def test_a_stalled_loop_uses_the_new_interval_when_it_resumes() -> None:
    stall = "kind: pause, executors: a-0, at: 31s, for: 17s"  # up to 48 s
    assert failed(adjusted(at="40s", check_interval="5s"), faults=(stall,)) == 63  # 48 s, 53 s, 58 s
    assert failed(adjusted(at="40s", check_interval="45s"), faults=(stall,)) == 75


def test_another_timeout_applies_at_once_to_existing_records() -> None:
    assert failed(adjusted(at="10s", timeout="20s")) == 30
    assert failed(adjusted(at="70s", timeout="2min")) == 150
    assert failed(adjusted(at="90s", timeout="2min")) == 150  # before the tick of 90 s
    assert failed(adjusted(at="91s", timeout="2min")) == 90
    assert failed(adjusted(at="10s", timeout="29999ms")) == 30
    assert failed(adjusted(at="10s", timeout="30s")) == 60


def test_another_retention_applies_at_once_to_existing_records() -> None:
    assert removed() == 330
    assert removed(adjusted(at="10s", retention="1min")) == 90
    assert removed(adjusted(at="10s", retention="10min")) == 630
    assert removed(adjusted(at="10s", retention="26600ms")) == 30
    assert removed(adjusted(at="10s", retention="26601ms")) == 60


def test_adjustments_follow_one_another_and_omitted_settings_do_not_change() -> None:
    each = [
        {"at": "10s", "timeout": "2min"},
        {"at": "20s", "check_interval": "10s"},
        {"at": "105s", "timeout": "100s", "retention": "1s"},
    ]
    assert failed({"manager.adjustments": each[:2]}) == 130
    assert failed({"manager.adjustments": each}) == 110
    assert removed({"manager.adjustments": each}) == 110


# overrides


def two(*overrides: dict[str, str]) -> dict[str, object]:
    """Two actors, which are asked for at 0, and whose first is `actor-0` or `actor-1`."""
    rate = {"workload.arrivals.rate": "1000/s", "actors.count": 2, "workload.migrations": 2}
    return rate | {"manager.overrides": list(overrides)}


def by_actor(found: Recording, column: str) -> dict[int, float]:
    return {
        actor: at / S
        for actor, at in zip(found.attempts["actor"].tolist(), found.attempts[column].tolist(), strict=True)
    }


def test_an_override_holds_for_the_actors_that_match_it_and_for_no_other() -> None:
    found = run(SILENT, two({"actors": "actor-1", "timeout": "20s"}))
    assert by_actor(found, "failed") == {0: 90, 1: 30}
    found = run(two({"actors": "actor-[1-9]", "retention": "10s"}))
    assert by_actor(found, "removed") == {0: 330, 1: 30}
    assert by_actor(found, "target_removed") == {0: 330, 1: 30}


@pytest.mark.parametrize(("timeout", "at"), [("29998ms", 30), ("29999ms", 30), ("30s", 60), ("30001ms", 60)])
def test_an_actor_s_own_timeout_is_exact_to_the_ms(timeout: str, at: float) -> None:
    assert failed({"manager.overrides": [{"actors": "*", "timeout": timeout}]}) == at


@pytest.mark.parametrize(("retention", "at"), [("26599ms", 30), ("26600ms", 30), ("26601ms", 60)])
def test_an_actor_s_own_retention_is_exact_to_the_ms(retention: str, at: float) -> None:
    assert removed({"manager.overrides": [{"actors": "*", "retention": retention}]}) == at


def test_the_last_override_that_matches_an_actor_applies() -> None:
    overrides = ({"actors": "*", "timeout": "2min", "retention": "1s"}, {"actors": "actor-0", "timeout": "20s"})
    assert by_actor(run(SILENT, two(*overrides)), "failed") == {0: 30, 1: 150}
    assert by_actor(run(two(*overrides)), "removed") == {0: 330, 1: 30}


def test_adjustments_do_not_change_an_actor_s_own_settings() -> None:
    own = {"manager.overrides": [{"actors": "*", "timeout": "2min", "retention": "2min"}]}
    assert failed(own, adjusted(at="10s", timeout="20s")) == 150
    assert removed(own, adjusted(at="10s", retention="1s")) == 150


def test_an_override_by_state_holds_for_that_state_and_leaves_the_others_to_the_manager() -> None:
    every = {"manager.tracked_states": ["requesting", "transferring", "restoring"]}
    by_state = {"manager.overrides": [{"actors": "*", "timeout": {"requesting": "20s"}}]}
    assert failed(every, by_state) == 30
    other = {"manager.overrides": [{"actors": "*", "timeout": {"restoring": "20s"}}]}
    assert failed(every, other) == 90
    assert failed(every, other, adjusted(at="10s", timeout="100s")) == 120
    assert failed(every, by_state, adjusted(at="10s", timeout="100s")) == 30


def test_an_adjustment_by_state_holds_for_that_state_alone() -> None:
    every = {"manager.tracked_states": ["requesting", "transferring", "restoring"]}
    assert failed(every, adjusted(at="10s", timeout={"requesting": "20s"})) == 30
    assert failed(every, adjusted(at="10s", timeout={"restoring": "20s"})) == 90


def test_a_timeout_that_an_override_omits_is_the_manager_s() -> None:
    own = {"manager.overrides": [{"actors": "*", "retention": "2min"}]}
    assert failed(own, adjusted(at="10s", timeout="20s")) == 30


def test_a_retention_that_an_override_omits_is_the_manager_s() -> None:
    own = {"manager.overrides": [{"actors": "*", "timeout": "2min"}]}
    assert removed(own, adjusted(at="10s", retention="26600ms")) == 30


# a detection that is not atomic


def torn(gap: str) -> dict[str, object]:
    return {"protocol.atomic_detection": False, "protocol.detection_gap": gap}


def test_a_torn_detection_writes_a_gap_after_it_has_read() -> None:
    assert failed(torn("1s")) == 91
    assert failed(torn("10ms")) == 90.01
    assert failed(torn("1us")) == 90.000001


def test_cleanup_of_a_tick_that_has_nothing_to_fail_comes_at_the_tick() -> None:
    assert removed(torn("1s")) == 330


def test_a_change_within_the_gap_is_overwritten() -> None:
    late = "kind: reordering, at: 0s, messages: [accept], delay: 90s"  # the Accept comes at 90.5 s
    found = simulated(torn("1s"), late)
    assert times(found)["accepted"] == 90.5 and times(found)["failed"] == 91
    assert found.observed.hazards[1] == 1
    found = simulated(torn("400ms"), late)
    assert "accepted" not in times(found) and times(found)["failed"] == 90.4
    assert 1 not in found.observed.hazards


def test_a_crash_within_the_gap_leaves_nothing_to_write() -> None:
    crash = "kind: crash, executors: a-0, at: 90500ms, restart_after: 100ms"
    assert "failed" not in times(run(SILENT, torn("1s"), faults=(crash,)))
