"""Chooses targets: another executor by weight, or one that the source trusts.

With `target: trust` only executors that the source trusts enough are candidates. The source asks the candidate that it
trusts most. It draws one of several equals by weight. Without `spread_targets` it asks the first of them, so all
sources ask the same target until their opinions differ (hazard 17).

A retry asks a candidate that has not failed in its migration. If every candidate has failed, it asks the one whose last
failure was the longest time ago.
"""

from collections.abc import Callable, Collection

import numpy as np

from icnsim.draws.streams import Floats, Streams, uniforms
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.records import DISPUTED, ENDED, RESTARTED
from icnsim.protocol.states import State
from icnsim.protocol.trust import Opinions
from icnsim.recording.columns import REJECTED, Recorder
from icnsim.scenario import Distribution, Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.workload.weights import Weights


class Targets:
    """Chooses targets. With trust it learns from their answers.

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
        if not self._trusting:
            weights.prepare(np.array(streams.target_u))
        self._trust = trust
        self._opinions: dict[ExecutorId, Opinions] = {}
        if self._trusting or scenario.uses_policy:
            hooks.source_ended.append(self._learn)

    def _learn(self, record: MigrationRecord, source: Executor) -> None:
        """Update a source's trust in a target. A failure that is not a rejection counts as a time-out."""
        if record.reason in (RESTARTED, ENDED, DISPUTED):
            return  # a restart, the end of the actor, or a quorum's verdict says nothing about the target
        if record.state is State.COMPLETE:
            change = self._trust.on_success
        elif self._failures[record.attempt] == REJECTED:
            change = self._trust.on_reject
        else:
            change = self._trust.on_timeout
        if change:
            self._opinions_of(source.id).learn(record.peer, change)

    def choose(self, source: ExecutorId, row: int, failed: Collection[ExecutorId] = ()) -> ExecutorId | None:
        """The target of an attempt; None if there is no candidate.

        Parameters
        ----------
        row : the attempt's place in the columns.
        failed : the targets that have failed in the migration, in the order of their last failures. One of them is
            asked only if there is no other candidate.
        """
        if self._trusting:
            return self._most_trusted(source, self._streams.target_u[row], failed)
        weights = self._weights
        u = self._streams.target_u[row]
        drawn = weights.other(u, source, failed) if failed else weights.of_row(row, u, source)
        if drawn is not None:
            return drawn
        return next((target for target in failed if target != source and weights.each[target]), None)

    def _most_trusted(self, source: ExecutorId, u: float, failed: Collection[ExecutorId]) -> ExecutorId | None:
        """One of the most trusted candidates that have not failed, or else the one that failed longest ago."""
        trust, highest = self._opinions_of(source).of, self._minimum
        equals: list[ExecutorId] = []
        for other in self._weights.others(source, failed):
            found = trust(other)
            if found > highest:
                equals.clear()
                highest = found
            if found == highest:
                equals.append(other)
        if equals:
            return self._weights.one_of(equals, u) if self._spread else equals[0]
        each, minimum = self._weights.each, self._minimum
        return next((other for other in failed if other != source and each[other] and trust(other) >= minimum), None)

    def trust(self, source: ExecutorId, other: ExecutorId) -> float:
        """The trust of an executor in another."""
        return self._opinions_of(source).of(other)

    def _opinions_of(self, source: ExecutorId) -> Opinions:
        held = self._opinions.get(source)
        if held is None:
            held = self._opinions[source] = Opinions(self._initial(source))
        return held

    def _initial(self, source: ExecutorId) -> Callable[[ExecutorId], float]:
        """The trust of a source at the start: from the file, one number for all pairs, or drawn for each pair."""
        scenario = self._scenario
        if scenario.trust_file is not None:
            return scenario.trust_file.__getitem__
        distribution = scenario.trust.initial
        assert isinstance(distribution, Distribution)
        if distribution.constant is not None:
            constant = float(distribution.constant)
            return lambda _: constant
        stream = f"trust/{scenario.executor_names[source]}"
        keys = [uniforms(scenario.seed, f"{stream}/{group.group}", group.count) for group in scenario.executors]
        drawn = distribution.ppf(np.concatenate(keys))
        row: Floats = np.clip(drawn, 0, 1)
        return lambda other: float(row[other])
