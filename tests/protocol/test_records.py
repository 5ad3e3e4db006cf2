"""Records: which actor a failure resumes, and settings that change while a record is held."""

from icnsim.protocol.messages import AttemptId
from icnsim.protocol.states import State
from icnsim.protocol.watch import Own
from tests.protocol.notes import ACTOR, TIMEOUT, Executor, switches

LATE = TIMEOUT + 1


def test_a_paused_actor_is_resumed_only_by_the_attempt_that_paused_it() -> None:
    executor = Executor(switches("as-implemented", resume_on_failure=True))
    executor.pause()
    copy = executor.manager.runtime.copies[ACTOR]
    copy.paused_for = AttemptId(99)
    executor.manager.detect_timeouts(LATE)
    assert executor.state is State.FAILED
    assert not executor.runs


def test_settings_that_change_hold_for_the_records_that_are_there() -> None:
    executor = Executor(switches())
    executor.ask()
    settings = executor.manager.settings
    executor.manager.adjust(settings._replace(timeouts={State.REQUESTING: 10}, retention=20), 0)
    assert len(executor.manager.detect_timeouts(11)) == 1
    assert len(executor.manager.cleanup_migrations(31)) == 1


def test_an_actors_own_timeout_and_retention_go_before_the_managers() -> None:
    executor = Executor(switches())
    executor.manager.adjust(executor.manager.settings._replace(overrides={ACTOR: Own({State.REQUESTING: 10}, 20)}), 0)
    executor.ask()
    assert executor.manager.detect_timeouts(10) == []
    assert len(executor.manager.detect_timeouts(11)) == 1
    assert executor.manager.cleanup_migrations(30) == []
    assert len(executor.manager.cleanup_migrations(31)) == 1
