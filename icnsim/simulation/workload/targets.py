"""The choice of a target: another executor by weight, or one that the source trusts.

With `target: trust` only executors that the source trusts enough are candidates. The source asks the candidate that it
trusts most, and the first of several equals. So all sources ask the same target until they have learned to differ
(hazard 17). `spread_targets` draws two candidates by weight and asks the more trusted of them ("the power of two
choices", Mitzenmacher 2001).
"""

import numpy as np

from icnsim.draws.streams import Floats, Streams, uniforms
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.records import RESTARTED
from icnsim.protocol.states import State
from icnsim.protocol.trust import Opinions
from icnsim.recording.columns import REJECTED, Recorder
from icnsim.scenario import Distribution, Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.workload.weights import Weights

DRAWS = 32
"""Draws by weight after which the candidates are listed; that takes longer and gives the same distribution."""


class Targets:
    """Chooses targets. With trust it learns from how they answer.

    Parameters
    ----------
    streams : gives the uniforms of each attempt.
    """

    def __init__(
        self, scenario: Scenario, hooks: Hooks, streams: Streams, recorder: Recorder, weights: Weights
    ) -> None:
        trust = scenario.trust
        self._scenario = scenario
        self._streams = streams
        self._failures = recorder.flags["failure"]
        self._weights = weights
        self._trusting = scenario.workload.target == "trust"
        self._spread = scenario.protocol.switches.spread_targets
        self._minimum = trust.minimum
        self._trust = trust
        self._opinions: dict[ExecutorId, Opinions] = {}
        self._rows: dict[ExecutorId, Floats] = {}
        if self._trusting or scenario.uses_policy:
            hooks.source_ended.append(self._learn)

    def _learn(self, record: MigrationRecord, source: Executor) -> None:
        """A source has seen how a target answers. A failure that is not a rejection counts as a time-out."""
        if record.reason == RESTARTED:
            return  # the source's own restart says nothing about the target
        if record.state is State.COMPLETE:
            change = self._trust.on_success
        elif self._failures[record.attempt] == REJECTED:
            change = self._trust.on_reject
        else:
            change = self._trust.on_timeout
        if change:
            self._opinions_of(source.id).learn(record.peer, change)

    def choose(
        self, source: ExecutorId, row: int, number: int, attempt: int, avoided: ExecutorId | None = None
    ) -> ExecutorId | None:
        """The target of an attempt; None if there is no candidate.

        Parameters
        ----------
        row : the attempt's place in the columns. number, attempt : its migration and its number in it.
        avoided : a target that has failed too often; it is asked only if it is the only candidate.
        """
        if not self._trusting:
            drawn = self._weights.other(self._streams.target_u[row], source)
            if drawn != avoided:
                return drawn
        elif not self._spread:
            return self._most_trusted(source, avoided)
        candidates: list[ExecutorId] = []
        wanted = 2 if self._trusting else 1
        for turn in range(DRAWS):
            u = self._streams.target_u[row] if not turn else self._draw(number, attempt, turn)
            drawn = self._weights.other(u, source)
            if drawn != avoided and self._trusted(source, drawn):
                candidates.append(drawn)
                if len(candidates) == wanted:
                    break
        for turn in range(DRAWS, DRAWS + wanted - len(candidates)):
            listed = self._listed(self._draw(number, attempt, turn), source, avoided)
            if listed is not None:
                candidates.append(listed)
        if not candidates:
            return self._most_trusted(source, avoided)
        return max(candidates, key=self._opinions_of(source).of) if self._trusting else candidates[0]

    def _listed(self, u: float, source: ExecutorId, avoided: ExecutorId | None) -> ExecutorId | None:
        """A candidate by weight from the list of all; None if only the avoided one is left."""
        weights = np.array(self._weights.each)
        for other in range(len(weights)):
            if other in (source, avoided) or not self._trusted(source, ExecutorId(other)):
                weights[other] = 0
        upto = np.cumsum(weights)
        return ExecutorId(int(np.searchsorted(upto, u * upto[-1], side="right"))) if upto[-1] else None

    def trust(self, source: ExecutorId, other: ExecutorId) -> float:
        """How much an executor trusts another."""
        return self._opinions_of(source).of(other)

    def _draw(self, number: int, attempt: int, turn: int) -> float:
        return self._streams.further.uniform(f"target/{attempt}/{turn}", number)

    def _trusted(self, source: ExecutorId, target: ExecutorId) -> bool:
        return not self._trusting or self._opinions_of(source).of(target) >= self._minimum

    def _most_trusted(self, source: ExecutorId, avoided: ExecutorId | None) -> ExecutorId | None:
        """The first of the most trusted candidates; the avoided one only if there is no other."""
        opinions = self._opinions_of(source)
        candidates = [
            ExecutorId(other)
            for other, weight in enumerate(self._weights.each)
            if weight and other != source and self._trusted(source, ExecutorId(other))
        ]
        others = [other for other in candidates if other != avoided]
        return max(others or candidates, key=opinions.of, default=None)

    def _opinions_of(self, source: ExecutorId) -> Opinions:
        held = self._opinions.get(source)
        if held is None:
            held = self._opinions[source] = Opinions(lambda other: self._initial(source, other))
        return held

    def _initial(self, source: ExecutorId, other: ExecutorId) -> float:
        """The trust at the start: from the file, one number for all pairs, or drawn for each pair."""
        scenario = self._scenario
        if scenario.trust_file is not None:
            return scenario.trust_file[other]
        distribution = scenario.trust.initial
        assert isinstance(distribution, Distribution)
        if distribution.constant is not None:
            return float(distribution.constant)
        row = self._rows.get(source)
        if row is None:
            names = scenario.executor_names
            drawn = distribution.ppf(uniforms(scenario.seed, f"trust/{names[source]}", len(names)))
            row = self._rows[source] = np.clip(drawn, 0, 1)
        return float(row[other])
