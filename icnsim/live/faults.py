"""The faults of a worker: those of its links and of its executors, except for crashes and pauses."""

from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.scenario.faults import CheckerError, ClockStep, Crash, Fault, ManagerError, Pause
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.faults.faults import Begun, Faults, Undo


class LocalFaults(Faults):
    """The faults of the links, and those of this worker's executors that need no signal."""

    own: frozenset[ExecutorId] = frozenset()

    def _undoing(self, name: str, fault: Fault) -> Undo | None:
        return None if isinstance(fault, Crash | Pause) else super()._undoing(name, fault)

    def _affect(self, host: Executor, changed: Begun, *, begins: bool) -> None:
        if host.id in self.own:
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
