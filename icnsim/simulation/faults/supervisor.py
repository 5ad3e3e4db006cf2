"""The parameters of a scenario as the running parts need them: managers' settings, actors' checkpoints, gossip."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from icnsim.protocol.checkpoint import NO_CHECKPOINTS, Schedule
from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.records import Settings
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.faults import RandomFaults
from icnsim.scenario.schema import Adjustment, OtherTimeouts, Override

Timeouts = Mapping[State, int]
"""The timeouts of the tracked states, ms."""


class Supervisor:
    """Gives the managers their settings at the start and when they change.

    Attributes
    ----------
    settings : the settings in force.
    """

    def __init__(self, scenario: Scenario) -> None:
        manager, protocol = scenario.manager, scenario.protocol
        names = scenario.actor_names if manager.overrides else []
        self._others = {
            ActorId(actor): override
            for override in manager.overrides
            for actor, name in enumerate(names)
            if fnmatchcase(name, override.actors)
        }
        timeouts = manager.timeouts_ms
        self.settings = Settings(
            timeouts, manager.retention // 1000, protocol.retransmit_after // 1000, protocol.message_lifetime // 1000,
            self._overrides(timeouts),
        )  # fmt: skip

    def adjust(self, adjustment: Adjustment) -> Settings:
        """The settings after an adjustment; overrides of actors stay."""
        timeouts = changed(self.settings.timeouts, adjustment.timeout)
        retention = self.settings.retention if adjustment.retention is None else adjustment.retention // 1000
        self.settings = self.settings._replace(
            timeouts=timeouts, retention=retention, overrides=self._overrides(timeouts)
        )
        return self.settings

    def _overrides(self, timeouts: Timeouts) -> dict[ActorId, tuple[Timeouts | None, int | None]]:
        """For each actor with overrides its own timeouts and retention.

        States without one have the manager's timeout.
        """

        def of(override: Override) -> tuple[Timeouts | None, int | None]:
            own = None if override.timeout is None else changed(timeouts, override.timeout)
            return own, None if override.retention is None else override.retention // 1000

        made = {id(override): of(override) for override in self._others.values()}
        return {actor: made[id(override)] for actor, override in self._others.items()}


def changed(timeouts: Timeouts, to: int | OtherTimeouts | None) -> dict[State, int]:
    """The timeouts after a change, µs: one for all states, or some by state."""
    if to is None:
        return dict(timeouts)
    if isinstance(to, int):
        return dict.fromkeys(timeouts, to // 1000)
    given = {state: getattr(to, state.label) for state in timeouts}
    return {state: usual if given[state] is None else given[state] // 1000 for state, usual in timeouts.items()}


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
    """When each actor makes checkpoints of itself, µs, by the size of its state, bytes.

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
