"""A source suspects a target by its heartbeats, in whole runs.

The actor is at `b-0` when it is to migrate to `a-0` at 100 s. The evaluation takes 30 s, so the source waits from 100 s
to 130.4 s. Heartbeats come every second, with a latency of 200 ms.
"""

import numpy as np
import pytest

from icnsim.draws.streams import phases
from icnsim.recording.columns import NEVER, WILLING, Recording
from icnsim.scenario import loads
from icnsim.simulation.heartbeats.heartbeats import LABEL
from tests.simulation import small

BASE = small.BASE.replace("phase: aligned", "detector: {kind: chen}, heartbeat: {every: 1s}").replace(
    "migrations: 1, arrivals: {process: periodic, rate: 1/s}",
    "migrations: 2, arrivals: {process: periodic, rate: 36/h}",
)
CHEN, PHI = {"kind": "chen"}, {"kind": "phi-accrual"}
MARGIN = {"chen": 2001, "phi-accrual": 1523}
"""From the last arrival to the suspicion of a regular sender, ms: the next heartbeat and alpha; and where φ reaches 8
for silences of 1 s with a standard deviation of 100 ms."""


def run(*faults: str, detector: dict[str, object] = CHEN, **changes: object) -> Recording:
    more = {"stages.evaluation": "30s", "manager.detector": detector} | {
        name.replace("__", "."): value for name, value in changes.items()
    }
    return small.simulated(more, *faults, base=BASE)


def failed_ms(recording: Recording) -> float:
    """When the second migration was given up, ms; -1 if it was not."""
    assert recording.attempts["requested"].tolist() == [0, 100_000_000]
    assert recording.attempts["completed"][0] != NEVER
    failed = int(recording.attempts["failed"][1])
    return failed if failed == NEVER else failed / 1000


def suspected_ms(ended_us: int, kind: str) -> int:
    """When a target is suspected that sends its last heartbeat before that instant, ms."""
    phase = int(phases(loads(BASE), LABEL, 1_000_000)[0])
    last = phase + (ended_us - 1 - phase) // 1_000_000 * 1_000_000
    return (last + 200_000) // 1000 + MARGIN[kind]


@pytest.mark.parametrize("detector", [CHEN, PHI])
def test_a_target_that_crashes_is_suspected_a_margin_after_its_last_heartbeat(detector: dict[str, object]) -> None:
    found = failed_ms(run("kind: crash, executors: a-0, at: 110.3s", detector=detector))
    assert found == suspected_ms(110_300_000, str(detector["kind"]))
    assert 110_300 < found < 112_600


@pytest.mark.parametrize("detector", [CHEN, PHI])
def test_a_target_that_is_suspected_already_is_suspected_at_the_next_ms(detector: dict[str, object]) -> None:
    found = run("kind: crash, executors: a-0, at: 90s", detector=detector)
    assert failed_ms(found) == 100_001
    assert found.attempts["willing"][1] != WILLING, "the Request is still on its way, and its target is down"


def test_a_request_that_a_cut_link_stops_after_the_suspicion_is_no_mistake() -> None:
    cut = run("kind: partition, executors: a-0, at: 90s, for: 60s")
    assert failed_ms(cut) == 100_001
    assert cut.attempts["willing"][1] != WILLING


def test_a_target_whose_process_runs_is_suspected_after_the_fixed_timeout() -> None:
    unresponsive = run("kind: unresponsive, executors: a-0, at: 50s")
    assert failed_ms(unresponsive) == 160_001


def test_without_heartbeats_of_the_target_the_fixed_timeout_applies() -> None:
    dead = run("kind: crash, executors: a-0, at: 90s", executors__0__heartbeats=False)
    assert failed_ms(dead) == 160_001


def test_an_observer_that_has_restarted_knows_nothing_until_it_hears_a_heartbeat() -> None:
    # The target crashes before the observer restarts, so the observer receives no heartbeat from then on.
    both = run("kind: crash, executors: a-0, at: 80s", "kind: crash, executors: b-0, at: 85s, restart_after: 5s")
    assert failed_ms(both) == 160_001


@pytest.mark.parametrize("detector", [CHEN, PHI])
def test_a_target_that_answers_is_not_suspected(detector: dict[str, object]) -> None:
    assert failed_ms(run(detector=detector)) == NEVER


@pytest.mark.parametrize("messages", ["drop", "hold"])
def test_a_partition_is_a_mistake_that_ends_when_it_heals(messages: str) -> None:
    cut = f"kind: partition, executors: a-0, at: 110s, for: 15s, messages: {messages}"
    recording = run(cut, workload__migrations=3, protocol__profile="hardened")
    attempts = recording.attempts
    assert attempts["requested"].tolist() == [0, 100_000_000, 200_000_000]
    # The last heartbeat to arrive was sent 200 ms before the partition began.
    assert attempts["failed"][1] / 1000 == suspected_ms(109_800_000, "chen")
    assert attempts["willing"][1] == WILLING
    assert attempts["completed"][2] != NEVER


def test_heartbeats_that_are_lost_are_a_mistake() -> None:
    loss = "kind: loss, executors: a-0, messages: [heartbeat], at: 110s, for: 5s"
    recording = run(loss)
    assert failed_ms(recording) == suspected_ms(110_000_000, "chen")
    assert recording.attempts["willing"][1] == WILLING
    assert recording.attempts["late_reply"][1]


def test_a_longer_margin_bridges_lost_heartbeats() -> None:
    loss = "kind: loss, executors: a-0, messages: [heartbeat], at: 110s, for: 5s"
    assert failed_ms(run(loss, detector={"kind": "chen", "alpha": "6s"})) == NEVER


def test_a_slow_clock_of_the_sender_deceives_the_expected_arrival_and_not_the_silences() -> None:
    # After 90 heartbeats, each 111 ms later than the schedule, the mean is 5 s behind: more than alpha.
    drift = "kind: clock_drift, executors: a-0, at: 0s, rate: 0.9"
    assert failed_ms(run(drift)) == 100_001
    assert failed_ms(run(drift, detector=PHI)) == NEVER
    assert failed_ms(run("kind: clock_drift, executors: a-0, at: 0s, rate: 0.9999")) == NEVER


@pytest.mark.parametrize("detector", [CHEN, PHI])
def test_a_stalled_observer_receives_the_waiting_heartbeats_before_its_timers(
    detector: dict[str, object],
) -> None:
    assert failed_ms(run("kind: pause, executors: b-0, at: 105.5s, for: 15s", detector=detector)) == NEVER


def test_a_step_of_the_observer_s_clock_moves_no_timer() -> None:
    crash, step = "kind: crash, executors: a-0, at: 110.3s", "kind: clock_step, executors: b-0, at: 105s, by: 45s"
    assert failed_ms(run(crash, step)) == suspected_ms(110_300_000, "chen")
    assert failed_ms(run("kind: unresponsive, executors: a-0, at: 50s", step)) == 160_001


def test_the_promise_of_a_suspected_target_is_asked_for_without_haste() -> None:
    # The hardened source has sent the actor away and asks the target, which is down, for its promise.
    recording = run(
        "kind: crash, executors: a-0, at: 133s", protocol__profile="hardened", stages__restore="20s", drain="5min"
    )
    log = recording.message_log
    assert log is not None
    cancels = log["sent"][log["kind"] == 5]
    assert 133_000_000 < cancels[0] < 136_000_000
    assert np.diff(cancels).min() > 1_000_000
