"""Faults of links: partitions cut links; disturbances lose, duplicate or delay the messages on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from icnsim.draws.streams import Further
from icnsim.scenario import Distribution


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A partition: nothing travels from `sources` to `targets`, nor back if it is symmetric.

    A cut link loses a message if the link is cut when the message is sent or would arrive. If the partition `holds`
    messages, it keeps them until it heals.
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
    """Whether one of the cuts loses a message that is sent over the link now or would arrive now."""
    return any(not cut.holds and cut.between(sender, receiver) for cut in cuts)


def holds(cuts: Iterable[Cut], sender: int, receiver: int) -> bool:
    """Whether one of the cuts holds the messages that wait at the link."""
    return any(cut.holds and cut.between(sender, receiver) for cut in cuts)


@dataclass(frozen=True, slots=True, eq=False)
class Disturbance:
    """A fault of kind "loss", "duplication" or "reordering" for the messages that some executors send.

    Attributes
    ----------
    name : names its draws, so that two disturbances of one kind affect messages independently.
    labels : the kinds of message that it can affect; None for all kinds.
    delay : the delay that "reordering" adds.
    """

    kind: str
    name: str
    senders: frozenset[int]
    labels: frozenset[str] | None
    probability: float
    delay: Distribution | None = None

    def concerns(self, label: str, sender: int) -> bool:
        """Whether it can affect a message with this label from this executor."""
        return sender in self.senders and (self.labels is None or label in self.labels)


class Disturbed(NamedTuple):
    """The effect of all disturbances on one message.

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
    """The effect of the disturbances on a message; `draws` and `place` name its draws."""
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
