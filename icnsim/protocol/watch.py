"""The watch over the active records of one executor: the settings in force, and the detectors that they name.

A record that enters a state is watched from then on (`_watch`). With `Poll` the manager's ticks find it. Any other
detector gives it a deadline, and the port calls the manager then. `record.deadline` names the timer that counts: a
timer whose deadline is not that of its record any more has no effect.

Deadlines are readings of the executor's monotonic clock. The handlers are called with the time of a clock that may be
set: the driver keeps the difference in `ahead_ms`.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from icnsim.protocol.detectors.detector import Detector, Parameters
from icnsim.protocol.detectors.kinds import detector_of
from icnsim.protocol.messages import ActorId
from icnsim.protocol.port import Port
from icnsim.protocol.record import NO_DEADLINE, MigrationRecord
from icnsim.protocol.states import State

Timeouts = Mapping[State, int]
"""The tracked states, each with its timeout, ms."""


class Own(NamedTuple):
    """The settings of an actor that differ from the manager's; None means the manager's own."""

    timeouts: Timeouts | None = None
    retention: int | None = None
    detector: Parameters | None = None


class Settings(NamedTuple):
    """A manager's parameters, in ms.

    `timeouts` has the tracked states, `overrides` what differs for some actors, and `others` the detectors that the
    overrides name.
    """

    timeouts: Timeouts
    retention: int
    retransmit_after: int = 5_000
    message_lifetime: int = 60_000
    overrides: Mapping[ActorId, Own] = {}
    detector: Parameters = Parameters()
    others: tuple[Parameters, ...] = ()


NO_OVERRIDE: Final = Own()


class Watch:
    """The settings and the detectors of one executor's manager.

    Attributes
    ----------
    active : the active records by actor.
    detector : of the actors without a detector of their own.
    watches : whether some detector gives records deadlines. polls : whether some detector scans them.
    ahead_ms : how far the clock that gives the handlers their time is ahead of the monotonic clock; the driver sets it.
    """

    __slots__ = (
        "_detectors", "_port", "active", "ahead_ms", "detector", "polls", "retention", "settings", "timeouts",
        "watches",
    )  # fmt: skip

    def __init__(self, port: Port, settings: Settings) -> None:
        self._port = port
        self.active: dict[ActorId, MigrationRecord] = {}
        self.ahead_ms = 0
        self._detectors: dict[Parameters, Detector] = {}
        self._use(settings)

    def _use(self, settings: Settings) -> None:
        self.settings = settings
        self.timeouts, self.retention = settings.timeouts, settings.retention
        named = (settings.detector, *settings.others)
        self._detectors |= {each: detector_of(each) for each in named if each not in self._detectors}
        self.detector = self._detectors[settings.detector]
        polling = [self._detectors[each].polls for each in named]
        self.polls, self.watches = any(polling), not all(polling)

    def adjust(self, settings: Settings, now: int) -> None:
        """Use other parameters from now on, for the existing records too.

        An existing record gets a new deadline, which is not before now. A detector that was in use before keeps what it
        has learned.
        """
        changed = settings._replace(retention=self.settings.retention) != self.settings
        if changed and self.watches:
            for record in self.active.values():
                self.detector_of(record.actor).release(record)
                record.deadline = NO_DEADLINE
        self._use(settings)
        if changed and self.watches:
            for record in list(self.active.values()):
                self._watch(record, now)

    def timeouts_of(self, actor: ActorId) -> Timeouts:
        """The tracked states of the actor's records, each with its timeout, ms."""
        overrides = self.settings.overrides
        if overrides and (own := overrides.get(actor)) is not None and own.timeouts is not None:
            return own.timeouts
        return self.timeouts

    def retention_of(self, actor: ActorId) -> int:
        """How long an ended record of the actor is kept, ms."""
        own = self.settings.overrides.get(actor, NO_OVERRIDE).retention
        return self.retention if own is None else own

    def detector_of(self, actor: ActorId) -> Detector:
        """The detector of the actor's records."""
        own = self.settings.overrides.get(actor, NO_OVERRIDE).detector
        return self.detector if own is None else self._detectors[own]

    def _watch(self, record: MigrationRecord, now: int) -> None:
        """The record is in a state, or has other settings, from now on: it waits until its new deadline, if any."""
        detector = self.detector_of(record.actor)
        if record.deadline != NO_DEADLINE:
            detector.release(record)
            record.deadline = NO_DEADLINE
        timeout = self.timeouts_of(record.actor).get(record.state)
        if timeout is None or detector.polls:
            return
        deadline = max(now, detector.deadline(record, timeout, now)) - self.ahead_ms
        record.deadline = deadline
        detector.hold(record)
        self._port.watch(record, deadline, detector)
