"""The heartbeats that executors send to each other, and the ones that have arrived.

Theory of operation. No heartbeat is an event. The sendings of an executor are computed (`Sendings`), the delay and the
loss of each heartbeat are draws at their own place (`HeartbeatDraws`), and `past` has the history of the faults that it
meets. When a detector asks, the arrivals are computed for its link. Events before the present instant can no longer
change, so each heartbeat is computed once. A heartbeat that is still in transit, held by a partition or waiting for a
stalled process is computed again when the detector next asks.

A heartbeat takes the latency of its link and half of the round trip between the regions. It is not gossiped. It is lost
like a message: at random, by a partition, by a fault of kind "loss", or because it arrives at a process that has ended.
It is never duplicated, because a receiver accepts each number once. A process that resumes after a stall receives the
waiting heartbeats before it handles anything else.

A receiver keeps the newest `window` heartbeats by number. A crash makes it lose all of them. After a restart of the
sender, the first heartbeat that arrives makes it drop the older ones, as in Akka and Cassandra: the heartbeat's
incarnation shows that the sender has restarted.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

import numpy as np

from icnsim.draws.heartbeats import HeartbeatDraws
from icnsim.draws.streams import Integers, Streams, whole
from icnsim.protocol.detectors.heartbeats import Heard
from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import Scenario
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.heartbeats.memory import Memory
from icnsim.simulation.heartbeats.past import LinkPast, LinksPast, ProcessPasts, readings, taken
from icnsim.simulation.heartbeats.sendings import Sendings
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.links import Links
from icnsim.simulation.time.environment import Environment

LABEL: Final = "heartbeat"
"""The name of heartbeats in the `messages` of a fault, and of their loop."""
MOST_KEPT: Final = 1 << 21
"""The number of heartbeats that are kept over all links, 32 MB. Others are computed again."""
SPARE: Final = 16
"""The number of heartbeats beyond the window that are computed first, because some are lost or in transit."""

_NONE: Final = np.zeros(0, np.int64)


class Counted(Protocol):
    """The heartbeats of a run, for the recording."""

    def sent(self) -> int:
        """The number of heartbeats that were sent before now, each to every other executor."""


class _Receipts:
    """The state of the heartbeats of one link.

    Attributes
    ----------
    ends : the number of crashes of the receiver, which lose heartbeats. low, high : the places that were computed.
    under_way : of those that have neither arrived nor been lost: places, numbers, sending times and due times (µs).
    arrived : places, numbers and times (µs) of the newest ones that the receiver has received, ascending by place.
    """

    __slots__ = ("arrived", "draws", "ends", "high", "link", "low", "under_way")

    def __init__(self, draws: HeartbeatDraws, link: LinkPast) -> None:
        self.draws, self.link = draws, link
        self.begin(0, 0)

    def begin(self, place: int, ends: int) -> None:
        """Forget everything; heartbeats are computed from this place on."""
        self.low = self.high = place
        self.ends = ends
        self.under_way: tuple[Integers, ...] = (_NONE,) * 4
        self.arrived: tuple[Integers, ...] = (_NONE,) * 3


class Heartbeats:
    """The heartbeats of a federation.

    Parameters
    ----------
    rhythm : the ticks at which each executor sends; it has no ticks for an executor that sends no heartbeats.
    links : give the distances. window : the largest number of heartbeats that a detector asks for.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        streams: Streams,
        rhythm: Rhythm,
        links: Links,
        window: int,
    ) -> None:
        self._env = env
        self._names = scenario.executor_names
        self._link, self._distance = links.link, links.way
        assert scenario.manager.heartbeat is not None
        every = scenario.manager.heartbeat.every
        self._sendings = [
            None if lattice is None else Sendings(lattice, every, partial(self._reading, sender))
            for sender, lattice in enumerate(rhythm.lattices)
        ]
        self._window = window
        self._kept: dict[tuple[ExecutorId, ExecutorId], _Receipts] = {}
        self._most = max(16, MOST_KEPT // window)
        self._processes = ProcessPasts(env, hooks)
        self._links = LinksPast(env, hooks)
        self._seeds = [(0, streams.seed)]
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._seeds.append((self._env._now, streams.seed))

    def _reading(self, executor: int, instant: int) -> int:
        """The reading of an executor's monotonic clock at an instant that is not in the future, both µs."""
        past = self._processes.of(executor)
        return instant if past is None else int(readings(past, np.array([instant]))[0])

    def sent(self) -> int:
        """The number of heartbeats that were sent before now, each to every other executor."""
        beats = sum(each.before(self._env._now) for each in self._sendings if each is not None)
        return beats * (len(self._sendings) - 1)

    def arrivals(self, sender: ExecutorId, receiver: ExecutorId) -> tuple[Integers, Integers]:
        """The newest heartbeats that reached the receiver before now and that it keeps, at most `window`.

        The receiver's process runs now.

        Returns
        -------
        numbers, times : the numbers in the heartbeats, ascending; and the times at which the receiver got them, µs.
        """
        sendings, now = self._sendings[sender], self._env._now
        high = 0 if sendings is None else sendings.before(now)
        if sendings is None or not high:
            return _NONE, _NONE
        receipts = self._receipts(sender, receiver)
        past = self._processes.of(receiver)
        ends = 0 if past is None else len(past.ended)
        if ends != receipts.ends or high - receipts.high > self._window + SPARE:
            receipts.begin(high, ends)
        self._compute(receipts, sendings, sender, receiver, receipts.high, high)
        receipts.high = high
        while len(receipts.arrived[0]) < self._window and receipts.low > self._oldest(receipts, sender):
            low = max(0, receipts.low - self._window - SPARE)
            self._compute(receipts, sendings, sender, receiver, low, receipts.low)
            receipts.low = low
        return receipts.arrived[1], receipts.arrived[2]

    def heard(self, sender: ExecutorId, receiver: ExecutorId) -> Heard | None:
        """The same in the form of the receiver's manager, in ms of its monotonic clock; None without heartbeats."""
        numbers, times = self.arrivals(sender, receiver)
        if not len(numbers):
            return None
        past = self._processes.of(receiver)
        shown = times if past is None or len(past.clock) == 1 else readings(past, times)
        return Memory(numbers, shown // 1000)

    def _receipts(self, sender: ExecutorId, receiver: ExecutorId) -> _Receipts:
        known = self._kept.get((sender, receiver))
        if known is None:
            if len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            draws = HeartbeatDraws(self._names[sender], self._names[receiver])
            known = self._kept[sender, receiver] = _Receipts(draws, LinkPast(self._links, sender, receiver))
            known.ends = -1
        return known

    def _oldest(self, receipts: _Receipts, sender: ExecutorId) -> int:
        """The first place of the sender's incarnation from which the newest heartbeat has arrived."""
        past, sendings = self._processes.of(sender), self._sendings[sender]
        if past is None or sendings is None or not len(receipts.arrived[0]):
            return 0
        newest = int(receipts.arrived[0][-1])
        return max((begin for ended in past.ended if (begin := sendings.before(ended)) <= newest), default=0)

    def _compute(
        self, receipts: _Receipts, sendings: Sendings, sender: ExecutorId, receiver: ExecutorId, low: int, high: int
    ) -> None:
        """Compute the heartbeats at the places `low` to `high` - 1, and those that were in transit."""
        now = self._env._now
        rows = receipts.under_way
        if low < high:
            fresh = self._launched(receipts.draws, sendings, sender, receiver, low, high)
            parts = (rows, fresh) if low >= receipts.high else (fresh, rows)  # ascending by place
            rows = tuple(map(np.concatenate, zip(*parts, strict=True))) if len(rows[0]) else fresh
        if not len(rows[0]):
            return
        places, numbers, sent, due = rows
        reached, lost = receipts.link.arrivals(sent, due, now)
        times, past = reached, self._processes.of(receiver)
        if past is not None:
            times, missed = taken(past, reached)
            lost |= missed & (reached < now)
            if past.ended:
                lost |= times <= past.ended[-1]
        arrived = ~lost & (reached < now) & (times <= now)
        open_still = ~lost & ~arrived
        receipts.under_way = (places[open_still], numbers[open_still], sent[open_still], due[open_still])
        if arrived.any():
            found = (places[arrived], numbers[arrived], times[arrived])
            self._keep(receipts, sender, found)

    def _keep(self, receipts: _Receipts, sender: ExecutorId, found: Sequence[Integers]) -> None:
        """Keep heartbeats that have arrived, and drop those that a newer one replaces."""
        together = [np.concatenate(both) for both in zip(receipts.arrived, found, strict=True)]
        known = receipts.arrived[0]
        overtaken = len(known) and found[0][0] < known[-1]
        order = np.argsort(together[0])[-self._window :] if overtaken else slice(-self._window, None)
        receipts.arrived = tuple(column[order] for column in together)
        oldest = self._oldest(receipts, sender)
        if oldest > receipts.arrived[0][0]:
            current = receipts.arrived[0] >= oldest
            receipts.arrived = tuple(column[current] for column in receipts.arrived)

    def _launched(
        self, draws: HeartbeatDraws, sendings: Sendings, sender: ExecutorId, receiver: ExecutorId, low: int, high: int
    ) -> tuple[Integers, ...]:
        """The heartbeats at the places `low` to `high` - 1 that are not lost at random: see `_Receipts.under_way`."""
        places = np.arange(low, high)
        sent, numbers = sendings.sent(low, high, self._env._now)
        delay, lost = np.zeros(high - low, np.int64), np.zeros(high - low, bool)
        starts = [start for start, _ in self._seeds]
        for (_, seed), begin, end in zip(self._seeds, starts, [*starts[1:], None], strict=True):
            first, last = np.searchsorted(sent, [begin, sent[-1] + 1 if end is None else end]).tolist()
            if first < last:
                part = slice(first, last)
                self._draw(draws, seed, sender, receiver, low + first, sent[part], delay[part], lost[part])
        delay += self._distance(sender, receiver, 0)
        kept = ~lost
        return places[kept], numbers[kept], sent[kept], sent[kept] + delay[kept]

    def _draw(
        self,
        draws: HeartbeatDraws,
        seed: int,
        sender: ExecutorId,
        receiver: ExecutorId,
        low: int,
        sent: Integers,
        delay: Integers,
        lost: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    ) -> None:
        """Add the delays and the losses of heartbeats at the places from `low` on to `delay` and `lost`."""
        high, link = low + len(sent), self._link(sender, receiver)
        constant = link.latency.constant
        if constant is None:
            delay += draws.delays(seed, link.latency, low, high)
        else:
            delay += round(constant)
        if link.loss:
            lost |= draws.uniforms(seed, "lost", low, high) < link.loss
        for each in self._links.disturbed:
            if each.end <= sent[0] or each.begin > sent[-1] or not each.disturbance.concerns(LABEL, sender):
                continue
            name = f"fault/{each.disturbance.name}"
            affected = (each.begin <= sent) & (sent < each.end)
            affected &= draws.uniforms(seed, name, low, high) < each.disturbance.probability
            if each.disturbance.kind == "loss":
                lost |= affected
            elif each.disturbance.delay is not None:
                late = each.disturbance.delay.ppf(draws.uniforms(seed, f"{name}/delay", low, high))
                delay += np.where(affected, whole(late), 0)
