"""Converts a scenario to the parameters of the running parts: managers' settings, actors' checkpoints, gossip."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from icnsim.protocol.checkpoint import NO_CHECKPOINTS, Schedule
from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.watch import Own, Settings
from icnsim.scenario import Scenario
from icnsim.scenario.detector import HEEDING, Detector
from icnsim.scenario.faults import RandomFaults
from icnsim.scenario.manager import Adjustment, Override, limits_change
from icnsim.scenario.plugins import detectors
from icnsim.scenario.retry import Retry, retry_after

DURATIONS: Final = ("tick", "alpha", "minimum", "min_std", "pause")
"""The parameters of detectors that are durations."""


class Supervisor:
    """Gives the managers their settings and the sources their retries, at the start and when they change.

    An override replaces single settings for its actors. If several overrides match an actor, the last one applies.

    Parameters
    ----------
    sizes : the size of each actor's state, bytes.

    Attributes
    ----------
    settings : the settings in force. retry : the retries in force of actors without an override.
    """

    def __init__(self, scenario: Scenario, sizes: Sequence[int]) -> None:
        manager, protocol = scenario.manager, scenario.protocol
        names = scenario.actor_names if manager.overrides else []
        self._others = {
            ActorId(actor): override
            for override in manager.overrides
            for actor, name in enumerate(names)
            if fnmatchcase(name, override.pattern)
            and (override.min_state_size is None or (actor < len(sizes) and sizes[actor] >= override.min_state_size))
        }
        self._limits = manager.limits
        self._sizes, self._by_size = sizes, manager.by_size
        self._heartbeat = 0 if manager.heartbeat is None else manager.heartbeat.every // 1000
        named = {self._parameters(own.detector) for own in manager.overrides if own.detector is not None}
        self.retry = scenario.retry
        self._most = scenario.retry.max_retries
        self.settings = Settings(
            self._limits.at(0), manager.retention // 1000, protocol.retransmit_after // 1000,
            protocol.message_lifetime // 1000, self._overrides(), self._parameters(manager.detector),
            tuple(sorted(named)),
        )  # fmt: skip

    def adjust(self, adjustment: Adjustment) -> Settings:
        """The settings after an adjustment; overrides of actors remain."""
        self._limits = self._limits.after(adjustment)
        self.retry = retry_after(self.retry, adjustment.retry)
        self._most = max(self._most, self.retry.max_retries)
        retention = self.settings.retention if adjustment.retention is None else adjustment.retention // 1000
        self.settings = self.settings._replace(
            timeouts=self._limits.at(0), retention=retention, overrides=self._overrides()
        )
        if adjustment.detector is not None:
            self.settings = self.settings._replace(detector=self._parameters(adjustment.detector))
        return self.settings

    def retries(self) -> dict[ActorId, Retry]:
        """The retries in force of the actors with an override."""
        made = {id(own): retry_after(self.retry, own.retry) for own in self._others.values() if own.retry is not None}
        return {actor: made[id(own)] for actor, own in self._others.items() if own.retry is not None}

    def most_attempts(self, actor: ActorId) -> int:
        """The largest number of attempts of the actor's migrations that any settings so far allow (I7)."""
        own = self._others.get(actor)
        if own is not None and own.retry is not None and own.retry.max_retries is not None:
            return 1 + own.retry.max_retries
        return 1 + self._most

    def _parameters(self, detector: Detector) -> Parameters:
        """The protocol's form of a scenario's detector: without null, and durations in ms."""
        if detector.parameters is not None:
            estimator = detectors.maker(detector.kind, detector.parameters)
            return Parameters(detector.kind, by=str(detector.by), estimator=estimator)
        given = {key: value // 1000 if key in DURATIONS else value for key, value in detector if value is not None}
        return Parameters(**given, heartbeat=self._heartbeat if detector.kind in HEEDING else 0)

    def _overrides(self) -> dict[ActorId, Own]:
        """The timeouts of tracked states, the retention and the detector of each actor with its own settings.

        States without an own timeout have the manager's. If timeouts depend on the sizes of states, every actor has
        its own timeouts.
        """
        made: dict[tuple[int, int | None], Own] = {}
        found: dict[ActorId, Own] = {}
        for actor in map(ActorId, range(len(self._sizes))) if self._by_size else self._others:
            override, size = self._others.get(actor), self._sizes[actor] if self._by_size else None
            key = id(override), size
            if key not in made:
                made[key] = self._own(override, size)
            found[actor] = made[key]
        return found

    def _own(self, override: Override | None, size: int | None) -> Own:
        """The settings of an actor with an override, or whose timeouts depend on the size of its state, bytes."""
        if override is None:
            return Own(self._limits.at(size or 0))
        timeouts = None
        if size is not None or limits_change(override):
            timeouts = self._limits.after(override).at(size or 0)
        return Own(
            timeouts,
            None if override.retention is None else override.retention // 1000,
            None if override.detector is None else self._parameters(override.detector),
        )


def gossiped(scenario: Scenario, *, direct: bool) -> Scenario:
    """The scenario from which delays are drawn: direct Requests are not gossiped."""
    if not direct:
        return scenario
    gossip = scenario.network.gossip
    messages = tuple(kind for kind in gossip.messages if kind != "request")
    network = scenario.network.model_copy(update={"gossip": gossip.model_copy(update={"messages": messages})})
    return scenario.model_copy(update={"network": network})


UNSTEADY: Final = frozenset(("crash", "pause", "slow", "clock_step", "clock_drift"))
"""The kinds of fault that affect a process or a clock."""


def kinds_of(scenario: Scenario) -> set[str]:
    """The kinds of fault that a scenario may have."""
    return {
        kind
        for fault in scenario.faults
        for kind in (fault.random.kinds if isinstance(fault, RandomFaults) else (fault.kind,))
    }


def schedules(scenario: Scenario, sizes: Sequence[int], homes: Sequence[ExecutorId]) -> list[Schedule]:
    """The schedule of each actor's own checkpoints, µs, by the size of its state, bytes.

    An actor whose first home has no checkpoint store makes none, because it never leaves that home.
    """
    checkpoints, mode = scenario.checkpoints, scenario.stateful
    by_size = {
        size: Schedule(
            mode.checkpoint_interval,
            checkpoints.cost(mode.checkpoint_size(size)),
            checkpoints.flush,
            checkpoints.pauses,
        )
        if size <= mode.max_state_size
        else NO_CHECKPOINTS
        for size in set(sizes)
    }
    stores = scenario.having("checkpoint_store")
    return [by_size[size] if stores[home] else NO_CHECKPOINTS for size, home in zip(sizes, homes, strict=True)]
