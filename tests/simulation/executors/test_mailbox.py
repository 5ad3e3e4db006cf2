"""The actors' messages: handled once and in order where the actor runs, or counted as lost.

With one actor all messages are its own, and their times are known from their stream alone. A
migration begins at 0: the actor is paused at 0.5 s, runs at its new home at 3.2 s, and what its old
home has forwarded is there at 3.6 s.
"""

from collections.abc import Sequence
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from icnsim.protocol.messages import ActorId
from icnsim.recording.columns import Recording
from icnsim.recording.progress import Budget
from icnsim.scenario import loads
from icnsim.simulation.federation import Federation
from tests.simulation.small import BASE, STEPS, S, simulated, times

RATE = 20
CHATTY = {"duration": "100s", "actors.message_rate": f"{RATE}/s", "drain": "5min"}
TALLY = ("sent", "delivered", "queued", "lost", "reordered", "waiting", "refused")
END = 400
"""The end of the simulation, s: messages come until then."""


def sent_at(changes: dict[str, object] | None = None) -> Sequence[float]:
    """When the messages to the actor are sent, s."""
    federation = Federation(loads(BASE, overrides=CHATTY | (changes or {})))
    arrived: list[float] = []
    with patch.object(federation.mailboxes, "_handle", lambda *_: arrived.append(federation.env._now / S)):
        for box in federation.mailboxes._boxes:
            box.holding_until = -1
        federation.env.queue.clear()  # nothing but messages
        federation.mailboxes.start()
        federation.env.advance(federation.span.horizon, Budget())
    return arrived


SENT = sent_at()


def between(since: float, until: float) -> int:
    """The number of messages that are sent in [since, until), s."""
    return sum(since <= at < until for at in SENT)


def tally(run: Recording) -> dict[str, int]:
    """The messages by outcome; by default no message is refused."""
    assert tuple(run.actor_messages) == TALLY
    counts = dict(run.actor_messages)
    assert counts.pop("refused") == 0
    return counts


def chatting(*faults: str, **changes: object) -> Recording:
    return simulated(CHATTY | changes, *faults)


def test_messages_come_at_their_rate_up_to_the_end_of_the_simulation() -> None:
    assert len(SENT) == pytest.approx(RATE * END, abs=5 * (RATE * END) ** 0.5)
    assert END - 1 < max(SENT) < END


def test_messages_that_wait_for_a_paused_actor_are_handled_in_order_by_its_new_home() -> None:
    run = chatting()
    assert times(run) == STEPS
    queued = between(0.5, 3.6)  # held back by the new home since 3.2 s, for older ones are on their way
    assert queued > 40
    assert tally(run) == {
        "sent": len(SENT),
        "delivered": len(SENT),
        "queued": queued,
        "lost": 0,
        "reordered": 0,
        "waiting": 0,
    }
    assert run.attempts["queued"].tolist() == [queued]


def test_waiting_messages_are_handled_at_home_after_a_failed_migration() -> None:
    tracked = {"manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"]}
    run = chatting("kind: loss, at: 0s, messages: [complete]", **tracked)
    assert times(run)["failed"] == 90
    queued = between(0.5, 90)
    assert tally(run) == {
        "sent": len(SENT),
        "delivered": len(SENT),
        "queued": queued,
        "lost": 0,
        "reordered": 0,
        "waiting": 0,
    }
    assert run.attempts["queued"].tolist() == [queued]


def test_an_actor_may_refuse_messages_from_its_final_checkpoint_until_it_runs_again() -> None:
    """The final checkpoint is sent at 2.5 s. The actor runs at 3.2 s, and holds messages back until 3.6 s."""
    run = chatting(**{"runtime.queueing": "paused"})
    assert times(run) == STEPS
    queued, refused = between(0.5, 2.5) + between(3.2, 3.6), between(2.5, 3.2)
    assert refused > 10
    assert dict(run.actor_messages) == {
        "sent": len(SENT), "delivered": len(SENT) - refused, "queued": queued, "lost": 0, "reordered": 0, "waiting": 0,
        "refused": refused,
    }  # fmt: skip


def test_messages_are_refused_until_a_failed_migration_has_resumed_the_actor() -> None:
    tracked = {"manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"]}
    run = chatting("kind: loss, at: 0s, messages: [complete]", **tracked, **{"runtime.queueing": "paused"})
    assert times(run)["failed"] == 90
    found = run.actor_messages
    assert (found["queued"], found["refused"]) == (between(0.5, 2.5), between(2.5, 90))
    assert found["delivered"] == len(SENT) - found["refused"]


def test_a_stalled_process_refuses_no_message() -> None:
    """The source is stalled from 2.6 s to 2.9 s: messages that arrive in this time wait."""
    run = chatting("kind: pause, executors: a-0, at: 2600ms, for: 300ms", **{"runtime.queueing": "paused"})
    assert run.actor_messages["refused"] == between(2.5, 2.6) + between(2.9, 3.2)


def test_no_message_waits_if_a_migration_fails_before_the_pause() -> None:
    run = chatting("kind: unresponsive, executors: b-0, at: 0s")
    assert tally(run) == {
        "sent": len(SENT),
        "delivered": len(SENT),
        "queued": 0,
        "lost": 0,
        "reordered": 0,
        "waiting": 0,
    }


def test_messages_that_wait_for_an_actor_that_never_runs_again_are_lost() -> None:
    run = chatting("kind: loss, at: 0s, messages: [complete]")  # nothing tracks Transferring as designed
    waiting = between(0.5, END)
    assert tally(run) == {
        "sent": len(SENT), "delivered": len(SENT) - waiting, "queued": waiting, "lost": waiting, "reordered": 0,
        "waiting": 0,
    }  # fmt: skip


def test_without_an_ack_the_old_home_forwards_no_message() -> None:
    run = chatting(**{"protocol.completion_ack": False})
    waiting = between(0.5, 3.2)
    assert tally(run) == {
        "sent": len(SENT), "delivered": len(SENT) - waiting, "queued": waiting, "lost": waiting, "reordered": 0,
        "waiting": 0,
    }  # fmt: skip


def test_a_new_home_continues_without_the_older_messages_after_its_patience() -> None:
    # The Ack of 3.2 s is held up to 80 s; the patience is a minute.
    run = chatting("kind: partition, from: b-0, to: a-0, at: 3s, for: 77s, messages: hold, symmetric: false")
    assert times(run)["completed"] == 80
    assert tally(run) == {
        "sent": len(SENT), "delivered": len(SENT) - between(0.5, 3.2), "queued": between(0.5, 63.2),
        "lost": between(0.5, 3.2), "reordered": 0,
        "waiting": 0,
    }  # fmt: skip


# crashes


def test_a_crash_loses_the_messages_handled_since_the_checkpoint() -> None:
    # It runs at b-0 since 3.2 s, and makes a checkpoint of itself a minute later.
    run = chatting("kind: crash, executors: b-0, at: 80s, restart_after: 10s")
    lost = between(63.2, 80)
    assert run.recoveries["messages_lost"].tolist() == [lost]
    found = tally(run)
    # Those that were lost had been handled, and those that came while it was down are handled later.
    assert (found["delivered"], found["lost"], found["reordered"]) == (len(SENT) - lost, lost, 0)
    assert found["queued"] == between(0.5, 3.6) + between(80, 90)


def test_messages_that_wait_because_of_a_crash_are_counted_for_no_migration() -> None:
    run = chatting("kind: crash, executors: b-0, at: 80s, restart_after: 10s")
    assert run.attempts["queued"].tolist() == [between(0.5, 3.6)]


def test_a_crash_loses_the_messages_that_wait_for_a_paused_actor() -> None:
    # In Transferring, the final checkpoint is made: what was handled before is in it.
    run = chatting("kind: crash, executors: a-0, at: 2600ms, restart_after: 10s", **{"protocol.profile": "hardened"})
    lost = between(0.5, 2.6)
    assert run.recoveries["messages_lost"].tolist() == [lost] and run.recoveries["work_lost"].tolist() == [0]
    found = tally(run)
    assert (found["delivered"], found["lost"], found["reordered"]) == (len(SENT) - lost, lost, 0)


def test_a_crash_before_the_final_checkpoint_loses_the_messages_handled_since_the_last_one() -> None:
    late = "kind: reordering, at: 0s, messages: [request], delay: 80s"  # paused at 80.5 s, checkpoint until 82.5 s
    changes = {"manager.timeout": "5min", "protocol.durable_records": True}
    run = chatting(late, "kind: crash, executors: a-0, at: 81s, restart_after: 2s", **changes)
    assert times(run)["failed"] == 83
    row = {name: column.tolist()[0] for name, column in run.recoveries.items()}
    assert (row["sequence"], row["work_lost"], row["messages_lost"]) == (1, 20_500_000, between(60, 81))


def test_a_crash_of_the_new_home_loses_the_messages_that_it_holds_and_those_forwarded_while_it_is_down() -> None:
    run = chatting("kind: crash, executors: b-0, at: 3300ms, restart_after: 10s")
    found, lost = tally(run), between(0.5, 3.3)
    assert lost > 40
    assert (found["delivered"], found["lost"], found["reordered"]) == (len(SENT) - lost, lost, 0)


def test_a_new_home_that_restarts_holds_back_as_before() -> None:
    run = chatting("kind: crash, executors: b-0, at: 3300ms, restart_after: 200ms")
    assert tally(run)["reordered"] == 0


def test_without_its_disk_all_handled_waiting_and_later_messages_are_lost() -> None:
    found = tally(chatting("kind: crash, executors: a-0, at: 1s, restart_after: 10s, state: volatile"))
    assert (found["delivered"], found["lost"], found["reordered"]) == (0, len(SENT), 0)


# any faults

FAULTS = st.lists(
    st.one_of(
        st.builds(
            "kind: crash, executors: e-{}, at: {}ms, restart_after: {}ms".format,
            st.integers(0, 2), st.integers(0, 120_000), st.integers(1, 90_000),
        ),
        st.builds(
            "kind: pause, executors: e-{}, at: {}ms, for: {}ms".format,
            st.integers(0, 2), st.integers(0, 120_000), st.integers(1, 90_000),
        ),
        st.builds(
            "kind: partition, from: e-{}, to: '*', at: {}ms, for: {}ms, messages: {}, symmetric: {}".format,
            st.integers(0, 2), st.integers(0, 120_000), st.integers(1, 90_000), st.sampled_from(("drop", "hold")),
            st.sampled_from(("true", "false")),
        ),
        st.builds(
            "kind: {}, at: {}ms, for: {}ms, probability: {}".format,
            st.sampled_from(("loss", "duplication", "reordering")),
            st.integers(0, 120_000), st.integers(1, 90_000), st.sampled_from((0.1, 0.5)),
        ),
    ),
    max_size=4,
)  # fmt: skip


def accounted(text: str) -> tuple[dict[str, int], int]:
    """The counts of a run, and the number of messages that it has handled."""
    federation = Federation(loads(text))
    boxes = federation.mailboxes
    assert boxes is not None
    handle, handled = boxes._handle, set[tuple[int, int]]()

    def once(actor: ActorId, number: int) -> None:
        assert (actor, number) not in handled
        handled.add((actor, number))
        handle(actor, number)

    with patch.object(boxes, "_handle", once):
        run = federation.run(Budget(), None)
    return tally(run), len(handled)


@settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(FAULTS, st.sampled_from(("as-committed", "as-implemented", "as-designed", "hardened")), st.integers(0, 10**6))
def test_every_message_is_counted_once(faults: list[str], profile: str, seed: int) -> None:
    """Each sent message is delivered once, lost, or waits at the end.

    In order, where the protocol is hardened, if a new home has patience without end.
    """
    found, handled = accounted(f"""
name: drawn
seed: {seed}
duration: 2min
drain: 5min
executors: [{{group: e, count: 3}}]
actors: {{count: 2, message_rate: 3/s, forward_patience: 100d}}
protocol: {{profile: {profile}}}
workload: {{arrivals: {{rate: 0.1/s}}}}
faults: [{", ".join(f"{{{fault}}}" for fault in faults)}]
""")
    assert found["sent"] == found["delivered"] + found["lost"] + found["waiting"]
    assert found["delivered"] <= handled
    assert found["queued"] <= found["sent"]
    assert profile != "hardened" or not found["reordered"]
