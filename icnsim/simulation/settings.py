"""What a scenario says, as what acts wants it: managers' settings, actors' checkpoints, what is gossiped."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from icnsim.protocol.checkpoint import NO_CHECKPOINTS, Schedule
from icnsim.protocol.keeper import Settings
from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.faults import Crash, RandomFaults
from icnsim.scenario.schema import Adjustment, OtherTimeouts, Override

Timeouts = Mapping[State, int]
"""Of the tracked states, ms."""


class Supervisor:
    """Gives the managers their settings, at the start and when they change.

    Attributes
    ----------
    settings : those that hold now.
    """

    def __init__(self, scenario: Scenario) -> None:
        manager, protocol = scenario.manager, scenario.protocol
        self._others = {
            ActorId(actor): override
            for override in manager.overrides
            for actor in range(scenario.actors.count)
            if fnmatchcase(f"actor-{actor}", override.actors)
        }
        timeouts = manager.timeouts_ms
        self.settings = Settings(
            timeouts, manager.retention // 1000, protocol.retransmit_after // 1000, protocol.message_lifetime // 1000,
            self._overrides(timeouts),
        )  # fmt: skip

    def adjust(self, adjustment: Adjustment) -> Settings:
        """The settings from now on; what an actor has of its own it keeps."""
        timeouts = changed(self.settings.timeouts, adjustment.timeout)
        retention = self.settings.retention if adjustment.retention is None else adjustment.retention // 1000
        self.settings = self.settings._replace(
            timeouts=timeouts, retention=retention, overrides=self._overrides(timeouts)
        )
        return self.settings

    def _overrides(self, timeouts: Timeouts) -> dict[ActorId, tuple[Timeouts | None, int | None]]:
        """For each actor that has others its own, the manager's where it has none for a state."""

        def of(override: Override) -> tuple[Timeouts | None, int | None]:
            own = None if override.timeout is None else changed(timeouts, override.timeout)
            return own, None if override.retention is None else override.retention // 1000

        made = {id(override): of(override) for override in self._others.values()}
        return {actor: made[id(override)] for actor, override in self._others.items()}


def changed(timeouts: Timeouts, to: int | OtherTimeouts | None) -> dict[State, int]:
    """The timeouts with others in their place, µs: one for all, or some by state."""
    if to is None:
        return dict(timeouts)
    if isinstance(to, int):
        return dict.fromkeys(timeouts, to // 1000)
    given = {state: getattr(to, state.label) for state in timeouts}
    return {state: usual if given[state] is None else given[state] // 1000 for state, usual in timeouts.items()}


def gossiped(scenario: Scenario, *, direct: bool) -> Scenario:
    """The scenario whose delays are drawn: with direct requests these are not gossiped."""
    if not direct:
        return scenario
    gossip = scenario.network.gossip
    messages = tuple(kind for kind in gossip.messages if kind != "request")
    network = scenario.network.model_copy(update={"gossip": gossip.model_copy(update={"messages": messages})})
    return scenario.model_copy(update={"network": network})


def may_crash(scenario: Scenario) -> bool:
    """Whether an executor may crash."""
    return any(
        "crash" in fault.random.kinds if isinstance(fault, RandomFaults) else isinstance(fault, Crash)
        for fault in scenario.faults
    )


def schedules(scenario: Scenario, sizes: Sequence[int], homes: Sequence[ExecutorId]) -> list[Schedule]:
    """When each actor makes checkpoints of itself, µs, by the sizes of their states, bytes.

    None where its first home has no store, for there it stays.
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
