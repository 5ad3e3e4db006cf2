"""A port that records the requests of a manager, and the messages and managers of the tests."""

from dataclasses import replace
from typing import Any

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.detectors.heartbeats import Heard
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.profile import PROFILES, Switches
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import ACTIVE, TERMINAL, Event, State
from icnsim.protocol.watch import Settings

ACTOR, ME, OTHER, THIRD = ActorId(7), ExecutorId(0), ExecutorId(1), ExecutorId(2)
FIRST, SECOND = AttemptId(3), AttemptId(4)
TIMEOUT, RETENTION, LIFETIME = 60_000, 300_000, 100_000


class Notes:
    """The requests of a manager in order, in one list for each kind."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.started: list[tuple[str, Any]] = []
        self.moves: list[tuple[State, Event]] = []
        self.entries: list[State] = []
        self.not_fitting: list[tuple[State, Event]] = []
        self.hazards: list[int] = []
        self.running: list[tuple[str, AttemptId]] = []
        self.reminders: list[int] = []
        self.watched: list[tuple[MigrationRecord, int]] = []
        self.heartbeats: dict[ExecutorId, Heard] = {}
        self.gone: list[tuple[str, MigrationRecord]] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def evaluate(self, request: Message) -> None:
        self.started.append(("evaluate", request))

    def checkpoint(self, record: MigrationRecord) -> None:
        self.started.append(("checkpoint", record))

    def restore(self, record: MigrationRecord) -> None:
        self.started.append(("restore", record))

    def copy(self, record: MigrationRecord) -> None:
        raise AssertionError("none of these managers copies a memory while its actor runs")

    def removed(self, record: MigrationRecord) -> None:
        assert record.state in TERMINAL, "a record is removed before its state is reset"
        self.gone.append(("removed", record))

    def replaced(self, record: MigrationRecord) -> None:
        self.gone.append(("replaced", record))

    def forgotten(self, record: MigrationRecord) -> None:
        self.gone.append(("forgotten", record))

    def ignored(self, state: State, event: Event, attempt: int) -> None:
        self.not_fitting.append((state, event))

    def moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId) -> None:
        self.moves.append((before, event))
        if record.state is not before:
            self.entries.append(record.state)

    def watch(self, record: MigrationRecord, deadline: int, detector: Detector) -> None:
        self.watched.append((record, deadline))

    def heard(self, peer: ExecutorId) -> Heard | None:
        return self.heartbeats.get(peer)

    def remind(self, record: MigrationRecord, delay_ms: int) -> None:
        self.reminders.append(delay_ms)

    def runs(self, actor: ActorId, copy: Copy, attempt: AttemptId) -> None:
        self.running.append(("runs", attempt))

    def stopped(self, actor: ActorId, attempt: AttemptId, how: str) -> None:
        self.running.append((how, attempt))

    def hazard(self, number: int, actor: ActorId, attempt: AttemptId) -> None:
        self.hazards.append(number)

    @property
    def kinds(self) -> list[Kind]:
        return [message.kind for message in self.sent]

    @property
    def departures(self) -> list[str]:
        return [how for how, _ in self.gone]

    @property
    def stages(self) -> list[str]:
        return [name for name, _ in self.started]


class Executor:
    """A manager with its notes; the actor lives there if `home`."""

    def __init__(
        self, switches: Switches, *, home: bool = True, tracked: tuple[State, ...] = ACTIVE, votes: bool = False
    ) -> None:
        self.notes = Notes()
        settings = Settings(dict.fromkeys(tracked, TIMEOUT), RETENTION, message_lifetime=LIFETIME)
        self.manager = MigrationManager(ME, self.notes, settings, switches, votes=votes)
        if home:
            self.manager.runtime.settle(ACTOR, (0, ME))

    @property
    def record(self) -> MigrationRecord | None:
        return self.manager.active.get(ACTOR) or self.manager.ended.get(ACTOR)

    @property
    def state(self) -> State:
        return State.IDLE if self.record is None else self.record.state

    @property
    def runs(self) -> bool:
        copy = self.manager.runtime.copies.get(ACTOR)
        return copy is not None and copy.running

    def receive(self, kind: Kind, now: int = 0, **other: Any) -> None:
        self.manager.receive(arriving(kind, **other), now)

    def ask(self, now: int = 0, *, attempt: AttemptId = FIRST, target: ExecutorId = OTHER) -> None:
        assert self.manager.initiate(ACTOR, target, attempt, 10, now)

    def pause(self, now: int = 0) -> MigrationRecord:
        """Continue to Checkpointing."""
        self.ask(now)
        self.receive(Kind.ACCEPT, now, epoch=1)
        record = self.record
        assert record is not None
        return record

    def hand_over(self, now: int = 0) -> MigrationRecord:
        """Continue to Transferring."""
        record = self.pause(now)
        self.manager.checkpointed(record, now)
        return record

    def admit(self, now: int = 0, *, attempt: AttemptId = FIRST, epoch: int = 1) -> MigrationRecord:
        """Admit an actor as its target."""
        self.manager.evaluated(arriving(Kind.REQUEST, attempt=attempt, epoch=epoch), None, now)
        record = self.record
        assert record is not None
        return record


def arriving(kind: Kind, **other: Any) -> Message:
    """A message of the other executor to this one, about the first attempt."""
    given = {"actor": ACTOR, "attempt": FIRST, "sender": OTHER, "receiver": ME, "size_bytes": 10} | other
    given.setdefault("signer", given["sender"])
    if kind is Kind.COMPLETE:
        given = {"sequence": 1, "epoch": 1, "content": (1, OTHER)} | given
    return Message(kind, **given)


def switches(profile: str = "hardened", **turned: bool) -> Switches:
    """A profile's switches, some of them changed."""
    return replace(PROFILES[profile], **turned)
