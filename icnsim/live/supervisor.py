"""The supervisor: starts the workers, runs the workload and the faults, and collects the reports.

It listens on loopback only. A worker connects, says on which port it listens, and gets the ports of the others and the
epoch. When the run has ended, or fails, or is interrupted, every worker is killed and reaped.
"""

import asyncio
import secrets
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from icnsim.errors import DefectError, EngineError
from icnsim.live.clock import VirtualClock, processor_s, soon
from icnsim.live.connection import LOOPBACK, Connection
from icnsim.live.disk import Disk
from icnsim.live.environment import LiveEnvironment
from icnsim.live.exporter import serve
from icnsim.live.federation import LiveFederation
from icnsim.live.lateness import Lateness
from icnsim.live.places import Place, end_of
from icnsim.live.processes import Processes
from icnsim.live.reporter import RESTARTING, RESUMING, STALLED
from icnsim.live.support import Plan
from icnsim.live.waits import HEAD_START_S, LAG_S, LAST_REPORTS_S, LOOK_S, SETTING_UP_S
from icnsim.live.wire import Frame
from icnsim.live.worker import Assignment
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario

KILLED: Final = "killed"
"""The end of a killed process, which no process reports."""


class Supervisor:
    """One live run.

    Parameters
    ----------
    speed : virtual seconds per real second. error_s : the promised error of timers and sockets, s of real time.
    folder : for the files of the processes; None without a durable store.
    metrics : the port on which the metrics are served, 0 for a free one; None to serve none.
    serving : called with that port.

    Attributes
    ----------
    federation : the workload, the faults and the observers.
    lateness : the measures of all processes; complete at the end. measured : what the workers have measured.
    cpu_s : the processor time of this process during the run, s.
    """

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        speed: int,
        error_s: float,
        folder: Path | None,
        *,
        metrics: int | None = None,
        serving: Callable[[int], None] | None = None,
    ) -> None:
        self._scenario = scenario
        self._plan = plan
        self._folder = folder
        self._metrics, self._serving = metrics, serving
        self._error = round(error_s * speed * 1e6)
        self._token = secrets.token_hex(16)
        self.clock = VirtualClock(1 << 62, speed)
        self.lateness = Lateness()
        lag = round(LAG_S * speed * 1e6)
        # A sample of the timeline is taken when the reports of its time have come, `lag` after its instant.
        end = plan.horizon + lag
        self.env = LiveEnvironment(self.clock, self.lateness.measures["timer"], planned=True, lag=lag, end=end)
        self._processes = Processes(scenario)
        self._places = [Place(own, restarts=more) for own, more in zip(plan.places, plan.restarts, strict=True)]
        self._place_of = [0] * scenario.executor_count
        for number, own in enumerate(plan.places):
            for executor in own:
                self._place_of[executor] = number
        self.measured: list[dict[str, Any]] = []
        self.cpu_s = 0.0
        self._sent: dict[int, int] = {}
        self._asked: dict[tuple[str, ExecutorId], int] = {}
        self._port = 0
        self._running = False
        self._failure: str | None = None
        self._defect: BaseException | None = None
        self._news = asyncio.Event()
        self.federation: LiveFederation

    @property
    def started(self) -> int:
        """The number of processes that were started, including replacements."""
        return len(self.pids)

    @property
    def pids(self) -> list[int]:
        """The numbers of these processes in the system."""
        return self._processes.pids

    async def run(self) -> Recording:
        """Run to the end; raises EngineError if a worker fails or does not answer."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._failed)
        server = await loop.create_server(self._incoming, LOOPBACK, 0)
        self._port = server.sockets[0].getsockname()[1]
        exporter: asyncio.Server | None = None
        try:
            for number, starting in enumerate(self._places):
                starting.process = self._start(number, restarts=False)
                self._prepare(number)
            self.federation = LiveFederation(self._scenario, self.env, self, self._error)
            if self._metrics is not None:
                exporter = await serve(self.federation, self._metrics)
                if self._serving is not None:
                    self._serving(exporter.sockets[0].getsockname()[1])
            await self._until(lambda: all(place.is_ready for place in self._places), SETTING_UP_S, "start")
            self.clock.epoch_ns = soon(HEAD_START_S)
            self._send_ports(range(len(self._places)))
            for place in self._places:
                self._command(place, "start", self.clock.epoch_ns)
                if place.standby is not None:
                    place.standby[0].send(Frame.COMMAND, ["start", 0, self.clock.epoch_ns])
            self._running = True
            cpu_before_s = processor_s()
            self.federation.start()
            self.env.start()
            await self._pass(self.clock.real_s(self._plan.horizon))
            await self._until(self._ended, LAST_REPORTS_S, "send their last reports")
            self.env.stop()
            self.cpu_s = processor_s() - cpu_before_s
            return self.federation.finish()
        finally:
            self.env.stop()
            server.close()
            if exporter is not None:
                exporter.close()
            self._processes.end()

    def _ended(self) -> bool:
        running = (place for place in self._places if place.connection is not None and not self._is_stalled(place))
        return all(place.done for place in running) and not self.env.waiting_reports

    def _is_stalled(self, place: Place) -> bool:
        return any(self.federation.mirrors[executor].stalled for executor in place.own)

    async def _until(self, condition: Callable[[], bool], patience_s: float, what: str) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while not condition():
            self._check()
            for place in self._places:
                for process in (place.process, place.replacement):
                    if process is not None and not process.is_alive():
                        raise EngineError(end_of(process))
            if loop.time() > deadline:
                raise EngineError(
                    f"the workers did not {what} within {patience_s:g} s; use fewer executors or a lower --speed"
                )
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), 0.05)
            except TimeoutError:
                continue
        self._check()

    async def _pass(self, until_s: float) -> None:
        """Wait until that reading of the monotonic clock."""
        loop = asyncio.get_running_loop()
        while (left := until_s - loop.time()) > 0:
            self._check()
            await asyncio.sleep(min(left, LOOK_S))

    def _check(self) -> None:
        """Raise the first failure of a worker or of this process."""
        if self._defect is not None:
            raise self._defect
        if self._failure is not None:
            raise EngineError(self._failure)

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep an error that a call of the loop has raised; `_check` raises it."""
        self.env.stop()
        self._defect = self._defect or context.get("exception") or DefectError(context["message"])

    # Processes

    def _start(self, number: int, *, restarts: bool) -> BaseProcess:
        place = self._places[number]
        given = Assignment(
            self.started, number, place.own, self._port, self._token, self.clock.speed, self._plan.horizon,
            self._folder_of(number), place.restarts > 0, restarts,
        )  # fmt: skip
        return self._processes.start(given)

    def _folder_of(self, number: int) -> Path | None:
        """The folder of the files of a place."""
        return None if self._folder is None else self._folder / f"place-{number}"

    def _prepare(self, number: int) -> None:
        """Start the process that will replace that of a place, if the place has another restart."""
        place = self._places[number]
        if place.restarts and place.replacement is None:
            place.restarts -= 1
            place.waiting = self.started
            place.replacement = self._start(number, restarts=True)

    def _incoming(self) -> Connection:
        return Connection(self._token, self._reported, self._closed, greeted=self._greeted)

    def _greeted(self, connection: Connection, name: list[int]) -> None:
        """A worker is ready."""
        process, number, port = name
        place = self._places[number]
        if process != place.waiting:
            place.connection, place.port = connection, port
        else:
            place.standby = connection, port
            if self._running:
                connection.send(Frame.COMMAND, ["start", 0, self.clock.epoch_ns])
            if place.wanted:
                self._replace(number)
        self._news.set()

    def _closed(self, connection: Connection) -> None:
        """A worker's connection has ended: the worker was killed, or it has failed."""
        for place in self._places:
            if place.connection is connection:
                place.connection = None
                dying, place.dying = place.dying, None
                if dying is not None:
                    self.env.report(min(self.clock.now(), self._plan.horizon), lambda died: died(), dying)
                elif not place.done and self._failure is None:
                    self._failure = connection.error or end_of(place.process)
            elif place.standby is not None and place.standby[0] is connection and self._failure is None:
                self._failure = connection.error or end_of(place.replacement)
        self._news.set()

    def _send_ports(self, changed: "range | list[int]") -> None:
        """Tell every worker where the executors are."""
        ports = {str(number): self._places[number].port for number in changed}
        for place in self._places:
            self._command(place, "ports", self._place_of, ports)

    def _command(self, place: Place, name: str, *arguments: Any) -> None:
        if place.connection is not None:
            place.connection.send(Frame.COMMAND, [name, self.clock.now(), *arguments])

    def _at(self, executor: ExecutorId) -> Place:
        return self._places[self._place_of[executor]]

    # Reports

    def _reported(self, connection: Connection, _: Frame, body: Any) -> None:
        name, time, what, batch = body
        if name == "batch":
            self._sent[connection.peer[0]] = batch
            for event in what:
                if event[0] in (STALLED, RESUMING, RESTARTING):
                    self._happened(event[0], ExecutorId(event[1]), time)
                if event[0] == STALLED:
                    process = self._at(ExecutorId(event[1])).process
                    assert process is not None
                    self._processes.stop(process)
            self.env.report(time, self.federation.apply, what)
        elif name == "done":
            self.lateness.merge(what["lateness"])
            self.measured.append(what)
            for place in self._places:
                place.done = place.done or place.connection is connection
            self._news.set()
        else:
            self._failure = f"a worker has failed: {what}"
            self._news.set()

    def _happened(self, name: str, executor: ExecutorId, time: int) -> None:
        """Measure the delay from the instant of a fault, or of its end, to its effect at the virtual time `time`."""
        asked = self._asked.pop((name, executor), None)
        if asked is not None:
            self.lateness.measures["process"].add(round(self.clock.real_us(max(0, time - asked))))

    # Commands and signals, see `mirror.Control`

    def begin(self, attempt: AttemptId, actor: ActorId, source: ExecutorId, target: ExecutorId, size: int) -> None:
        """Let a source begin an attempt."""
        migration, number = self.federation.begins(attempt, source)
        self._command(self._at(source), "begin", attempt, migration, number, actor, source, target, size)

    def vote(self, number: AttemptId, actor: ActorId, source: ExecutorId, target: ExecutorId) -> None:
        """Let a source put a migration to the vote."""
        self._command(self._at(source), "vote", number, actor, source, target)

    def kill(self, executor: ExecutorId, *, disk_survives: bool, returns: bool) -> None:
        """Kill the process of an executor."""
        number = self._place_of[executor]
        place = self._places[number]
        if place.process is None or place.dying is not None:
            return
        process, place.process = place.process, None
        self._asked[KILLED, executor] = self.env._now

        def died() -> None:
            self._happened(KILLED, executor, self.env._now)
            if not disk_survives:
                self.lose(executor)
            self.federation.died(executor, disk_survives=disk_survives, returns=returns)

        place.dying = died
        self._processes.kill(process)

    def lose(self, executor: ExecutorId) -> None:
        """Lose the disk of an executor whose process has been killed."""
        folder = self._folder_of(self._place_of[executor])
        if folder is not None:
            Disk(folder).lose()

    def revive(self, executor: ExecutorId) -> None:
        """Let the process that waits take the place of the killed one."""
        number = self._place_of[executor]
        place = self._places[number]
        place.wanted = True
        self._asked[RESTARTING, executor] = self.env._now
        if place.standby is not None:
            self._replace(number)

    def _replace(self, number: int) -> None:
        place = self._places[number]
        place.replace()
        connection = place.connection
        assert connection is not None
        self._send_ports([number])
        self._command(place, "ports", self._place_of, {str(k): each.port for k, each in enumerate(self._places)})
        known = self.federation.repeats(place.own[0]), *self.federation.before(place.own[0])
        connection.send(Frame.COMMAND, ["restart", 0, list(self._sent.items()), *known])
        self._prepare(number)

    def pause(self, executor: ExecutorId) -> None:
        """Let a process stop its work; it is stopped by a signal when it has reported this."""
        self._asked[STALLED, executor] = self.env._now
        self._command(self._at(executor), "stall", executor)

    def proceed(self, executor: ExecutorId) -> None:
        """Let a stopped process continue."""
        self._asked[RESUMING, executor] = self.env._now
        place = self._at(executor)
        if place.process is not None:
            self._processes.proceed(place.process)
        self._command(place, "resume", executor)
