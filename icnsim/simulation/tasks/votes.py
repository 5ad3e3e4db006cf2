"""Votes of a quorum: a source asks voters, counts their results, and learns the verdict.

Theory of operation. A source asks executors that are drawn for the vote, possibly including itself. Each voter
evaluates the question once and sends the digest of its result: honest voters send the right one, byzantine voters send
what their group's `lies` says. Ballots and results travel like all messages; none is sent again. An executor that is
down, silenced or never answers does not vote. The source counts the results (`protocol.quorum`). The source's clock
measures the window. A source that crashes loses its votes, and a voter that restarts loses the questions.

`ballots` (decisions) and `checkpointvotes` define the questions and act on the verdicts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from icnsim.draws.lottery import Lottery
from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, Digest, ExecutorId, Kind, Message
from icnsim.protocol.quorum import Tally, Verdict, needed
from icnsim.recording.integers import Column
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.tasks.electorate import RIGHT, asked, counted, drawn, message, says
from icnsim.simulation.tasks.voteregister import Question, Register
from icnsim.simulation.time.environment import TICK, Environment


@dataclass(frozen=True, slots=True)
class Draws:
    """The names of the streams of a vote's draws, and its place in them.

    Attributes
    ----------
    voters, ballot : the prefixes of the names of the streams that pick voters, and of those that each voter uses.
    """

    voters: str
    ballot: str
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Vote:
    """A vote and its present state.

    Attributes
    ----------
    number : of the migration or of the attempt.
    row : its place in the columns.
    evaluated : the voters that have evaluated it, each with its incarnation at that time.
    """

    number: AttemptId
    actor: ActorId
    source: ExecutorId
    voters: tuple[ExecutorId, ...]
    needed: int
    row: int
    tally: Tally
    draws: Draws
    evaluated: set[tuple[ExecutorId, int]]

    @property
    def decided(self) -> bool:
        """Whether it has a verdict."""
        return self.tally.verdict is not Verdict.WAITING

    @property
    def right(self) -> bool:
        """Whether the voters agree on the right digest."""
        return self.tally.verdict is Verdict.CONSENSUS and self.tally.agreed == RIGHT


class Votes:
    """The votes of one kind, and the records of their verdicts.

    Parameters
    ----------
    question : the kind of vote.
    draws : returns the draws of the vote with a number.
    decided : called with each vote after its verdict.
    forgotten : called with each vote without a verdict whose source has crashed; the vote is recorded as insufficient.
    register : makes the register of the votes.
    """

    def __init__(
        self,
        question: Question,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        streams: Streams,
        draws: Callable[[AttemptId], Draws],
        decided: Callable[[Vote], None],
        forgotten: Callable[[Vote], None],
        *,
        register: Callable[[Question, Environment, Hooks], Register] = Register,
    ) -> None:
        self._question = question
        self._env = env
        self._hooks = hooks
        self._executors = executors
        self._streams = streams
        self._draws, self._decided, self._forgotten = draws, decided, forgotten
        self._quorum = scenario.quorum
        self._open_for = scenario.quorum.window + scenario.quorum.grace
        self._evaluation = scenario.stages.evaluation
        switches = scenario.protocol.switches
        self._one_vote_each, self._early = switches.one_vote_each, switches.early_verdict
        self._says = [says(group, number) for number, group in enumerate(scenario.group_of_each)]
        self._everybody = Lottery(scenario.executors)
        self._open: dict[tuple[AttemptId, ExecutorId], Vote] = {}
        self._register = register(question, env, hooks)
        hooks.vote_received.append(self._receive)
        hooks.executor_crashed.append(self._crashed)
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def ask(self, actor: ActorId, source: ExecutorId, number: AttemptId) -> None:
        """Begin a vote."""
        now, host, draws = self._env._now, self._executors[source], self._draws(number)
        voters, threshold = self._electorate(draws)
        tally = Tally(
            voters, threshold, host.clock.at(now) + self._open_for, one_vote_each=self._one_vote_each,
            early=self._early, grace=self._quorum.grace,
        )  # fmt: skip
        row = self._register.asked(number, actor, source, len(voters), threshold)
        vote = Vote(number, actor, source, voters, threshold, row, tally, draws, set())
        self._open[number, source] = vote
        host.timer(self._open_for, actor, self._close, vote, TICK)  # a result that arrives at that instant still counts
        for place, voter in enumerate(voters):
            host.send(self._message(self._question.ballot, vote, source, voter, place))

    def _electorate(self, draws: Draws) -> tuple[tuple[ExecutorId, ...], int]:
        """The voters of a vote, and the number of them that must agree."""
        further = self._streams.further
        wanted = asked(self._quorum, further, draws.place, len(self._executors))
        voters = tuple(drawn(further, draws.voters, draws.place, wanted, self._everybody))
        return voters, needed(len(voters), self._quorum.threshold)

    def find(self, number: AttemptId, source: ExecutorId) -> Vote | None:
        """The vote of a source with that number, until its window and its grace are over."""
        return self._open.get((number, source))

    @property
    def undecided(self) -> int:
        """The number of votes without a verdict."""
        return sum(not vote.decided for vote in self._open.values())

    def columns(self) -> dict[str, Column]:
        """A row for each vote, in the order in which they began; see `recording.quorum`."""
        return self._register.columns()

    def _receive(self, message: Message, host: Executor) -> None:
        """Receive a ballot or a result; a closed vote ignores results."""
        if message.kind is self._question.ballot:
            vote = self._open.get((message.attempt, message.sender))
            if vote is not None:
                self._evaluate(vote, message.sequence, host)
        elif message.kind is self._question.result:
            vote = self._open.get((message.attempt, host.id))
            if vote is not None:
                self._count(vote, message)

    def _evaluate(self, vote: Vote, place: int, voter: Executor) -> None:
        """Compute the voter's result, unless the voter has done so or never answers."""
        once, further, behavior = (voter.id, voter.incarnation), self._streams.further, voter.behavior
        if once in vote.evaluated or voter.silent or not behavior.answers:
            return
        draws = vote.draws
        if behavior.answer_probability < 1:
            u = further.uniform(f"answered/{draws.ballot}/{place}", draws.place)
            if u >= behavior.answer_probability:
                return
        vote.evaluated.add(once)
        usual = further.whole(f"evaluation/{draws.ballot}/{place}", self._evaluation, draws.place)
        voter.stage(round(usual * behavior.slowdown), vote.actor, self._answer, (vote, place, voter))

    def _answer(self, subject: tuple[Vote, int, Executor], _: int) -> None:
        vote, place, voter = subject
        for more, digest in enumerate(self._says[voter.id]):
            sequence = place + more * len(vote.voters)
            voter.send(self._message(self._question.result, vote, voter.id, vote.source, sequence, digest))

    def _message(
        self, kind: Kind, vote: Vote, sender: ExecutorId, receiver: ExecutorId, sequence: int, digest: Digest = RIGHT
    ) -> Message:
        return message(kind, vote.actor, vote.number, self._executors[sender], receiver, sequence, digest)

    def _count(self, vote: Vote, result: Message) -> None:
        if vote.decided:
            return
        subject = vote.actor, vote.number, vote.source
        now = self._executors[vote.source].clock.at(self._env._now)
        verdict = counted(vote.tally, result, now, self._hooks, subject)
        if verdict is not Verdict.WAITING:
            self._record(vote, verdict)
            self._decided(vote)

    def _close(self, vote: Vote, _: int) -> None:
        """Close the window after its grace; a stalled source does so when it resumes."""
        del self._open[vote.number, vote.source]
        if not vote.decided:
            self._record(vote, vote.tally.close())
            self._decided(vote)

    def _crashed(self, host: Executor, disk_survives: bool) -> None:
        """Record the open votes of a source that has crashed: no process counts their results any more."""
        for vote in [vote for vote in self._open.values() if vote.source == host.id]:
            del self._open[vote.number, vote.source]
            if not vote.decided:
                self._record(vote, Verdict.INSUFFICIENT)
                self._forgotten(vote)

    def _record(self, vote: Vote, verdict: Verdict) -> None:
        """Store and announce a verdict."""
        tally = vote.tally
        self._register.decided(
            vote.row, verdict, right=vote.right, votes=tally.votes, double_votes=tally.double_votes,
            backers=tally.backers,
        )  # fmt: skip
