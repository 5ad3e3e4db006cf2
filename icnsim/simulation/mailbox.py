"""The actors' messages: delivered once and in order where the actor runs, or reported as lost.

Theory of operation. Messages to an actor are numbered. One that finds the actor running is handled
at once; one that finds it paused waits at the executor that holds the paused copy. When the
actor runs there again it handles them; when it runs elsewhere the old home forwards them as
soon as it learns so, from the Ack. What is sent meanwhile would overtake them, so the new home
holds it back until what the old one forwards has come, or `PATIENCE` is over: what comes then, and
has been overtaken, is lost.

Lost is, besides, what waits at an executor that crashes, what waits for a copy that never runs again, and
what an actor had handled since the checkpoint that it restarts from.
"""

import math
from array import array
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.scenario import Scenario
from icnsim.simulation.copies import Copies
from icnsim.simulation.environment import Environment

COUNTED: Final = ("sent", "delivered", "queued", "lost", "reordered")
PATIENCE = 60_000_000
"""How long a new home waits for what the old one holds, µs."""


@dataclass(slots=True)
class Box:
    """What waits for one actor.

    Attributes
    ----------
    holder : the executor where it runs or is paused. number : messages to it so far. last : the newest handled.
    waiting : numbers by the executor at which they wait, in order.
    holding_until : the new home waits for what is forwarded, up to that instant, µs.
    attempt : the one for which it is paused. handled : its run times when it handled the newest ones, µs.
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
    copies : where the actors run. kept : for how long what was handled may be lost in a crash, µs.
    end : when the last message comes.

    Attributes
    ----------
    stands : tells whether an executor's process stands still.
    ran : tells how long an actor has run somewhere since its checkpoint, µs.
    queued : messages that waited, by attempt. counts : of the messages to each actor, by the names of `COUNTED`.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        streams: Streams,
        copies: Copies,
        homes: list[ExecutorId],
        kept: int,
        end: int,
    ) -> None:
        self._env = env
        self._kept = kept
        self._streams = streams
        self._copies = copies
        self._rate = scenario.actors.message_rate * scenario.actors.count
        self._boxes = [Box(home) for home in homes] if self._rate else []
        self._end = end
        self._latency = scenario.network.latency
        self.ran: Callable[[ActorId, ExecutorId], int] = lambda _, __: 0
        self.stands: Callable[[ExecutorId], bool] = lambda _: False
        self.queued: Counter[int] = Counter()
        self.counts = {name: array("q", bytes(8 * len(homes))) for name in COUNTED}

    def start(self) -> None:
        """Ask for the first message."""
        if self._rate:
            self._next(0)

    def _next(self, number: int) -> None:
        u = self._streams.further.uniform("actor_messages/gap", number)
        when = self._env._now + round(-math.log1p(-u) / self._rate * 1e6)
        if when < self._end:
            self._env.at(when, self._arrive, number)

    def _arrive(self, number: int, _: int) -> None:
        self._next(number + 1)
        u = self._streams.further.uniform("actor_messages/actor", number)
        actor = int(u * len(self._boxes))
        box, where = self._boxes[actor], self._copies.where[actor]
        box.number += 1
        self.counts["sent"][actor] += 1
        if where and self._env._now >= box.holding_until and not self.stands(where[-1]):
            self._handle(ActorId(actor), box.number)
            return
        box.waiting.setdefault(where[-1] if where else box.holder, []).append(box.number)
        self.counts["queued"][actor] += 1
        if box.attempt >= 0:
            self.queued[box.attempt] += 1

    def _handle(self, actor: ActorId, number: int) -> None:
        box = self._boxes[actor]
        self.counts["delivered"][actor] += 1
        if number < box.last:
            self.counts["reordered"][actor] += 1
        box.last = max(box.last, number)
        ran = self.ran(actor, box.holder)
        while box.handled and box.handled[0] < ran - self._kept:
            box.handled.popleft()
        box.handled.append(ran)

    def paused(self, actor: ActorId, attempt: AttemptId) -> None:
        """The actor is paused for an attempt: what comes waits."""
        if self._boxes:
            self._boxes[actor].attempt = attempt

    def runs(self, actor: ActorId, where: ExecutorId, *, anew: bool, forwarded: bool) -> None:
        """The actor runs: it handles what waits here.

        `anew` if it begins from a checkpoint, `forwarded` if its old home sends on what waits there.
        """
        if not self._boxes:
            return
        box = self._boxes[actor]
        old, box.holder = box.holder, where
        if anew:
            box.handled.clear()
        if old == where and self._env._now < box.holding_until:
            return  # it has restarted while it holds back
        if forwarded and old != where:
            box.holding_until = until = self._env._now + PATIENCE
            self._env.at(until, self._give_up, (actor, until))
            return
        self._drain(actor)

    def goes_on(self, actor: ActorId) -> None:
        """The process of an executor that holds the actor goes on."""
        if self._boxes and self._env._now >= self._boxes[actor].holding_until:
            self._drain(actor)

    def handed_over(self, actor: ActorId, old: ExecutorId, new: ExecutorId, row: int) -> None:
        """The old home has learned that the actor runs at the new one: it forwards what waits."""
        if not self._boxes:
            return
        box = self._boxes[actor]
        numbers = box.waiting.pop(old, [])
        delay = self._streams.further.whole("latency/forward", self._latency, row)
        self._env.at(self._env._now + delay, self._forwarded, (actor, new, numbers))

    def _forwarded(self, subject: tuple[ActorId, ExecutorId, list[int]], _: int) -> None:
        actor, new, numbers = subject
        box = self._boxes[actor]
        # What comes after the patience is over, and has been overtaken, would be out of order.
        in_time = [number for number in numbers if number > box.last]
        self.counts["lost"][actor] += len(numbers) - len(in_time)
        box.waiting[new] = in_time + box.waiting.get(new, [])
        box.holding_until = 0
        self._drain(actor)

    def _give_up(self, subject: tuple[ActorId, int], _: int) -> None:
        actor, until = subject
        box = self._boxes[actor]
        if box.holding_until == until:
            box.holding_until = 0
            self._drain(actor)

    def _drain(self, actor: ActorId) -> None:
        """Handle what waits where the actor runs."""
        box, where = self._boxes[actor], self._copies.where[actor]
        if where:
            box.attempt = -1
        for executor in where:
            for number in () if self.stands(executor) else box.waiting.pop(executor, []):
                self._handle(actor, number)

    def crashed(self, actor: ActorId, executor: ExecutorId, saved: int, *, unsaved: bool) -> int:
        """The executor has crashed: how many messages are lost, those that waited there and those handled since.

        `saved` is the run time at the newest checkpoint, `unsaved` whether the actor has run on from there.
        """
        if not self._boxes:
            return 0
        box = self._boxes[actor]
        lost = len(box.waiting.pop(executor, []))
        if unsaved:
            while box.handled and box.handled[0] < saved:
                box.handled.popleft()
            lost += len(box.handled)
            box.handled.clear()
        self.counts["lost"][actor] += lost
        return lost

    def finish(self) -> None:
        """At the end: what waits for a copy that does not run there is lost."""
        for actor, box in enumerate(self._boxes):
            for executor, numbers in box.waiting.items():
                if executor not in self._copies.where[actor]:
                    self.counts["lost"][actor] += len(numbers)
