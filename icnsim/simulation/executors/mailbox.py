"""The actors' messages: each is delivered once and in order where the actor runs, or waits, or is lost.

Theory of operation. The messages to an actor are numbered. A running actor handles a message at once. A message to a
paused actor waits at the executor that holds the paused copy. When the actor runs there again, it handles the waiting
messages. When it runs elsewhere, the old home forwards them as soon as the Ack arrives. Messages sent in the meantime
would overtake them, so the new home holds these until the forwarded messages have arrived or its patience (see
`forwards.patience`) has expired. A forwarded message that was overtaken nevertheless is lost.

Also lost are messages that wait at an executor that crashes, messages that a link loses or that arrive at a process
that has ended, messages that wait for a copy that never runs again, and messages that an actor handled after the
checkpoint from which it restarts. The last ones do not count as delivered.

With `runtime.queueing: paused`, an actor refuses messages from the sending of its final checkpoint until it runs again.
At the end every message is in exactly one of delivered, lost, refused and waiting.

Messages arrive until the end of the simulation.
"""

from array import array
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from icnsim.draws.stable import stable_index
from icnsim.draws.streams import Streams
from icnsim.elementary.single import log1p
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import State
from icnsim.recording.actormessages import COUNTED
from icnsim.scenario import Scenario
from icnsim.simulation.executors.copies import NOWHERE, Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.forwards import Bundle, Forwards, patience
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.links import Links
from icnsim.simulation.time.environment import ARRIVAL, Environment


@dataclass(slots=True)
class Box:
    """The messages that wait for one actor.

    Attributes
    ----------
    holder : the executor where the actor runs or is paused, `NOWHERE` before it exists.
    number : messages so far. last : the newest handled message.
    waiting : by executor the numbers of the messages that wait there, in order.
    holding_until : the end of the new home's wait for forwarded messages, µs; at most 0 if it does not wait.
    attempt : the attempt for which the actor is paused. handled : its run times at the newest messages, µs.
    """

    holder: ExecutorId
    number: int = 0
    last: int = 0
    waiting: dict[ExecutorId, list[int]] = field(default_factory=dict)
    holding_until: int = 0
    attempt: int = -1
    handled: deque[int] = field(default_factory=deque)


class Mailboxes:
    """The messages to all actors.

    Parameters
    ----------
    homes : the executor of each actor at the start, `NOWHERE` for an actor that does not exist yet.
    copies : where the actors run. executors : their processes.
    kept : for each actor the run time for which a handled message may still be lost in a crash, µs.
    end : the end of the simulation, µs. links : carry the forwarded messages.
    ran : how long an actor has run at an executor since its checkpoint, µs.

    Attributes
    ----------
    queued : messages that had to wait, by attempt. counts : the messages to each actor, by the names of `COUNTED`;
        `waiting` is computed at the end.
    never_back : the executors that are down and do not run any of their actors again.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        streams: Streams,
        copies: Copies,
        homes: Sequence[ExecutorId],
        kept: Sequence[int],
        end: int,
        executors: Sequence[Executor],
        links: Links,
        ran: Callable[[ActorId, ExecutorId], int],
    ) -> None:
        self._env = env
        self._kept = kept
        self._streams = streams
        self._copies = copies
        self._rate = scenario.actors.message_rate * len(homes)
        self._boxes = [Box(home) for home in homes]
        self._end = end
        self._patience = patience(scenario)
        self._bundles = Forwards(hooks, links, streams, self._forwarded, self._lost_in_transit)
        self._executors = executors
        self._ran = ran
        self._forwards = scenario.protocol.switches.completion_ack
        self._refuses = {"always": self._never, "paused": self._is_migrating}[scenario.runtime.queueing]
        self.never_back: set[ExecutorId] = set()
        self.queued: Counter[int] = Counter()
        self.counts = {name: array("q", bytes(8 * len(homes))) for name in COUNTED}
        hooks.copy_started.append(self._runs)
        hooks.copy_stopped.append(self._paused)
        hooks.source_ended.append(self._handed_over)
        hooks.executor_resumed.append(self._resumed)
        hooks.executor_crashing.append(self._crashing)
        hooks.executor_losing.append(self._losing)
        hooks.executor_restarted.append(self._restarted)

    def start(self) -> None:
        """Schedule the first message."""
        self._next(0)

    def _next(self, number: int) -> None:
        u = self._streams.further.uniform("actor_messages/gap", number)
        when = self._env._now + round(-log1p(-u) / self._rate * 1e6)
        if when < self._end:
            self._env.at(when, self._arrive, number)

    def _arrive(self, number: int, _: int) -> None:
        self._next(number + 1)
        u = self._streams.further.uniform("actor_messages/actor", number)
        actor = stable_index(u, len(self._boxes))
        if not self._copies.exists[actor]:
            return
        box, where = self._boxes[actor], self._copies.where[actor]
        box.number += 1
        self.counts["sent"][actor] += 1
        if where and box.holding_until <= 0 and not self._is_stalled(where[-1]):
            self._handle(ActorId(actor), box.number)
            return
        if not where and self._refuses(ActorId(actor), box.holder):
            self.counts["refused"][actor] += 1
            return
        box.waiting.setdefault(where[-1] if where else box.holder, []).append(box.number)
        self.counts["queued"][actor] += 1
        if box.attempt >= 0:
            self.queued[box.attempt] += 1

    def _never(self, actor: ActorId, holder: ExecutorId) -> bool:
        """Returns False: an actor that runs nowhere refuses no message."""
        return False

    def _is_migrating(self, actor: ActorId, holder: ExecutorId) -> bool:
        """Whether the holder of the paused actor has sent its final checkpoint, and its process runs."""
        executor = self._executors[holder]
        if not executor.up or executor.stalled:
            return False
        record = executor.manager.active.get(actor)
        return record is not None and record.role is Role.SOURCE and record.state is State.TRANSFERRING

    def _handle(self, actor: ActorId, number: int) -> None:
        box = self._boxes[actor]
        self.counts["delivered"][actor] += 1
        if number < box.last:
            self.counts["reordered"][actor] += 1
        box.last = max(box.last, number)
        ran = self._ran(actor, box.holder)
        while box.handled and box.handled[0] < ran - self._kept[actor]:
            box.handled.popleft()
        box.handled.append(ran)

    def _is_stalled(self, executor: ExecutorId) -> bool:
        return bool(self._executors[executor].stalled)

    def _paused(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        """Let the messages of a paused actor wait; if the actor has ended, its messages are lost."""
        if how == "pause":
            self._boxes[actor].attempt = attempt
        elif how == "end":
            box = self._boxes[actor]
            self.counts["lost"][actor] += sum(map(len, box.waiting.values()))
            box.waiting.clear()
            box.handled.clear()

    def _runs(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        """Handle the messages that wait for an actor that runs now."""
        box, where = self._boxes[actor], executor.id
        old, box.holder = box.holder, where
        resumed = attempt >= 0 and copy.paused_for == attempt
        if copy.saved or not resumed:
            box.handled.clear()
        if old == where and box.holding_until > 0:
            return  # the actor has restarted while its home holds messages
        if self._forwards and old not in (where, NOWHERE):
            box.holding_until = until = self._env._now + self._patience
            self._env.at(until, self._give_up, (actor, until), ARRIVAL)  # after the arrivals of that instant
            return
        self._drain(actor)

    def _resumed(self, executor: Executor) -> None:
        """Handle the messages that have arrived while a process was stalled."""
        for actor in executor.manager.runtime.copies:
            if self._boxes[actor].holding_until <= 0:
                self._drain(actor)

    def _handed_over(self, record: MigrationRecord, source: Executor) -> None:
        """Forward the waiting messages, because the old home has received the Ack."""
        if record.state is not State.COMPLETE:
            return
        actor, old = record.actor, source.id
        bundle = Bundle(actor, record.peer, self._boxes[actor].waiting.pop(old, []))
        self._bundles.send(bundle, old, record.attempt)

    def _forwarded(self, bundle: Bundle) -> bool:
        """Handle forwarded messages that have arrived; returns False if no process runs there.

        A stalled process handles them when it resumes.
        """
        actor, home = bundle.actor, bundle.home
        executor, box = self._executors[home], self._boxes[actor]
        if not executor.up or actor not in executor.manager.runtime.copies:
            return False
        # A message that was overtaken after the end of the patience would be out of order.
        in_time = [number for number in bundle.numbers if number > box.last]
        self.counts["lost"][actor] += len(bundle.numbers) - len(in_time)
        box.waiting[home] = in_time + box.waiting.get(home, [])
        if box.holder == home:
            box.holding_until = 0
            self._drain(actor)
        return True

    def _lost_in_transit(self, bundle: Bundle) -> None:
        self.counts["lost"][bundle.actor] += len(bundle.numbers)

    def _give_up(self, subject: tuple[ActorId, int], _: int) -> None:
        actor, until = subject
        box = self._boxes[actor]
        if box.holding_until == until:
            box.holding_until = 0
            self._drain(actor)

    def _drain(self, actor: ActorId) -> None:
        """Handle the messages that wait where the actor runs."""
        box, where = self._boxes[actor], self._copies.where[actor]
        if where:
            box.attempt = -1
        for executor in where:
            for number in () if self._is_stalled(executor) else box.waiting.pop(executor, []):
                self._handle(actor, number)

    def _losing(self, executor: Executor, disk_survives: bool) -> None:
        """Handle a process that is down and loses its disk or never restarts: its actors do not run again."""
        self.never_back.add(executor.id)

    def _restarted(self, executor: Executor) -> None:
        self.never_back.discard(executor.id)

    def _crashing(self, executor: Executor, disk_survives: bool, returns: bool) -> None:
        """Lose the messages that wait, at a process that is about to end, for an actor that has left."""
        if not returns:
            self.never_back.add(executor.id)
        for actor, copy in executor.manager.runtime.copies.items():
            if not copy.running and self._copies.home[actor] != executor.id:
                self.counts["lost"][actor] += len(self._boxes[actor].waiting.pop(executor.id, ()))

    def crashed(self, actor: ActorId, executor: ExecutorId, saved: int, *, unsaved: bool) -> int:
        """Lose messages because the home of an actor has crashed: those that wait, and those that must be undone.

        `saved` is the run time at the newest checkpoint; `unsaved` says whether the actor has run after it. Returns the
        number of lost messages.
        """
        box = self._boxes[actor]
        lost = len(box.waiting.pop(executor, []))
        if unsaved:
            while box.handled and box.handled[0] < saved:
                box.handled.popleft()
            self.counts["delivered"][actor] -= len(box.handled)
            lost += len(box.handled)
            box.handled.clear()
        self.counts["lost"][actor] += lost
        return lost

    def finish(self, may_run: Callable[[ActorId, ExecutorId], bool]) -> None:
        """Count the messages in transit, and those to actors that run or may run again, as waiting at the end."""
        for bundle in self._bundles.in_transit:
            self.counts["waiting"][bundle.actor] += len(bundle.numbers)
        for actor, box in enumerate(self._boxes):
            for executor, numbers in box.waiting.items():
                if numbers:
                    waits = may_run(ActorId(actor), executor)
                    self.counts["waiting" if waits else "lost"][actor] += len(numbers)
