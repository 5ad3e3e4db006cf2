"""The register of the votes of one kind: a row per vote, and the announcement of the verdicts."""

from array import array
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind
from icnsim.protocol.quorum import Verdict
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.recording.quorum import VERDICTS
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment


@dataclass(frozen=True, slots=True)
class Question:
    """The properties of one kind of vote.

    Attributes
    ----------
    name : its name in trails. number : the name of the column with the votes' numbers.
    ballot, result : the kinds of its messages.
    """

    name: str
    number: str
    ballot: Kind
    result: Kind


class Registered(Protocol):
    """The votes of one kind, for the recording."""

    @property
    def undecided(self) -> int:
        """The number of votes without a verdict."""

    def columns(self) -> dict[str, Column]:
        """A row per vote; see `recording.quorum`."""


class Register:
    """The votes of one kind in the order in which they began."""

    def __init__(self, question: Question, env: Environment, hooks: Hooks) -> None:
        self._question = question
        self._env = env
        self._hooks = hooks
        self._columns = {name: array("q") for name in (*_ASKED, *_DECIDED)}

    def asked(self, number: AttemptId, actor: ActorId, source: ExecutorId, voters: int, needed: int) -> int:
        """Store a vote that begins now; returns its row."""
        row = len(self._columns["asked"])
        values = (number, actor, source, voters, needed, self._env._now)
        for name, value in (*zip(_ASKED, values, strict=True), *zip(_DECIDED, _UNDECIDED, strict=True)):
            self._columns[name].append(value)
        return row

    def decided(self, row: int, verdict: Verdict, *, right: bool, votes: int, double_votes: int, backers: int) -> None:
        """Store and announce the verdict of a vote, which is made now; `right` is as in `Vote`."""
        columns = self._columns
        decided = (self._env._now, VERDICTS.index(verdict.value), right, votes, double_votes, backers)
        for name, value in zip(_DECIDED, decided, strict=True):
            columns[name][row] = value
        actor, source = ActorId(columns["actor"][row]), ExecutorId(columns["source"][row])
        number = AttemptId(columns["number"][row])
        for listener in self._hooks.vote_decided:
            listener(actor, f"{self._question.name}: {verdict.value}", source, number)
        if verdict is Verdict.CONSENSUS:
            for reached in self._hooks.consensus_reached:
                reached(actor, number, source, backers, columns["needed"][row])

    def source_of(self, row: int) -> ExecutorId:
        """The executor that has begun a vote."""
        return ExecutorId(self._columns["source"][row])

    def columns(self) -> dict[str, Column]:
        """A row for each vote; see `recording.quorum`."""
        columns = {name: np.frombuffer(column, np.int64) for name, column in self._columns.items()}
        return {self._question.number: columns.pop("number"), **columns}


_ASKED: Final = ("number", "actor", "source", "executors", "needed", "asked")
_DECIDED: Final = ("decided", "verdict", "right", "votes", "double_votes", "backers")
_UNDECIDED: Final = (NEVER, 0, 0, 0, 0, 0)
