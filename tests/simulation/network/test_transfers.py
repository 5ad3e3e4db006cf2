"""Transfers that share bandwidth: values by hand, faults, and random transfers against a naive simulator."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icnsim.protocol.messages import ExecutorId
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from icnsim.simulation.network.cuts import Cut
from icnsim.simulation.network.maxmin import Resource, fair_rates
from tests.simulation.network.filling import Offered, ends, rates, used
from tests.simulation.small import BASE, S, messages, simulated, times

MIB = 2**20
A, B, C, D = map(ExecutorId, range(4))
FOUR = [{"group": name, "count": 1, "region": name} for name in "abcd"]
NEAR = [{"from": "a", "to": "a", "latency": "200ms"}]


class Wire:
    """Sends parcels over the links of a federation of the executors a, b, c, d in which nothing else happens."""

    def __init__(self, sharing: str, **network: object) -> None:
        changes = {"executors": FOUR, "network.sharing": sharing, "network.bandwidth": "1MiB/s", "network.pairs": NEAR}
        more = {f"network.{name}": value for name, value in network.items()}
        self.f = Federation(loads(BASE, overrides=changes | more))
        self.f.env.queue.clear()
        self.found: dict[str, tuple[str, float]] = {}

    def at(self, second: float, function: Any, *subject: Any) -> None:
        self.f.env.at(round(second * S), lambda _, __: function(*subject))

    def send(self, name: str, way: tuple[ExecutorId, ExecutorId], at: float, mib: float, delay: float = 0) -> None:
        sent = self.f.links.carry
        self.at(at, lambda: sent((*way, self, name), round(delay * S), round(mib * MIB)) or self._note(name, "lost"))

    def cut(self, since: float, until: float, *, holds: bool) -> None:
        cut = Cut(frozenset({A}), frozenset({B}), symmetric=False, holds=holds)
        self.at(since, self.f.links.cut, cut)
        self.at(until, self.f.links.mend, cut)

    def crash(self, executor: ExecutorId, at: float) -> None:
        self.at(at, lambda: self.f.executors[executor].crash(disk_survives=True, returns=True))

    def run(self) -> dict[str, tuple[str, float]]:
        while self.f.env.queue:
            self.f.env.step()
        return self.found

    def _note(self, name: str, what: str) -> None:
        assert name not in self.found
        self.found[name] = (what, self.f.env._now / S)

    def deliver(self, name: str, _: int) -> None:
        self._note(name, "arrived")

    def drop(self, name: str) -> None:
        self._note(name, "lost")

    def stopped(self, _: str) -> None:
        pass


def arrived(**seconds: float) -> dict[str, tuple[str, float]]:
    return {name: ("arrived", second) for name, second in seconds.items()}


# By hand


@pytest.mark.parametrize("sharing", ["executor", "link"])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_equal_transfers_that_begin_together_take_as_many_times_longer_as_there_are(sharing: str, count: int) -> None:
    wire = Wire(sharing)
    for number in range(count):
        wire.send(f"t{number}", (A, B), 10, 3)
    assert wire.run() == arrived(**{f"t{number}": 10 + 3 * count for number in range(count)})


@pytest.mark.parametrize("sharing", ["executor", "link"])
def test_a_transfer_that_joins_halves_the_rate_until_the_first_one_has_ended(sharing: str) -> None:
    """At 0.5 s, half a MiB of the first is left. It takes 1 s at half the rate. The second has then half left."""
    wire = Wire(sharing)
    wire.send("first", (A, B), 0, 1)
    wire.send("second", (A, B), 0.5, 1)
    assert wire.run() == arrived(first=1.5, second=2)


@pytest.mark.parametrize("sharing", ["executor", "link"])
def test_the_delay_follows_the_transfer_and_shares_nothing(sharing: str) -> None:
    wire = Wire(sharing)
    wire.send("first", (A, B), 0, 1, delay=5)
    wire.send("second", (A, B), 1, 1)  # the first one is in transit, but has been transmitted
    wire.send("empty", (A, B), 0.5, 0, delay=0.25)
    assert wire.run() == arrived(first=6, second=2, empty=0.75)


def test_links_are_separate_by_pair_and_direction_but_executors_are_not_by_peer() -> None:
    """Three transfers of 1 MiB: a to b, a to c and b to a. With `executor`, the first two leave the same executor."""
    for sharing, there in (("link", 1), ("executor", 2)):
        wire = Wire(sharing)
        wire.send("ab", (A, B), 0, 1)
        wire.send("ac", (A, C), 0, 1)
        wire.send("ba", (B, A), 0, 1)
        assert wire.run() == arrived(ab=there, ac=there, ba=1)


def test_a_flow_that_cannot_use_its_share_leaves_it_to_the_others() -> None:
    """Three flows leave a, at a third of 6 each. So b receives 2 from a, and the flow from c to b has the other 4."""
    out, into = ("out", 0, 0), ("in", 1, 1)
    routes: list[tuple[Resource, ...]] = [
        (out, into), (out, ("in", 2, 2)), (out, ("in", 3, 3)), (("out", 2, 2), into)
    ]  # fmt: skip
    capacities = {resource: 6 for route in routes for resource in route}
    assert fair_rates(routes, capacities) == [2, 2, 2, 4]


def test_an_executor_shares_max_min_fair() -> None:
    """The same in time: ab, ac and ad have a third each; cb has two thirds, ends at 1.5 s, and changes nothing."""
    wire = Wire("executor")
    for name, way in {"ab": (A, B), "ac": (A, C), "ad": (A, D), "cb": (C, B)}.items():
        wire.send(name, way, 0, 1)
    assert wire.run() == arrived(ab=3, ac=3, ad=3, cb=1.5)


def test_the_bandwidth_of_a_pair_limits_each_of_its_transfers_and_leaves_the_rest_to_others() -> None:
    """From a to b at most a quarter: two of these have a quarter each, and a to c has the other half."""
    pairs = [{"from": "a", "to": "b", "bandwidth": "256KiB/s"}]
    wire = Wire("executor", pairs=pairs)
    wire.send("b1", (A, B), 0, 1)
    wire.send("b2", (A, B), 0, 1)
    wire.send("c", (A, C), 0, 2)
    assert wire.run() == arrived(b1=4, b2=4, c=4)
    shared = Wire("link", pairs=pairs)  # a link of a quarter that both share
    shared.send("b1", (A, B), 0, 1)
    shared.send("b2", (A, B), 0, 1)
    assert shared.run() == arrived(b1=8, b2=8)


def test_a_link_without_a_bandwidth_takes_no_time() -> None:
    wire = Wire("link", bandwidth=None, pairs=[{"from": "a", "to": "b", "bandwidth": "1MiB/s"}])
    wire.send("ab", (A, B), 0, 1, delay=1)
    wire.send("ba", (B, A), 0, 1, delay=1)
    assert wire.run() == arrived(ab=2, ba=1)


# Faults


def test_a_held_message_begins_its_transfer_at_the_healing() -> None:
    wire = Wire("link")
    wire.cut(10, 20, holds=True)
    wire.send("held", (A, B), 15, 1, delay=8)  # due at 23 without its transfer
    wire.send("too", (A, B), 19, 1)
    assert wire.run() == arrived(held=22 + 3, too=22)


def test_a_partition_does_not_stop_a_transfer_but_loses_or_holds_it_at_its_arrival() -> None:
    held = Wire("link")
    held.cut(0.5, 20, holds=True)
    held.send("it", (A, B), 0, 1)
    assert held.run() == arrived(it=20)
    lost = Wire("link")
    lost.cut(0.5, 20, holds=False)
    lost.send("it", (A, B), 0, 1)
    assert lost.run() == {"it": ("lost", 1)}


def test_a_message_that_is_lost_when_it_is_sent_transmits_nothing() -> None:
    wire = Wire("link")
    wire.cut(0, 0.5, holds=False)
    wire.send("lost", (A, B), 0.25, 1)
    wire.send("it", (A, B), 0.5, 1)
    assert wire.run() == {"lost": ("lost", 0.25), "it": ("arrived", 1.5)}


def test_a_crash_of_the_sender_ends_its_transfers_and_leaves_the_bandwidth_to_others() -> None:
    """At 1 s, 1.5 MiB of the transfer from c are left. b then receives nothing else."""
    wire = Wire("executor")
    wire.send("ab", (A, B), 0, 2)
    wire.send("cb", (C, B), 0, 2)
    wire.crash(A, 1)
    assert wire.run() == {"ab": ("lost", 1), "cb": ("arrived", 2.5)}
    assert wire.f.transfers is not None
    assert wire.f.transfers.columns()["ended"].tolist() == [S, 2.5 * S]
    assert (wire.f.transfers.columns()["fate"].tolist(), wire.f.transfers.open) == ([2, 1], 0)


def test_a_crash_of_the_receiver_does_not_end_a_transfer() -> None:
    wire = Wire("executor")
    wire.send("ab", (A, B), 0, 1)
    wire.crash(B, 0.5)
    assert wire.run() == arrived(ab=1)


SHARED = {"network.bandwidth": "512KiB/s", "network.sharing": "executor"}


def test_after_a_crash_of_the_source_during_the_final_transfer_no_copy_runs() -> None:
    """Request 0 to 2.2, Accept 2.5, Complete is transmitted from 4.5 to 6.5 and arrives at 6.7 (hazard 6)."""
    crash = "kind: crash, executors: a-0, restart_after: 1h"
    lost = times(simulated(SHARED, f"{crash}, at: 6400ms"))
    assert lost["checkpointed"] == 4.5 and "transferred" not in lost
    assert times(simulated(SHARED, f"{crash}, at: 6600ms"))["restored"] == 7.2


# In a scenario

BUSY = """
name: busy
executors: [{group: a, count: 2}]
actors: {count: 500, state_size: {distribution: exponential, mean: 1MiB}}
network: {bandwidth: 1MiB/s, gossip: {messages: []}}
workload: {migrations: 400, arrivals: {rate: 20/min}}
"""


def test_a_transfer_that_is_alone_takes_as_long_as_without_sharing() -> None:
    rare = {"workload.arrivals.rate": "1/min", "drain": "1h"}
    runs = [simulate(loads(BUSY, overrides=rare | {"network.sharing": kind})) for kind in ("none", "executor", "link")]
    alone = np.diff(runs[0].attempts["requested"], append=2**60) > 60 * S
    alone[1:] &= alone[:-1]
    assert alone.sum() > 30
    for run in runs[1:]:
        for name in ("admitted", "accepted", "checkpointed", "restored", "completed"):
            assert np.array_equal(runs[0].attempts[name][alone], run.attempts[name][alone]), name


def test_a_federation_of_which_the_transfers_share_links_is_slower() -> None:
    plain, shared = (
        summarise(simulate(scenario), scenario)
        for scenario in (loads(BUSY, overrides={"network.sharing": kind}) for kind in ("none", "link"))
    )
    assert plain["network"]["transfer"]["count"] == 0 and plain["network"]["transfers_lost"] is None
    assert 780 < shared["network"]["transfer"]["count"] <= 800  # those that began in the window
    assert shared["network"]["offered_load"] == plain["network"]["offered_load"]
    assert shared["migration_duration"]["mean"] > plain["migration_duration"]["mean"] + 0.5


def test_many_states_in_a_second_take_longer_than_in_ten_minutes() -> None:
    """390 states of 50 MiB at 100 Mbit/s: 4.19 s each alone, and nearly half an hour together over one link."""
    each = 50 * MIB / 12.5e6

    def run(every: str) -> tuple[float, float]:
        changes: dict[str, object] = {
            "executors.0.count": 1, "actors": {"count": 390, "state_size": "50MiB",
            "mode": {"stateful": {"max_state_size": "1GiB"}}}, "network.bandwidth": "100Mbit/s",
            "network.sharing": "link", "manager.timeout": "10h", "workload.migrations": 390, "drain": "5h",
            "workload.arrivals": {"process": "burst", "size": 65, "every": every}, "record.messages": False,
        }  # fmt: skip
        figures = summarise(simulated(changes), loads(BASE, overrides=changes))["network"]
        return figures["transfer"]["max"], figures["offered_load"]["executor"]

    within_a_second, load = run("40ms")
    assert within_a_second == pytest.approx(2 * 390 * each, rel=0.6)
    assert load > 300
    within_hours, load = run("10min")
    assert within_hours == pytest.approx(65 * each, rel=0.01) and load < 1


def test_transfers_that_have_not_ended_are_censored() -> None:
    changes: dict[str, object] = {"network.bandwidth": "1KiB/s", "network.sharing": "link", "drain": "100s"}
    found = summarise(simulated(changes), loads(BASE, overrides=changes))["network"]["transfer"]
    assert (found["count"], found["censored"], found["restricted_mean"]["horizon_s"]) == (0, 1, 100)
    assert messages(simulated(changes)) == [("request", 0, -1)]


# Against the naive simulator


def routes(sharing: str) -> st.SearchStrategy[tuple[Resource, ...]]:
    ends_of = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda pair: pair[0] != pair[1])
    if sharing == "link":
        return ends_of.map(lambda pair: (("link", *pair),))
    return ends_of.map(lambda pair: (("out", pair[0], pair[0]), ("in", pair[1], pair[1])))


@given(st.lists(routes("executor"), min_size=1, max_size=12), st.lists(st.integers(1, 100), min_size=8, max_size=8))
def test_the_rates_are_those_of_progressive_filling(chosen: list[tuple[Resource, ...]], bandwidths: list[int]) -> None:
    each = dict(zip([(side, e, e) for side in ("out", "in") for e in range(4)], bandwidths, strict=True))
    found = fair_rates(chosen, each)
    expected = rates(dict(enumerate(chosen)), each)
    assert found == pytest.approx([float(expected[flow]) for flow in range(len(chosen))], rel=1e-9)
    assert all(total <= each[resource] * (1 + 1e-9) for resource, total in used(chosen, found).items())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["executor", "link"]),
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 20), st.integers(1, 4 * MIB)).filter(
            lambda sent: sent[0] != sent[1]
        ),
        min_size=1,
        max_size=10,
    ),
)
def test_random_transfers_end_when_they_do_in_the_naive_simulator(
    sharing: str, sent: list[tuple[int, int, int, int]]
) -> None:
    """A rounding of half a µs at each end moves the later ends by no more than that each."""
    wire, offered = Wire(sharing), []
    capacities: dict[Resource, int] = {}
    for number, (sender, receiver, tenths, size) in enumerate(sent):
        wire.send(str(number), (ExecutorId(sender), ExecutorId(receiver)), tenths / 10, size / MIB)
        route: tuple[Resource, ...] = (("link", sender, receiver),)
        if sharing == "executor":
            route = ("out", sender, sender), ("in", receiver, receiver)
        capacities |= dict.fromkeys(route, MIB)
        offered.append(Offered(tenths * 100_000, size, route))
    found = wire.run()
    for number, end in enumerate(ends(offered, capacities)):
        assert found[str(number)][1] * S == pytest.approx(float(end), abs=2 * len(sent))


def test_the_order_of_the_keys_does_not_change_the_rates() -> None:
    capacities: Mapping[Resource, int] = {("link", 0, 1): 7, ("link", 1, 0): 3}
    assert fair_rates([(("link", 0, 1),), (("link", 1, 0),), (("link", 0, 1),)], capacities) == [3.5, 3, 3.5]
