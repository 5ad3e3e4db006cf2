"""Events announced at the hook points by hand, for a part that is tested without a federation."""

from types import SimpleNamespace
from typing import Any

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.runtime import Copy, Runtime
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.time.processtime import ProcessTime


class Events:
    """An environment and its hook points. Executors are stand-ins that have a number and copies of actors."""

    def __init__(self) -> None:
        self.env = Environment()
        self.hooks = Hooks()
        self._executors: dict[int, Any] = {}

    def executor(self, number: int) -> Any:
        if number not in self._executors:
            manager = SimpleNamespace(runtime=Runtime())
            self._executors[number] = SimpleNamespace(
                id=ExecutorId(number), manager=manager, irregular=False, time=ProcessTime()
            )
        return self._executors[number]

    def starts(self, actor: int, where: int, attempt: int, now: int, copy: Copy | None = None) -> None:
        """A copy of the actor starts because of that attempt."""
        self.env._now = now
        for listener in self.hooks.copy_started:
            listener(ActorId(actor), copy or Copy(0, (0, where)), AttemptId(attempt), self.executor(where))

    def stops(self, actor: int, where: int, attempt: int, now: int, how: str = "pause") -> None:
        """A copy of the actor stops because of that attempt."""
        self.env._now = now
        for listener in self.hooks.copy_stopped:
            listener(ActorId(actor), AttemptId(attempt), how, self.executor(where))
