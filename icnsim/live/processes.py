"""The processes of the workers: they are forked from a server that has icnsim in memory, killed and reaped."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Final

from icnsim.errors import EngineError
from icnsim.live.worker import Assignment, main
from icnsim.scenario import Scenario

INTERRUPTS: Final = (signal.SIGINT, signal.SIGHUP)
PATIENCE_S: Final = 5.0
"""The longest wait for the end of a killed process, s."""


class Processes:
    """The processes of one run."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["icnsim.live.worker"])
        self._started: list[BaseProcess] = []

    def start(self, given: Assignment) -> BaseProcess:
        """Start a worker.

        Raises
        ------
        EngineError : the machine cannot start another process.
        """
        process = self._context.Process(target=main, args=(self._scenario, given), daemon=True)
        try:
            with _hidden_script(), _without_interrupts():
                process.start()
        except (OSError, EOFError) as error:
            reason = str(error) or "the system cannot fork (see ulimit -u)"  # an EOFError: the server has failed
            raise EngineError(
                f"worker {len(self._started)} cannot be started: {reason}; use fewer --processes"
            ) from None
        self._started.append(process)
        return process

    def kill(self, process: BaseProcess) -> None:
        """Kill a process with SIGKILL, also while it is stopped, and reap it."""
        _signal(process, signal.SIGKILL)
        process.join(PATIENCE_S)

    def stop(self, process: BaseProcess) -> None:
        """Stop a process with SIGSTOP."""
        _signal(process, signal.SIGSTOP)

    def proceed(self, process: BaseProcess) -> None:
        """Let a stopped process continue with SIGCONT."""
        _signal(process, signal.SIGCONT)

    def end(self) -> None:
        """Kill and reap all processes."""
        for process in self._started:
            _signal(process, signal.SIGKILL)
        for process in self._started:
            process.join(PATIENCE_S)

    @property
    def pids(self) -> list[int]:
        """The numbers of all processes of the run so far."""
        return [process.pid for process in self._started if process.pid is not None]


@contextmanager
def _hidden_script() -> Iterator[None]:
    """Hide the script of the caller from multiprocessing, which would run it again in each worker.

    A worker needs nothing of the script. A script that calls `run_live` without the guard ``if __name__ ==
    "__main__":`` would begin another live run in each worker, and a script from stdin has no file to run.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Block Ctrl-C and the end of the terminal in the processes that are started in this context.

    These signals go to all processes of a terminal. The supervisor ends its workers. A worker that ended by itself
    would be a failure of the run.
    """
    resource_tracker.ensure_running()  # its start would unblock the signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _signal(process: BaseProcess, number: signal.Signals) -> None:
    if process.pid is not None and process.is_alive():
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
