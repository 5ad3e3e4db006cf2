"""How far the copies of each actor have come, and how far the checkpoints of it that are stored.

Theory of operation. The *work* in a state is the run time that has gone into it. A copy begins
with the work of the checkpoint that it begins from and adds the time for which it runs, but for what its
own checkpoints take of it. When it makes these its `Schedule` tells; nobody is told, for they
follow by arithmetic. An executor stores besides the final checkpoints that it makes, and what Requests and
Completes bring. What a crash costs is what was done less what is stored.
"""

from collections.abc import Callable, Iterable, Sequence

from icnsim.protocol.checkpoint import Schedule
from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, Content, ExecutorId, SwitchedMessage
from icnsim.protocol.record import SwitchedRecord
from icnsim.simulation.copies import Copies

Place = tuple[ActorId, ExecutorId]


class Work:
    """The work of all copies and of all stored checkpoints, µs.

    Parameters
    ----------
    now : the virtual time, µs. copies : where the actors run. schedules : of the checkpoints of each actor, µs.

    Attributes
    ----------
    standing : for how long actors have stood still for their own checkpoints, µs; complete at the end.
    """

    def __init__(self, now: Callable[[], int], copies: Copies, schedules: Sequence[Schedule]) -> None:
        self._now = now
        self._copies = copies
        self._schedules = schedules
        self.standing = 0
        self._from: dict[Place, int] = {}
        self._began: dict[Place, int] = {}
        self._paused: dict[Place, int] = {}
        self._stored: dict[ExecutorId, dict[ActorId, int]] = {}
        self._asking: dict[tuple[AttemptId, int], int] = {}
        self._final: dict[tuple[ActorId, Content], int] = {}

    # Copies

    def ran(self, actor: ActorId, executor: ExecutorId) -> int:
        """For how long the copy there has been running since it began from a checkpoint, or made its final one."""
        place = (actor, executor)
        return self._paused.get(place, self._now()) - self._began.get(place, 0)

    def stored(self, actor: ActorId, executor: ExecutorId) -> int:
        """How many checkpoints of itself it has stored since then."""
        return self._schedules[actor].stored(self.ran(actor, executor))

    def stored_since(self, actor: ActorId, executor: ExecutorId) -> int:
        """For how long it had been running when it began the newest of them, µs."""
        return self.stored(actor, executor) * self._schedules[actor].interval

    def done(self, actor: ActorId, executor: ExecutorId) -> int:
        """The work of the copy there."""
        return self._from.get((actor, executor), 0) + self._schedules[actor].work(self.ran(actor, executor))

    def began(self, actor: ActorId, executor: ExecutorId) -> None:
        """A copy runs since now, from the checkpoint that is stored there."""
        place = (actor, executor)
        self._paused.pop(place, None)
        self._from[place], self._began[place] = self._stored_at(actor, executor), self._now()

    def resumed(self, actor: ActorId, executor: ExecutorId, *, saved: bool) -> None:
        """A copy goes on; its next checkpoint comes an interval after its final one, if that was made (`saved`)."""
        now, place = self._now(), (actor, executor)
        paused = self._paused.pop(place, now)
        # What it ran before counts on, and its beginning moves by the pause, unless that ended with its final one.
        self._began[place] = now if saved else self._began.get(place, 0) + now - paused

    def paused(self, actor: ActorId, executor: ExecutorId) -> None:
        """A copy has stopped for a migration."""
        self._paused[actor, executor] = self._now()

    def dropped(self, actor: ActorId, executor: ExecutorId) -> None:
        """A copy has stopped for good."""
        self._end(actor, executor)

    def finish(self) -> None:
        """At the end: count what the copies that run have stood still."""
        for actor, where in enumerate(self._copies.where):
            for executor in where:
                self._end(ActorId(actor), executor)

    def crashed(self, actor: ActorId, executor: ExecutorId) -> tuple[int, int]:
        """A copy is gone but for what is stored there; what was done, and what of it is stored."""
        place = (actor, executor)
        saved, done = self._saved(actor, executor), self._end(actor, executor)
        self._stored.setdefault(executor, {})[actor] = self._from[place] = saved
        self._began[place] = self._paused[place] = self._now()
        return done, saved

    # Checkpoints

    def asks(self, request: SwitchedMessage) -> None:
        """A Request is sent, and with it the newest checkpoint."""
        actor, source = request.actor, request.sender
        if source in self._copies.where[actor]:
            self._asking[request.attempt, request.sent_at] = self._saved(actor, source)

    def asked(self, request: SwitchedMessage, executor: ExecutorId) -> None:
        """What a Request brought is stored; a second copy of it brings nothing new."""
        work = self._asking.pop((request.attempt, request.sent_at), 0)
        if work > self._stored_at(request.actor, executor):
            self._stored.setdefault(executor, {})[request.actor] = work

    def made(self, record: SwitchedRecord, executor: ExecutorId) -> None:
        """A final checkpoint is made."""
        work = self._end(record.actor, executor)
        self._stored.setdefault(executor, {})[record.actor] = work
        if record.content != EMPTY:
            self._final[record.actor, record.content] = work

    def kept(self, record: SwitchedRecord, executor: ExecutorId) -> None:
        """What a Complete brought is stored, in the place of what was; nothing is in a damaged or invented one."""
        work = 0 if record.damaged else self._final.get((record.actor, record.content), 0)
        self._stored.setdefault(executor, {})[record.actor] = work

    def gone(self, executor: ExecutorId) -> None:
        """A store is lost, or will never be reached again."""
        self._stored.pop(executor, None)

    def left(self, actors: Iterable[ActorId]) -> dict[ActorId, int]:
        """The work in the newest checkpoint of each of these actors that any store holds."""
        newest = dict.fromkeys(actors, 0)
        for stored in self._stored.values():
            for actor, work in stored.items():
                if actor in newest:
                    newest[actor] = max(newest[actor], work)
        return newest

    def _end(self, actor: ActorId, executor: ExecutorId) -> int:
        """A copy has come to the end of a run, with that work: the next one counts from here."""
        place, ran, work = (actor, executor), self.ran(actor, executor), self.done(actor, executor)
        self.standing += ran - self._schedules[actor].work(ran)
        self._from[place], self._began[place] = work, self._paused.get(place, self._now())
        return work

    def _stored_at(self, actor: ActorId, executor: ExecutorId) -> int:
        return self._stored.get(executor, {}).get(actor, 0)

    def _saved(self, actor: ActorId, executor: ExecutorId) -> int:
        """The work in the newest checkpoint there, those that the copy there has made of itself among them."""
        own = self._from.get((actor, executor), 0) + self._schedules[actor].saved(self.ran(actor, executor))
        return max(own, self._stored_at(actor, executor))


class NoWork(Work):
    """Where nothing crashes nobody asks: no account is kept."""

    def began(self, actor: ActorId, executor: ExecutorId) -> None: ...

    def resumed(self, actor: ActorId, executor: ExecutorId, *, saved: bool) -> None: ...

    def paused(self, actor: ActorId, executor: ExecutorId) -> None: ...

    def dropped(self, actor: ActorId, executor: ExecutorId) -> None: ...

    def asks(self, request: SwitchedMessage) -> None: ...

    def asked(self, request: SwitchedMessage, executor: ExecutorId) -> None: ...

    def made(self, record: SwitchedRecord, executor: ExecutorId) -> None: ...

    def kept(self, record: SwitchedRecord, executor: ExecutorId) -> None: ...
