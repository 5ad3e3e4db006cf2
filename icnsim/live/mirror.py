"""The supervisor's image of an executor: the workload, the faults and the observers see it as an executor.

A mirror does nothing by itself. It passes the requests of the workload and of the faults to its process, as commands or
signals, and its state changes when its process reports the change. Only a crash changes it without a report, because a
killed process reports nothing: a mirror then loses what the simulation's process loses.
"""

from typing import Protocol

from icnsim.live.image import Image
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.watch import Settings
from icnsim.simulation.executors.executor import Executor


class Control(Protocol):
    """Commands and signals to the processes."""

    def begin(self, attempt: AttemptId, actor: ActorId, source: ExecutorId, target: ExecutorId, size: int) -> None:
        """Let a source begin an attempt."""

    def vote(self, number: AttemptId, actor: ActorId, source: ExecutorId, target: ExecutorId) -> None:
        """Let a source put a migration to the vote."""

    def kill(self, executor: ExecutorId, *, disk_survives: bool, returns: bool) -> None:
        """Kill the process of an executor; it calls `Mirror.died` when the process has ended."""

    def lose(self, executor: ExecutorId) -> None:
        """Lose the disk of an executor whose process has been killed."""

    def revive(self, executor: ExecutorId) -> None:
        """Start the process of an executor again."""

    def pause(self, executor: ExecutorId) -> None:
        """Stop the process of an executor."""

    def proceed(self, executor: ExecutorId) -> None:
        """Let the process of an executor continue."""


class Mirror(Executor):
    """An executor in another process.

    Attributes
    ----------
    control : commands its process. image : follows its manager.
    stages : for each actor the stages that its process has begun and not ended.
    """

    __slots__ = ("control", "image", "stages")

    control: Control

    def attach(self, control: Control) -> None:
        """Use a control from now on."""
        self.control = control
        self.image = Image(self.manager)
        self.stages: dict[ActorId, int] = {}

    # Asked by the faults

    def crash(self, *, disk_survives: bool, returns: bool) -> None:
        """Kill the process."""
        self.control.kill(self.id, disk_survives=disk_survives, returns=returns)

    def lose(self, *, disk_survives: bool, returns: bool) -> None:
        """Handle another crash while the process is down."""
        if not disk_survives:
            self.control.lose(self.id)
        super().lose(disk_survives=disk_survives, returns=returns)

    def restart(self) -> None:
        """Start the process again."""
        self.control.revive(self.id)

    def stall(self) -> None:
        """Stop the process."""
        self.control.pause(self.id)

    def resume(self) -> None:
        """Let the process continue."""
        self.control.proceed(self.id)

    def step(self, by: int) -> None:
        """Set the wall clock forward; the process does so, too, and reports the hazards."""
        self.clock.offset += by
        self._clock_changed()

    # Reported by the process

    def died(self, *, disk_survives: bool, returns: bool) -> None:
        """The process has ended: lose what the simulation's process loses."""
        super().crash(disk_survives=disk_survives, returns=returns)
        if not self.manager.active and not self.manager.ended:
            self.image.records.clear()
        stages, self.stages = self.stages, {}
        for actor, count in stages.items():
            for _ in range(count):
                self._over(actor)

    def restarting(self) -> None:
        """The process runs again and is about to recover."""
        self.up = True
        self._changed()
        for listener in self._hooks.executor_restarting:
            listener(self)

    def stalled_now(self) -> None:
        """The process is about to be stopped."""
        super().stall()

    def resuming(self) -> None:
        """The process continues, and is about to handle what has waited."""
        self.stalled = False
        self._changed()


class RemoteManager(MigrationManager):
    """The manager of a mirror: it knows the records of its executor, and passes on what the workload asks."""

    __slots__ = ()

    def adjust(self, settings: Settings, now: int) -> None:
        """Use other settings from now on; the process sets the deadlines of the records."""
        self._use(settings)

    def initiate(self, actor: ActorId, target: ExecutorId, attempt: AttemptId, size_bytes: int, now: int) -> bool:
        """Let the executor begin an attempt; False if a known record of the actor blocks it."""
        if actor in self.active:
            return False
        mirror = self._port
        assert isinstance(mirror, Mirror)
        mirror.control.begin(attempt, actor, self.me, target, size_bytes)
        return True
