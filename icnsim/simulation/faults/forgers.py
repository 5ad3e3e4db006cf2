"""Forgers: executors that overhear Requests to others and accept them.

A copy of the Request travels over the link from the source to the forger, like every message. It is not a message of
the attempt, so no figure of messages counts it. A forger whose process is paused accepts when it resumes, and a forger
that is down receives nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import Kind, Message
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.links import Links, Sending

Overheard = tuple[Executor, Message]


@dataclass(frozen=True, slots=True)
class Forger:
    """A fault of kind "forge" at one executor; `name` and the executor's name `where` name its draws."""

    name: str
    probability: float
    host: Executor
    where: str


class Forgers:
    """All forgers that are in effect.

    Parameters
    ----------
    attempts : gives the migration of an attempt and its number within it.

    Attributes
    ----------
    forgers : those in effect.
    """

    def __init__(
        self, hooks: Hooks, links: Links, streams: Streams, attempts: Callable[[int], tuple[int, int]]
    ) -> None:
        self._hooks = hooks
        self._links = links
        self._streams = streams
        self._attempts = attempts
        self.forgers: list[Forger] = []
        hooks.draws_changed.append(self._draw_from)
        hooks.request_sent.append(self._overheard)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def _overheard(self, request: Message) -> None:
        """Send a copy of a Request to each forger that overhears it."""
        for forger in self.forgers:
            host, (migration, number) = forger.host, self._attempts(request.attempt)
            if host.id in (request.sender, request.receiver):
                continue
            u = self._streams.further.uniform(f"fault/{forger.name}/{forger.where}/{number}", migration)
            if u < forger.probability:
                self._links.send(
                    Sending(
                        Kind.REQUEST.label, (request.sender, host.id, self, (host, request)),
                        f"overheard/{forger.where}/{number}", migration, partial(self._delay, request, host, ""),
                        partial(self._delay, request, host, "/copy"), request.size_bytes,
                    )
                )  # fmt: skip

    def _delay(self, request: Message, host: Executor, copy: str) -> int:
        latency = self._links.link(request.sender, host.id).latency
        return self._streams.delay(Kind.ACCEPT, *self._attempts(request.attempt), f"/overheard{copy}", latency)

    def deliver(self, overheard: Overheard, _: int) -> None:
        """Accept a Request that has arrived at the forger."""
        host, request = overheard
        if host.up and host.stalled:
            host.timer(0, request.actor, self._accept, overheard)
        elif host.up:
            self._accept(overheard, 0)

    def drop(self, _: Overheard) -> None:
        """Drop a Request that a cut link has lost."""

    def stopped(self, _: Overheard) -> None:
        """Ignore that a cut link has stopped the Request: nothing counts it."""

    def _accept(self, overheard: Overheard, _: int) -> None:
        host, request = overheard
        for listener in self._hooks.fault_took_effect:
            listener("forge")
        host.manager.evaluated(request, None, host.clock_ms())
