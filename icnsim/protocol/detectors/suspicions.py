"""The questions that a source has given up because it suspected the target. Their answers may still come.

A detector that learns only from the answers that come in time learns from the fast ones alone. Its timeout could then
stay below the time that a slower target takes, and every attempt would be a mistake. So a manager remembers which
questions it has given up. The answers may come when the record has been removed, or when a retry has replaced it.

Times are readings of the executor's monotonic clock, ms.
"""

from typing import Final, NamedTuple

from icnsim.protocol.messages import AttemptId, ExecutorId
from icnsim.protocol.states import State

MOST: Final = 10_000
"""The most questions that are kept. If there are more, the newest are not kept: the answers to the older ones come
first, so the detector learns from some answers however many questions are given up."""
SHORTEST_MS: Final = 300_000
"""Questions are kept for as long as ended records, and at least for this time, the design's retention."""
NUMBERS: Final = 5
"""The numbers that are kept for a question: its key and the fields of `Question`."""


class Question(NamedTuple):
    """A question that was given up: the peer that it went to, when it was asked, and when it was given up."""

    peer: ExecutorId
    asked: int
    given_up: int


class Suspicions:
    """The questions that one executor has given up, in the order in which it gave them up."""

    __slots__ = ("_most", "_questions")

    def __init__(self) -> None:
        self._questions: dict[tuple[AttemptId, State], Question] = {}
        self._most = 0

    def add(self, attempt: AttemptId, state: State, question: Question, retention: int) -> None:
        """Keep a question of a state, and drop those that are older than `retention` (ms) allows."""
        questions = self._questions
        while questions and _is_old(questions[oldest := next(iter(questions))], question.given_up, retention):
            del questions[oldest]
        if len(questions) < MOST:
            questions[attempt, state] = question
            self._most = max(self._most, len(questions))

    def answered(
        self, attempt: AttemptId, state: State, signer: ExecutorId, reading: int, retention: int
    ) -> int | None:
        """The time, ms, from the question of a state to its answer at `reading`.

        Returns None if no such question is kept, or if it was another executor's.
        """
        question = self._questions.get((attempt, state))
        if question is None or question.peer != signer or _is_old(question, reading, retention):
            return None
        del self._questions[attempt, state]
        return reading - question.asked

    def forget(self) -> None:
        """A crash: later answers are not matched with a question any more."""
        self._questions.clear()

    @property
    def numbers(self) -> int:
        """The most values that were kept."""
        return NUMBERS * self._most


def _is_old(question: Question, reading: int, retention: int) -> bool:
    return reading - question.given_up >= max(retention, SHORTEST_MS)
