"""Votes on decisions: a quorum decides whether a migration begins its first attempt.

The migration begins after a consensus on the right digest. After any other verdict, or if the actor has left in the
meantime, the migration fails without an attempt. `votes` implements the vote itself.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind
from icnsim.recording.integers import Column
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.voteregister import Question
from icnsim.simulation.tasks.votes import Draws, Vote, Votes
from icnsim.simulation.time.environment import Environment

Begin = Callable[[ActorId, ExecutorId, ExecutorId, AttemptId], bool]
"""Begins the first attempt of an actor from a source to a target; returns False if it is impossible."""

DECISION: Final = Question("decide", "migration", Kind.BALLOT, Kind.RESULT)


class Ballots:
    """Starts votes on migrations, and begins or ends the migrations by the verdict.

    Parameters
    ----------
    begin : begins a migration after a consensus. finish : called with an actor and its migration after any other
        verdict.
    pending : for each actor the number of votes and retries that its migration waits for.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        streams: Streams,
        begin: Begin,
        finish: Callable[[ActorId, int], None],
        pending: Counter[ActorId],
    ) -> None:
        self._begin = begin
        self._finish = finish
        self._pending = pending
        self._targets: dict[AttemptId, ExecutorId] = {}
        self._votes = Votes(
            DECISION, scenario, env, hooks, executors, streams, draws_of, self._decided, self._decided
        )  # fmt: skip

    def ask(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> None:
        """Start a vote on a migration."""
        self._targets[number] = target
        self._pending[actor] += 1
        self._votes.ask(actor, source, number)

    @property
    def undecided(self) -> int:
        """The number of votes without a verdict."""
        return self._votes.undecided

    def columns(self) -> dict[str, Column]:
        """A row per vote, in the order of their migrations; see `recording.quorum`."""
        return self._votes.columns()

    def _decided(self, vote: Vote) -> None:
        """Begin the migration, or end it without an attempt."""
        target = self._targets.pop(vote.number)
        self._pending[vote.actor] -= 1
        if not vote.right or not self._begin(vote.actor, vote.source, target, vote.number):
            self._finish(vote.actor, vote.number)


def draws_of(number: AttemptId) -> Draws:
    """The draws of the vote on a migration."""
    return Draws("voters", DECISION.ballot.label, number)
