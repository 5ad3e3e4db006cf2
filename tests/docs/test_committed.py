"""The profile as-committed agrees with each row of the table of the code."""

from collections.abc import Callable

import pytest

from docs.programs.committed import BEHAVIOURS
from icnsim.protocol.messages import BROADCAST, EMPTY, Digest, ExecutorId, Kind
from icnsim.protocol.policy import MIB
from icnsim.protocol.profile import PROFILES, TRACKED
from icnsim.protocol.quorum import Tally, Verdict
from icnsim.protocol.states import ACTIVE, State
from icnsim.scenario import loads
from icnsim.scenario.acceptance import CODE_REASON, acceptance
from icnsim.simulation.federation import Federation
from tests.protocol.notes import ACTOR, OTHER, RETENTION, SECOND, THIRD, TIMEOUT, Executor, switches
from tests.protocol.test_states import brought_to

CHECKS: dict[str, Callable[[], None]] = {}
CODE = "as-committed"


def checks(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register the check of a row."""

    def register(check: Callable[[], None]) -> Callable[[], None]:
        CHECKS[name] = check
        return check

    return register


def code(*, home: bool = True, **turned: bool) -> Executor:
    return Executor(switches(CODE, **turned), home=home)


def every_state() -> list[tuple[State, bool]]:
    """Every state, each with and without the actor at the executor."""
    return [(state, state is not State.RESTORING) for state in State]


@pytest.mark.parametrize("name", [row.name for row in BEHAVIOURS if row.simulated])
def test_a_row_of_the_table_holds(name: str) -> None:
    CHECKS[name]()


def test_every_simulated_row_has_exactly_one_check() -> None:
    assert set(CHECKS) == {row.name for row in BEHAVIOURS if row.simulated}


def test_the_switch_of_each_row_is_off_in_the_code_and_on_in_the_hardened_protocol() -> None:
    for row in BEHAVIOURS:
        section, _, switch = row.switch.partition(".")
        if section == "protocol":
            assert getattr(PROFILES[CODE], switch) is (switch == "one_vote_each")
            assert getattr(PROFILES["hardened"], switch)


@checks("final checkpoint")
def _empty_final_checkpoint() -> None:
    executor = code()
    executor.hand_over()
    sent = executor.notes.sent[-1]
    assert (sent.kind, sent.content, sent.size_bytes, sent.sequence) == (Kind.COMPLETE, EMPTY, 0, 1)
    assert 23 in executor.notes.hazards
    full = code(final_checkpoint_of_state=True)
    full.hand_over()
    assert (full.notes.sent[-1].content, full.notes.sent[-1].size_bytes) == ((1, 0), 10)


@checks("signature")
def _wrong_key() -> None:
    source = code()
    source.hand_over()
    assert source.notes.sent[-1].unsigned
    source.manager.detect_timeouts(TIMEOUT + 1)
    source.ask(TIMEOUT + 1, attempt=SECOND)
    assert (source.notes.sent[-1].kind, source.notes.sent[-1].unsigned) == (Kind.REQUEST, True)
    target = code(home=False)
    target.receive(Kind.REQUEST, unsigned=True, sequence=1)
    assert (target.notes.stages, target.manager.checkpoints.get(ACTOR), target.notes.hazards) == ([], None, [24])
    signed = code(signed_checkpoints=True)
    signed.hand_over()
    assert not signed.notes.sent[-1].unsigned


@checks("verification")
def _refused_without_a_change() -> None:
    for wrong in ({"unsigned": True}, {"damaged": True}):
        target = code(home=False)
        record = target.admit()
        target.receive(Kind.COMPLETE, 7, **wrong)
        assert (target.state, record.since, target.notes.stages) == (State.RESTORING, 0, [])
        assert target.notes.kinds == [Kind.ACCEPT]
        assert target.manager.checkpoints == {}
        assert target.manager.detect_timeouts(TIMEOUT) == []
        assert target.manager.detect_timeouts(TIMEOUT + 1) == [record]


@checks("empty checkpoint")
def _empty_one_passes() -> None:
    target = code(home=False)
    record = target.admit()
    target.receive(Kind.COMPLETE, content=EMPTY)
    target.manager.restored(record, 0)
    assert (target.state, target.runs) == (State.COMPLETE, True)


@checks("receivers of Accept and Reject")
def _everybody() -> None:
    target = code(home=False)
    target.admit()
    assert (target.notes.sent[-1].kind, target.notes.sent[-1].receiver) == (Kind.ACCEPT, BROADCAST)
    target.manager.evaluated(target.notes.sent[-1], "no", 0)
    assert (target.notes.sent[-1].kind, target.notes.sent[-1].receiver) == (Kind.REJECT, BROADCAST)


@checks("Accept")
def _accept_in_every_state() -> None:
    for state, home in every_state():
        executor = brought_to(CODE, state, home=home)
        executor.receive(Kind.ACCEPT, 5, sender=THIRD, receiver=BROADCAST, attempt=SECOND)
        record = executor.record
        assert record is not None
        assert (record.state, record.peer, record.since) == (State.CHECKPOINTING, THIRD, 5)
        executor.manager.checkpointed(record, 9)
        sent = executor.notes.sent[-1]
        assert (executor.state, sent.kind, sent.receiver, sent.content) == (
            State.TRANSFERRING, Kind.COMPLETE, THIRD, EMPTY,
        )  # fmt: skip


@checks("Reject")
def _reject_in_every_state() -> None:
    for state, home in every_state():
        executor = brought_to(CODE, state, home=home)
        executor.receive(Kind.REJECT, 5, sender=THIRD, receiver=BROADCAST, attempt=SECOND, reason="full")
        record = executor.record
        assert record is not None
        assert (record.state, record.since, record.reason) == (State.FAILED, 5, "full")


@checks("Complete")
def _complete_in_every_state() -> None:
    for state, home in every_state():
        executor = brought_to(CODE, state, home=home)
        executor.receive(Kind.COMPLETE, 5, sequence=9)
        record = executor.record
        assert record is not None
        assert (record.state, executor.manager.checkpoints[ACTOR]) == (State.RESTORING, 9)
        executor.manager.restored(record, 8)
        assert (executor.state, record.since, executor.runs) == (State.COMPLETE, 8, True)


@checks("acknowledgement")
def _no_ack() -> None:
    target = code(home=False)
    record = target.admit()
    target.receive(Kind.COMPLETE)
    target.manager.restored(record, 0)
    assert target.notes.kinds == [Kind.ACCEPT]


@checks("attempts")
def _no_attempts() -> None:
    executor = code()
    executor.ask()
    executor.manager.detect_timeouts(TIMEOUT + 1)
    executor.ask(TIMEOUT + 1, attempt=SECOND, target=THIRD)
    executor.receive(Kind.ACCEPT, TIMEOUT + 2)
    assert executor.record is not None and executor.record.peer == OTHER


@checks("pause and resume")
def _reject_resumes_and_a_time_out_does_not() -> None:
    executor = code()
    executor.pause()
    assert not executor.runs
    executor.manager.detect_timeouts(TIMEOUT + 1)
    assert (executor.state, executor.runs, executor.notes.hazards) == (State.FAILED, False, [6])
    executor.receive(Kind.REJECT, TIMEOUT + 2, sender=THIRD, attempt=SECOND)
    assert executor.runs


@checks("time-out")
def _four_states() -> None:
    assert TRACKED[CODE] == tuple(state.label for state in ACTIVE)
    for state in ACTIVE:
        executor = brought_to(CODE, state, home=state is not State.RESTORING)
        assert executor.manager.detect_timeouts(TIMEOUT) == []
        assert len(executor.manager.detect_timeouts(TIMEOUT + 1)) == 1
        record = executor.record
        assert record is not None and record.reason == "Migration timed out"


@checks("two locks of detection")
def _overwritten() -> None:
    target = code(home=False)
    record = target.admit()
    late = target.manager.scan(TIMEOUT + 1)
    target.receive(Kind.COMPLETE, TIMEOUT + 1)
    target.manager.restored(record, TIMEOUT + 1)
    target.manager.fail_late(late, TIMEOUT + 1)
    assert (target.state, target.notes.hazards) == (State.FAILED, [1])


@checks("cleanup")
def _retention() -> None:
    executor = brought_to(CODE, State.FAILED, home=True)
    assert executor.manager.cleanup_migrations(RETENTION - 1) == []
    assert len(executor.manager.cleanup_migrations(RETENTION)) == 1


@checks("checkpoint store")
def _not_newer() -> None:
    store = code().manager.checkpoints
    assert store.mint(ACTOR) == 1
    assert (store.store(ACTOR, 1), store.store(ACTOR, 3), store.store(ACTOR, 2), store[ACTOR]) == (
        False, True, False, 3,
    )  # fmt: skip


@checks("older Complete")
def _older_complete() -> None:
    target = code(home=False)
    target.manager.checkpoints.store(ACTOR, 5)
    record = target.admit()
    target.receive(Kind.COMPLETE, sequence=3)
    target.manager.restored(record, 0)
    assert (target.state, target.manager.checkpoints[ACTOR]) == (State.COMPLETE, 5)


@checks("store after a restart")
def _numbers_begin_again() -> None:
    for durable, number in ((False, 1), (True, 6)):
        executor = code(durable_checkpoints=durable)
        executor.manager.checkpoints.store(ACTOR, 5)
        executor.manager.crash(disk_survives=True)
        executor.manager.recover(0)
        older = executor.manager.checkpoints.store(ACTOR, 3)
        assert older is not durable
        executor.manager.checkpoints.pop(ACTOR)
        if durable:
            executor.manager.checkpoints.store(ACTOR, 5)
        assert executor.manager.checkpoints.mint(ACTOR) == number


@checks("records after a restart")
def _records_are_lost() -> None:
    executor = code()
    executor.ask()
    executor.manager.crash(disk_survives=True)
    executor.manager.recover(0)
    assert executor.state is State.IDLE


def scenario(text: str = "", profile: str = CODE) -> str:
    return f"name: x\nworkload: {{migrations: 1}}\nprotocol: {{profile: {profile}}}\n{text}"


@checks("accept policy")
def _memory_queue_and_reason() -> None:
    queued = "executors: [{group: n, count: 2, capacity: {queue: 21}}]\nactors: {count: 1}\n"
    run = Federation(loads(scenario(queued))).run()
    assert [run.reasons[int(reason)] for reason in run.attempts["reason"]] == [CODE_REASON]
    assert run.messages_sent == 2  # a Request and a Reject


@checks("accept policy of locality-first")
def _memory_only() -> None:
    queued = "executors: [{group: n, count: 2, capacity: {queue: 21}}]\nactors: {count: 2, blobs: 1}\n"
    nearest = {"workload.target": "policy", "policy.kind": "locality-first"}
    for profile in (CODE, "as-designed"):
        made = loads(scenario(queued, profile), overrides=nearest)
        assert acceptance(made, made.executors[0]).queue.constant == 0


@checks("capacity")
def _fixed_capacity() -> None:
    small = "executors: [{group: n, count: 2, capacity: {memory: 1MiB}}]\n"
    for profile, memory in ((CODE, 16_384 * MIB), ("as-implemented", 16_384 * MIB), ("as-designed", MIB)):
        made = loads(scenario(small, profile))
        assert acceptance(made, made.executors[0]).memory == memory


def _tally(*results: tuple[int, int, int], voters: int = 5, needed: int = 4) -> Tally:
    """A tally of the code, with results as (executor, digest, time); the window is 30 s and the grace 1 s."""
    made = Tally([ExecutorId(n) for n in range(voters)], needed, 31_000, early=False, grace=1_000)
    for executor, digest, at in results:
        made.receive(ExecutorId(executor), Digest(digest), at)
    return made


@checks("verdict of a quorum")
def _when_all_results_are_there() -> None:
    four = [(voter, 7, 100) for voter in range(4)]
    silent = _tally(*four)
    assert (silent.verdict, silent.close()) == (Verdict.WAITING, Verdict.INSUFFICIENT)
    assert _tally(*four, (4, 8, 200)).verdict is Verdict.CONSENSUS
    assert _tally(*four[:3], (3, 8, 100), (4, 8, 200)).verdict is Verdict.DIVERGENCE
    assert _tally(*four, (4, 7, 31_000)).verdict is Verdict.CONSENSUS  # late, and the last one
    two_late = _tally(*four[:3], (3, 7, 30_001), (4, 7, 30_002))
    assert (two_late.verdict, two_late.votes) == (Verdict.WAITING, 3)
    assert _tally(*four[:3], (3, 7, 30_000), (4, 7, 30_001)).verdict is Verdict.CONSENSUS


@checks("second result of one executor")
def _second_result() -> None:
    assert PROFILES[CODE].one_vote_each
    made = _tally((0, 7, 1), (0, 7, 2), (1, 7, 3), voters=3, needed=2)
    assert (made.votes, made.double_votes, made.verdict) == (2, 1, Verdict.WAITING)


@checks("retry, back-off, trust of targets")
def _no_bound() -> None:
    assert not PROFILES[CODE].bounded_retries
    assert loads(scenario()).retry.max_retries == 0


def test_a_hundred_migrations_among_twenty_executors_send_nineteen_hundred_accepts_and_completes() -> None:
    few = "executors: [{group: n, count: 20}]\nactors: {count: 200}\nrecord: {messages: true}\n"
    federation = Federation(loads(scenario(few).replace("migrations: 1", "migrations: 100")))
    sent: dict[Kind, int] = {}
    federation.hooks.message_sent.append(lambda message, _: sent.update({message.kind: sent.get(message.kind, 0) + 1}))
    run = federation.run()
    assert sent == {Kind.REQUEST: 100, Kind.ACCEPT: 1_900, Kind.COMPLETE: 1_900}
    assert run.observed.hazards[24] == 1_900 and run.observed.hazards[23] == 100
    assert int((run.attempts["restored"] >= 0).sum()) == 0


def test_an_executor_without_a_manager_receives_no_answer_to_others() -> None:
    groups = (
        "executors: [{group: n, count: 3}, {group: bare, count: 4, parts: [checkpoint_store]}]\nactors: {count: 1}\n"
    )
    few = groups.replace("parts:", "hosts_actors: false, weight: 0, parts:")
    federation = Federation(loads(scenario(few)))
    heard: list[int] = []
    federation.hooks.message_sent.append(lambda message, to: heard.append(to) if message.kind is Kind.ACCEPT else None)
    run = federation.run()
    target = int(run.attempts["target"][0])
    assert sorted(heard) == [number for number in range(3) if number != target]


def test_the_source_of_an_attempt_receives_its_answer_at_the_same_time_as_without_other_receivers() -> None:
    slow = "network: {latency: {distribution: exponential, mean: 1s}}\n"
    text = f"executors: [{{group: n, count: 8}}]\nactors: {{count: 20}}\n{slow}"
    made = scenario(text, "as-implemented").replace("migrations: 1", "migrations: 20")
    broadcast = Federation(loads(made)).run()
    alone = Federation(loads(made, overrides={"protocol.addressed_accepts": True})).run()
    assert broadcast.attempts["requested"].tolist() == alone.attempts["requested"].tolist()
    first = broadcast.attempts["accepted"] == alone.attempts["accepted"]
    assert first.sum() >= 15  # the others were overwritten by an answer to another actor's attempt
