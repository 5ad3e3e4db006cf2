"""A worker: one process of a live run, with its executors, its sockets and its disk.

A worker connects to the supervisor, says on which port it listens, and waits for the command `start`. A worker that
replaces a killed one waits for `restart`, and then restores its executors from the disk. It ends when the supervisor
closes the connection, and the kernel kills it when its parent process ends.
"""

import asyncio
import ctypes
import gc
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from icnsim.errors import IcnsimError
from icnsim.live.clock import VirtualClock, processor_s
from icnsim.live.connection import LOOPBACK, Connection
from icnsim.live.disk import Disk
from icnsim.live.environment import LiveEnvironment
from icnsim.live.host import Host
from icnsim.live.image import Event
from icnsim.live.lateness import Lateness
from icnsim.live.reporter import REFUSED, WRITTEN, Reporter
from icnsim.live.wire import Frame, packed, unpacked
from icnsim.protocol.messages import ExecutorId, Message
from icnsim.scenario import Scenario
from icnsim.simulation.hooks import Hooks

PARENT_DEATH_SIGNAL: Final = 1
"""The option PR_SET_PDEATHSIG of prctl(2)."""


Write = Callable[[Connection | None], None]
"""Writes something to a connection; None if the other process has ended."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The task of a worker.

    Attributes
    ----------
    process : the number of the process in the run. place : of its executors; a replacement has the same place.
    own : the executors that it hosts. port : on which the supervisor listens. token : of the run.
    speed : virtual seconds per real second. horizon : the end of the run, µs.
    folder : for its files; None without a durable store. saves : whether another process will read its checkpoints.
    restarts : whether it replaces a killed process.
    """

    process: int
    place: int
    own: tuple[ExecutorId, ...]
    port: int
    token: str
    speed: int
    horizon: int
    folder: Path | None
    saves: bool
    restarts: bool


class Worker:
    """The executors of one process and its connections."""

    def __init__(self, scenario: Scenario, given: Assignment) -> None:
        self._scenario = scenario
        self._given = given
        self._lateness = Lateness()
        self._clock = VirtualClock(1 << 62, given.speed)  # the command `start` gives the epoch
        self._env = LiveEnvironment(self._clock, self._lateness.measures["timer"], end=given.horizon)
        self._disk = None if given.folder is None else Disk(given.folder)
        self._host = Host(
            scenario, given.own, self._env, self._transmit, self._reporter_of, self._beat,
            self._overheard, self._disk if given.saves else None, restarts=given.restarts,
        )  # fmt: skip
        self._env.after = self._host.reporter.flush
        self._env.ended = self._finish
        self._control = self._connection(self._command, name=None)
        self._place_of: list[int] = []
        self._ports: dict[int, int] = {}
        self._peers: dict[int, Connection] = {}
        self._opening: dict[int, list[Write]] = {}
        self._ended: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._commands: dict[str, Callable[..., None]] = {
            "start": self._start, "restart": self._restart, "begin": self._begin, "ports": self._know_ports,
            "vote": self._vote, "stall": self._stall, "resume": self._resume,
        }  # fmt: skip
        self._sockets = 0
        self._received = 0
        self._collecting = 0
        self._cpu_before_s, self._waited_before_s = 0.0, run_queue_s()
        self._continued = 0

    def _reporter_of(self, hooks: Hooks) -> Reporter:
        return Reporter(hooks, self._given.process, self._report, self._disk)

    def _connection(self, received: Callable[[Connection, Frame, Any], None], name: Any) -> Connection:
        return Connection(self._given.token, received, self._closed, name=name)

    # Life

    async def run(self) -> None:
        """Live until the supervisor closes the connection."""
        loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(self._incoming, LOOPBACK, 0)
        port = server.sockets[0].getsockname()[1]
        self._control = self._connection(self._command, [self._given.process, self._given.place, port])
        gc.collect()
        gc.freeze()  # the libraries and the columns of draws need not be visited during the run
        gc.callbacks.append(self._collects)
        try:
            await loop.create_connection(lambda: self._control, LOOPBACK, self._given.port)
        except ConnectionError:  # the supervisor has ended the run
            server.close()
            return
        loop.set_exception_handler(self._failed)
        await self._ended.wait()
        server.close()

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Report a defect or a failure of the machine, and end."""
        error = context.get("exception")
        what = f"{type(error).__name__}: {error}" if error is not None else context["message"]
        self._env.stop()
        if isinstance(error, IcnsimError):
            what = str(error)
        else:
            loop.default_exception_handler(context)
        self._control.send(Frame.REPORT, ["failed", 0, what, 0])

    def _collects(self, phase: str, _: dict[str, int]) -> None:
        now = time.monotonic_ns()
        if phase == "start":
            self._collecting = now
        else:
            self._lateness.measures["collection"].add((now - self._collecting) // 1000)

    def _closed(self, connection: Connection) -> None:
        if connection is self._control:
            assert self._ended is not None
            self._env.stop()
            self._ended.set()
            return
        self._peers = {place: peer for place, peer in self._peers.items() if peer is not connection}

    # The supervisor

    def _command(self, _: Connection, kind: Frame, body: Any) -> None:
        name, sent, *arguments = body
        handle = self._commands[name]
        if name in ("start", "restart", "ports"):
            handle(*arguments)
            return
        self._lateness.measures["command"].add(round(self._clock.real_us(max(0, self._clock.now() - sent))))
        self._env.arrive(handle, *arguments)

    def _know_ports(self, place_of: list[int], ports: dict[str, int]) -> None:
        """Learn where every executor is, and on which port each place listens."""
        self._place_of = place_of
        for place, port in ports.items():
            if self._ports.get(int(place)) != port:
                self._ports[int(place)] = port
                stale = self._peers.pop(int(place), None)
                if stale is not None:
                    stale.close()

    def _start(self, epoch_ns: int) -> None:
        """Begin at that epoch."""
        self._clock.epoch_ns = epoch_ns
        self._cpu_before_s, self._waited_before_s = processor_s(), run_queue_s()
        if not self._given.restarts:
            self._host.keep_actors()
            self._env.start()

    def _restart(
        self, sent: list[tuple[int, int]], repeated: list[tuple[int | list[Any], int]], errors: int, beats: int
    ) -> None:
        """Restore the executors and let them recover.

        `sent` is as in `Disk.changes`, `repeated` as in `Repeats.restore`, the others as in `Host.continues`.
        """
        self._env.catch_up(min(self._clock.now(), self._given.horizon))
        self._host.continues(errors, beats)
        self._host.repeats.restore(repeated)
        if self._disk is not None:
            self._host.restore(self._disk.changes(dict(sent)), self._disk.checkpoints())
        self._env.start()
        self._env.arrive(self._host.restart)

    def _begin(self, row: int, migration: int, number: int, actor: int, source: int, target: int, size: int) -> None:
        self._host.meet(row, migration, number, source, target)
        self._host.begin(row, actor, target, size)

    def _vote(self, row: int, actor: int, source: int, target: int) -> None:
        self._host.meet(row, row, 1, source, target)
        self._host.vote(row, actor)

    def _stall(self, executor: int) -> None:
        """Stop working. A delay because of the pause does not count as lateness."""
        self._env.measures = False
        self._continued = self._given.horizon
        self._host.executors[ExecutorId(executor)].stall()

    def _resume(self, executor: int) -> None:
        self._env.measures = True
        self._continued = self._env._now
        self._host.executors[ExecutorId(executor)].resume()

    def _report(self, number: int, batch: list[Event]) -> None:
        self._control.send(Frame.REPORT, ["batch", self._env._now, batch, number])

    def _finish(self) -> None:
        """The end of the run: report what the detectors have learned and what was measured."""
        self._host.finish()
        self._host.reporter.flush()
        waited_s, before_s = run_queue_s(), self._waited_before_s
        waited_s = None if waited_s is None or before_s is None else waited_s - before_s
        measured = {
            "lateness": self._lateness.fields(), "waited_s": waited_s,
            "cpu_s": processor_s() - self._cpu_before_s, "sockets": self._sockets, "messages": self._received,
        }  # fmt: skip
        self._control.send(Frame.REPORT, ["done", self._given.horizon, measured, 0])

    # The other workers

    def _incoming(self) -> Connection:
        return Connection(self._given.token, self._message, self._closed, greeted=lambda _, __: None)

    def _transmit(self, to: ExecutorId, message: Message, due: int) -> None:
        """Write a message, which arrives at the virtual time `due`, to the process that hosts its receiver."""
        number, row = self._host.reporter.take(message, to), message.attempt
        body = [number, to, *self._host.attempt_of(row), *self._host.sides_of(row), due, packed(message)]
        self._reach(to, partial(self._write, due, body))

    def _overheard(self, to: ExecutorId, request: Message) -> None:
        """Write a Request to the process of a forger; a process that has ended loses it."""
        row = request.attempt
        body = [to, *self._host.attempt_of(row), *self._host.sides_of(row), packed(request)]

        def write(peer: Connection | None) -> None:
            if peer is not None:
                peer.send(Frame.OVERHEARD, [self._clock.now(), *body])

        self._reach(to, write)

    def _beat(self, sender: ExecutorId, to: ExecutorId, number: int) -> None:
        """Write a heartbeat to the process that hosts its receiver; a process that has ended loses it."""
        body = [sender, to, number, self._given.process]

        def write(peer: Connection | None) -> None:
            if peer is not None:
                peer.send(Frame.BEAT, [self._clock.now(), *body])

        self._reach(to, write)

    def _reach(self, to: ExecutorId, write: Write) -> None:
        """Write to the process that hosts an executor, now or when the connection has been made."""
        place = self._place_of[to]
        peer = self._peers.get(place)
        if peer is not None and peer.is_open:
            write(peer)
        elif place in self._opening:
            self._opening[place].append(write)
        else:
            self._opening[place] = [write]
            task = asyncio.get_running_loop().create_task(self._open(place))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _write(self, due: int, body: list[Any], peer: Connection | None) -> None:
        """Write a message. If its receiver's process has ended, try again when it is due; then it is lost."""
        number, to = body[:2]
        if peer is None:
            if due > self._env._now:
                self._env.at(due, lambda write, _: self._reach(to, write), partial(self._write, due, body))
            else:
                self._host.reporter.add(REFUSED, to, number)
            return
        self._host.reporter.add(WRITTEN, to, number)
        self._host.reporter.flush()  # before the receiver can report the message, even if this process is preempted now
        peer.send(Frame.MESSAGE, [self._clock.now(), *body])

    async def _open(self, place: int) -> None:
        """Connect to another worker, and write what waits; a worker that has ended loses it."""
        connection = self._connection(self._message, self._given.process)
        try:
            await asyncio.get_running_loop().create_connection(lambda: connection, LOOPBACK, self._ports[place])
        except ConnectionError:
            self._env.arrive(_write_all, None, self._opening.pop(place))
            return
        self._sockets += 1
        self._peers[place] = connection
        self._env.arrive(_write_all, connection, self._opening.pop(place))

    def _message(self, _: Connection, kind: Frame, body: Any) -> None:
        """Read a message, a heartbeat or an overheard Request from another worker."""
        written, *what = body
        if written >= self._continued:
            self._lateness.measures["socket"].add(round(self._clock.real_us(max(0, self._clock.now() - written))))
        if kind is Frame.BEAT:
            assert self._host.beats is not None
            self._env.arrive(self._host.beats.arrived, *what)
            return
        if kind is Frame.OVERHEARD:
            self._env.arrive(self._overhear, *what)
            return
        self._received += 1
        number, to, migration, attempt, source, target, due, fields = what
        self._env.arrive(self._expect, number, ExecutorId(to), (migration, attempt, source, target), due, fields)

    def _expect(
        self, number: int, to: ExecutorId, about: tuple[int, int, int, int], due: int, fields: list[Any]
    ) -> None:
        message = unpacked(fields)
        self._host.meet(message.attempt, *about)
        self._host.expect(number, message, to, due)

    def _overhear(self, to: int, migration: int, attempt: int, source: int, target: int, fields: list[Any]) -> None:
        request = unpacked(fields)
        self._host.meet(request.attempt, migration, attempt, source, target)
        self._host.overhear(ExecutorId(to), request)


def _write_all(connection: Connection | None, waiting: list[Write]) -> None:
    for write in waiting:
        write(connection)


def run_queue_s() -> float | None:
    """The time for which this process was ready to run and had no processor, s; None if the kernel does not tell."""
    try:
        return int(Path("/proc/self/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


def main(scenario: Scenario, given: Assignment) -> None:
    """The worker's process; ends with its parent."""
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "prctl"):  # only Linux has it; elsewhere a worker ends when its connection ends
        library.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the supervisor ends its workers
    worker = Worker(scenario, given)
    asyncio.run(worker.run())
