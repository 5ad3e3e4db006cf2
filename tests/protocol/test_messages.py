"""The contents of the messages that a manager sends."""

import pytest

from icnsim.protocol.manager import Late
from icnsim.protocol.messages import AttemptId, Kind, Message
from icnsim.protocol.states import Event, State
from tests.protocol.notes import ACTOR, FIRST, ME, OTHER, SECOND, Executor, arriving, switches


@pytest.mark.parametrize(("profile", "unsigned"), [("as-committed", True), ("as-implemented", False)])
def test_a_checkpoint_that_no_executor_signed_is_sent_and_is_kept_for_the_next_request(
    profile: str, unsigned: bool
) -> None:
    executor = Executor(switches(profile))
    executor.hand_over()
    executor.manager.fail_late([Late(executor.manager.active[ACTOR], State.TRANSFERRING, 0)], 0)
    executor.ask(attempt=AttemptId(9))
    sent = [(message.kind, message.unsigned) for message in executor.notes.sent]
    assert sent == [(Kind.REQUEST, False), (Kind.COMPLETE, unsigned), (Kind.REQUEST, unsigned)]


@pytest.mark.parametrize(("refusal", "kind"), [("full", Kind.REJECT), (None, Kind.ACCEPT)])
def test_an_answer_carries_no_state(refusal: str | None, kind: Kind) -> None:
    executor = Executor(switches("as-designed"), home=False)
    executor.manager.evaluated(arriving(Kind.REQUEST, sequence=5, epoch=2), refusal, 70)
    (answer,) = executor.notes.sent
    assert answer == Message(
        kind, ACTOR, FIRST, ME, OTHER, reason=refusal or "", epoch=2, sent_at=70, signer=ME, size_bytes=0, sequence=0
    )


def test_a_request_whose_checkpoint_nobody_signed_is_ignored() -> None:
    executor = Executor(switches("as-implemented"), home=False)
    executor.receive(Kind.REQUEST, unsigned=True)
    assert (executor.notes.not_fitting, executor.notes.hazards) == ([(State.IDLE, Event.ADMIT)], [24])
    assert (executor.notes.stages, executor.notes.sent) == ([], [])


@pytest.mark.parametrize(
    ("identified", "paused_for", "runs"), [(True, FIRST, True), (True, SECOND, False), (False, SECOND, True)]
)
def test_a_reject_resumes_the_actor_that_was_paused_for_its_attempt(
    identified: bool, paused_for: AttemptId, runs: bool
) -> None:
    """Without identifiers of attempts, it resumes the actor that any attempt has paused."""
    executor = Executor(switches(guarded_transitions=False, attempt_identifiers=identified))
    executor.pause()
    executor.manager.runtime.copies[ACTOR].paused_for = paused_for
    executor.receive(Kind.REJECT, reason="no", epoch=1)
    assert (executor.state, executor.runs) == (State.FAILED, runs)
