"""Forwarded actor messages travel over the links like all messages.

The messages to the one actor come at 20 per second. It is paused at 0.5 s and runs at b-0 from 3.2 s. The Ack reaches
a-0 at 3.4 s, which forwards what waits there, and that arrives at 3.6 s.
"""

from pathlib import Path

import pytest

from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.executors.test_mailbox import CHATTY, END, SENT, between, chatting, tally
from tests.simulation.small import BASE, STEPS, times, took_effect

PAUSED, RUNS, ACK, ARRIVES = 0.5, 3.2, 3.4, 3.6
PATIENT = RUNS + 60
"""The time at which a new home continues without the forwarded messages, s."""
CUT = "kind: partition, from: a-0, to: b-0, symmetric: false"
FORWARDED = between(PAUSED, RUNS)


def expected(queued_until: float, lost: int, waiting: int = 0) -> dict[str, int]:
    return {
        "sent": len(SENT), "delivered": len(SENT) - lost - waiting, "queued": between(PAUSED, queued_until),
        "lost": lost, "reordered": 0, "waiting": waiting,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "queued_until", "lost"),
    [
        (f"{CUT}, at: 3300ms, for: 200ms", PATIENT, FORWARDED),  # cut when they are sent
        (f"{CUT}, at: 3500ms, for: 200ms", PATIENT, FORWARDED),  # cut when they would arrive
        (f"{CUT}, at: 3450ms, for: 100ms", ARRIVES, 0),
        (f"{CUT}, at: 3300ms, for: 200ms, messages: hold", ARRIVES, 0),  # not before they are due
        (f"{CUT}, at: 3300ms, for: 20s, messages: hold", 23.3, 0),
        (f"{CUT}, at: 3500ms, for: 20s, messages: hold", 23.5, 0),
        (f"{CUT}, at: 3300ms, for: 90s, messages: hold", PATIENT, FORWARDED),  # overtaken at 63.2 s
        ("kind: loss, at: 3s, messages: [forward]", PATIENT, FORWARDED),
        ("kind: loss, at: 3300ms, executors: a-0", PATIENT, FORWARDED),
        ("kind: loss, at: 3300ms, executors: b-0", ARRIVES, 0),
        ("kind: loss, at: 0s, messages: [report]", ARRIVES, 0),
        ("kind: reordering, at: 3s, messages: [forward], delay: 7s", ARRIVES + 7, 0),
        ("kind: duplication, at: 3s, messages: [forward]", ARRIVES, 0),
        ("kind: pause, executors: b-0, at: 3500ms, for: 9s", 12.5, 0),  # the receiver is stalled
    ],
)
def test_forwarded_messages_are_lost_held_and_delayed_like_others(fault: str, queued_until: float, lost: int) -> None:
    assert tally(chatting(fault)) == expected(queued_until, lost)


@pytest.mark.parametrize(
    ("fault", "lost"),
    [
        ("executors: b-0, at: 3500ms, restart_after: 200ms", between(PAUSED, 3.5)),  # down when they arrive
        ("executors: b-0, at: 3500ms, restart_after: 50ms", between(RUNS, 3.5)),  # those that it has held back
        ("executors: a-0, at: 3500ms, restart_after: 1s", 0),  # it has sent them before
        (
            "executors: a-0, at: 3300ms, restart_after: 50ms",
            FORWARDED,
        ),  # it no longer has any messages when the Ack arrives
    ],
)
def test_crashes_lose_the_messages_that_wait_and_those_that_arrive_while_the_process_is_down(
    fault: str, lost: int
) -> None:
    found = tally(chatting(f"kind: crash, {fault}", **{"protocol.durable_records": True}))
    assert (found["lost"], found["delivered"], found["reordered"]) == (lost, len(SENT) - lost, 0)


def test_a_stalled_old_home_forwards_when_it_resumes() -> None:
    run = chatting("kind: pause, executors: a-0, at: 3300ms, for: 10s")  # the Ack of 3.4 s is handled at 13.3 s
    assert times(run)["completed"] == 13.3
    assert tally(run) == expected(13.5, 0)


def test_forwarded_messages_that_are_lost_count_as_no_message_of_the_protocol() -> None:
    run, free = chatting("kind: loss, at: 3s, messages: [forward]"), chatting()
    assert (run.messages_sent, run.messages_lost, run.events) == (free.messages_sent, 0, free.events)
    assert times(run) == STEPS and took_effect(run) == {"loss": 1}


def test_network_loss_loses_a_share_of_the_forwards() -> None:
    """Each of 150 migrations whose Ack arrives forwards 1 s of messages at least; the loss has draws of its own."""
    many = {"actors.count": 150, "workload.migrations": 150, "workload.arrivals.rate": "20/s", "network.loss": 0.3,
            "actors.forward_patience": "1s", "stages.checkpoint": "1s", "drain": "90s"}  # fmt: skip
    scenario = loads(BASE, overrides=many | {"actors.message_rate": "2/s"})
    found, quiet = simulate(scenario), simulate(loads(BASE, overrides=many))
    assert found.attempts["completed"].tolist() == quiet.attempts["completed"].tolist()
    assert (found.messages_sent, found.messages_lost) == (quiet.messages_sent, quiet.messages_lost)
    assert summarise(found, scenario)["actor_messages"]["lost"] > 15


def test_the_distance_delays_forwarded_messages(tmp_path: Path) -> None:
    (tmp_path / "rtt.csv").write_text("region,x,y\nx,0,2000\ny,1000,0\n")
    far = {"network.matrix": "rtt.csv", "executors.0.region": "x", "executors.1.region": "y"}
    run = simulate(loads(BASE, tmp_path, overrides=CHATTY | far))
    # Request and Complete take 1 s more, Accept and Ack 500 ms, and the forwarded messages 1 s.
    assert times(run)["completed"] == STEPS["completed"] + 3
    queued = between(PAUSED + 1.5, ARRIVES + 4)
    assert tally(run)["queued"] == queued and tally(run)["lost"] == 0


# patience


@pytest.mark.parametrize(("patience", "until"), [("5s", RUNS + 5), ("2min", RUNS + 120)])
def test_a_given_patience_is_used(patience: str, until: float) -> None:
    run = chatting("kind: loss, at: 3s, messages: [forward]", **{"actors.forward_patience": patience})
    assert tally(run) == expected(until, FORWARDED)


def test_without_a_given_patience_a_new_home_waits_for_as_long_as_the_latency_needs() -> None:
    """The Ack and the forwarded messages take 45 s each: they arrive 90 s after the actor runs."""
    slow = {"network.latency": "45s", "manager.timeout": "10min"}
    found = tally(chatting(**slow))
    begins, runs = 0.3 + 0.2 + 2 * 44.8, 3.2 + 3 * 44.8
    assert found["lost"] == found["reordered"] == 0
    assert found["queued"] == between(begins, runs + 90)
    late = tally(chatting(**slow, **{"actors.forward_patience": "80s"}))
    assert (late["lost"], late["queued"]) == (between(begins, runs), between(begins, runs + 80))


def test_messages_that_arrive_at_the_end_of_the_patience_are_in_time() -> None:
    exact = {"network.latency": "40s", "manager.timeout": "10min", "actors.forward_patience": "80s"}
    assert tally(chatting(**exact))["lost"] == 0


# the end


@pytest.mark.parametrize(
    ("fault", "waiting"),
    [
        (f"{CUT}, at: 3300ms, messages: hold", FORWARDED),  # in transit at the end
        ("kind: pause, executors: b-0, at: 300s", between(300, END)),  # they wait for the process
        ("kind: crash, executors: b-0, at: 350s, restart_after: 1h", between(350, END)),  # it restarts later
    ],
)
def test_messages_that_may_still_be_handled_at_the_end_wait(fault: str, waiting: int) -> None:
    found = tally(chatting(fault))
    assert found["waiting"] == waiting
    assert found["sent"] == found["delivered"] + found["lost"] + waiting


@pytest.mark.parametrize("kept", ["", ", state: volatile, restart_after: 1h"])
def test_messages_that_no_process_will_handle_are_lost_at_the_end(kept: str) -> None:
    found = tally(chatting(f"kind: crash, executors: b-0, at: 350s{kept}"))
    assert found["waiting"] == 0 and found["lost"] >= between(350, END)


def test_messages_to_an_actor_that_a_timeout_will_resume_wait_at_the_end() -> None:
    tracked = {"manager.tracked_states": ["requesting", "transferring"], "manager.timeout": "1h"}
    lost = "kind: loss, at: 0s, messages: [complete]"
    assert tally(chatting(lost, **tracked))["waiting"] == between(PAUSED, END)
    assert tally(chatting(lost, **(tracked | {"manager.tracked_states": ["requesting"]})))["waiting"] == 0


def test_a_crash_in_the_drain_loses_the_messages_handled_since_the_checkpoint() -> None:
    """The actor makes checkpoints of itself every minute from 3.2 s: the crash at 333.2 s destroys 30 s."""
    run = chatting("kind: crash, executors: b-0, at: 333200ms, restart_after: 10s")
    lost = between(303.2, 333.2)
    assert lost > 500 and run.recoveries["messages_lost"].tolist() == [lost]
    assert run.recoveries["work_lost"].tolist() == [30_000_000]
    assert tally(run)["lost"] == lost
