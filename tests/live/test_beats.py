"""The heartbeats of a worker, without sockets, are those of the simulation."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.live.beats import Kept
from icnsim.live.clock import VirtualClock
from icnsim.live.environment import LiveEnvironment
from icnsim.live.federation import LiveFederation
from icnsim.live.host import Host
from icnsim.live.lateness import Measure
from icnsim.live.reporter import Reporter
from icnsim.live.support import planned
from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import loads
from icnsim.simulation.assembly import Assembly

SCENARIO = """
name: beats
executors: [{group: a, count: 2}, {group: mute, count: 1, heartbeats: false}]
actors: {count: 8}
duration: 60s
workload: {arrivals: {rate: 1/s}}
network: {loss: 0.2, latency: {distribution: lognormal, mean: 500ms, std: 1s}}
manager: {detector: {kind: chen, window: 12}, heartbeat: {every: 1s}}
"""
PARTITION = "faults: [{kind: partition, executors: a-0, at: 20s, for: 30s}]\n"
INSTANT = 45_300_000


class Worker:
    """A worker with all executors, whose heartbeats arrive as soon as they reach a socket."""

    def __init__(self, text=SCENARIO):
        self.env = LiveEnvironment(VirtualClock(0, 1), Measure())
        self.batches = []
        self.host = Host(
            loads(text), (ExecutorId(0), ExecutorId(1), ExecutorId(2)), self.env, lambda *_: None,
            lambda hooks: Reporter(hooks, 1, lambda _, batch: self.batches.append(batch), None), self.beat,
            restarts=False,
        )  # fmt: skip

    def beat(self, sender, receiver, number):
        self.host.beats.arrived(sender, receiver, number, 1)


def described(heard):
    return None if heard is None else (heard.latest, heard.last, heard.count, heard.offsets(1000), heard.silences)


@pytest.mark.parametrize("more", ["", PARTITION])
def test_heartbeats_arrive_when_they_arrive_in_the_simulation(more):
    worker, simulated = Worker(SCENARIO + more), Assembly(loads(SCENARIO + more))
    worker.env.catch_up(INSTANT)
    if more:
        simulated.faults.start()
        simulated.env.run(until=INSTANT)
    simulated.env._now = INSTANT
    for sender in (0, 1, 2):
        for receiver in {0, 1, 2} - {sender}:
            ours = described(worker.host.executors[receiver].hears(ExecutorId(sender), ExecutorId(receiver)))
            assert ours == described(simulated.heartbeats.heard(ExecutorId(sender), ExecutorId(receiver)))
    assert described(worker.host.beats.heard(ExecutorId(2), ExecutorId(0))) is None
    worker.host.reporter.flush()
    federation = LiveFederation(loads(SCENARIO), LiveEnvironment(VirtualClock(0, 1), Measure(), planned=True), None, 0)
    federation.apply([event for batch in worker.batches for event in batch if event[0] == "beat"])
    assert federation.heartbeats.sent() == simulated.heartbeats.sent() > 150


DRIFT = "faults: [{kind: clock_drift, executors: a-0, at: 20s, for: 10s, rate: 2}]\n"


def test_a_clock_that_drifts_sends_and_reads_heartbeats_as_in_the_simulation():
    worker, simulated = Worker(SCENARIO + DRIFT), Assembly(loads(SCENARIO + DRIFT))
    simulated.faults.start()
    for instant in (25_300_000, INSTANT):
        worker.env.catch_up(instant)
        simulated.env.run(until=instant)
        for sender, receiver in ((0, 1), (0, 2), (1, 0)):
            ours, theirs = (each(ExecutorId(sender), ExecutorId(receiver)) for each in (
                worker.host.executors[receiver].hears, simulated.heartbeats.heard))  # fmt: skip
            assert described(ours) == described(theirs)


def test_the_draws_after_a_pause_of_the_sender_are_those_of_the_simulation():
    pause = "faults: [{kind: pause, executors: a-0, at: 20s, for: 9s}]\n"
    worker, simulated = Worker(), Assembly(loads(SCENARIO + pause))
    simulated.faults.start()
    simulated.env.run(until=INSTANT)
    for until, change in ((20_000_000, "stall"), (29_000_000, "resume"), (INSTANT, None)):
        worker.env.catch_up(until)
        if change is not None:
            getattr(worker.host.executors[0], change)()
    for receiver in (1, 2):
        ours = worker.host.executors[receiver].hears(ExecutorId(0), ExecutorId(receiver))
        assert described(ours) == described(simulated.heartbeats.heard(ExecutorId(0), ExecutorId(receiver)))


def test_a_restarted_sender_continues_the_places_of_its_heartbeats():
    worker = Worker()
    worker.host.continues(errors=0, beats=17)
    worker.env.catch_up(5_000_000)
    assert worker.host.beats.sent[0] in (21, 22)


def test_the_first_heartbeat_of_a_restarted_sender_replaces_all_older_ones():
    kept = Kept(window=3)
    for number in (1, 2, 4, 3):
        kept.add(7, number, 1000 * number)
    assert kept.beats == [(2, 2000), (3, 3000), (4, 4000)]
    kept.add(9, 6, 6000)
    kept.add(7, 5, 6500)  # it was sent before the crash and arrives later
    assert kept.beats == [(6, 6000)]


def test_too_many_heartbeats_for_sockets_are_refused():
    many = SCENARIO.replace("count: 2", "count: 40")
    assert planned(loads(many), 1, 1).processes == 1
    with pytest.raises(ScenarioError, match="16000 heartbeats in a second of real time, expected at most 2000"):
        planned(loads(many), 10, 1)
