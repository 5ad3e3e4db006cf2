"""Where runs are done: in this process, in a pool of processes, or on a Dask cluster.

Each engine gives an executor of `concurrent.futures`, and that is all that the rest knows of
it. A process pool is loky's: it counts the cores that this process may use (affinity and
the container's share), needs no guarded main module, so that scripts and notebooks work
alike, and tells when a worker has died.
"""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from icnsim.errors import EngineError
from icnsim.sweeps import work

P = ParamSpec("P")
R = TypeVar("R")

AHEAD = 2
"""Runs in hand for each worker, so that none waits for its next one."""


class Engine(Protocol):
    """What an engine must have.

    Attributes
    ----------
    slots : runs that it should have in hand at once.
    """

    @property
    def slots(self) -> int: ...

    @property
    def workers(self) -> int: ...

    def open(self) -> Executor:
        """A fresh executor; a second call replaces one that has broken."""
        ...

    def close(self, *, at_once: bool) -> None:
        """Let go of the processes: what runs is stopped where `at_once`, waited for otherwise."""
        ...


def usable_cores() -> int:
    """Cores that this process may use: by its affinity and by its container's share."""
    from loky import cpu_count

    return int(cpu_count())


class _Here(Executor):
    """Runs what is submitted at once, in this process."""

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

    def open(self) -> Executor:
        return _Here()

    def close(self, *, at_once: bool) -> None:
        """There is nothing to let go of."""


@dataclass(slots=True)
class Pool:
    """Processes of this machine.

    Attributes
    ----------
    workers : how many.
    """

    workers: int
    _executor: Any = None

    @property
    def slots(self) -> int:
        return self.workers * AHEAD

    def open(self) -> Executor:
        from loky import ProcessPoolExecutor

        self.close(at_once=True)
        self._executor = ProcessPoolExecutor(self.workers, initializer=work.follow, initargs=(os.getpid(),))
        executor: Executor = self._executor
        return executor

    def close(self, *, at_once: bool) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=at_once)
            self._executor = None


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
    _cores: int = field(default=1)

    @property
    def workers(self) -> int:
        return self._cores

    @property
    def slots(self) -> int:
        return self._cores * AHEAD

    def open(self) -> Executor:
        try:
            from distributed import Client
            from distributed.security import Security
        except ImportError:
            raise EngineError("a scheduler needs Dask: pip install 'icnsim[cluster]'") from None
        self.close(at_once=True)
        where = self.address or f"the scheduler file {self.scheduler_file}"
        security = None
        if self.tls is not None:
            files = {"tls_ca_file": self.tls.ca_file, "tls_client_cert": self.tls.certificate,
                     "tls_client_key": self.tls.key}  # fmt: skip
            security = Security(require_encryption=True, **{name: str(path) for name, path in files.items()})
        elif self.address is not None and self.address.startswith("tls://"):
            security = Security()
        place = {"address": self.address} if self.address else {"scheduler_file": str(self.scheduler_file)}
        try:
            self._client = Client(**place, security=security, timeout=10, set_as_default=False)
            self._cores = max(1, sum(self._client.nthreads().values()))
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise EngineError(f"{where}: no scheduler answers: {error}") from None
        executor: Executor = self._client.get_executor()
        return executor

    def close(self, *, at_once: bool) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def engine(
    jobs: int | None = None,
    scheduler: str | None = None,
    scheduler_file: str | Path | None = None,
    tls: Tls | None = None,
) -> Engine:
    """The engine for what a user asks; a pool of all usable cores where nothing is asked."""
    if scheduler is not None or scheduler_file is not None:
        return Dask(scheduler, None if scheduler_file is None else Path(scheduler_file), tls)
    jobs = usable_cores() if jobs is None else jobs
    return Serial() if jobs == 1 else Pool(jobs)
