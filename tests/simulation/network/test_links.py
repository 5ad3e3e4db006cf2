"""Messages that a partition holds arrive at max(healing, sending + delay), with all delays and other faults.

In the small scenario the Request is sent at 0 and arrives 200 ms later.
"""

from pathlib import Path
from typing import Any

import pytest

from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from icnsim.simulation.network.cuts import Cut
from tests.simulation.small import BASE, S, messages, simulated

A, B = ExecutorId(0), ExecutorId(1)
CUT = "kind: partition, from: a-0, to: b-0, messages: hold"


class Log:
    """Sends over the link from A to B of an otherwise idle federation, and records the outcomes."""

    def __init__(self) -> None:
        self.f = Federation(loads(BASE))
        self.f.env.queue.clear()
        self.found: dict[str, tuple[str, float]] = {}

    def at(self, second: float, function: Any, *subject: Any) -> None:
        self.f.env.at(round(second * S), lambda _, __: function(*subject))

    def sent(self, name: str, second: float, delay: float) -> None:
        self.at(second, self._send, name, round(delay * S))

    def cut(self, since: float, until: float, *, holds: bool = True) -> None:
        cut = Cut(frozenset({A}), frozenset({B}), symmetric=False, holds=holds)
        self.at(since, self.f.links.cut, cut)
        self.at(until, self.f.links.mend, cut)

    def run(self) -> dict[str, tuple[str, float]]:
        self.f.env.at(1000 * S, lambda _, __: None)
        while self.f.env.queue:
            self.f.env.step()
        return self.found

    def _send(self, name: str, delay: int) -> None:
        if not self.f.links.carry((A, B, self, name), delay):
            self._note(name, "lost")

    def _note(self, name: str, what: str) -> None:
        assert name not in self.found
        self.found[name] = (what, self.f.env._now / S)

    def deliver(self, name: str, _: int) -> None:
        self._note(name, "arrived")

    def drop(self, name: str) -> None:
        self._note(name, "lost")

    def stopped(self, _: str) -> None:
        pass


@pytest.mark.parametrize(
    ("sent", "delay", "arrives"),
    [
        (19.99, 5, 24.99),  # held for 10 ms, and still due long after the healing
        (15, 5, 20),
        (12, 5, 20),
        (6, 5, 20),  # in transit when the link is cut
        (4, 5, 9),
        (20, 5, 25),
        (16, 4.5, 20.5),
    ],
)
def test_a_held_sending_arrives_at_the_later_of_healing_and_due_time(sent: float, delay: float, arrives: float) -> None:
    log = Log()
    log.cut(10, 20)
    log.sent("it", sent, delay)
    assert log.run() == {"it": ("arrived", arrives)}


def test_cuts_that_overlap_hold_until_the_last_one_heals_and_a_later_one_holds_again() -> None:
    log = Log()
    for since, until in ((10, 20), (15, 30), (33, 50)):
        log.cut(since, until)
    log.sent("early", 12, 5)
    log.sent("between", 29, 3)
    log.sent("late", 29.5, 4.5)  # due at 34, when the link is cut again
    assert log.run() == {"early": ("arrived", 30), "between": ("arrived", 32), "late": ("arrived", 50)}


def test_a_partition_that_drops_affects_messages_that_another_one_holds_only_at_their_arrival() -> None:
    log = Log()
    log.cut(10, 20)
    log.cut(12, 16, holds=False)
    log.cut(25, 26, holds=False)
    log.sent("held", 11, 2)
    log.sent("lost at its sending", 13, 2)
    log.sent("lost at its arrival", 19, 6.5)
    assert log.run() == {
        "lost at its sending": ("lost", 13), "held": ("arrived", 20), "lost at its arrival": ("lost", 25.5),
    }  # fmt: skip


def test_the_healing_of_another_partition_does_not_affect_held_messages() -> None:
    """The dropping partition is in effect when another one heals, but no more when the message is let go."""
    log = Log()
    log.cut(10, 20)
    log.cut(12, 16, holds=False)
    log.cut(13, 14)
    log.sent("held", 11, 2)
    assert log.run() == {"held": ("arrived", 20)}


@pytest.mark.parametrize(
    ("changes", "delay"),
    [
        ({"network.latency": "5s"}, 5),
        ({"network.latency": "7s", "network.gossip.messages": ["request"], "network.gossip.delay": "4s"}, 11),
        ({"network.bandwidth": "10MiB/s", "actors.state_size": "1GiB", "actors.mode.stateful.max_state_size": "1GiB",
          "executors.0.capacity.memory": "8GiB"}, 102.6),
    ],
)  # fmt: skip
def test_a_partition_that_heals_early_does_not_hurry_a_request(changes: dict[str, object], delay: float) -> None:
    run = simulated({"manager.timeout": "10min"} | changes, f"{CUT}, at: 0s, for: 1570ms")
    assert messages(run)[0] == ("request", 0, delay)
    run = simulated({"manager.timeout": "10min"} | changes, f"{CUT}, at: 0s, for: 200s")
    assert messages(run)[0] == ("request", 0, 200)


def test_nor_one_that_is_reordered_or_far_away(tmp_path: Path) -> None:
    late = "kind: reordering, at: 0s, messages: [request], delay: 8s"
    assert messages(simulated(None, f"{CUT}, at: 0s, for: 3s", late))[0] == ("request", 0, 8.2)
    (tmp_path / "rtt.csv").write_text("region,x,y\nx,0,6000\ny,6000,0\n")
    far = {"network.matrix": "rtt.csv", "executors.0.region": "x", "executors.1.region": "y"}
    scenario = loads(f"{BASE}faults: [{{{CUT}, at: 0s, for: 3s}}]\n", tmp_path, overrides=far)
    assert messages(simulate(scenario))[0] == ("request", 0, 3.2)


def test_held_messages_arrive_after_a_heal_when_they_are_due() -> None:
    slow = {"network.latency": "5s"}
    assert messages(simulated(slow, f"{CUT}, at: 0s", "kind: heal, at: 2s"))[0] == ("request", 0, 5)
    assert messages(simulated(slow, f"{CUT}, at: 0s", "kind: heal, at: 6s"))[0] == ("request", 0, 6)


def test_each_copy_has_its_own_due_time() -> None:
    faults = (f"{CUT}, at: 0s, for: 100ms", "kind: duplication, at: 0s, messages: [request]")
    run = simulated({"network.latency": {"distribution": "uniform", "low": "1s", "high": "9s"}}, *faults)
    free = simulated({"network.latency": {"distribution": "uniform", "low": "1s", "high": "9s"}}, faults[1])
    assert messages(run) == messages(free) and len({at for _, _, at in messages(run)[:2]}) == 2


# Requests that a forger overhears: sent by a-0 at 0, they reach c-0 at 200 ms

THREE = {"executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "hosts_actors": False, "weight": 1},
                       {"group": "c", "count": 1, "hosts_actors": False, "weight": 0}]}  # fmt: skip
FORGE = "kind: forge, at: 0s, executors: c-0"


@pytest.mark.parametrize(
    ("fault", "forged_at"),
    [
        ("kind: slow, executors: a-0, at: 0s", 0.2),
        ("kind: partition, from: a-0, to: c-0, at: 0s", None),
        ("kind: partition, from: a-0, to: c-0, at: 100ms, for: 1s", None),
        ("kind: partition, from: a-0, to: c-0, at: 0s, for: 2s, messages: hold", 2),
        ("kind: partition, from: a-0, to: c-0, at: 0s, for: 100ms, messages: hold", 0.2),
        ("kind: loss, at: 0s, for: 100ms, messages: [request]", None),
        ("kind: reordering, at: 0s, for: 100ms, messages: [request], delay: 3s", 3.2),
        ("kind: pause, executors: c-0, at: 100ms, for: 5s", 5.1),
        ("kind: crash, executors: c-0, at: 100ms, restart_after: 5s", None),
        ("kind: loss, at: 0s, messages: [accept, report, forward], executors: b-0", 0.2),
    ],
)
def test_an_overheard_request_travels_like_every_message(fault: str, forged_at: float | None) -> None:
    run = simulated(THREE, FORGE, fault)
    accepts = [sent for kind, sent, _ in messages(run) if kind == "accept" and sent != 0.3]
    assert accepts[:1] == ([] if forged_at is None else [forged_at])
    assert dict(run.observed.faults).get("forge", 0) == (forged_at is not None)  # type: ignore[union-attr]
