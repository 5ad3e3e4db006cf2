"""The federation of the supervisor applies reports; no process is needed."""

import pytest

from icnsim.live import reporter
from icnsim.live.clock import VirtualClock
from icnsim.live.environment import LiveEnvironment
from icnsim.live.federation import LiveFederation
from icnsim.live.lateness import Measure
from icnsim.live.wire import packed
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.scenario import loads

SCENARIO = """
name: reports
executors: [{group: a, count: 3}]
actors: {count: 9}
duration: 10s
workload: {arrivals: {rate: 1/s}}
"""
REQUEST = Message(Kind.REQUEST, ActorId(0), AttemptId(0), ExecutorId(0), ExecutorId(1), signer=ExecutorId(0))
SENT = [reporter.SENT, 1, 70, packed(REQUEST)]
WRITTEN = [reporter.WRITTEN, 1, 70]
RECEIVED = [reporter.RECEIVED, 1, 70]


@pytest.fixture
def federation():
    env = LiveEnvironment(VirtualClock(0, 1), Measure(), planned=True)
    return LiveFederation(loads(SCENARIO), env, None, 0)


def counts(federation):
    return federation.network.sent, sum(mirror.received for mirror in federation.mirrors), federation.network.in_flight


def test_a_message_is_sent_and_received(federation):
    federation.apply([SENT])
    assert counts(federation) == (1, 0, 1)
    federation.apply([WRITTEN])
    federation.apply([RECEIVED])
    assert counts(federation) == (1, 1, 0)
    assert federation.activity.items[0] == 0


@pytest.mark.parametrize("order", [(RECEIVED, SENT, WRITTEN), (SENT, RECEIVED, WRITTEN), (RECEIVED, WRITTEN, SENT)])
def test_reports_of_two_processes_may_overtake_each_other(federation, order):
    for event in order:
        federation.apply([event])
    assert counts(federation) == (1, 1, 0)
    assert federation.activity.items[0] == 0


def test_the_supervisor_keeps_the_numbers_of_repeated_messages_of_each_process(federation):
    federation.apply([[reporter.REPEATED, 1, 33, 1], [reporter.REPEATED, 1, [40, "/from-1"], 1]])
    federation.apply([[reporter.REPEATED, 1, 33, 2], [reporter.REPEATED, 0, 33, 7]])
    assert federation.repeats(ExecutorId(1)) == [(33, 2), ((40, "/from-1"), 1)]
    assert federation.repeats(ExecutorId(2)) == []


def test_a_killed_process_loses_the_messages_in_its_sockets(federation):
    federation.apply([SENT, WRITTEN])
    federation.died(ExecutorId(1), disk_survives=True, returns=True)
    assert counts(federation) == (1, 0, 0)
    assert federation.network.lost == 1
    assert federation.activity.items[0] == 0


def test_a_message_to_a_process_that_is_down_is_lost(federation):
    federation.died(ExecutorId(1), disk_survives=True, returns=True)
    federation.apply([SENT])
    federation.apply([WRITTEN])
    assert (federation.network.sent, federation.network.lost, federation.network.in_flight) == (1, 1, 0)
