"""Whom a source asks: another executor by weight, or one that it trusts.

With `target: trust` only executors that the source trusts enough are candidates, and the one
that it trusts most is asked, the first of equals. So all sources ask the same one until
they have learned to differ (hazard 17). `spread_targets` draws two candidates by weight and
asks the more trusted of them ("the power of two choices", Mitzenmacher 2001).
"""

from collections.abc import Callable

import numpy as np

from icnsim.draws.streams import Floats, Streams, uniforms
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.trust import Opinions
from icnsim.scenario import Distribution, Scenario

DRAWS = 32
"""Draws by weight after which the candidates are listed: it costs time, and gives the same distribution."""

ByWeight = Callable[[float, ExecutorId], ExecutorId]


class Targets:
    """Chooses targets, and learns from how they answer.

    Parameters
    ----------
    by_weight : another executor than the given one for a uniform. weights : of each executor.
    streams : gives the uniforms of each attempt.
    """

    def __init__(self, scenario: Scenario, streams: Streams, by_weight: ByWeight, weights: list[float]) -> None:
        trust = scenario.trust
        self._scenario = scenario
        self._streams = streams
        self._by_weight = by_weight
        self._weights = weights
        self._trusting = scenario.workload.target == "trust"
        self._spread = scenario.protocol.switches.spread_targets
        self._minimum = trust.minimum
        self._changes = {"completed": trust.on_success, "rejected": trust.on_reject, "timed_out": trust.on_timeout}
        self._opinions: dict[ExecutorId, Opinions] = {}
        self._rows: dict[ExecutorId, Floats] = {}

    def learn(self, source: ExecutorId, target: ExecutorId, outcome: str) -> None:
        """A source has seen how a target answers; "failed" teaches what a time-out does."""
        change = self._changes.get(outcome, self._changes["timed_out"])
        if change:
            self._opinions_of(source).learn(target, change)

    def choose(
        self, source: ExecutorId, row: int, number: int, attempt: int, avoided: ExecutorId | None = None
    ) -> ExecutorId | None:
        """The target of an attempt; None where there is no candidate.

        Parameters
        ----------
        row : the attempt's place in the columns. number, attempt : its migration and its number in it.
        avoided : has failed too often, and is asked only where there is nobody else.
        """
        if self._trusting and not self._spread:
            return self._most_trusted(source, avoided)
        candidates: list[ExecutorId] = []
        wanted = 2 if self._trusting else 1
        for turn in range(DRAWS):
            u = self._streams.target_u[row] if not turn else self._draw(number, attempt, turn)
            drawn = self._by_weight(u, source)
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
        """A candidate by weight, of all that there are; None if the avoided one is alone."""
        weights = np.array(self._weights)
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
        """The first of the most trusted candidates; the avoided one only where it is alone."""
        opinions = self._opinions_of(source)
        candidates = [
            ExecutorId(other)
            for other, weight in enumerate(self._weights)
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
        """The trust at the start: from the file, one number for all, or drawn for each pair."""
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
