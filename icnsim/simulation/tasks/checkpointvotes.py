"""Votes on final checkpoints: a source sends a final checkpoint only if a quorum agrees on the digest of its state.

When the final checkpoint is made, the actor is paused and its source asks executors that hold the actor's state. After
a consensus on the right digest, the source sends the checkpoint. After any other verdict, the attempt fails and the
source resumes the actor. A verdict on an attempt that has already ended changes nothing. A source that crashes loses
the vote and the attempt. `votes` implements the vote itself.

The vote is on the state. Damage to the checkpoint itself (the fault `corrupt_checkpoint`) happens when the checkpoint
is sent, and its target detects it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import AttemptId, ExecutorId, Kind
from icnsim.protocol.record import MigrationRecord
from icnsim.recording.integers import Column
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.voteregister import Question
from icnsim.simulation.tasks.votes import Draws, Vote, Votes
from icnsim.simulation.time.environment import Environment

CHECKPOINT: Final = Question("agree on the checkpoint", "attempt", Kind.CHECKPOINT_BALLOT, Kind.CHECKPOINT_RESULT)


class CheckpointVotes:
    """Starts votes on final checkpoints.

    Parameters
    ----------
    attempts : returns the migration of an attempt and its number within it.
    make : makes the votes.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        streams: Streams,
        attempts: Callable[[int], tuple[int, int]],
        make: Callable[..., Votes] = Votes,
    ) -> None:
        self._attempts = attempts
        self._executors = executors
        self._records: dict[tuple[AttemptId, ExecutorId], MigrationRecord] = {}
        self._votes = make(
            CHECKPOINT, scenario, env, hooks, executors, streams, self._draws, self._decided, self._forgotten
        )  # fmt: skip

    @property
    def undecided(self) -> int:
        """The number of votes without a verdict."""
        return self._votes.undecided

    def columns(self) -> dict[str, Column]:
        """A row per vote, in the order in which they began; see `recording.quorum`."""
        return self._votes.columns()

    def ask(self, record: MigrationRecord, source: Executor) -> None:
        """Start a vote on the final checkpoint of a record.

        If transitions are not guarded, a second Accept may make a source checkpoint twice in one attempt. Both
        checkpoints are of the same paused state and have the same vote.
        """
        if not source.manager.takes_checkpoint(record):
            source.send_checkpoint(record)  # the manager ignores and counts it
            return
        self._records[record.attempt, source.id] = record
        vote = self._votes.find(record.attempt, source.id)
        if vote is None:
            self._votes.ask(record.actor, source.id, record.attempt)
        elif vote.decided:
            self._decided(vote)

    def _decided(self, vote: Vote) -> None:
        """Send the checkpoint, or end the attempt as failed."""
        record, source = self._records.pop((vote.number, vote.source)), self._executors[vote.source]
        if vote.right:
            source.send_checkpoint(record)
        else:
            source.manager.checkpoint_disputed(record, source.clock_ms())

    def _forgotten(self, vote: Vote) -> None:
        del self._records[vote.number, vote.source]

    def _draws(self, number: AttemptId) -> Draws:
        migration, attempt = self._attempts(number)
        return Draws(f"voters/checkpoint/{attempt}", f"{CHECKPOINT.ballot.label}/{attempt}", migration)
