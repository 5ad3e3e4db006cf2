"""The executors of a worker, without sockets: their messages are collected, and a restart reads their journal."""

import json

import pytest

from icnsim.live.clock import VirtualClock
from icnsim.live.environment import LiveEnvironment
from icnsim.live.host import Host
from icnsim.live.lateness import Measure
from icnsim.live.reporter import Reporter
from icnsim.protocol.messages import ActorId, ExecutorId, Kind
from icnsim.protocol.states import State
from icnsim.scenario import loads
from icnsim.simulation.federation import Federation

SCENARIO = """
name: host
executors: [{group: a, count: 2}]
actors: {count: 8}
duration: 10s
workload: {arrivals: {rate: 1/s}}
protocol: {profile: %s}
"""


class Lines:
    """A journal in memory."""

    def __init__(self):
        self.changes = []

    def write(self, line):
        self.changes.append(json.loads(line)[2])


class One:
    """A worker that hosts one executor."""

    def __init__(self, profile, *, own=0, process=1, restarts=False, more="", text=SCENARIO, disk=None):
        scenario = loads(text % profile + more)
        self.env = LiveEnvironment(VirtualClock(0, 1), Measure())
        self.overheard = []
        self.sent, self.batches, self.journal = [], [], disk or Lines()
        self.host = Host(
            scenario, (ExecutorId(own),), self.env, self.transmit,
            lambda hooks: Reporter(hooks, process, lambda _, batch: self.batches.append(batch), self.journal),
            overhear=lambda to, request: self.overheard.append((to, request)), files=disk, restarts=restarts,
        )  # fmt: skip
        self.executor = self.host.executors[own]
        self.env.after = self.host.reporter.flush

    def transmit(self, to, message, due):
        self.sent.append((self.host.reporter.take(message, to), to, message, due))

    def ticks_before(self, instant):
        """The times of the manager's ticks before an instant."""
        times = []
        while self.env.queue and self.env.queue[0][0] < instant:
            known = len(self.reported("tick"))
            self.env.catch_up(self.env.queue[0][0] + 1)
            self.host.reporter.flush()
            times += [self.env._now - 1] * (len(self.reported("tick")) - known)
        return times

    def reported(self, name):
        return [event for batch in self.batches for event in batch if event[0] == name]

    def begin(self, row=0):
        actor = next(actor for actor, copy in self.executor.manager.runtime.copies.items() if copy.running)
        self.host.meet(row, row, 1, 0, 1)
        self.host.begin(row, actor, 1, 1 << 20)
        self.host.reporter.flush()
        return actor


def exchange(*workers):
    """Let 20 s pass; the workers have the executors 0, 1, … and send messages to each other and to themselves."""
    since = workers[0].env._now
    for time in range(1, 41):
        for worker in workers:
            worker.env.catch_up(since + time * 500_000)
        for sender in workers:
            sent, sender.sent = sender.sent, []
            for number, to, message, due in sent:
                workers[to].host.meet(message.attempt, 0, 1, 0, 1)
                workers[to].host.expect(number, message, to, due)
        for worker in workers:
            worker.host.reporter.flush()


VOTE = "quorum: {enabled: true, executors: 2, on: [decision, checkpoint]}\n"


def test_workers_vote_on_a_migration_and_on_its_checkpoint():
    source, target = (One("as-designed", own=own, process=own + 1, more=VOTE) for own in (0, 1))
    actor = next(iter(source.executor.manager.runtime.copies))
    source.host.meet(0, 0, 1, 0, 1)
    source.host.vote(0, actor)
    exchange(source, target)
    assert source.reported("asked") == [["asked", 0, Kind.BALLOT, 0, 0, actor, 2, 2]]
    assert source.reported("verdict") == [["verdict", 0, Kind.BALLOT, 0, "consensus", True, 2, 0, 2]]
    source.begin(0)
    exchange(source, target)
    ballots = [(event[2], *event[4:]) for event in source.reported("verdict")]
    assert ballots[1:] == [(Kind.CHECKPOINT_BALLOT, "consensus", True, 2, 0, 2)]
    assert target.reported("asked") == []
    assert target.executor.manager.runtime.copies[actor].running


def test_a_liar_prevents_a_consensus():
    liar = VOTE + "executors: [{group: a, count: 1}, {group: liar, count: 1, behavior: byzantine, lies: alone}]\n"
    scenario = SCENARIO.replace("executors: [{group: a, count: 2}]\n", "")
    source, target = (One("as-designed", own=own, process=own + 1, more=liar, text=scenario) for own in (0, 1))
    source.host.meet(0, 0, 1, 0, 1)
    source.host.vote(0, next(iter(source.executor.manager.runtime.copies)))
    exchange(source, target)
    assert source.reported("verdict") == [["verdict", 0, Kind.BALLOT, 0, "divergence", False, 2, 0, 0]]


def simulated_ticks(more):
    """The ticks of the manager of executor 0 in the simulation, in 30 s."""
    federation = Federation(loads(SCENARIO % "as-designed" + more))
    federation.run()
    lattice = [segment for executor, segment in federation.rhythm.segments(30_000_000) if executor == 0]
    return [time for part in lattice for time in range(part.first, part.stop, part.interval) if time < 30_000_000]


def test_an_adjustment_changes_the_loop_and_the_timeout_as_in_the_simulation():
    more = "manager: {check_interval: 4s, timeout: 60s, adjustments: [{at: 9s, check_interval: 3s, timeout: 5s}]}\n"
    one = One("as-designed", more=more)
    actor = one.begin()
    assert one.ticks_before(30_000_000) == simulated_ticks(more)
    assert one.executor.manager.ended[actor].reason == "Migration timed out"


FAULTS = """faults:
  - {kind: drain, executors: "*", at: 1s, for: 5s}
  - {kind: clock_step, executors: "*", at: 2s, by: 7s}
  - {kind: corrupt_checkpoint, executors: "*", at: 1s, for: 30s, probability: 1}
"""


def test_faults_without_signals_happen_in_the_worker():
    one = One("as-designed", more=FAULTS)
    one.env.catch_up(1_500_000)
    assert one.executor.draining
    one.begin()
    one.env.catch_up(3_000_000)
    one.host.reporter.flush()
    assert one.executor.clock_ms() == 10_000
    assert [event[1:3] for event in one.reported("hazard")] == [[0, 15]]
    one.env.catch_up(6_500_000)
    assert not one.executor.draining


@pytest.mark.parametrize("rate", [0.5, 1.25, 2])
def test_a_clock_that_drifts_ticks_as_in_the_simulation(rate):
    more = "manager: {check_interval: 4s}\n"
    more += f"faults: [{{kind: clock_drift, executors: a-0, at: 9s, for: 11s, rate: {rate}}}]\n"
    found = One("as-designed", more=more).ticks_before(30_000_000)
    expected = simulated_ticks(more)
    assert len(found) == len(expected)
    # The simulation rounds each interval to whole µs, and a loop the readings of its clock.
    assert max(abs(one - other) for one, other in zip(found, expected, strict=True)) <= len(found)


def test_ticks_of_the_manager_that_fail_do_nothing_and_are_reported():
    more = (
        "manager: {check_interval: 4s, timeout: 5s}\nfaults: [{kind: manager_error, executors: a-0, at: 9s, ticks: 2}]"
    )
    one = One("as-designed", more=more)
    actor = one.begin()
    ticks = one.ticks_before(9_000_000)
    failing = one.ticks_before(30_000_000)[:2]
    assert one.reported("error") == [["error", 0]] * 2
    assert ticks + failing == simulated_ticks(more)[: len(ticks) + 2]
    (event,) = (event for event in one.reported("ticked"))
    assert event[4:] == [1, 0]
    assert one.executor.manager.ended[actor].reason == "Migration timed out"


def test_a_restarted_worker_does_not_fail_the_ticks_again_that_have_failed():
    more = "manager: {check_interval: 4s}\nfaults: [{kind: manager_error, executors: a-0, at: 1s, ticks: 5}]\n"
    again = One("hardened", more=more, process=5, restarts=True)
    again.env.catch_up(20_000_000)
    again.host.continues(4, 0)
    again.host.restore([], {})
    again.host.restart()
    assert len(again.ticks_before(40_000_000)) == 5
    assert again.reported("error") == [["error", 0]]


def test_a_restarted_worker_ticks_at_once_even_before_the_first_tick_of_its_phase():
    more = "manager: {check_interval: 30s}\n"
    first = One("hardened", more=more).ticks_before(31_000_000)[0]
    again = One("hardened", more=more, process=5, restarts=True)
    again.env.catch_up(first // 2)
    again.host.restore([], {})
    again.host.restart()
    assert again.ticks_before(45_000_000) == [first // 2, first // 2 + 30_000_000]


def test_a_forger_in_another_process_overhears_a_request_and_accepts_it():
    more = "executors: [{group: a, count: 3}]\nfaults: [{kind: forge, executors: a-2, at: 0s, probability: 1}]\n"
    text = SCENARIO.replace("executors: [{group: a, count: 2}]\n", "")
    source, forger = (One("as-designed", own=own, process=own + 1, more=more, text=text) for own in (0, 2))
    source.env.catch_up(1_000_000)
    source.begin()
    source.env.catch_up(4_000_000)
    (to, request) = source.overheard.pop()
    assert (to, request.kind, request.receiver) == (2, Kind.REQUEST, 1)
    forger.env.catch_up(4_000_000)
    assert forger.overheard == []  # no executor of its process has sent a Request
    forger.host.meet(0, 0, 1, 0, 1)
    forger.host.overhear(ExecutorId(2), request)
    forger.env.catch_up(8_000_000)
    forger.host.reporter.flush()
    assert forger.reported("effect") == [["effect", -1, "forge"]]
    (_, receiver, accept, _) = forger.sent.pop()
    assert (receiver, accept.kind, accept.sender) == (0, Kind.ACCEPT, 2)


def test_a_corrupt_checkpoint_has_its_effect_in_the_worker_and_is_reported():
    source, target = (One("as-designed", own=own, process=own + 1, more=FAULTS) for own in (0, 1))
    for worker in (source, target):
        worker.env.catch_up(10_000_000)
    actor = source.begin()
    exchange(source, target)
    assert source.reported("effect") == [["effect", -1, "corrupt_checkpoint"]]
    assert actor not in target.executor.manager.runtime.copies


@pytest.fixture(params=["as-designed", "hardened"])
def profile(request):
    return request.param


def test_a_request_leaves_at_once_and_arrives_when_its_delay_has_passed(profile):
    one, target = One(profile), One(profile, own=1, process=2)
    actor = one.begin()
    number, to, request, due = one.sent[0]
    assert (to, request.kind, request.actor) == (1, Kind.REQUEST, actor)
    assert number == 1 << 40
    assert 200_000 <= due <= 2_200_000  # the latency, and the gossip of an early design
    target.host.meet(0, 0, 1, 0, 1)
    target.host.expect(number, request, to, due)
    target.env.catch_up(due)
    assert target.executor.received == 0
    target.env.catch_up(due + 1)
    assert target.executor.received == 1
    assert target.env.queue
    target.host.reporter.flush()
    assert target.reported("received") == [["received", 1, number]]


@pytest.mark.parametrize(("messages", "events"), [("drop", ["cut", "lost"]), ("hold", ["cut"])])
def test_a_partition_applies_at_the_receiver_when_a_message_arrives(messages, events):
    more = f"faults: [{{kind: partition, executors: a-1, at: 100ms, for: 9s, messages: {messages}}}]\n"
    one, target = (One("as-designed", own=own, process=own + 1, more=more) for own in (0, 1))
    one.begin()
    number, to, request, due = one.sent[0]
    target.env.catch_up(1000)
    target.host.meet(0, 0, 1, 0, 1)
    target.host.expect(number, request, to, due)
    target.env.catch_up(9_000_000)
    target.host.reporter.flush()
    assert [event[0] for batch in target.batches for event in batch if event[0] in ("cut", "lost")] == events
    target.env.catch_up(9_100_001)
    assert target.executor.received == (messages == "hold")


def test_two_workers_complete_a_migration(profile):
    source, target = One(profile), One(profile, own=1, process=2)
    actor = source.begin()
    exchange(source, target)
    assert actor not in source.executor.manager.runtime.copies
    assert target.executor.manager.runtime.copies[actor].running
    assert source.executor.manager.ended[actor].state is State.COMPLETE


def test_a_restarted_worker_keeps_what_the_profile_keeps(profile):
    one = One(profile)
    one.host.keep_actors()
    actor = one.begin()
    again = One(profile, process=5, restarts=True)
    again.host.restore(one.journal.changes, {})
    manager = again.executor.manager
    assert sorted(manager.runtime.copies) == sorted(one.executor.manager.runtime.copies)
    assert (actor in manager.active) is (profile == "hardened")
    again.host.restart()
    again.host.reporter.flush()
    names = [event[0] for batch in again.batches for event in batch]
    assert names[:2] == ["restored", "restarting"]
    assert names[-1] == "restarted"
    if profile == "hardened":
        assert manager.ended[actor].reason == "Executor restarted"


def test_a_restarted_worker_continues_the_numbers_of_repeated_messages():
    one = One("hardened")
    one.begin()
    one.env.catch_up(60_000_000)
    one.host.reporter.flush()
    reported = one.reported("repeated")
    assert len(reported) > 1  # the Request is sent again, because no executor answers
    again = One("hardened", process=5, restarts=True)
    known = {tuple(message) if isinstance(message, list) else message: number for _, _, message, number in reported}
    again.host.repeats.restore(json.loads(json.dumps(list(known.items()))))
    assert again.host.repeats == one.host.repeats == known
    again.host.reporter.flush()
    assert again.batches == []


def test_the_places_of_repeated_messages_are_restored():
    one = One("as-designed")
    one.host.repeats.restore([[33, 2], [[40, "/from-1"], 1]])
    assert one.host.repeats == {33: 2, (40, "/from-1"): 1}


def test_a_lost_disk_has_no_actors(profile):
    again = One(profile, process=5, restarts=True)
    again.host.restore([], {})
    assert again.executor.manager.runtime.copies == {}


def test_a_worker_that_is_not_ready_has_executors_that_are_down(profile):
    again = One(profile, restarts=True)
    again.host.meet(0, 0, 1, 0, 1)
    again.host.begin(0, ActorId(0), 1, 1)
    again.host.reporter.flush()
    assert again.batches == [[["blocked", 0, 0]]]
