"""Detectors that learn, in whole runs: the timeouts of RFC 6298 by hand, and the effect of a slower target.

`b-0` rejects every Request, so the actor stays at `a-0` and asks again. With a latency of 200 ms and an evaluation of
100 ms each answer comes after 500 ms. After n of them SRTT is 500 ms and RTTVAR is 250 ms · (3/4)^(n − 1).
"""

import pytest

from icnsim.protocol.detectors.suspicions import NUMBERS
from icnsim.protocol.states import State
from icnsim.recording.columns import Recording
from icnsim.recording.learned import NOTHING_LEARNED, Learned
from tests.simulation.executors.storm import stormy
from tests.simulation.small import NEVER, S, messages, simulated

REFUSED = {
    "executors": [
        {"group": "a", "count": 1},
        {"group": "b", "count": 1, "behavior": "rejecting", "hosts_actors": False},
    ],
    "workload.arrivals.rate": "0.5/s",
    "retry.max_retries": 0,
}
ADAPTIVE = {"kind": "adaptive", "minimum": "1ms"}
CHEN = {"kind": "chen", "alpha": "100ms"}
PHI = {"kind": "phi-accrual"}
SILENT_FROM_7_S = "kind: unresponsive, executors: b-0, at: 7s"
"""The Requests of 0, 2, 4 and 6 s are answered, that of 8 s is not."""


def waits(run: Recording) -> list[float | None]:
    """The time from each Request to its suspicion, s; None if an answer came before."""
    timed_out = run.attempts["deadline"] != NEVER
    return [
        (failed - requested) / S if late else None
        for failed, requested, late in zip(
            run.attempts["failed"].tolist(), run.attempts["requested"].tolist(), timed_out.tolist()
        )
    ]


def refused(detector: dict[str, str], *faults: str, migrations: int = 5, **more: object) -> Recording:
    return simulated(REFUSED | {"manager.detector": detector, "workload.migrations": migrations}, *faults, **more)


@pytest.mark.parametrize(
    ("detector", "wait"),
    [
        (ADAPTIVE, 0.923),  # 500 + 1000 · (3/4)^3 = 921.875 ms
        ({"kind": "adaptive", "minimum": "3s"}, 3.001),
        ({"kind": "adaptive", "minimum": "1ms", "margin": 2, "window": 2}, 0.502),  # β = 1: the deviation is 0
        (CHEN, 0.601),
        (PHI, 1.023),  # φ reaches 8 at 500 ms + 5.226 · 100 ms = 1022.6 ms
        ({"kind": "phi-accrual", "pause": "1s", "min_std": "10ms"}, 1.553),
        ({"kind": "phi-accrual", "distribution": "exponential"}, 9.211),  # 8 ln 10 · 500 ms = 9210.3 ms
    ],
)
def test_a_constant_latency_gives_the_timeout_by_hand(detector: dict[str, str], wait: float) -> None:
    run = refused(detector, SILENT_FROM_7_S)
    assert waits(run) == [None] * 4 + [wait]
    assert run.attempts["deadline"][4] == run.attempts["failed"][4] - 1000
    assert run.firings["timed_out"].sum() == 1
    assert run.learned == Learned(samples=4, numbers=4 + NUMBERS)


@pytest.mark.parametrize("detector", [ADAPTIVE, CHEN, PHI])
def test_a_target_that_never_answered_is_suspected_after_the_fixed_timeout(detector: dict[str, str]) -> None:
    silent = "kind: unresponsive, executors: b-0, at: 0s"
    run = refused(detector, silent, migrations=3, workload__arrivals__rate="0.01/s")
    assert waits(run) == [60.001] * 3


def test_a_target_that_never_answered_doubles_a_fixed_timeout_below_a_minute() -> None:
    silent = "kind: unresponsive, executors: b-0, at: 0s"
    run = refused(ADAPTIVE, silent, workload__arrivals__rate="0.01/s", manager__timeout="10s")
    assert waits(run) == [10.001, 20.001, 40.001, 60.001, 60.001]


def test_an_answer_that_takes_twice_as_long_is_one_mistake_of_adaptive_and_many_of_a_long_window() -> None:
    """The evaluation takes 600 ms from 79 s on. Each late answer comes 1 s after its Request and is learned from."""
    slow = "kind: slow, executors: b-0, at: 79s, factor: 6"
    run = refused(ADAPTIVE, slow, migrations=60)
    found = waits(run)
    assert [number for number, wait in enumerate(found) if wait is not None] == [40]
    assert found[40] == 0.502  # SRTT + G, and the rest of a deviation
    late = refused(CHEN, slow, migrations=60)
    assert all(wait is not None for wait in waits(late)[40:])
    assert (late.attempts["deadline"][40:] < late.attempts["failed"][40:]).all()


RETRIED = {
    "workload.arrivals.rate": "0.05/s", "retry.max_retries": 3, "retry.backoff.base": "100ms",
    "retry.backoff.factor": 1, "retry.on": ["timed_out"],
}  # fmt: skip
"""Each attempt that is suspected is replaced 100 ms later, often before its answer comes."""


@pytest.mark.parametrize(
    ("detector", "mistakes"),
    [
        # 921.875 ms, then doubled: the answer to the second attempt comes in time.
        (ADAPTIVE, [0.923]),
        # The mean of 4 stays of 0.5 s and k of 1.5 s, and 0.5 s: 1, 1.2, 1.333, 1.428 and 1.5 s. The second attempt
        # begins before the first answer comes, the third one before the second answer, and so on.
        (CHEN | {"alpha": "500ms"}, [1.001, 1.001, 1.201, 1.334]),
        # 1022.6 ms twice, as above. Then mean 700 ms and deviation 400 ms give 2790 ms.
        (PHI, [1.023, 1.023]),
    ],
)
def test_with_retries_the_mistakes_end_when_answers_take_three_times_as_long(
    detector: dict[str, str], mistakes: list[float]
) -> None:
    """Four answers come after 500 ms. From 75 s on the evaluation takes 1.1 s, so all others come after 1.5 s."""
    slow = "kind: slow, executors: b-0, at: 75s, factor: 11"
    run = refused(detector, slow, migrations=12, **RETRIED)
    found = waits(run)
    assert found[: 4 + len(mistakes)] == [None] * 4 + mistakes
    assert set(found[4 + len(mistakes) :]) == {None}
    assert run.learned.samples == len(found)


@pytest.mark.parametrize(("detector", "mistakes"), [(ADAPTIVE, 1), (CHEN, 2), (PHI, 3)])
def test_with_retries_a_target_that_never_answers_within_the_fixed_timeout_is_learned_too(
    detector: dict[str, str], mistakes: int
) -> None:
    """The answers come after 1.5 s. `adaptive` doubles its timeout, and `phi-accrual` needs two answers."""
    slow = "kind: slow, executors: b-0, at: 0s, factor: 11"
    run = refused(detector, slow, migrations=6, manager__timeout="1s", **RETRIED)
    assert waits(run) == [1.001] * mistakes + [None] * 6


@pytest.mark.parametrize(
    ("detector", "doubts", "cancelled"),
    [
        # 0.9 s, a deviation of 0.3375 s and a margin of 4 of them. The first Ack comes 0.15 s late.
        (ADAPTIVE, [2.251], 0),
        # Two stays of 0.9 s, and 0.6 s. A Cancelled comes 0.4 s after each of the first two suspicions: these stays are
        # 1.901 and 2.234 s. The later Cancels arrive after the restore, so the stays are 2.4 s.
        (CHEN | {"alpha": "600ms"}, [1.501, 1.834, 2.084, 2.268, 2.390], 2),
        # 0.9 s and 5.226 minimal deviations. Then 0.9, 0.9 and 1.823 s give 1.208 s and 5.226 deviations of 0.435 s.
        (PHI, [1.423], 1),
    ],
)
def test_the_hardened_source_learns_from_hand_overs_that_it_has_put_in_doubt(
    detector: dict[str, str], doubts: list[float], cancelled: int
) -> None:
    """From the third hand-over on the restore takes 2 s instead of 0.5 s, so Ack comes after 2.4 s.

    If these answers were left out, `chen` and `phi-accrual` would cancel every later hand-over.
    """
    changes = {
        "actors.count": 30, "workload.migrations": 10, "workload.arrivals.rate": "0.1/s",
        "protocol.profile": "hardened", "manager.detector": detector,
    }  # fmt: skip
    run = simulated(changes, "kind: slow, executors: b-0, at: 15s, factor: 4")
    begun = [at / S for at in run.attempts["checkpointed"].tolist()][2:]
    cancels = [sent for kind, sent, _ in messages(run) if kind == "cancel"]
    assert [round(sent - since, 6) for sent, since in zip(cancels, begun, strict=False)] == doubts
    assert (run.attempts["failed"] != NEVER).tolist() == [False] * 2 + [True] * cancelled + [False] * (8 - cancelled)
    assert run.learned.samples == 20


def test_a_crash_of_the_source_forgets_what_it_learned() -> None:
    crash = "kind: crash, executors: a-0, at: 7.2s, state: durable, restart_after: 100ms"
    run = refused(ADAPTIVE, SILENT_FROM_7_S, crash)
    assert waits(run)[4] == 60.001
    assert run.learned == Learned(samples=4, numbers=4 + NUMBERS)


def test_an_overridden_detector_does_not_learn_from_other_actors() -> None:
    own = [{"actors": "*", "detector": {"kind": "deadline"}}]
    run = refused(ADAPTIVE, SILENT_FROM_7_S, manager__overrides=own)
    assert waits(run)[4] == 60.001
    assert run.learned == NOTHING_LEARNED


def test_by_all_a_silent_target_is_suspected_as_soon_as_the_others_have_answered() -> None:
    groups = [*REFUSED["executors"], {"group": "c", "count": 1, "behavior": "unresponsive"}]
    for by in ("all", "target"):
        run = refused(CHEN | {"by": by}, migrations=30, executors=groups, actors__count=30)
        silent = [wait for wait in waits(run) if wait is not None]
        first = [wait for wait in waits(run) if wait is None].index(None)
        assert first == 0 and len(silent) > 5
        expected = {0.601, 60.001} if by == "all" else {60.001}
        assert set(silent) <= expected and silent[-1] == min(expected)


def test_transferring_is_learned_separately() -> None:
    """Complete takes 200 ms, the restore 500 ms and Ack 200 ms: the stay is 900 ms, and 600 ms are above it."""
    changes = {
        "actors.count": 30, "workload.migrations": 3, "workload.arrivals.rate": "0.1/s",
        "manager.detector": {"kind": "chen", "alpha": "600ms"},
        "manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"],
    }  # fmt: skip
    run = simulated(changes, "kind: loss, executors: a-0, at: 22s, for: 1s, probability: 1")
    assert run.attempts["source"].tolist() == [0, 0, 0]
    assert run.attempts["failed_in"][2] == State.TRANSFERRING
    assert run.attempts["failed"][2] - run.attempts["checkpointed"][2] == 1_501_000


@pytest.mark.parametrize("profile", ["as-designed", "as-implemented", "as-committed", "hardened"])
@pytest.mark.parametrize("detector", [ADAPTIVE, CHEN, PHI])
def test_learning_under_faults_violates_no_bound(profile: str, detector: dict[str, str]) -> None:
    run = stormy(detector, profile)
    assert run.observed.counts["I6"] == 0
    assert run.firings["timed_out"].sum() > 10
    if profile == "hardened":
        assert run.observed.counts["I1"] == 0
