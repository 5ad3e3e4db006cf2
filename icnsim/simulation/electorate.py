"""Who is asked to decide together, and what each of them says: honest executors all the same, liars as they lie."""

from collections.abc import Mapping, Sequence
from typing import Final

from icnsim.draws.streams import Further
from icnsim.protocol.messages import ActorId, AttemptId, Digest, ExecutorId, Kind, SwitchedMessage
from icnsim.protocol.quorum import Tally, Verdict, executors_for
from icnsim.scenario.executors import ExecutorGroup
from icnsim.scenario.schema import Quorum
from icnsim.simulation.host import Host
from icnsim.simulation.monitor import Monitor

RIGHT, SHARED = Digest(0), Digest(1)
"""What honest executors find, and what liars who know each other say."""
OWN: Final = 2
"""The least digest of a liar that is alone: each has its own."""
LOOK_AGAIN: Final = 1_000_000
"""After which who counts, and stood still at the end of its window, looks again, µs."""


def asked(quorum: Quorum, further: Further, number: int, most: int, credits: int | None = None) -> int:
    """How many decide on that migration or task, of so many that there are; its credits are drawn unless known."""
    if quorum.executors != "by-credits":
        return quorum.executors
    if credits is None:
        credits = further.whole("credits", quorum.credits, number)
    return min(most, executors_for(credits))


def drawn(further: Further, purpose: str, number: int, wanted: int, among: Sequence[ExecutorId]) -> list[ExecutorId]:
    """So many of these executors, drawn one by one, so that more of them are the same ones and others."""
    moved: dict[int, int] = {}  # of a shuffle's list only what is not in its place
    for place in range(wanted):
        other = place + int(further.uniform(f"{purpose}/{place}", number) * (len(among) - place))
        moved[place], moved[other] = moved.get(other, other), moved.get(place, place)
    return [among[moved[place]] for place in range(wanted)]


def says(group: ExecutorGroup, number: int) -> Sequence[Digest]:
    """What an executor of that group and with that number sends, in that order."""
    if group.behavior != "byzantine":
        return (RIGHT,)
    said: Mapping[str, Sequence[Digest]] = {
        "alone": (Digest(OWN + number),),
        "collude": (SHARED,),
        "equivocate": (RIGHT, SHARED),
        "silent": (),
    }
    return said[group.lies]


def message(
    kind: Kind, actor: ActorId, number: AttemptId, sender: Host, receiver: ExecutorId, sequence: int, digest: Digest
) -> SwitchedMessage:
    """What is asked or answered about an actor, or a task, of that number."""
    return SwitchedMessage(
        kind, actor, number, sender.id, receiver,
        sequence=sequence, sent_at=sender.clock_ms(), signer=sender.id, digest=digest,
    )  # fmt: skip


def counted(
    tally: Tally, result: SwitchedMessage, now: int, monitor: Monitor, subject: tuple[ActorId, AttemptId, ExecutorId]
) -> Verdict:
    """What a tally has come to with a result; the monitor is told of second ones, with whom they concern."""
    double_votes = tally.double_votes
    verdict = tally.receive(result.signer, result.digest, now)
    if tally.double_votes > double_votes:
        monitor.hazard(20, *subject)
    return verdict
