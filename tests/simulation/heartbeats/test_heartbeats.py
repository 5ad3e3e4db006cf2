"""Heartbeats that are computed agree with heartbeats that are events."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from icnsim.draws.streams import phases
from icnsim.scenario import loads
from icnsim.simulation.branch import Branch
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.federation import Federation
from icnsim.simulation.heartbeats.heartbeats import LABEL, Heartbeats
from icnsim.simulation.time.environment import URGENT
from tests.simulation.heartbeats.naive import NaiveHeartbeats

S = 1_000_000
BASE = """
name: beats
executors:
  - {group: a, count: 1, region: eu}
  - {group: b, count: 1, region: ap, hosts_actors: false}
  - {group: c, count: 1, hosts_actors: false}
network:
  latency: {distribution: exponential, mean: 2s}
  loss: 0.1
  pairs: [{from: eu, to: ap, latency: 300ms, loss: 0}]
manager: {detector: {kind: chen, window: 5}, heartbeat: {every: 1s}}
duration: 1s
drain: 90s
workload: {migrations: 1}
"""


def federation(*faults: str, base: str = BASE, **changes: object) -> Federation:
    text = base + ("faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else "")
    return Federation(loads(text, overrides={name.replace("__", "."): value for name, value in changes.items()}))


def heartbeats(f: Federation) -> Heartbeats:
    assert f.heartbeats is not None
    return f.heartbeats


def compared(f: Federation, window: int, instants: Sequence[int]) -> int:
    """Run a federation, compare both kinds at these instants; returns how many heartbeats were compared."""
    every = 1 * S
    naive = NaiveHeartbeats(f, Rhythm(f.env, f.hooks, phases(f.scenario, LABEL, every), every), window)
    count = 0

    def compare(_: None, __: int) -> None:
        nonlocal count
        for receiver in f.executors:
            if receiver.up and not receiver.stalled:
                for sender in f.executors:
                    if sender is not receiver:
                        found = heartbeats(f).arrivals(sender.id, receiver.id)
                        expected = naive.arrivals(sender.id, receiver.id)
                        assert tuple(column.tolist() for column in found) == expected, f.env._now
                        count += len(expected[0])

    for instant in instants:
        f.env.at(instant, compare, None, URGENT)
    f.run()
    assert heartbeats(f).sent() == 2 * sum(naive.places.values())
    return count


MS = st.integers(1, 80_000).map(lambda ms: f"{ms * 1000 + 7}us")
LASTING = st.integers(1, 30_000).map(lambda ms: f"{ms * 1000 + 13}us")
NAMES = st.sampled_from(["a-0", "b-0", "c-0"])
OF_PROCESSES = st.builds(
    lambda kind, who, at, lasting: f"kind: {kind}, executors: {who}, at: {at}, "
    + (f"restart_after: {lasting}" if kind == "crash" else f"for: {lasting}"),
    st.sampled_from(["crash", "pause", "clock_drift", "slow", "unresponsive"]), NAMES, MS, LASTING,
)  # fmt: skip
OF_LINKS = st.builds(
    lambda what, who, at, lasting: f"{what}, executors: {who}, at: {at}, for: {lasting}",
    st.sampled_from([
        "kind: partition, messages: hold", "kind: partition", "kind: loss, probability: 0.5",
        "kind: loss, messages: [heartbeat]", "kind: loss, messages: [request]", "kind: duplication",
        "kind: reordering, probability: 0.5, delay: {distribution: uniform, low: 0s, high: 20s}",
        "kind: partition, symmetric: false",
    ]), NAMES, MS, LASTING,
)  # fmt: skip
INSTANTS = st.lists(st.integers(1, 90 * S), min_size=1, max_size=12)


@settings(max_examples=8, deadline=None)
@given(st.lists(OF_PROCESSES | OF_LINKS, max_size=7), INSTANTS, st.sampled_from([1, 5, 40]))
@example(["kind: crash, executors: a-0, at: 20s, restart_after: 10s"], [60 * S], 40)
@example(["kind: partition, messages: hold, executors: c-0, at: 20.5s, for: 10s"], [31 * S, 80 * S], 40)
@example(
    [
        "kind: pause, executors: a-0, at: 20.5s, for: 20s",
        "kind: crash, executors: a-0, at: 30.5s, restart_after: 5s",
        "kind: partition, messages: hold, executors: b-0, at: 25.5s, for: 30s",
    ],
    [50 * S, 51 * S, 70 * S],
    40,
)
@example(["kind: loss, messages: [heartbeat], executors: '*', at: 20.5s, for: 10s"], [80 * S], 40)
@example(["kind: pause, executors: b-0, at: 10.5s, for: 50s"], [9 * S, 60_500_000, 70 * S, 71 * S], 1)
def test_the_arrivals_are_those_of_heartbeats_that_are_events(
    faults: list[str], instants: list[int], window: int
) -> None:
    compared(federation(*faults, manager__detector__window=window), window, instants)


@pytest.mark.parametrize("rate", [0.5, 1.5, 2])
@pytest.mark.parametrize("at", ["20s", "20.3s", "20.6s", "20.9s"])
def test_a_clock_that_changes_its_rate_skips_no_number(at: str, rate: float) -> None:
    f = federation(
        f"kind: clock_drift, executors: c-0, at: {at}, for: 20s, rate: {rate}", network__loss="0",
        network__latency="100ms", manager__detector__window=100,
    )  # fmt: skip
    f.run()
    numbers, _ = heartbeats(f).arrivals(f.executors[2].id, f.executors[0].id)
    assert len(numbers) > 75
    assert (numbers[1:] - numbers[:-1] == 1).all()


def test_a_manager_reads_the_arrivals_on_its_own_monotonic_clock() -> None:
    drift, step = (
        "kind: clock_drift, executors: a-0, at: 20s, for: 20s, rate: 1.5",
        "kind: clock_step, executors: a-0, at: 30s, by: 90s",
    )
    f = federation(drift, step, manager__detector__window=60)
    found = []

    def ask(_: None, __: int) -> None:
        sender, receiver = f.executors[1].id, f.executors[0].id
        found.append((heartbeats(f).arrivals(sender, receiver)[1].tolist(), heartbeats(f).heard(sender, receiver)))

    f.env.at(80 * S, ask, None, URGENT)
    f.run()
    ((times, heard),) = found
    shown = [at + max(0, min(at, 40 * S) - 20 * S) // 2 for at in times]
    assert len(times) == 60
    assert heard is not None
    assert heard.offsets(0) == sum(reading // 1000 for reading in shown)
    assert heard.last == max(shown) // 1000
    assert min(times) < 30 * S < 50 * S < max(times)


def test_after_a_branch_heartbeats_have_the_draws_of_its_seed() -> None:
    scenario = loads(BASE, overrides={"manager.detector.window": 100})
    found: list[dict[int, int]] = []
    for branch in (None, Branch(40 * S, 99)):
        f = Federation(scenario, branch)

        def ask(_: None, __: int, f: Federation = f) -> None:
            numbers, times = heartbeats(f).arrivals(f.executors[2].id, f.executors[1].id)
            found.append(dict(zip(numbers.tolist(), times.tolist(), strict=True)))

        f.env.at(89 * S, ask, None, URGENT)
        f.run()
    plain, branched = found
    assert {number: plain[number] for number in plain if number < 40} == {
        number: branched[number] for number in branched if number < 40
    }
    assert all(plain[number] != branched[number] for number in plain.keys() & branched.keys() if number > 40)


def test_a_window_that_is_full_is_compared() -> None:
    assert compared(federation(manager__detector__window=20), 20, [60 * S, 61 * S]) == 2 * 6 * 20


def test_the_number_of_kept_heartbeats_does_not_change_the_arrivals(monkeypatch: pytest.MonkeyPatch) -> None:
    f = federation("kind: partition, messages: hold, executors: c-0, at: 20s, for: 10s")
    monkeypatch.setattr(heartbeats(f), "_most", 1)
    assert compared(f, 5, [at * S for at in (25, 26, 31, 32, 60)])


@pytest.mark.parametrize(
    ("changes", "senders"),
    [({}, 3), ({"executors.1.heartbeats": False}, 2), ({"executors.2.parts": ["checkpoint_store"]}, 2)],
)
def test_an_executor_sends_with_a_manager_and_unless_its_key_forbids(changes: dict[str, object], senders: int) -> None:
    f = Federation(loads(BASE, overrides=changes | {"workload.migrations": 1}))
    recording = f.run()
    # Each phase is in [0, 1 s), so each sends once in each of 91 s.
    assert recording.heartbeats == senders * 91 * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"manager.heartbeat": None},
        {"manager.detector": {"kind": "adaptive"}},
        {"manager.detector": {"kind": "poll"}},
        {"manager.enabled": False},
    ],
)
def test_none_are_sent_if_no_detector_heeds_them(changes: dict[str, object]) -> None:
    f = Federation(loads(BASE, overrides=changes))
    assert f.heartbeats is None
    assert f.run().heartbeats == 0


def test_an_unresponsive_executor_sends_them_and_one_that_is_down_does_not() -> None:
    silent = federation("kind: unresponsive, executors: b-0, at: 0s").run()
    down = federation("kind: crash, executors: b-0, at: 11s").run()
    assert silent.heartbeats == 3 * 91 * 2
    assert down.heartbeats == (2 * 91 + 11) * 2


def test_messages_of_the_summary_do_not_contain_them() -> None:
    with_them, without = federation().run(), federation(manager__heartbeat=None).run()
    assert with_them.heartbeats
    assert with_them.messages_sent == without.messages_sent
