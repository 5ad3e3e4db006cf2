"""A manager whose detector learns from the answers: its observations, and the resulting deadlines."""

from types import SimpleNamespace
from typing import Any

import pytest

from icnsim.protocol.detectors.accrual import SuspicionLevel
from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.detectors.learning import Learning
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import ACTIVE, State
from icnsim.protocol.watch import Own, Settings
from tests.protocol.notes import ACTOR, ME, OTHER, RETENTION, THIRD, TIMEOUT, Notes, arriving, switches

ADAPTIVE = Parameters("adaptive", margin=4, window=8, minimum=1, by="target")
CHEN = Parameters("chen", alpha=100, window=1000, by="target")
PHI = Parameters("phi-accrual", threshold=8, window=1000, min_std=100, distribution="normal", by="target")


class Source:
    """An executor that asks targets again and again, each time to move another actor."""

    def __init__(self, detector: Parameters, profile: str = "as-designed", **more: Any) -> None:
        self.notes = Notes()
        settings = Settings(dict.fromkeys(ACTIVE, TIMEOUT), RETENTION, detector=detector, **more)
        self.manager = MigrationManager(ME, self.notes, settings, switches(profile))
        self.asked = 0

    def ask(self, now: int, target: ExecutorId = OTHER) -> MigrationRecord:
        self.asked += 1
        actor = ActorId(100 + self.asked)
        self.manager.runtime.settle(actor, (0, ME))
        assert self.manager.initiate(actor, target, AttemptId(self.asked), 10, now)
        return self.manager.active[actor]

    def answer(self, record: MigrationRecord, now: int, kind: Kind = Kind.ACCEPT) -> None:
        message = arriving(kind, actor=record.actor, attempt=record.attempt, sender=record.peer, epoch=record.epoch)
        self.manager.receive(message, now)

    def stay(self, elapsed: int, target: ExecutorId = OTHER, kind: Kind = Kind.REJECT) -> None:
        """One question with its answer."""
        self.answer(self.ask(0, target), elapsed, kind)

    def allowed(self, target: ExecutorId = OTHER) -> int:
        """The longest wait of the next question, ms."""
        record = self.ask(0, target)
        assert self.notes.watched[-1] == (record, record.deadline)
        return record.deadline - 1


def test_a_target_that_never_answered_has_the_fixed_timeout() -> None:
    for parameters in (ADAPTIVE, CHEN, PHI):
        assert Source(parameters).allowed() == TIMEOUT


@pytest.mark.parametrize("kind", [Kind.ACCEPT, Kind.REJECT])
def test_a_constant_answer_of_200_ms_gives_the_timeouts_of_rfc_6298_by_hand(kind: Kind) -> None:
    """After n answers RTTVAR = 100 · (3/4)^(n − 1): 200 + 400, 200 + 300, 200 + 225, 200 + 168.75."""
    source = Source(ADAPTIVE)
    found = []
    for _ in range(4):
        source.stay(200, kind=kind)
        found.append(source.allowed())
    assert found == [600, 500, 425, 369]


def test_a_latency_that_doubles_widens_the_deviation_before_the_mean_follows() -> None:
    """200 ms settle at 201. Then 400 gives RTTVAR = 50 and SRTT = 225, and again RTTVAR = 81.25, SRTT = 246.875."""
    source = Source(ADAPTIVE)
    for _ in range(200):
        source.stay(200)
    assert source.allowed() == 201
    source.stay(400)
    assert source.allowed() == 425
    source.stay(400)
    assert source.allowed() == 572


def test_chen_allows_the_mean_and_the_margin_and_phi_accrual_its_quantile() -> None:
    source = Source(CHEN)
    source.stay(200)
    source.stay(301)
    assert source.allowed() == 250 + 100
    source = Source(PHI)
    source.stay(200)
    assert source.allowed() == TIMEOUT
    source.stay(301)
    level = SuspicionLevel(8, 1000, 0, 100)
    level.observe(200)
    level.observe(301)
    assert source.allowed() == level.timeout(TIMEOUT) < 1_000


def test_targets_are_learned_apart_or_together() -> None:
    apart, together = Source(CHEN), Source(CHEN._replace(by="all"))
    for source in (apart, together):
        source.stay(200)
        source.stay(400, THIRD)
    assert (apart.allowed(), apart.allowed(THIRD)) == (300, 500)
    assert (together.allowed(), together.allowed(THIRD)) == (400, 400)
    assert together.allowed(ExecutorId(9)) == 400


def test_requesting_and_transferring_are_learned_apart_and_checkpointing_has_the_fixed_timeout() -> None:
    source = Source(CHEN)
    record = source.ask(0)
    source.answer(record, 200)
    assert (record.state, record.deadline) == (State.CHECKPOINTING, 200 + TIMEOUT + 1)
    source.manager.checkpointed(record, 1_000)
    assert (record.state, record.deadline) == (State.TRANSFERRING, 1_000 + TIMEOUT + 1)
    source.answer(record, 1_700, Kind.ACK)
    again = source.ask(0)
    assert again.deadline == 200 + 100 + 1
    source.answer(again, 200)
    source.manager.checkpointed(again, 1_000)
    assert again.deadline == 1_000 + 700 + 100 + 1
    assert source.manager.samples == 3


def test_a_target_has_no_peer_to_learn_from() -> None:
    source = Source(CHEN)
    source.stay(200)
    source.manager.evaluated(arriving(Kind.REQUEST, epoch=1), None, 50)
    record = source.manager.active[ACTOR]
    assert (record.state, record.deadline) == (State.RESTORING, 50 + TIMEOUT + 1)


def test_an_answer_after_the_suspicion_is_an_observation_once() -> None:
    source = Source(CHEN)
    source.stay(200)
    record = source.ask(0)
    assert source.manager.overdue(record, 301, 301)
    source.answer(record, 900)
    source.answer(record, 950)
    assert source.manager.samples == 2
    assert source.allowed() == (200 + 900) // 2 + 100


def test_a_late_answer_counts_when_a_retry_has_replaced_the_record() -> None:
    source = Source(CHEN)
    source.stay(200)
    record = source.ask(0)
    assert source.manager.overdue(record, 301, 301)
    source.manager.initiate(record.actor, THIRD, AttemptId(50), 10, 400)
    retried = source.manager.active[record.actor]
    source.answer(record, 900)
    assert retried.state is State.REQUESTING
    source.answer(retried, 1_000)
    assert (source.allowed(), source.allowed(THIRD)) == ((200 + 900) // 2 + 100, 600 + 100)
    assert source.manager.samples == 3


def test_a_late_answer_counts_when_the_record_has_been_removed_but_not_after_five_minutes() -> None:
    source = Source(CHEN, "as-designed")
    for elapsed, samples in ((301 + RETENTION - 1, 1), (301 + RETENTION, 1)):
        source.manager.adjust(source.manager.settings._replace(timeouts=dict.fromkeys(ACTIVE, 300), retention=1), 0)
        record = source.ask(0)
        record.deadline = 301
        assert source.manager.overdue(record, 301, 301)
        assert source.manager.cleanup_migrations(302) == [record]
        source.answer(record, elapsed)
        assert source.manager.samples == samples


def test_an_answer_of_another_executor_is_no_observation() -> None:
    source = Source(CHEN)
    record = source.ask(0)
    source.manager.receive(arriving(Kind.REJECT, actor=record.actor, attempt=record.attempt, sender=THIRD), 50)
    assert source.manager.samples == 0


def test_a_late_ack_counts_when_the_design_has_given_the_hand_over_up() -> None:
    source = Source(CHEN)
    record = source.ask(0)
    source.answer(record, 200)
    source.manager.checkpointed(record, 1_000)
    assert source.manager.overdue(record, record.deadline, record.deadline)
    source.answer(record, 70_000, Kind.ACK)
    again = source.ask(0)
    source.answer(again, 200)
    source.manager.checkpointed(again, 1_000)
    assert again.deadline == 1_000 + 69_000 + 100 + 1


@pytest.mark.parametrize("profile", ["as-designed", "hardened"])
def test_answers_to_questions_of_before_a_crash_are_no_observations(profile: str) -> None:
    source = Source(CHEN, profile)
    late, waiting, handed_over = source.ask(0), source.ask(0), source.ask(0)
    source.answer(handed_over, 200)
    source.manager.checkpointed(handed_over, 1_000)
    assert source.manager.overdue(late, late.deadline, late.deadline)
    source.manager.crash(disk_survives=True)
    source.manager.recover(60_002)
    samples = source.manager.samples
    source.answer(late, 60_100)
    source.answer(waiting, 60_100)
    source.answer(handed_over, 60_100, Kind.ACK)
    assert samples == source.manager.samples == 1
    source.stay(200)
    assert source.manager.samples == 2


def test_stays_are_measured_by_the_monotonic_clock() -> None:
    """The wall clock is set forward by a day while two questions wait for their answers."""
    source, day = Source(CHEN), 86_400_000
    in_time, late = source.ask(0), source.ask(0)
    assert source.manager.overdue(late, late.deadline, TIMEOUT + 1)
    source.manager.ahead_ms = day
    source.answer(in_time, day + 200)
    assert source.ask(day).deadline == 200 + 100 + 1
    source.answer(late, day + 70_000)
    assert source.ask(day).deadline == (200 + 70_000) // 2 + 100 + 1


def test_a_question_that_was_asked_after_a_step_of_the_wall_clock_is_measured_from_its_reading_of_the_other() -> None:
    source, day = Source(CHEN), 86_400_000
    source.manager.ahead_ms = day
    source.answer(source.ask(day), day + 200)
    assert source.ask(day).deadline == 200 + 100 + 1


def test_a_stay_whose_message_was_sent_again_is_no_observation() -> None:
    """Karn's rule: in the hardened protocol a reminder sends the Request again."""
    source = Source(CHEN, "hardened")
    source.stay(200)
    record = source.ask(0)
    source.manager.reminded(record, 5_000)
    source.answer(record, 5_100)
    assert source.manager.samples == 1
    assert source.allowed() == 300


def test_after_the_suspicion_an_answer_counts_even_if_the_message_was_sent_again() -> None:
    """Answers that take 8 s, a reminder after 5 s, a timeout of 6 s: Karn's rule alone would keep it at 6 s."""
    source = Source(CHEN._replace(alpha=1_000), "hardened")
    source.stay(4_900)
    record = source.ask(0)
    assert record.deadline == 5_901
    source.manager.reminded(record, 5_000)
    assert source.manager.overdue(record, 5_901, 5_901)
    source.answer(record, 8_000)
    assert source.allowed() == (4_900 + 8_000) // 2 + 1_000


@pytest.mark.parametrize(
    ("kind", "stay"), [(Kind.ACK, 70_000 - 1_000), (Kind.CANCELLED, TIMEOUT)], ids=["ack", "cancelled"]
)
def test_the_answer_to_a_hand_over_in_doubt_counts_from_its_beginning(kind: Kind, stay: int) -> None:
    """A Cancelled ends a wait whose full length is not known; it counts as at most the fixed timeout."""
    source = Source(CHEN, "hardened")
    record = source.ask(0)
    source.answer(record, 200)
    source.manager.checkpointed(record, 1_000)
    for _ in range(2):
        assert not source.manager.overdue(record, record.deadline, record.deadline)
        assert (record.state, record.doubtful) == (State.TRANSFERRING, True)
    source.answer(record, 70_000, kind)
    source.answer(record, 70_001, kind)
    assert source.manager.samples == 2
    again = source.ask(0)
    source.answer(again, 200)
    source.manager.checkpointed(again, 1_000)
    assert again.deadline == 1_000 + stay + 100 + 1


def test_a_suspicion_doubles_the_timeout_of_adaptive_until_an_answer_comes() -> None:
    source = Source(ADAPTIVE)
    source.stay(1_000)
    now, found = 0, []
    for _ in range(6):
        record = source.ask(now)
        found.append(record.deadline - 1 - now)
        now = record.deadline
        assert source.manager.overdue(record, now, now)
    assert found == [3_000, 6_000, 12_000, 24_000, 48_000, 60_000]
    source.stay(1_000)
    assert source.allowed() == 1_000 + 4 * 375


def test_the_new_wait_of_a_hand_over_in_doubt_has_the_doubled_timeout() -> None:
    source = Source(ADAPTIVE._replace(minimum=1_000), "hardened")
    for _ in range(2):
        record = source.ask(0)
        source.answer(record, 200)
        source.manager.checkpointed(record, 1_000)
        if source.manager.samples == 1:
            source.answer(record, 3_000, Kind.ACK)
    assert record.deadline == 1_000 + 6_000 + 1
    source.manager.overdue(record, record.deadline, 7_001)
    assert record.deadline == 7_001 + 12_000 + 1


def test_a_crash_forgets_what_was_learned_and_keeps_the_counts() -> None:
    source = Source(CHEN)
    source.stay(200)
    assert (source.allowed(), source.manager.numbers) == (300, 1)
    source.manager.crash(disk_survives=True)
    source.manager.recover(10)
    assert (source.allowed(), source.manager.numbers, source.manager.samples) == (TIMEOUT, 1, 1)


def test_actors_with_a_detector_of_their_own_are_learned_by_it() -> None:
    own = CHEN._replace(alpha=5)
    actor = ActorId(101)
    source = Source(CHEN, overrides={actor: Own(detector=own)}, others=(own,))
    source.stay(200)  # actor 101
    assert source.allowed() == TIMEOUT
    source.stay(400)
    assert source.allowed() == 500
    source.asked = 0
    source.manager.ended.clear()
    assert source.allowed() == 205


def test_the_time_of_a_clock_that_was_set_back_counts_as_zero() -> None:
    source = Source(CHEN)
    record = source.ask(5_000)
    source.answer(record, 4_000)
    assert source.allowed() == 100


def test_detectors_that_do_not_learn_get_no_answers() -> None:
    source = Source(Parameters("deadline"))
    source.stay(200)
    record = source.ask(0)
    assert source.manager.overdue(record, TIMEOUT + 1, TIMEOUT + 1)
    source.answer(record, TIMEOUT + 2)
    assert (source.manager.samples, source.manager.numbers) == (0, 0)


@pytest.mark.parametrize("role", [Role.SOURCE, Role.TARGET])
@pytest.mark.parametrize("state", ACTIVE)
def test_only_a_source_that_waits_for_its_peer_teaches_by_a_suspicion(role: Role, state: State) -> None:
    found: list[tuple[int, int]] = []
    estimator = SimpleNamespace(suspect=lambda since, now: found.append((since, now)))
    detector = Learning(lambda: estimator, apart=True)  # type: ignore[arg-type,return-value]
    record = MigrationRecord(ACTOR, AttemptId(1), role, OTHER, 10, 1)
    record.state, record.since = state, 30
    detector.suspected(record, 70)
    waits = role is Role.SOURCE and state in (State.REQUESTING, State.TRANSFERRING)
    assert found == ([(30, 70)] if waits else [])
