"""A real Dask cluster on loopback: a scheduler and workers, each a process that is ended by its id."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from tests.command import environment
from tests.sweeps.stage import PATIENCE_S, until

TLS = Path(__file__).parent / "tls"
PEER = ("--tls-ca-file", str(TLS / "authority.pem"), "--tls-cert", str(TLS / "peer.pem"),
        "--tls-key", str(TLS / "peer-key.pem"))  # fmt: skip
NO_PAGES = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")


class Cluster:
    """A scheduler, with workers of one thread each; all are gone when it is left."""

    def __init__(self, folder: Path, *, tls: bool = False) -> None:
        self.file = folder / "scheduler.json"
        self._folder = folder
        self._tls = (*PEER, "--protocol", "tls") if tls else ()
        self._scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(self.file))
        self._workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Cluster":
        assert until(self._written)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in (*self._workers, self._scheduler):
            process.kill()
        for process in (*self._workers, self._scheduler):
            process.wait(PATIENCE_S)

    @property
    def has_scheduler(self) -> bool:
        """Whether the scheduler has not been killed."""
        return self._scheduler.returncode is None

    def need(self, workers: int) -> None:
        """Start workers until there are as many, in place of those that were killed."""
        while len(self._workers) < workers:
            self._workers.append(self._worker())

    @property
    def address(self) -> str:
        """The scheduler's address."""
        return str(json.loads(self.file.read_text())["address"])

    def forgive(self, deaths: int) -> int:
        """Let the scheduler give up a run when more than this number of workers have died that had it.

        Returns the number before.
        """
        from distributed import Client

        with Client(self.address) as client:
            before: int = client.run_on_scheduler(_forgive, deaths=deaths)
        return before

    def kill_scheduler(self) -> None:
        self._scheduler.kill()
        self._scheduler.wait(PATIENCE_S)

    def kill_worker(self) -> None:
        """SIGKILL to the worker that was started first."""
        worker = self._workers.pop(0)
        worker.kill()
        worker.wait(PATIENCE_S)

    def kill_workers(self) -> None:
        """SIGKILL to every worker."""
        while self._workers:
            self.kill_worker()

    def connections(self) -> set[str]:
        """The other ends' addresses of all connections of all processes, and where they listen."""
        found = set()
        for process in (self._scheduler, *self._workers):
            with suppress(psutil.NoSuchProcess):
                found |= addresses(psutil.Process(process.pid))
        return found

    def _worker(self) -> "subprocess.Popen[bytes]":
        return self._start(
            "worker", "--scheduler-file", str(self.file), "--nthreads", "1", "--no-nanny", "--memory-limit", "0",
            "--local-directory", str(self._folder),
        )  # fmt: skip

    def _start(self, what: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1", *NO_PAGES]
        return subprocess.Popen(
            [*command, *self._tls, *arguments], cwd=self._folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )  # fmt: skip

    def _written(self) -> bool:
        with suppress(OSError, ValueError, KeyError):
            return bool(self.address)
        return False


def _forgive(deaths: int, dask_scheduler: Any) -> int:
    before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, deaths
    return int(before)


def addresses(process: psutil.Process) -> set[str]:
    """Addresses of a process's internet sockets, its own and the other ends'."""
    ends = [end for each in process.net_connections(kind="inet") for end in (each.laddr, each.raddr)]
    return {end.ip for end in ends if end}
