"""The time at which the first answer to an attempt that has timed out arrives at its source."""

from collections.abc import Callable

import pytest

from icnsim.columns import simulate as by_columns
from icnsim.recording.columns import NEVER, Recording
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate as by_events

S = 1_000_000
SLOW = """
name: slow
executors: [{group: here, count: 1}, {group: there, count: 1, hosts_actors: false}]
actors: {count: 1}
network: {latency: 47s, gossip: {messages: []}}
stages: {evaluation: 1s, checkpoint: 2s, restore: 500ms}
manager: {phase: aligned}
drain: 10min
workload: {arrivals: {process: periodic, rate: 1/s}, migrations: 1}
"""
"""The answer arrives 95 s after the request, which fails at the tick at 90 s."""

Engine = Callable[[Scenario], Recording]
ENGINES: list[Engine] = [
    by_events,
    lambda scenario: by_columns(scenario, compiled=False).recording,
    lambda scenario: by_columns(scenario, compiled=True).recording,
]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_answer_after_the_detection_is_late(engine: Engine) -> None:
    attempts = engine(loads(SLOW)).attempts
    assert (attempts["failed"].tolist(), attempts["late_at"].tolist()) == ([90 * S], [95 * S])
    assert attempts["late_reply"].tolist() == [1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_refusal_is_an_answer(engine: Engine) -> None:
    attempts = engine(loads(SLOW, overrides={"executors.1.behavior": "rejecting"})).attempts
    assert attempts["late_at"].tolist() == [95 * S]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("changes", [{"manager.timeout": "3min"}, {"network.loss": 0.99}])
def test_without_a_time_out_or_without_an_answer_nothing_is_late(engine: Engine, changes: dict[str, object]) -> None:
    attempts = engine(loads(SLOW, overrides=changes)).attempts
    assert (attempts["failed"].tolist() == [NEVER]) == ("manager.timeout" in changes)
    assert attempts["late_at"].tolist() == [NEVER]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_of_several_late_answers_counts(engine: Engine) -> None:
    uniform = {"network.latency": {"distribution": "uniform", "low": "46s", "high": "200s"}}
    changes = {**uniform, "network.duplication": 0.9, "record.messages": True, "seed": 7}
    recording = engine(loads(SLOW, overrides=changes))
    log = recording.message_log
    assert log is not None
    answers = sorted(log["arrives"][(log["receiver"] == 0) & (log["arrives"] != NEVER)].tolist())
    assert len(answers) > 1
    assert recording.attempts["late_at"].tolist() == answers[:1]


@pytest.mark.parametrize("profile", ["as-implemented", "as-committed"])
def test_an_accept_that_resurrects_a_record_is_late_too(profile: str) -> None:
    attempts = by_events(loads(SLOW, overrides={"protocol.profile": profile})).attempts
    assert attempts["late_at"].tolist() == [95 * S]
