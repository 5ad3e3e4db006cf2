"""The migration manager's settings, and the supervisor's changes of them for some actors or at run time."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Final, Literal, NamedTuple, get_args

from pydantic import Field, Tag, WithJsonSchema

from icnsim.protocol.states import ACTIVE, State
from icnsim.scenario.detector import HEEDING, Detector, Heartbeat
from icnsim.scenario.fields import Duration, Milliseconds, Size
from icnsim.scenario.names import EVERYBODY
from icnsim.scenario.retry import OtherRetry
from icnsim.scenario.section import EITHER, MAPPING, SCALAR, Section
from icnsim.scenario.timeouts import SizedTimeout, Timeout, at_size

TrackedState = Literal["requesting", "checkpointing", "transferring", "restoring"]
_TRACKED: Final = (
    Field(max_length=4),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"enum": get_args(TrackedState)}}, {"type": "null"}]}),
)
TrackedStates = Annotated[tuple[TrackedState, ...], *_TRACKED]
"""The loader replaces null with the profile's states."""
OtherTrackedStates = Annotated[tuple[TrackedState, ...] | None, *_TRACKED]
S = 1_000_000
MINUTE = 60 * S


class TimeoutByState(Section):
    requesting: Timeout = MINUTE
    checkpointing: Timeout = MINUTE
    transferring: Timeout = MINUTE
    restoring: Timeout = MINUTE


class OtherTimeouts(Section):
    """Changes of the timeouts of some states; null leaves a state unchanged."""

    requesting: Timeout | None = None
    checkpointing: Timeout | None = None
    transferring: Timeout | None = None
    restoring: Timeout | None = None


OtherTimeout = Annotated[Annotated[OtherTimeouts, Tag(MAPPING)] | Annotated[Timeout | None, Tag(SCALAR)], EITHER]


class Costs(Section):
    """The costs of ticks, records, the structure that finds old records, timers, observations and heartbeats."""

    tick: Annotated[Duration, Field(le=60 * MINUTE)] = 10
    detect: Annotated[Duration, Field(le=60 * MINUTE)] = 10
    cleanup: Annotated[Duration, Field(le=60 * MINUTE)] = 5
    compare: Annotated[Duration, Field(le=60 * MINUTE)] = 1
    slot: Annotated[Duration, Field(le=60 * MINUTE)] = 1
    link: Annotated[Duration, Field(le=60 * MINUTE)] = 1
    timer: Annotated[Duration, Field(le=60 * MINUTE)] = 1
    sample: Annotated[Duration, Field(le=60 * MINUTE)] = 1
    heartbeat: Annotated[Duration, Field(le=60 * MINUTE)] = 5
    record: Annotated[Size, Field(le=2**30)] = 100


class Override(Section):
    """Settings of some actors that differ from the manager's own."""

    actors: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    min_state_size: Size | None = None
    timeout: OtherTimeout = None
    retention: Milliseconds | None = None
    tracked_states: OtherTrackedStates = None
    detector: Detector | None = None
    retry: OtherRetry | None = None

    @property
    def pattern(self) -> str:
        """The pattern of the names of its actors."""
        return EVERYBODY if self.actors is None else self.actors


class Adjustment(Section):
    """A change by the supervisor at run time; null leaves a key unchanged."""

    at: Duration
    check_interval: Milliseconds | None = None
    timeout: OtherTimeout = None
    retention: Milliseconds | None = None
    tracked_states: OtherTrackedStates = None
    detector: Detector | None = None
    retry: OtherRetry | None = None


class Limits(NamedTuple):
    """The timeouts of all active states, µs or by size, and the states that are tracked."""

    timeouts: Mapping[State, int | SizedTimeout]
    tracked: tuple[State, ...]

    @property
    def by_size(self) -> bool:
        """Whether the timeout of a tracked state depends on the size of the actor's state."""
        return any(isinstance(self.timeouts[state], SizedTimeout) for state in self.tracked)

    def at(self, size: int) -> dict[State, int]:
        """The timeouts of the tracked states for an actor with a state of `size` bytes, ms."""
        return {state: at_size(self.timeouts[state], size) for state in self.tracked}

    def after(self, change: Override | Adjustment) -> "Limits":
        """The limits after a change."""
        timeouts, to = self.timeouts, change.timeout
        if isinstance(to, int | SizedTimeout):
            timeouts = dict.fromkeys(ACTIVE, to)
        elif to is not None:
            given = {state: getattr(to, state.label) for state in ACTIVE}
            timeouts = {state: usual if given[state] is None else given[state] for state, usual in timeouts.items()}
        return Limits(timeouts, self.tracked if change.tracked_states is None else _states(change.tracked_states))


def limits_change(change: Override | Adjustment) -> bool:
    """Whether a change may affect the timeouts or the tracked states."""
    return change.timeout is not None or change.tracked_states is not None


def _states(names: tuple[TrackedState, ...]) -> tuple[State, ...]:
    return tuple(State[name.upper()] for name in names)


class Manager(Section):
    enabled: bool = True
    check_interval: Milliseconds = 30 * S
    timeout: Annotated[Annotated[TimeoutByState, Tag(MAPPING)] | Annotated[Timeout, Tag(SCALAR)], EITHER] = MINUTE
    retention: Milliseconds = 5 * MINUTE
    phase: Literal["random", "aligned"] = "random"
    tracked_states: TrackedStates = ("requesting",)
    detector: Detector = Detector()
    heartbeat: Heartbeat | None = None
    overrides: Annotated[tuple[Override, ...], Field(max_length=100)] = ()
    adjustments: Annotated[tuple[Adjustment, ...], Field(max_length=1000)] = ()
    structure: Literal["scan", "heap", "wheel"] = "scan"
    costs: Costs = Costs()

    @cached_property
    def limits(self) -> Limits:
        """The timeouts and tracked states at the start."""
        timeout = self.timeout
        by_state = {
            state: getattr(timeout, state.label) if isinstance(timeout, TimeoutByState) else timeout for state in ACTIVE
        }
        return Limits(by_state, _states(self.tracked_states))

    @property
    def by_size(self) -> bool:
        """Whether a timeout depends on the size of an actor's state, for some actors or at some time."""
        changes: list[Override | Adjustment] = [*self.overrides, *self.adjustments]
        return any(limits.by_size for limits in (self.limits, *(self.limits.after(change) for change in changes)))

    @property
    def learning_from_heartbeats(self) -> tuple[Detector, ...]:
        """The detectors that learn from heartbeats, of any actors at any time; empty if no executor sends any."""
        if not self.enabled or self.heartbeat is None:
            return ()
        changes: list[Override | Adjustment] = [*self.overrides, *self.adjustments]
        detectors = [self.detector, *(change.detector for change in changes)]
        return tuple(each for each in detectors if each is not None and each.kind in HEEDING)

    @property
    def ever_tracked(self) -> tuple[State, ...]:
        """The states that are tracked for some actor at some time."""
        changes: list[Override | Adjustment] = [*self.overrides, *self.adjustments]
        tracked = [self.limits, *(self.limits.after(change) for change in changes)]
        return tuple(sorted({state for limits in tracked for state in limits.tracked}))

    @property
    def detectors(self) -> dict[str, tuple[Detector, ...]]:
        """The detectors that the scenario names, for all actors or some, at some time, by kind."""
        changes: list[Override | Adjustment] = [*self.overrides, *self.adjustments]
        named = [self.detector, *(change.detector for change in changes if change.detector is not None)]
        kinds = sorted({detector.kind for detector in named})
        return {kind: tuple(detector for detector in named if detector.kind == kind) for kind in kinds}

    @property
    def wheel_ticks(self) -> tuple[int, ...]:
        """The tick intervals of the wheels of these detectors, µs, ascending."""
        return tuple(sorted({wheel.tick for wheel in self.detectors.get("wheel", ()) if wheel.tick is not None}))
