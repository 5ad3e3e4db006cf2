"""The votes of a live run as the supervisor sees them: the workers report each vote and its verdict.

A source asks the supervisor for nothing during a vote. After the verdict on a migration the supervisor lets the source
begin, as it does with retries. A source whose process is killed loses its votes.
"""

from collections import Counter
from collections.abc import Callable

import numpy as np

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.quorum import Verdict
from icnsim.recording.integers import Column
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.ballots import DECISION, Begin
from icnsim.simulation.tasks.voteregister import Question, Register
from icnsim.simulation.time.environment import Environment


class ReportedVotes:
    """The votes of one kind."""

    def __init__(self, question: Question, env: Environment, hooks: Hooks) -> None:
        self._register = Register(question, env, hooks)
        self._open: dict[tuple[ExecutorId, int], tuple[int, AttemptId]] = {}
        hooks.executor_crashed.append(self._crashed)

    def asked(self, source: ExecutorId, row: int, number: AttemptId, actor: ActorId, voters: int, needed: int) -> None:
        """Note that a source has begun a vote, which has that row in the register of its process."""
        self._open[source, row] = self._register.asked(number, actor, source, voters, needed), number

    def verdict(
        self, source: ExecutorId, row: int, verdict: str, right: bool, votes: int, double_votes: int, backers: int
    ) -> None:
        """Note that a source has the verdict of the vote with that row."""
        place, number = self._open.pop((source, row))
        self._register.decided(
            place, Verdict(verdict), right=bool(right), votes=votes, double_votes=double_votes, backers=backers
        )
        self._decided(number, right=bool(right))

    def _decided(self, number: AttemptId, *, right: bool) -> None:
        """React to a verdict."""

    def _crashed(self, source: Executor, disk_survives: bool) -> None:
        """Record the votes of a source that was killed: no process counts their results any more."""
        for host, row in [key for key in self._open if key[0] == source.id]:
            self.verdict(host, row, Verdict.INSUFFICIENT.value, False, 0, 0, 0)

    @property
    def undecided(self) -> int:
        """The number of votes without a verdict."""
        return len(self._open)

    def columns(self) -> dict[str, Column]:
        """A row per vote; see `recording.quorum`."""
        return self._register.columns()


class ReportedBallots(ReportedVotes):
    """The votes on migrations, which begin after a consensus.

    Parameters
    ----------
    begin, finish, pending : as in `Ballots`.
    lost : called when a migration ends because its source has not begun the vote.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        begin: Begin,
        finish: Callable[[ActorId, int], None],
        pending: Counter[ActorId],
        lost: Callable[[], None],
    ) -> None:
        super().__init__(DECISION, env, hooks)
        self._begin = begin
        self._finish = finish
        self._pending = pending
        self._lost = lost
        self._told: dict[AttemptId, tuple[ActorId, ExecutorId, ExecutorId]] = {}
        self._begun: dict[AttemptId, tuple[ActorId, ExecutorId, ExecutorId]] = {}

    def wait(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> None:
        """Wait for the verdict on a migration; its source has the command to begin the vote."""
        self._told[number] = actor, source, target
        self._pending[actor] += 1

    def asked(self, source: ExecutorId, row: int, number: AttemptId, actor: ActorId, voters: int, needed: int) -> None:
        """Note that a source has begun a vote."""
        self._begun[number] = self._told.pop(number)
        super().asked(source, row, number, actor, voters, needed)

    def _decided(self, number: AttemptId, *, right: bool) -> None:
        """Begin the migration, or end it without an attempt."""
        actor, source, target = self._begun.pop(number)
        self._pending[actor] -= 1
        if not right or not self._begin(actor, source, target, number):
            self._finish(actor, number)

    def _crashed(self, source: Executor, disk_survives: bool) -> None:
        super()._crashed(source, disk_survives)
        self._lose([number for number, (_, told, _) in self._told.items() if told == source.id])

    def close(self) -> None:
        """End the migrations whose votes have not begun at the end of the run."""
        self._lose(list(self._told))

    def _lose(self, numbers: list[AttemptId]) -> None:
        for number in numbers:
            actor, _, _ = self._told.pop(number)
            self._pending[actor] -= 1
            self._lost()
            self._finish(actor, number)

    def columns(self) -> dict[str, Column]:
        """A row per vote in the order of the migrations; sources may begin two votes in another order."""
        columns = super().columns()
        order = np.argsort(columns[DECISION.number], kind="stable")
        return {name: column[order] for name, column in columns.items()}
