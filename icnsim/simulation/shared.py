"""What all hosts of a federation share, and who is told what becomes of migrations and actors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, SwitchedMessage
from icnsim.protocol.record import SwitchedRecord
from icnsim.recording.columns import Recorder
from icnsim.simulation.copies import Copies
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import Environment
from icnsim.simulation.links import Links
from icnsim.simulation.memories import Memories
from icnsim.simulation.monitor import Monitor
from icnsim.simulation.recordbook import RecordBook
from icnsim.simulation.work import Work

if TYPE_CHECKING:
    from icnsim.simulation.host import Host


class Listener(Protocol):
    """Who is told what becomes of migrations and of actors."""

    def source_ended(self, record: SwitchedRecord, host: "Host", /) -> None:
        """The source's record has failed or is complete."""

    def source_forgotten(self, record: SwitchedRecord, /) -> None:
        """A restart or another record has taken the source's record away while it was active."""

    def started(self, actor: ActorId, host: "Host", /, *, anew: bool) -> None:
        """A copy runs, from a checkpoint if `anew`, or goes on."""

    def crashed(self, host: "Host", /, *, disk_survives: bool) -> None:
        """Its process has ended."""

    def restarted(self, host: "Host", /) -> None:
        """Its process is back, and has dealt with what it remembers."""

    def went_on(self, host: "Host", /) -> None:
        """Its process goes on after a stall."""

    def paused(self, actor: ActorId, host: "Host", attempt: AttemptId, /) -> None:
        """A copy is paused for an attempt."""

    def voting(self, message: SwitchedMessage, host: "Host", /) -> None:
        """What belongs to no attempt has come: of a quorum, or of a task."""


@dataclass(slots=True)
class Shared:
    """What all hosts of a federation share."""

    env: Environment
    network: Links
    recorder: Recorder
    directory: Directory
    copies: Copies
    work: Work
    memories: Memories | None
    monitor: Monitor
    book: RecordBook
    draws: Callable[[], Streams]
    attempts: Callable[[int], tuple[int, int]]
    listener: Listener
