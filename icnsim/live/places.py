"""The places of a live run: each has some executors, the process that hosts them, and the one that will replace it."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Final

from icnsim.live.connection import Connection
from icnsim.protocol.messages import ExecutorId

ENDING_S: Final = 1.0
"""The longest wait for the end of a process whose connection has ended, s."""


@dataclass(slots=True)
class Place:
    """The process that hosts some executors, and the one that will replace it.

    Attributes
    ----------
    own : its executors. process, connection, port : of the worker that runs; None while none runs.
    replacement : the process that waits to restart; None without one. waiting : its number in the run.
    standby : its connection and port when it is ready.
    restarts : the number of restarts that no process waits for yet.
    dying : what to do when the killed process has ended. wanted : whether it must restart as soon as it can.
    done : whether the worker has ended its part of the run.
    """

    own: tuple[ExecutorId, ...]
    process: BaseProcess | None = None
    connection: Connection | None = None
    port: int = 0
    standby: tuple[Connection, int] | None = None
    replacement: BaseProcess | None = None
    waiting: int = -1
    restarts: int = 0
    dying: Callable[[], None] | None = None
    wanted: bool = False
    done: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether its processes have connected."""
        return self.connection is not None and (self.replacement is None or self.standby is not None)

    def replace(self) -> None:
        """Let the process that waits take the place of the killed one."""
        assert self.standby is not None
        self.connection, self.port = self.standby
        self.process, self.replacement, self.standby, self.wanted = self.replacement, None, None, False
        self.waiting = -1


def end_of(process: BaseProcess | None) -> str:
    """Describe the end of a worker that no fault has killed."""
    if process is not None:
        process.join(ENDING_S)
    code = None if process is None else process.exitcode
    if code is None or code >= 0:
        return "a worker has ended unexpectedly; its output has the reason"
    name = signal.Signals(-code).name
    return f"a worker was ended by {name} from outside of the run; if the kernel did it, the memory is short"
