"""The quorum at work: a migration is put to a vote before its first attempt.

Theory of operation. The source of a migration asks executors that are drawn for it, possibly itself. Each voter
evaluates the question once and sends the digest of its finding: honest voters send the right one, byzantine ones
what their group `lies`. Ballots and results travel like all messages; none is sent again. An executor that is down,
silenced or never answers does not vote. The source counts (`protocol.quorum`). The migration begins after a
consensus on the right digest. After any other verdict, or if the actor has gone in the meantime, it has failed
without an attempt. The window is measured by the source's clock. A source that crashes has forgotten its votes, and a
voter that restarts has forgotten what it was asked.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, Digest, ExecutorId, Kind, Message
from icnsim.protocol.quorum import Tally, Verdict, needed
from icnsim.recording.columns import NEVER, Column
from icnsim.recording.quorum import VERDICTS
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.electorate import RIGHT, asked, counted, drawn, message, says
from icnsim.simulation.time.environment import TICK, Environment

Begin = Callable[[ActorId, ExecutorId, ExecutorId, AttemptId], bool]
"""Begins the first attempt of an actor from a source to a target; False where that cannot be."""


@dataclass(frozen=True, slots=True, eq=False)
class Vote:
    """A vote and its present state.

    Attributes
    ----------
    row : its place in the columns.
    evaluated : voters that have looked at it, and in which incarnation.
    """

    number: AttemptId
    actor: ActorId
    source: ExecutorId
    target: ExecutorId
    voters: tuple[ExecutorId, ...]
    needed: int
    row: int
    tally: Tally
    evaluated: set[tuple[ExecutorId, int]]


class Ballots:
    """Puts migrations to the vote, and keeps what became of each.

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
        self._env = env
        self._hooks = hooks
        self._executors = executors
        self._streams = streams
        self._begin = begin
        self._finish = finish
        self._pending = pending
        self._quorum = scenario.quorum
        self._open_for = scenario.quorum.window + scenario.quorum.grace
        self._evaluation = scenario.stages.evaluation
        switches = scenario.protocol.switches
        self._one_vote_each, self._early = switches.one_vote_each, switches.early_verdict
        self._says = [says(group, number) for number, group in enumerate(scenario.group_of_each)]
        self._everybody = [ExecutorId(number) for number in range(len(executors))]
        self._open: dict[AttemptId, Vote] = {}
        self._columns = {name: array("q") for name in (*_ASKED, *_DECIDED)}
        hooks.vote_received.append(self._receive)
        hooks.executor_crashed.append(self._crashed)
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def ask(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> None:
        """Put a migration to the vote."""
        now, host = self._env._now, self._executors[source]
        voters = self._drawn(number)
        threshold = needed(len(voters), self._quorum.threshold)
        tally = Tally(
            voters, threshold, host.clock.at(now) + self._open_for, one_vote_each=self._one_vote_each,
            early=self._early, grace=self._quorum.grace,
        )  # fmt: skip
        row = len(self._columns["asked"])
        vote = Vote(number, actor, source, target, voters, threshold, row, tally, set())
        self._open[number] = vote
        self._pending[actor] += 1
        asked = (number, actor, source, len(voters), threshold, now)
        for name, value in (*zip(_ASKED, asked, strict=True), *zip(_DECIDED, _UNDECIDED, strict=True)):
            self._columns[name].append(value)
        host.timer(self._open_for, actor, self._close, vote, TICK)  # a result that arrives at that instant still counts
        for place, voter in enumerate(voters):
            host.send(self._message(Kind.BALLOT, vote, source, voter, place))

    def _receive(self, message: Message, host: Executor) -> None:
        """A ballot or a result has come."""
        vote = self._open.get(message.attempt)
        if vote is None:  # the vote is closed: no result counts any more
            return
        if message.kind is Kind.BALLOT:
            self._evaluate(vote, message.sequence, host)
        else:
            self._count(vote, message)

    @property
    def undecided(self) -> int:
        """The number of votes without a verdict."""
        return sum(vote.tally.verdict is Verdict.WAITING for vote in self._open.values())

    def columns(self) -> dict[str, Column]:
        """A row per vote, in the order of their migrations; see `recording.quorum`."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._columns.items()}

    def _drawn(self, number: AttemptId) -> tuple[ExecutorId, ...]:
        """The voters."""
        further = self._streams.further
        wanted = asked(self._quorum, further, number, len(self._executors))
        return tuple(drawn(further, "voters", number, wanted, self._everybody))

    def _evaluate(self, vote: Vote, place: int, voter: Executor) -> None:
        """The voter works out its result, unless it has done so or never answers."""
        once, further, behavior = (voter.id, voter.incarnation), self._streams.further, voter.behavior
        if once in vote.evaluated or voter.silent or not behavior.answers:
            return
        if behavior.answer_probability < 1:
            u = further.uniform(f"answered/ballot/{place}", vote.number)
            if u >= behavior.answer_probability:
                return
        vote.evaluated.add(once)
        usual = further.whole(f"evaluation/ballot/{place}", self._evaluation, vote.number)
        voter.stage(round(usual * behavior.slowdown), vote.actor, self._answer, (vote, place, voter))

    def _answer(self, subject: tuple[Vote, int, Executor], _: int) -> None:
        vote, place, voter = subject
        for more, digest in enumerate(self._says[voter.id]):
            sequence = place + more * len(vote.voters)
            voter.send(self._message(Kind.RESULT, vote, voter.id, vote.source, sequence, digest))

    def _message(
        self, kind: Kind, vote: Vote, sender: ExecutorId, receiver: ExecutorId, sequence: int, digest: Digest = RIGHT
    ) -> Message:
        return message(kind, vote.actor, vote.number, self._executors[sender], receiver, sequence, digest)

    def _count(self, vote: Vote, result: Message) -> None:
        if vote.tally.verdict is not Verdict.WAITING:
            return
        subject = vote.actor, vote.number, vote.source
        now = self._executors[vote.source].clock.at(self._env._now)
        verdict = counted(vote.tally, result, now, self._hooks, subject)
        if verdict is not Verdict.WAITING:
            self._decide(vote, verdict)

    def _close(self, vote: Vote, _: int) -> None:
        """The window and its grace are over. A stalled source notices it when it goes on."""
        del self._open[vote.number]
        if vote.tally.verdict is Verdict.WAITING:
            self._decide(vote, vote.tally.close())

    def _crashed(self, host: Executor, disk_survives: bool) -> None:
        """A source has ended: nobody counts the results of its votes any more."""
        for vote in [vote for vote in self._open.values() if vote.source == host.id]:
            del self._open[vote.number]
            if vote.tally.verdict is Verdict.WAITING:
                self._decide(vote, Verdict.INSUFFICIENT)

    def _decide(self, vote: Vote, verdict: Verdict) -> None:
        tally, agreed = vote.tally, verdict is Verdict.CONSENSUS
        right = agreed and tally.agreed == RIGHT
        decided = (self._env._now, VERDICTS.index(verdict.value), right, tally.votes, tally.double_votes, tally.backers)
        for name, value in zip(_DECIDED, decided, strict=True):
            self._columns[name][vote.row] = value
        for told in self._hooks.vote_decided:
            told(vote.actor, f"decide: {verdict.value}", vote.source, vote.number)
        if agreed:
            for reached in self._hooks.consensus_reached:
                reached(vote.actor, vote.number, vote.source, tally.backers, vote.needed)
        self._pending[vote.actor] -= 1
        if not right or not self._begin(vote.actor, vote.source, vote.target, vote.number):
            self._finish(vote.actor, vote.number)


_ASKED: Final = ("migration", "actor", "source", "executors", "needed", "asked")
_DECIDED: Final = ("decided", "verdict", "right", "votes", "double_votes", "backers")
_UNDECIDED: Final = (NEVER, 0, 0, 0, 0, 0)
