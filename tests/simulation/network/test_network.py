"""Partitions, loss, duplication and reordering have the effects that docs/scenario.md describes, to the µs.

Shares between 0 and 1 are compared so that a right program fails with a probability of at most `ALPHA` each;
the seeds are fixed, so a test either always holds or never.
"""

import pytest
from scipy import stats

from icnsim.recording.columns import Recording
from tests.simulation.small import STEPS, S, messages, simulated, times, took_effect

ALPHA = 1e-5
CUT = "kind: partition, from: a-0, to: b-0"
MANY = {"actors.count": 1000, "workload.migrations": 600, "workload.arrivals.rate": "500/s", "drain": "2min"}
"""So quickly that no actor has moved before the last one begins."""


def shifted(late: float, first: str) -> dict[str, float]:
    """All steps before `first` unchanged, and `late` seconds later from it on."""
    names = list(STEPS)
    return {name: round(at + (late if names.index(name) >= names.index(first) else 0), 6) for name, at in STEPS.items()}


def sent(run: Recording, kind: int) -> int:
    """How many messages of a kind were sent, copies included."""
    assert run.message_log is not None
    return int((run.message_log["kind"] == kind).sum())


# partition: the Request is sent at 0 and arrives at 200 ms, the Accept 300 and 500 ms, the Complete 2.5 and 2.7 s


@pytest.mark.parametrize(
    ("at", "lasting", "lost"),
    [
        ("0s", "100ms", True),  # cut when it is sent only
        ("100ms", "200ms", True),  # cut when it would arrive only
        ("100ms", "50ms", False),  # cut while it is under way only
    ],
)
def test_a_message_is_lost_if_its_link_is_cut_when_it_is_sent_or_when_it_would_arrive(
    at: str, lasting: str, lost: bool
) -> None:
    run = simulated(None, f"{CUT}, at: {at}, for: {lasting}")
    assert times(run) == ({"requested": 0, "failed": 90} if lost else STEPS)
    assert run.messages_lost == lost
    assert took_effect(run) == ({"partition": 1} if lost else {})


@pytest.mark.parametrize("at", ["0s", "100ms"])
def test_a_message_that_is_held_arrives_at_healing_at_once(at: str) -> None:
    lasting = {"0s": "5s", "100ms": "4900ms"}[at]
    run = simulated(None, f"{CUT}, at: {at}, for: {lasting}, messages: hold")
    assert times(run) == shifted(4.8, "admitted")
    assert run.messages_lost == 0 and took_effect(run) == {"partition": 1}


def test_a_message_that_is_held_for_ever_is_under_way_at_the_end() -> None:
    run = simulated(None, f"{CUT}, at: 0s, messages: hold")
    assert times(run) == {"requested": 0, "failed": 90}
    assert (run.messages_sent, run.messages_lost, run.messages_in_flight) == (1, 0, 1)


@pytest.mark.parametrize(
    ("cut", "reached"),
    [
        (CUT, "admitted"),  # both ways: the Accept is lost
        (f"{CUT}, symmetric: false", "checkpointed"),  # the Complete is lost
        ("kind: partition, from: b-0, to: a-0", "admitted"),
        ("kind: partition, from: b-0, to: a-0, symmetric: false", "admitted"),
    ],
)
def test_which_way_a_link_is_cut(cut: str, reached: str) -> None:
    run = simulated(None, f"{cut}, at: 250ms, for: 1h")
    assert [name for name in times(run) if name in STEPS][-1] == reached


def test_only_from_there_to_here_is_cut_where_it_is_not_symmetric() -> None:
    run = simulated(None, "kind: partition, from: b-0, to: a-0, symmetric: false, at: 600ms, for: 1h")
    assert times(run) == {name: at for name, at in STEPS.items() if name != "completed"}


def test_other_links_are_as_ever() -> None:
    executors = {"executors": [{"group": "a", "count": 1}, {"group": "b", "count": 2, "hosts_actors": False}]}
    run = simulated(
        executors | {"actors.count": 20, "workload.migrations": 20, "workload.arrivals.rate": "20/s"}, f"{CUT}, at: 0s"
    )
    for row, target in enumerate(run.attempts["target"].tolist()):
        assert ("admitted" in times(run, row)) == (target == 2)
    assert set(run.attempts["target"].tolist()) == {1, 2}


def test_heal_ends_every_partition_and_none_that_begins_later() -> None:
    cuts = (f"{CUT}, at: 0s, messages: hold", "kind: partition, from: b-0, to: '*', at: 1s, for: 1h, messages: hold")
    assert times(simulated(None, *cuts, "kind: heal, at: 5s")) == shifted(4.8, "admitted")
    again = f"{CUT}, at: 6s, for: 10s, messages: hold"  # the Complete arrives at 7.5 s, or is held up to 16 s
    assert times(simulated(None, *cuts, "kind: heal, at: 5s", again)) == shifted(4.8, "admitted") | shifted(
        16 - 2.7, "transferred"
    ) | {"admitted": 5.1, "accepted": 5.3, "checkpointed": 7.3}


def test_two_partitions_that_overlap_end_independently() -> None:
    cuts = (f"{CUT}, at: 0s, for: 5s, messages: hold", f"{CUT}, at: 2s, for: 8s, messages: hold")
    assert times(simulated(None, *cuts)) == shifted(9.8, "admitted")
    cuts = (f"{CUT}, at: 0s, for: 10s, messages: hold", f"{CUT}, at: 2s, for: 1s, messages: hold")
    assert times(simulated(None, *cuts)) == shifted(9.8, "admitted")


def test_the_end_of_a_partition_that_was_healed_ends_no_other() -> None:
    run = simulated(
        None,
        f"{CUT}, at: 0s, for: 20s, messages: hold",
        "kind: heal, at: 100ms",
        f"{CUT}, at: 1s, for: 39s, messages: hold",
    )
    assert times(run)["transferred"] == 40


@pytest.mark.parametrize("first", ["hold", "drop"])
def test_a_message_that_one_partition_drops_is_lost_although_another_one_holds(first: str) -> None:
    second = {"hold": "drop", "drop": "hold"}[first]
    runs = [
        simulated(None, f"{CUT}, at: 0s, for: 5s, messages: {one}", f"{CUT}, at: 0s, for: 5s, messages: {other}")
        for one, other in ((first, second), (second, first))
    ]
    assert [run.messages_lost for run in runs] == [1, 1]


def test_a_held_message_that_arrives_while_another_partition_drops_is_lost() -> None:
    drops = f"{CUT}, at: 2s, for: 8s"
    run = simulated(None, f"{CUT}, at: 0s, for: 5s, messages: hold", drops)
    assert times(run) == {"requested": 0, "failed": 90} and run.messages_lost == 1


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        (f"{CUT}, at: 100ms, for: 300ms", -1),
        ("kind: crash, executors: b-0, at: 100ms, restart_after: 300ms", -1),
        (f"{CUT}, at: 100ms, for: 300ms, messages: hold", 0.4),
        (f"{CUT}, at: 0s, for: 400ms, messages: hold", 0.4),
    ],
)
def test_the_log_tells_when_a_message_has_arrived_if_it_has(fault: str, arrives: float) -> None:
    assert messages(simulated(None, fault))[0] == ("request", 0, arrives)


# loss, duplication, reordering


def test_all_messages_are_lost_with_probability_1_and_none_with_0() -> None:
    run = simulated(MANY, "kind: loss, at: 0s")
    assert run.messages_sent == run.messages_lost == 600 and took_effect(run) == {"loss": 600}
    run = simulated(MANY, "kind: loss, at: 0s, probability: 0")
    assert run.messages_lost == 0 and took_effect(run) == {}
    assert (run.attempts["completed"] >= 0).all()


@pytest.mark.parametrize(
    ("which", "lost"),
    [
        ("messages: [accept]", 600),
        ("messages: [complete, ack]", 600),
        ("messages: [reject]", 0),
        ("executors: b-0", 600),  # the Accepts
        ("executors: a-0, messages: [accept, ack]", 0),
    ],
)
def test_only_the_kinds_and_senders_that_are_named_lose(which: str, lost: int) -> None:
    assert simulated(MANY, f"kind: loss, at: 0s, {which}").messages_lost == lost


def test_a_fault_affects_the_messages_sent_while_it_is_in_effect() -> None:
    run = simulated({"actors.count": 9, "workload.migrations": 9}, "kind: loss, at: 2s, for: 3s, messages: [request]")
    # Arrivals at an instant come after the faults that begin or end then.
    assert [attempt for attempt in range(9) if "admitted" not in times(run, attempt)] == [2, 3, 4]


def test_a_share_is_lost() -> None:
    run = simulated(MANY, "kind: loss, at: 0s, probability: 0.3, messages: [request]")
    assert stats.binomtest(run.messages_lost, 600, 0.3).pvalue > ALPHA


def test_the_kinds_are_lost_independently() -> None:
    run = simulated(MANY, "kind: loss, at: 0s, probability: 0.5")
    completed = int((run.attempts["completed"] >= 0).sum())
    assert stats.binomtest(completed, 600, 0.5**4).pvalue > ALPHA


def test_two_windows_that_overlap_end_independently() -> None:
    many = {"actors.count": 9, "workload.migrations": 9}
    windows = [f"kind: loss, at: {at}s, for: {lasting}s, messages: [request]" for at, lasting in ((2, 3), (4, 2))]
    run = simulated(many, *windows)
    assert [attempt for attempt in range(9) if "admitted" not in times(run, attempt)] == [2, 3, 4, 5]


def test_two_windows_at_once_are_independent() -> None:
    run = simulated(MANY, *["kind: loss, at: 0s, probability: 0.5, messages: [request]"] * 2)
    assert stats.binomtest(run.messages_lost, 600, 0.75).pvalue > ALPHA


def test_all_messages_arrive_twice_with_probability_1_and_none_with_0() -> None:
    run = simulated(MANY, "kind: duplication, at: 0s")
    assert run.messages_sent == run.messages_delivered == 4 * 2 * 600
    assert all(sent(run, kind) == 1200 for kind in (0, 1, 3, 4))
    assert (run.attempts["completed"] >= 0).all()
    assert simulated(MANY, "kind: duplication, at: 0s, probability: 0").messages_sent == 4 * 600


def test_a_share_arrives_twice() -> None:
    run = simulated(MANY, "kind: duplication, at: 0s, probability: 0.2, messages: [request, complete]")
    assert sent(run, 1) == sent(run, 4) == 600
    for kind in (0, 3):
        assert stats.binomtest(sent(run, kind) - 600, 600, 0.2).pvalue > ALPHA


def test_all_messages_are_late_with_probability_1_and_none_with_0() -> None:
    delay = "delay: 3s"
    assert times(simulated(None, f"kind: reordering, at: 0s, {delay}")) == {
        "requested": 0, "admitted": 3.3, "accepted": 6.5, "checkpointed": 8.5, "transferred": 11.7, "restored": 12.2,
        "completed": 15.4,
    }  # fmt: skip
    assert times(simulated(None, f"kind: reordering, at: 0s, {delay}, probability: 0")) == STEPS
    run = simulated(None, f"kind: reordering, at: 0s, {delay}, messages: [complete]")
    assert times(run) == shifted(3, "transferred") and took_effect(run) == {"reordering": 1}


def test_a_delayed_message_is_overtaken() -> None:
    many = {"actors.count": 2, "workload.migrations": 2}
    run = simulated(many, "kind: reordering, at: 0s, for: 500ms, delay: 3s, messages: [request]")
    assert [times(run, row)["admitted"] for row in (0, 1)] == [3.3, 1.3]


def test_a_share_is_late_by_delays_of_the_distribution() -> None:
    run = simulated(MANY, "kind: reordering, at: 0s, probability: 0.4, messages: [request]")  # uniform, 0 to 10 s
    late = (run.attempts["admitted"] - run.attempts["requested"]) / S - 0.3
    late = late[late > 0]
    assert stats.binomtest(len(late), 600, 0.4).pvalue > ALPHA
    assert stats.kstest(late, stats.uniform(0, 10).cdf).pvalue > ALPHA
