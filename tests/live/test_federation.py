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


class Told:
    """The commands to the processes."""

    def __init__(self):
        self.commands = []

    def vote(self, *what):
        self.commands.append(("vote", *what))

    def begin(self, *what):
        self.commands.append(("begin", *what))


def made(text=SCENARIO, control=None):
    env = LiveEnvironment(VirtualClock(0, 1), Measure(), planned=True)
    return LiveFederation(loads(text), env, control, 0)


@pytest.fixture
def federation():
    return made()


@pytest.fixture
def voting():
    """A federation in which executor 0 must put the migration 0 to the vote, and the commands."""
    told = Told()
    federation = made(SCENARIO + "quorum: {enabled: true, executors: 3}\n", told)
    actor = next(iter(federation.executors[0].manager.runtime.copies))
    assert federation.attempts.begin(actor, ExecutorId(0), ExecutorId(1), AttemptId(0))
    assert told.commands == [("vote", 0, actor, 0, 1)]
    return federation, actor, told.commands


def verdict(verdict, right):
    return [reporter.VERDICT, 0, Kind.BALLOT, 0, verdict, right, 3, 0, 3 if right else 0]


def test_a_migration_begins_after_the_consensus_that_its_source_reports(voting):
    federation, actor, commands = voting
    federation.apply([[reporter.ASKED, 0, Kind.BALLOT, 0, 0, actor, 3, 3]])
    assert federation.ballots.undecided == 1
    federation.apply([verdict("consensus", right=True)])
    assert federation.ballots.undecided == 0
    assert commands[1:] == [("begin", 0, actor, 0, 1, federation.attempts.size_of(actor))]
    assert federation.ballots.columns()["backers"].tolist() == [3]


def test_a_migration_ends_without_an_attempt_after_another_verdict(voting):
    federation, actor, commands = voting
    federation.apply([[reporter.ASKED, 0, Kind.BALLOT, 0, 0, actor, 3, 3], verdict("divergence", right=False)])
    assert len(commands) == 1
    assert federation.retries.pending[actor] == 0
    assert len(federation.recorder.skipped) == 0


def test_a_source_that_is_killed_loses_its_vote(voting):
    federation, actor, _ = voting
    federation.apply([[reporter.ASKED, 0, Kind.BALLOT, 0, 0, actor, 3, 3]])
    federation.died(ExecutorId(0), disk_survives=True, returns=True)
    assert federation.ballots.undecided == 0
    assert federation.ballots.columns()["verdict"].tolist() == [3]
    assert len(federation.recorder.skipped) == 0


def test_a_vote_that_has_not_begun_is_a_skipped_arrival(voting):
    federation, actor, _ = voting
    federation.died(ExecutorId(0), disk_survives=True, returns=True)
    assert len(federation.recorder.skipped) == 1
    assert federation.retries.pending[actor] == 0
    assert len(federation.ballots.columns()["asked"]) == 0


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


def test_the_step_of_a_clock_moves_the_mirror_and_leaves_the_hazards_to_the_process(federation):
    hazards = []
    federation.hooks.hazard.append(lambda *what: hazards.append(what))
    mirror = federation.mirrors[1]
    mirror.step(7_000_000)
    assert mirror.clock_ms() == 7000
    assert hazards == []


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
