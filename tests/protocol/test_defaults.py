"""The values of fields that are not given, and the constants that PROTOCOL or the code fixes."""

from typing import Any

import pytest

from icnsim.protocol import policy, quorum, records, task
from icnsim.protocol.checkpoint import Schedule
from icnsim.protocol.detectors import suspicions, timingwheel
from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.messages import (
    BROADCAST,
    DESIGNED,
    EMPTY,
    FIRST_TASK,
    VOTING,
    ActorId,
    AttemptId,
    ExecutorId,
    Kind,
    Message,
)
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import DESIGNED_EVENTS, State
from icnsim.protocol.task import ComputeTask, Mode
from icnsim.protocol.wasm import PAGE, Copying
from icnsim.protocol.watch import Settings

A, ONE, B = ActorId(7), AttemptId(3), ExecutorId(2)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            Message(Kind.REQUEST, A, ONE, B, B),
            {
                "size_bytes": 0, "sequence": 0, "reason": "", "epoch": 0, "content": (0, -1), "damaged": False,
                "sent_at": 0, "signer": -1, "digest": 0, "unsigned": False,
            },
        ),
        (
            MigrationRecord(A, ONE, Role.TARGET, B, 10, 4),
            {
                "actor": 7, "attempt": 3, "role": 8, "peer": 2, "size_bytes": 10, "epoch": 4, "state": State.IDLE,
                "since": 0, "sequence": 0, "content": (0, -1), "damaged": False, "emptied": False, "reason": "",
                "reminders": 0, "awaited": 0, "doubtful": False, "arrived": False, "deadline": -1, "limit": -1,
                "allowed": 0, "asked": None, "scanned": False, "entered_us": None, "readings": None,
            },
        ),
        (Schedule(5), {"interval": 5, "cost": 0, "flush": 0, "pauses": False}),
        (
            Parameters(),
            {
                "kind": "poll", "tick": 0, "margin": 0, "alpha": 0, "threshold": 0, "window": 0, "minimum": 0,
                "min_std": 0, "pause": 0, "distribution": "", "by": "", "heartbeat": 0, "estimator": None,
            },
        ),
        (
            Settings({}, 9),
            {
                "retention": 9, "retransmit_after": 5_000, "message_lifetime": 60_000, "overrides": {}, "others": (),
                "detector": Parameters(),
            },
        ),
        (
            ComputeTask("one"),
            {
                "mode": Mode.EPHEMERAL, "checkpoint_interval": 0, "max_state_size": 0, "deadline": None,
                "estimated_value": None, "duration": None, "fuel_limit": 10_000, "payment_rate": 0, "executors": None,
                "threshold": None, "priority": 1,
            },
        ),
        (Copying((), 1), {"live": (), "final": 1, "afterwards": 0}),
        (Copy(4, (1, B)), {"running": True, "paused_for": None, "saved": False}),
        (
            policy.Thresholds(),
            {
                "load_above": 0.8, "locality_below": 0.5, "candidate_load_below": 0.6400000000000001,
                "minimum_trust": 0.3, "minimum_score": 3.0, "locality_gain": 0.3,
            },
        ),
    ],
)  # fmt: skip
def test_fields_that_are_not_given(made: object, expected: dict[str, Any]) -> None:
    assert {name: getattr(made, name) for name in expected} == expected


def test_reasons_are_those_that_results_name() -> None:
    assert (records.TIMED_OUT, records.CANCELLED, records.RESTARTED) == (
        "Migration timed out", "Migration cancelled", "Executor restarted",
    )  # fmt: skip
    assert (records.REFUSED, records.DISPUTED, records.ENDED) == (
        "Checkpoint refused", "Checkpoint not agreed", "Actor ended",
    )  # fmt: skip
    assert (policy.LOAD_BALANCING, policy.LOCALITY_OPTIMIZATION) == ("LoadBalancing", "LocalityOptimization")


def test_names_of_priorities_modes_and_verdicts_are_those_of_scenarios_and_results() -> None:
    assert task.PRIORITIES == ("low", "normal", "high", "critical")
    assert [mode.value for mode in Mode] == ["ephemeral", "stateful", "wasm_stateful"]
    assert [verdict.value for verdict in quorum.Verdict] == ["waiting", "consensus", "divergence", "insufficient"]


def test_numbers_that_the_protocol_or_the_code_fixes() -> None:
    assert (policy.MIB, policy.MAX_QUEUE, policy.MS_PER_MIB, PAGE) == (1_048_576, 20, 10, 65_536)
    assert (policy.LOAD_WEIGHT, policy.LOCALITY_WEIGHT, policy.TRUST_WEIGHT) == (4, 6, 0.5)
    assert (quorum.BY_CREDITS, quorum.MOST) == (((100, 1), (1_000, 2), (10_000, 3)), 5)
    assert (task.LARGEST, task.DEFAULT_FUEL, task.FUEL_OF_RATE, task.HIGHEST_RATE) == (2**60, 10_000, 1000, 10**6)
    assert (EMPTY, BROADCAST, FIRST_TASK, records.NO_ATTEMPT) == ((0, -1), -1, 2**40, -1)
    assert (records.LONGEST_PAUSE_MS, records.MOST_DOUBLINGS) == (60_000, 16)
    assert (suspicions.MOST, suspicions.SHORTEST_MS, suspicions.NUMBERS, timingwheel.SLOTS) == (10_000, 300_000, 5, 256)


def test_the_kinds_of_messages_are_numbered_and_grouped() -> None:
    assert [kind.value for kind in Kind] == list(range(13))
    assert DESIGNED == (0, 1, 2, 3, 4)
    assert VOTING == (7, 8, 9, 10, 11, 12)


def test_the_events_of_the_design_and_the_terminal_states() -> None:
    labels = "initiate admit accept reject checkpoint complete restore ack time_out clean_up"
    assert [event.label for event in DESIGNED_EVENTS] == labels.split()
    assert (records.FIRST_TERMINAL, records.COMPLETED, records.FAILED) == (State.COMPLETE, State.COMPLETE, State.FAILED)
