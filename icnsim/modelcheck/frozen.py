"""The state of one executor as a tuple: everything that influences its later steps."""

from typing import Final, NamedTuple

from icnsim.protocol.messages import ActorId, AttemptId, Content, ExecutorId, Kind
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State

ACTOR: Final = ActorId(0)
SIZE: Final = 1

UP, DOWN, DEAD = range(3)
EVALUATE, CHECKPOINT, RESTORE = range(3)
HELD_ACTIVE, HELD_ENDED = range(2)
CORRUPT, WELL, EMPTIED = range(3)
"""How a stage ends: a final checkpoint may be corrupt or empty, and a failed evaluation refuses."""
MOST_ALIKE: Final = 2

Stage = tuple[int, int]
"""A stage in progress, and its subject: the message that is evaluated, or one of the two records."""

FrozenRecord = tuple[AttemptId, Role, ExecutorId, State, int, int, Content, bool, bool, bool]
FrozenCopy = tuple[int, bool, AttemptId | None, bool]
FrozenMessage = tuple[ExecutorId, Kind, AttemptId, ExecutorId, ExecutorId, int, int, Content, bool, ExecutorId, bool]


class Frozen(NamedTuple):
    """The whole state of one executor."""

    up: int
    active: FrozenRecord | None
    ended: FrozenRecord | None
    copy: FrozenCopy | None
    sequence: int
    heard: int
    begun: int
    fenced: int
    seen: tuple[tuple[ActorId, ExecutorId, int], ...]
    stages: tuple[Stage, ...]
    reminder: bool
    late: tuple[AttemptId, State] | None
    unsigned: bool = False
    timer: bool = False

    @property
    def is_active(self) -> bool:
        """Whether a migration is in progress here."""
        return self.active is not None


def freeze_record(record: MigrationRecord | None) -> FrozenRecord | None:
    if record is None:
        return None
    return (
        record.attempt, record.role, record.peer, record.state, record.epoch, record.sequence,
        record.content, record.damaged, record.doubtful, record.arrived,
    )  # fmt: skip


def thaw_record(frozen: FrozenRecord) -> MigrationRecord:
    attempt, role, peer, state, epoch, sequence, content, damaged, doubtful, arrived = frozen
    record = MigrationRecord(ACTOR, attempt, role, peer, SIZE, epoch)
    record.state, record.sequence, record.content, record.damaged = state, sequence, content, damaged
    record.doubtful, record.arrived = doubtful, arrived
    return record


def at_most_twice(stages: list[Stage]) -> tuple[Stage, ...]:
    """A reminder's question can be in process any number of times; more than two have no further effect."""
    stages.sort()
    return tuple(stage for n, stage in enumerate(stages) if n < MOST_ALIKE or stage != stages[n - MOST_ALIKE])
