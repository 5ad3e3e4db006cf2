"""The engines that do runs: this process, a pool of processes, or a Dask cluster.

Each engine provides an executor of `concurrent.futures`, which is its whole interface. The
process pool is loky's: it counts the cores that this process may use (affinity and the
container's share), needs no guarded main module, so that it works in scripts and notebooks,
and reports that a worker has died.
"""

import json
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import current_process
from pathlib import Path
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from icnsim import descriptors
from icnsim.errors import EngineError
from icnsim.recording import folder
from icnsim.sweeps import work
from icnsim.version import VERSION

P = ParamSpec("P")
R = TypeVar("R")

AHEAD: Final = 2
"""The number of submitted runs for each worker, so that no worker waits for its next one."""
ANSWERS_S: Final = 10.0
"""Seconds in which a scheduler must answer and have a worker."""
PATIENCE_S: Final = 60.0
"""Seconds for which a cluster may be without any worker."""
LOGGERS: Final = ("distributed", "distributed.client", "tornado.application")
"""The loggers in which Dask reports lost connections with tracebacks; users get an EngineError instead."""
SAFE_PATH: Final = "PYTHONSAFEPATH"
"""The option that keeps a new Python from importing modules from the current folder first."""
SCHEDULER_FILE_BYTES: Final = 64 * 2**10
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that end a command, which ends its workers."""
LOOKS_S: Final = 2.0
"""The shortest time between two requests for a cluster's workers, s."""


class Engine(Protocol):
    """The interface of an engine.

    Attributes
    ----------
    slots : the number of runs that should be submitted at once.
    """

    @property
    def slots(self) -> int: ...

    @property
    def workers(self) -> int: ...

    def open(self, *, alone: bool = False) -> Executor:
        """A new executor, of one process if `alone`; a second call replaces a broken one."""
        ...

    def check(self) -> None:
        """Raise EngineError if no worker is left; called while no run ends."""
        ...

    def close(self, *, at_once: bool) -> None:
        """Release the processes: stop the current runs if `at_once`, else wait for them."""
        ...


def usable_cores() -> int:
    """The number of cores that this process may use, by its affinity and its container's share."""
    from loky import cpu_count

    return int(cpu_count())


class _Here(Executor):
    """Does each submitted run immediately, in this process."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Serial:
    """One run after the other in this process."""

    slots = workers = 1

    def open(self, *, alone: bool = False) -> Executor:
        return _Here()

    def check(self) -> None:
        """This process exists, so there is nothing to check."""

    def close(self, *, at_once: bool) -> None:
        """There is nothing to release."""


@dataclass(slots=True)
class Pool:
    """Processes of this machine.

    Attributes
    ----------
    workers : the number of processes.
    """

    workers: int
    _executor: Any = None

    @property
    def slots(self) -> int:
        return self.workers * AHEAD

    def open(self, *, alone: bool = False) -> Executor:
        self.close(at_once=True)
        if _is_daemon():
            raise EngineError(
                f"{self.workers} worker processes cannot be started: this process is a daemonic worker of "
                "multiprocessing, which may start none; one job (jobs=1) needs none"
            )
        try:
            self._executor = _started(1 if alone else self.workers)
        except (OSError, ImportError, NotImplementedError) as error:
            raise EngineError(f"worker processes cannot be started: {error}; --jobs 1 needs none") from None
        executor: Executor = self._executor
        return executor

    def check(self) -> None:
        """The executor itself reports processes that died."""

    def close(self, *, at_once: bool) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=at_once)
            self._executor = None


def _is_daemon() -> bool:
    """Whether this process is one that may not start processes, such as a worker of `multiprocessing.Pool`."""
    return bool(current_process().daemon)


def _started(workers: int) -> Any:
    """A pool whose processes have been started.

    A terminal sends Ctrl-C and SIGHUP to all of them, and `timeout` sends SIGTERM, but this process ends the others.
    They are started with these signals blocked, because a process that starts would print a traceback.
    """
    from multiprocessing import resource_tracker

    from loky import ProcessPoolExecutor

    descriptors.open_closed()  # of a script; a command has done it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        with _safe_path():  # for the trackers of both; workers may be started later, too
            executor = ProcessPoolExecutor(
                workers, initializer=work.follow, initargs=(os.getpid(),), env={SAFE_PATH: "1"}
            )
            resource_tracker.ensure_running()  # the trackers ignore SIGINT and SIGTERM, and their starts unblock these
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
            executor.submit(int)  # starts the processes
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return executor


@contextmanager
def _safe_path() -> Iterator[None]:
    """Processes that start meanwhile import no modules from the current folder, which may contain foreign files."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(SAFE_PATH, None)
        else:
            os.environ[SAFE_PATH] = before


@dataclass(frozen=True, slots=True)
class Tls:
    """Files for a scheduler whose address is tls://…: authority, certificate and key, in PEM."""

    ca_file: Path
    certificate: Path
    key: Path


@dataclass(slots=True)
class Dask:
    """Workers of a Dask cluster, by its scheduler's address or its scheduler file.

    Without `tls`, a tls:// address takes Dask's own configuration.
    """

    address: str | None = None
    scheduler_file: Path | None = None
    tls: Tls | None = None
    _client: Any = None
    _cores: int = 1
    _looked: float = 0.0
    _seen: float = 0.0
    """The time at which workers last existed."""
    _levels: dict[str, int] = field(default_factory=dict)
    """The levels of Dask's loggers before they were silenced."""

    @property
    def workers(self) -> int:
        return self._cores

    @property
    def slots(self) -> int:
        self._look()
        return self._cores * AHEAD

    def open(self, *, alone: bool = False) -> Executor:
        try:
            from distributed import Client, Security
        except ImportError:
            raise EngineError("a scheduler needs Dask: pip install 'icnsim[cluster]'") from None
        self.close(at_once=True)
        where = self._where()
        security = None
        try:
            if self.tls is not None:
                files = {"tls_ca_file": self.tls.ca_file, "tls_client_cert": self.tls.certificate,
                         "tls_client_key": self.tls.key}  # fmt: skip
                security = Security(require_encryption=True, **{name: str(path) for name, path in files.items()})
            elif where.startswith("tls://"):
                security = Security()
            self._silence()
            self._client = _connecting(Client)(where, security=security, timeout=ANSWERS_S, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            self.close(at_once=True)
            raise EngineError(f"{where}: no scheduler answers: {_cause(error)}") from None
        try:
            self._client.wait_for_workers(1, timeout=ANSWERS_S)
        except OSError:
            self.close(at_once=True)
            raise EngineError(f"{where}: the scheduler has no workers; start some and try again") from None
        self._seen = time.monotonic()
        self._look()
        # Each run is its own task, so that Dask does not reuse the result of another client.
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def check(self) -> None:
        """Raise EngineError where the cluster has been without workers for `PATIENCE_S`."""
        self._look()
        if self._client is not None and time.monotonic() > self._seen + PATIENCE_S:
            raise EngineError(
                f"{self.address or self.scheduler_file}: no worker for {PATIENCE_S:.0f} s; "
                "finished runs are kept; --resume continues"
            )

    def close(self, *, at_once: bool) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        self._levels = {}

    def _silence(self) -> None:
        for name in LOGGERS:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.CRITICAL + 1)

    def _look(self) -> None:
        """Count the cores of the workers, which come and go."""
        if self._client is None or time.monotonic() < self._looked + LOOKS_S:
            return
        try:
            cores = sum(self._client.nthreads().values())
        except (OSError, ValueError, RuntimeError):
            return  # The scheduler is gone: the submitted runs will fail.
        self._looked = time.monotonic()
        if cores:
            self._cores, self._seen = cores, self._looked

    def _where(self) -> str:
        """The scheduler's address."""
        if self.address is not None:
            return self.address
        assert self.scheduler_file is not None
        try:
            address = json.loads(folder.read_regular(self.scheduler_file, SCHEDULER_FILE_BYTES))["address"]
            if isinstance(address, str):
                return address
            raise TypeError
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            found = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "it has no address"
            raise EngineError(f"{self.scheduler_file}: not a scheduler file of Dask: {found}") from None


@cache
def _connecting(client: Any) -> Any:
    """Dask's client, which releases everything if it cannot connect.

    Dask's own is closed when it is collected, usually by the thread for which it would wait: this takes 20 s and
    prints a traceback.
    """

    class Connecting(client):  # type: ignore[misc]
        def start(self, **how: Any) -> None:
            try:
                super().start(**how)
            except BaseException:
                self.close()
                raise

    return Connecting


def _cause(error: BaseException) -> str:
    """The first cause of an error, on one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split()) or type(error).__name__


def engine(
    jobs: int | None = None,
    scheduler: str | None = None,
    scheduler_file: str | Path | None = None,
    tls: Tls | None = None,
) -> Engine:
    """The engine that a user requests; by default a pool of all usable cores.

    In a process that may not start processes, the default is this process.
    """
    if scheduler is not None or scheduler_file is not None:
        return Dask(scheduler, None if scheduler_file is None else Path(scheduler_file), tls)
    if jobs is None:
        jobs = 1 if _is_daemon() else usable_cores()
    return Serial() if jobs == 1 else Pool(jobs)


def given_up(error: BaseException) -> bool:
    """Whether this is Dask's error for a run whose workers died too often."""
    return type(error).__name__ == "KilledWorker"


def lost(error: BaseException, then: str = "") -> EngineError:
    """The error of an engine that does no more runs, with the advice."""
    cancelled = isinstance(error, CancelledError)
    found = "the scheduler is gone" if cancelled else f"{type(error).__name__}: {error}".rstrip(": ")
    return EngineError(f"the workers do no more runs ({found}){then}")


def same_version(theirs: str) -> None:
    """Raise EngineError unless a worker has this version of icnsim."""
    if theirs != VERSION:
        raise EngineError(f"a worker has icnsim {theirs}, this is {VERSION}; they must be the same")
