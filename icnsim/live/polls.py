"""The votes of one worker: those that its executors begin, and the questions of other workers.

The voters and their draws are the simulation's. A voter in the simulation reads the vote of its source. Here the ballot
comes from another process, so the voter derives the vote from the ballot, and answers even if its window has closed.
"""

from functools import cached_property
from typing import Final

from icnsim.live.reporter import ASKED, VERDICT, Reporter
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.quorum import Tally, Verdict
from icnsim.recording.columns import NEVER
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.voteregister import Question, Register
from icnsim.simulation.tasks.votes import Vote, Votes
from icnsim.simulation.time.environment import Environment

MOST_KEPT: Final = 65_536
"""The number of questions of other workers that a worker remembers. It answers a repeated older one again."""


class ReportedRegister(Register):
    """A register that reports each vote and each verdict."""

    def __init__(self, question: Question, env: Environment, hooks: Hooks, reporter: Reporter) -> None:
        super().__init__(question, env, hooks)
        self._reporter = reporter

    def asked(self, number: AttemptId, actor: ActorId, source: ExecutorId, voters: int, needed: int) -> int:
        """Store and report a vote that begins now; returns its row."""
        row = super().asked(number, actor, source, voters, needed)
        self._reporter.add(ASKED, source, self._question.ballot, row, number, actor, voters, needed)
        return row

    def decided(self, row: int, verdict: Verdict, *, right: bool, votes: int, double_votes: int, backers: int) -> None:
        """Store and report a verdict, which is made now."""
        super().decided(row, verdict, right=right, votes=votes, double_votes=double_votes, backers=backers)
        found = [verdict.value, right, votes, double_votes, backers]
        self._reporter.add(VERDICT, self.source_of(row), self._question.ballot, row, *found)


class Polls(Votes):
    """The votes of one kind of a worker. Its register is a `ReportedRegister`."""

    @cached_property
    def _foreign(self) -> dict[tuple[AttemptId, ExecutorId], Vote]:
        """The votes of other workers whose ballots have come, the oldest first."""
        return {}

    def _receive(self, message: Message, host: Executor) -> None:
        key = message.attempt, message.sender
        if message.kind is self._question.ballot and key not in self._open:
            self._evaluate(self._asked_by(message), message.sequence, host)
        else:
            super()._receive(message, host)

    def _asked_by(self, ballot: Message) -> Vote:
        """The vote of a ballot from another process."""
        key = ballot.attempt, ballot.sender
        if key not in self._foreign:
            if len(self._foreign) >= MOST_KEPT:
                del self._foreign[next(iter(self._foreign))]
            draws = self._draws(ballot.attempt)
            voters, threshold = self._electorate(draws)
            self._foreign[key] = Vote(
                ballot.attempt, ballot.actor, ballot.sender, voters, threshold, NEVER, Tally(voters, threshold, NEVER),
                draws, set(),
            )  # fmt: skip
        return self._foreign[key]
