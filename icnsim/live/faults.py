"""The faults of a live run: a worker has those of its links and of its executors, except for crashes and pauses.

A forger overhears Requests of every source. So each worker has the forgers of all executors for the Requests that its
own executors send, and the copy of a Request travels over the socket to the forger's process.
"""

from collections.abc import Callable

from icnsim.protocol.messages import ExecutorId, Message
from icnsim.protocol.record import MigrationRecord
from icnsim.scenario.faults import CheckerError, ClockStep, Crash, Fault, Forge, ManagerError, Pause
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.faults.faults import Begun, Faults, Undo
from icnsim.simulation.faults.forgers import Forgers, Overheard


class RemoteForgers(Forgers):
    """The forgers of all executors, which overhear the Requests of this worker.

    Attributes
    ----------
    transmit : writes a Request to the socket of a forger's process.
    """

    transmit: Callable[[ExecutorId, Message], None]

    def deliver(self, overheard: Overheard, _: int) -> None:
        """Write a Request to the socket of the forger's process."""
        host, request = overheard
        self.transmit(host.id, request)

    def arrived(self, host: Executor, request: Message) -> None:
        """Accept a Request that has arrived at a forger of this worker."""
        super().deliver((host, request), 0)


class LocalFaults(Faults):
    """The faults of the links and those of this worker's executors that need no signal, and all forgers."""

    forgers_type = RemoteForgers
    forgers: RemoteForgers
    own: frozenset[ExecutorId] = frozenset()

    def _undoing(self, name: str, fault: Fault) -> Undo | None:
        return None if isinstance(fault, Crash | Pause) else super()._undoing(name, fault)

    def _affect(self, host: Executor, changed: Begun, *, begins: bool) -> None:
        if host.id in self.own or isinstance(changed.fault, Forge):
            super()._affect(host, changed, begins=begins)

    def _happen(self, host: Executor, fault: ClockStep | ManagerError | CheckerError) -> None:
        if host.id in self.own:
            super()._happen(host, fault)

    def _damage(self, host: Executor, begun: Begun, record: MigrationRecord) -> str | None:
        flaw = super()._damage(host, begun, record)
        if flaw is not None:
            for listener in self._hooks.fault_took_effect:
                listener(begun.fault.kind)
        return flaw


class MirroredFaults(Faults):
    """The faults of the supervisor: it makes crashes and pauses, and its mirrors follow the others."""

    def _affect(self, host: Executor, changed: Begun, *, begins: bool) -> None:
        if not isinstance(changed.fault, Forge):
            super()._affect(host, changed, begins=begins)
