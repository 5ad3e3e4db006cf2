"""The log of all messages, if `record.messages` is set."""

from icnsim.protocol.messages import ExecutorId, Message
from icnsim.recording.columns import NEVER, MessageLog
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment


class MessageRecorder:
    """Writes a row for each copy of a message, with the time at which its receiver accepts it.

    Attributes
    ----------
    log : the rows.
    """

    def __init__(self, env: Environment, hooks: Hooks) -> None:
        self._env = env
        self.log = MessageLog()
        self._flying: dict[tuple[int, ExecutorId], list[int]] = {}
        hooks.message_sent.append(self._sent)
        hooks.message_received.append(self._received)
        hooks.message_lost.append(self._lost)

    def _sent(self, message: Message, to: ExecutorId) -> None:
        row = len(self.log.kind)
        self.log.add(message.kind, message.attempt, message.sender, to, self._env._now, NEVER, message.size_bytes)
        self._flying.setdefault((id(message), to), []).append(row)  # copies differ only in their arrivals

    def _received(self, message: Message, executor: Executor) -> None:
        self.log.arrives[self._take(message, executor.id)] = self._env._now

    def _lost(self, message: Message, to: ExecutorId) -> None:
        self._take(message, to)

    def _take(self, message: Message, to: ExecutorId) -> int:
        key = (id(message), to)
        rows = self._flying[key]
        row = rows.pop(0)
        if not rows:
            del self._flying[key]
        return row
