"""The questions that a source has given up: the late answers that it recognizes, and their number."""

import pytest

from icnsim.protocol.detectors.suspicions import MOST, NUMBERS, SHORTEST_MS, Question, Suspicions
from icnsim.protocol.messages import AttemptId
from icnsim.protocol.states import State
from tests.protocol.notes import FIRST, OTHER, THIRD

REQUESTING, TRANSFERRING = State.REQUESTING, State.TRANSFERRING


def given_up(*attempts: int, at: int = 301) -> Suspicions:
    kept = Suspicions()
    for attempt in attempts:
        kept.add(AttemptId(attempt), REQUESTING, Question(OTHER, 100, at), 0)
    return kept


def test_a_late_answer_of_the_same_attempt_state_and_peer_counts_once_from_the_question_on() -> None:
    kept = given_up(FIRST)
    assert kept.answered(AttemptId(FIRST + 1), REQUESTING, OTHER, 900, 0) is None
    assert kept.answered(FIRST, TRANSFERRING, OTHER, 900, 0) is None
    assert kept.answered(FIRST, REQUESTING, THIRD, 900, 0) is None
    assert kept.answered(FIRST, REQUESTING, OTHER, 900, 0) == 800
    assert kept.answered(FIRST, REQUESTING, OTHER, 950, 0) is None


@pytest.mark.parametrize(("retention", "longest"), [(1_000, SHORTEST_MS), (2 * SHORTEST_MS, 2 * SHORTEST_MS)])
def test_a_question_is_kept_for_the_retention_and_at_least_for_five_minutes(retention: int, longest: int) -> None:
    last, late = given_up(FIRST), given_up(FIRST)
    assert last.answered(FIRST, REQUESTING, OTHER, 301 + longest - 1, retention) == 201 + longest - 1
    assert late.answered(FIRST, REQUESTING, OTHER, 301 + longest, retention) is None


def test_a_crash_forgets_the_questions_and_not_how_many_they_were() -> None:
    kept = given_up(3, 4)
    kept.forget()
    assert kept.answered(FIRST, REQUESTING, OTHER, 900, 0) is None
    assert kept.numbers == 2 * NUMBERS


def test_a_full_memory_keeps_the_oldest_questions_until_they_are_answered_or_old() -> None:
    kept = given_up(*range(MOST + 1))
    assert kept.numbers == MOST * NUMBERS
    assert kept.answered(AttemptId(MOST), REQUESTING, OTHER, 900, 0) is None
    assert kept.answered(AttemptId(0), REQUESTING, OTHER, 900, 0) == 800
    kept.add(AttemptId(MOST), REQUESTING, Question(OTHER, 800, 901), 0)
    assert kept.answered(AttemptId(MOST), REQUESTING, OTHER, 950, 0) == 150
    kept.add(AttemptId(MOST), REQUESTING, Question(OTHER, 800, 901), 0)
    kept.add(AttemptId(MOST + 1), REQUESTING, Question(OTHER, 1_000, 301 + SHORTEST_MS), 0)
    assert kept.answered(AttemptId(MOST + 1), REQUESTING, OTHER, 301 + SHORTEST_MS, 0) == SHORTEST_MS - 699
    assert kept.numbers == MOST * NUMBERS
