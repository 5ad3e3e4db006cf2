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
from icnsim.protocol.detectors.heartbeats import Rule
from icnsim.protocol.detectors.kinds import detector_of
from icnsim.protocol.detectors.learning import WAITING
from icnsim.protocol.detectors.suspicions import Question, Suspicions
from icnsim.protocol.messages import ActorId, Message
from icnsim.protocol.port import Port
from icnsim.protocol.record import NO_DEADLINE, MigrationRecord, Role
from icnsim.protocol.states import Event, State

Timeouts = Mapping[State, int]
"""The tracked states, each with its timeout, ms."""


class Own(NamedTuple):
    """The settings of an actor that differ from the manager's; None means the manager's own."""

    timeouts: Timeouts | None = None
    retention: int | None = None
    detector: Parameters | None = None


class Settings(NamedTuple):
    """A manager's parameters, in ms.

    `timeouts` has the tracked states, `overrides` the settings that differ for some actors, and `others` the
    detectors that the overrides name.
    """

    timeouts: Timeouts
    retention: int
    retransmit_after: int = 5_000
    message_lifetime: int = 60_000
    overrides: Mapping[ActorId, Own] = {}
    detector: Parameters = Parameters()
    others: tuple[Parameters, ...] = ()


NO_OVERRIDE: Final = Own()
SOURCE: Final = Role.SOURCE

ANSWERED: Final[Mapping[Event, State]] = {
    Event.ACCEPT: State.REQUESTING,
    Event.REJECT: State.REQUESTING,
    Event.ACK: State.TRANSFERRING,
    Event.CANCELLED: State.TRANSFERRING,
}
"""The state in which a source waits for each answer. A target that refuses the final checkpoint sends Cancelled."""


class Watch:
    """The settings and the detectors of one executor's manager.

    Attributes
    ----------
    active : the active records by actor.
    detector : of the actors without a detector of their own.
    watches : whether some detector gives records deadlines. polls : whether some detector scans them.
    learns : whether some detector learns from answers.
    ahead_ms : how far the clock that gives the handlers their time is ahead of the monotonic clock; the driver sets it.
    """

    __slots__ = (
        "_detectors", "_port", "_suspicions", "active", "ahead_ms", "detector", "learns", "polls", "retention",
        "settings", "timeouts", "watches",
    )  # fmt: skip

    def __init__(self, port: Port, settings: Settings) -> None:
        self._port = port
        self.active: dict[ActorId, MigrationRecord] = {}
        self.ahead_ms = 0
        self._detectors: dict[Parameters, Detector] = {}
        self._suspicions = Suspicions()
        self._use(settings)

    def _use(self, settings: Settings) -> None:
        self.settings = settings
        self.timeouts, self.retention = settings.timeouts, settings.retention
        named = (settings.detector, *settings.others)
        self._detectors |= {each: detector_of(each) for each in named if each not in self._detectors}
        self.detector = self._detectors[settings.detector]
        polling = [self._detectors[each].polls for each in named]
        self.polls, self.watches = any(polling), not all(polling)
        self.learns = any(self._detectors[each].learns for each in named)

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

    @property
    def samples(self) -> int:
        """The number of answers that the detectors have learned from."""
        return sum(detector.samples for detector in self._detectors.values())

    @property
    def numbers(self) -> int:
        """The most values that are kept by the detectors and for late answers."""
        return self._suspicions.numbers + sum(detector.numbers for detector in self._detectors.values())

    def timeouts_of(self, actor: ActorId) -> Timeouts:
        """The tracked states of the actor's records, each with its timeout, ms."""
        overrides = self.settings.overrides
        if overrides and (own := overrides.get(actor)) is not None and own.timeouts is not None:
            return own.timeouts
        return self.timeouts

    def retention_of(self, actor: ActorId) -> int:
        """The time for which an ended record of the actor is kept, ms."""
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
        due = detector.deadline(record, timeout, now)
        record.allowed = due - 1 - record.since
        deadline = record.limit = max(now, due) - self.ahead_ms
        if detector.rule is not None:
            # At the earliest at the next ms: a peer that is suspected already is still asked.
            deadline = min(deadline, max(now - self.ahead_ms + 1, self._suspected_from(record, detector.rule)))
            record.allowed -= record.limit - deadline
        self._await(record, deadline, detector)

    def _await(self, record: MigrationRecord, deadline: int, detector: Detector) -> None:
        """The record waits until that reading of the monotonic clock."""
        record.deadline = deadline
        detector.hold(record)
        self._port.watch(record, deadline, detector)

    def _goes_on(self, record: MigrationRecord, now: int) -> bool:
        """Whether a record whose deadline has come waits on, because newer heartbeats of its peer have arrived."""
        detector = self.detector_of(record.actor)
        if detector.rule is None:
            return False
        deadline = min(record.limit, self._suspected_from(record, detector.rule))
        if deadline <= now - self.ahead_ms:
            return False
        record.allowed += deadline - record.deadline
        self._await(record, deadline, detector)
        return True

    def _suspected_from(self, record: MigrationRecord, rule: Rule) -> int:
        """The reading of the monotonic clock at which the peer that a record waits for is suspected.

        This is the limit of the record if it waits for no answer, or if the heartbeats do not suffice yet. A source
        that asks for the target's promise waits for the limit, too: it has suspected its target already.
        """
        if record.role is not SOURCE or record.state not in WAITING or record.doubtful:
            return record.limit
        heard = self._port.heard(record.peer)
        suspected = None if heard is None else rule.suspected_from(heard)
        return record.limit if suspected is None else suspected

    def _ask(self, record: MigrationRecord, now: int) -> None:
        """The record has come from another state: note when it asked its peer, if it did."""
        asks = record.role is SOURCE and record.state in WAITING
        record.asked = now - self.ahead_ms if asks else None

    def _learn(self, answer: Message, event: Event, now: int) -> None:
        """An answer has arrived: pass the time since its question to the detector.

        In time, an answer to a message that was sent more than once is not used, because it may be the answer to either
        copy (Karn's rule). After the suspicion it is used. The timeout was shorter than the whole wait, and would stay
        so if all answers that reveal it were left out.
        """
        state, actor, attempt, peer = ANSWERED[event], answer.actor, answer.attempt, answer.signer
        reading = now - self.ahead_ms
        record = self.active.get(actor)
        if record is not None and record.attempt == attempt and record.state is state and record.asked is not None:
            if record.peer != peer:
                return
            elapsed, record.asked = reading - record.asked, None
            if record.reminders > 1:
                return
        else:
            late = self._suspicions.answered(attempt, state, peer, reading, self.retention)
            if late is None:
                return
            # The target of a hand-over in doubt has cancelled it. The wait was longer by an unknown time.
            fixed = self.timeouts_of(actor).get(state, late)
            elapsed = min(late, fixed) if event is Event.CANCELLED else late
        self.detector_of(actor).answered(state, peer, elapsed)

    def _suspect(self, record: MigrationRecord, now: int) -> None:
        """A record has reached its deadline."""
        detector = self.detector_of(record.actor)
        if detector.learns and record.asked is not None:
            question = Question(record.peer, record.asked, now - self.ahead_ms)
            self._suspicions.add(record.attempt, record.state, question, self.retention)
        record.asked = None
        detector.suspected(record, now)

    def _forget(self) -> None:
        """A crash: what was learned is lost, and no answer to an earlier question is recognized."""
        for detector in self._detectors.values():
            detector.forget()
        self._suspicions.forget()
