"""Faults of links: partitions cut links, and disturbances lose, duplicate or delay what is sent over them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from icnsim.draws.streams import Further
from icnsim.scenario import Distribution


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A partition: nothing travels from `sources` to `targets`, nor back if it is symmetric.

    A cut link loses what is sent over it or would arrive over it. If the partition `holds` messages, it keeps them
    until it heals.
    """

    sources: frozenset[int]
    targets: frozenset[int]
    symmetric: bool
    holds: bool

    def between(self, sender: int, receiver: int) -> bool:
        """Whether it cuts the link from one executor to the other."""
        there = sender in self.sources and receiver in self.targets
        return there or (self.symmetric and sender in self.targets and receiver in self.sources)


def loses(cuts: Iterable[Cut], sender: int, receiver: int) -> bool:
    """Whether one of the cuts loses what is sent over the link now or would arrive over it now."""
    return any(not cut.holds and cut.between(sender, receiver) for cut in cuts)


def holds(cuts: Iterable[Cut], sender: int, receiver: int) -> bool:
    """Whether one of the cuts keeps back what waits at the link."""
    return any(cut.holds and cut.between(sender, receiver) for cut in cuts)


@dataclass(frozen=True, slots=True, eq=False)
class Disturbance:
    """A fault of kind "loss", "duplication" or "reordering" that may affect what some executors send.

    Attributes
    ----------
    name : names its draws. So two disturbances of one kind affect messages independently.
    labels : the kinds of message that it can affect; None for everything that travels.
    delay : the delay that "reordering" adds.
    """

    kind: str
    name: str
    senders: frozenset[int]
    labels: frozenset[str] | None
    probability: float
    delay: Distribution | None = None

    def concerns(self, label: str, sender: int) -> bool:
        """Whether it can affect what this executor sends under this label."""
        return sender in self.senders and (self.labels is None or label in self.labels)


class Disturbed(NamedTuple):
    """The effect of all disturbances on one sending.

    Attributes
    ----------
    kinds : the kind of each disturbance that has an effect. late : the added delay, µs.
    """

    kinds: Sequence[str]
    late: int


UNDISTURBED = Disturbed((), 0)


def disturbed(
    disturbances: Iterable[Disturbance], label: str, sender: int, further: Further, draws: str, place: int
) -> Disturbed:
    """The effect of the disturbances on what an executor sends; `draws` and `place` name the draws of this sending."""
    kinds, late = list[str](), 0
    for disturbance in disturbances:
        if not disturbance.concerns(label, sender):
            continue
        purpose = f"fault/{disturbance.name}/{draws}"
        if further.uniform(purpose, place) < disturbance.probability:
            kinds.append(disturbance.kind)
            if disturbance.delay is not None:
                late += further.whole(f"{purpose}/delay", disturbance.delay, place)
    return Disturbed(kinds, late)
