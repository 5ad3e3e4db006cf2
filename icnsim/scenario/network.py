"""The section `network` of a scenario: the links between the executors, their sharing and their differences."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from icnsim.protocol.wasm import PAGE
from icnsim.scenario.distributions import Constant, Distribution, Uniform
from icnsim.scenario.fields import Bandwidth, MessageKind, Probability, RandomDuration, RandomDurationOrNull, Text
from icnsim.scenario.section import Section

S, MS = 1_000_000, 1_000


class Gossip(Section):
    delay: RandomDuration = Uniform(1.0 * S, 2.0 * S)
    messages: Annotated[tuple[MessageKind, ...], Field(max_length=13)] = ("request",)


class PairOf(Section):
    """The links from one region to another, in this direction; null means the value from `network`."""

    sender: Text = Field(alias="from")
    receiver: Text = Field(alias="to")
    latency: RandomDurationOrNull = None
    loss: Probability | None = None
    bandwidth: Bandwidth | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Latency, loss and bandwidth of a link, without the distance by `network.matrix`.

    Attributes
    ----------
    bandwidth : bytes per second; None if size takes no time.
    """

    latency: Distribution
    loss: float
    bandwidth: int | None


class NetworkOf(Section):
    latency: RandomDuration = Constant(200.0 * MS)
    matrix: Text | None = None
    gossip: Gossip = Gossip()
    bandwidth: Bandwidth | None = None
    sharing: Literal["none", "executor", "link"] = "none"
    pairs: Annotated[tuple[PairOf, ...], Field(max_length=10_000)] = ()
    loss: Probability = 0
    duplication: Probability = 0

    @property
    def page_s(self) -> float:
        """The time that a page of a WASM memory takes on the wire, s."""
        return PAGE / self.bandwidth if self.bandwidth else 0.0

    def link(self, sender: str | None, receiver: str | None) -> Link:
        """The link from an executor in one region to an executor in another one."""
        return self._by_regions.get((sender, receiver), self._everywhere)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The different kinds of link: the one that `network` describes, then one for each pair."""
        return self._everywhere, *self._by_regions.values()

    @cached_property
    def _everywhere(self) -> Link:
        return Link(self.latency, self.loss, self.bandwidth)

    @cached_property
    def _by_regions(self) -> dict[tuple[Any, Any], Link]:
        return {
            (pair.sender, pair.receiver): Link(
                self.latency if pair.latency is None else pair.latency,
                self.loss if pair.loss is None else pair.loss,
                self.bandwidth if pair.bandwidth is None else pair.bandwidth,
            )
            for pair in self.pairs
        }
