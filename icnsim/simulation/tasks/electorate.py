"""Chooses the executors that vote, and their digests: the right one for honest executors, lies for byzantine ones."""

from collections.abc import Mapping, Sequence
from typing import Final

from icnsim.draws.lottery import Lottery
from icnsim.draws.streams import Further
from icnsim.protocol.messages import ActorId, AttemptId, Digest, ExecutorId, Kind, Message
from icnsim.protocol.quorum import Tally, Verdict, executors_for, needed
from icnsim.protocol.task import ComputeTask
from icnsim.scenario.executors import ExecutorGroup
from icnsim.scenario.schema import Quorum
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks

RIGHT, SHARED = Digest(0), Digest(1)
"""The digest of honest executors, and the common digest of colluding liars."""
OWN: Final = 2
"""The smallest digest of a liar of the kind `alone`; each such liar has its own."""


def asked(quorum: Quorum, further: Further, number: int, most: int) -> int:
    """The number of voters on a migration, at most `most`; the estimated cost in credits is drawn."""
    if quorum.executors != "by-credits":
        return quorum.executors
    return min(most, executors_for(further.whole("credits", quorum.credits, number)))


def assigned(quorum: Quorum, task: ComputeTask, most: int) -> int:
    """The number of executors that run a task, at most `most`: from its body, from the quorum, or from its value."""
    if task.executors is not None:
        return min(most, task.executors)
    if quorum.executors != "by-credits":
        return quorum.executors
    return 1 if task.estimated_value is None else min(most, executors_for(task.estimated_value))


def agreeing(quorum: Quorum, task: ComputeTask, executors: int) -> int:
    """The number of a task's executors that must agree on its result."""
    return needed(executors, quorum.threshold if task.threshold is None else task.threshold)


def drawn(
    further: Further, purpose: str, number: int, wanted: int, among: Lottery, without: Sequence[ExecutorId] = ()
) -> list[ExecutorId]:
    """Draw `wanted` executors, one by one, or all of them; a larger number begins with the same executors."""
    found = list[ExecutorId]()
    while len(found) < wanted:
        key = further.uniform(f"{purpose}/{len(found)}", number)
        executor = among.draw(key, (*without, *found))
        if executor is None:
            break
        found.append(ExecutorId(executor))
    return found


def says(group: ExecutorGroup, number: int) -> Sequence[Digest]:
    """The digests that an executor with that group and number sends, in order."""
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
    kind: Kind, actor: ActorId, number: AttemptId, sender: Executor, receiver: ExecutorId, sequence: int, digest: Digest
) -> Message:
    """A message of the vote on the actor's migration, or of the task, with that number."""
    return Message(
        kind, actor, number, sender.id, receiver,
        sequence=sequence, sent_at=sender.clock_ms(), signer=sender.id, digest=digest,
    )  # fmt: skip


def counted(
    tally: Tally, result: Message, now: int, hooks: Hooks, subject: tuple[ActorId, AttemptId, ExecutorId]
) -> Verdict:
    """Count a result; returns the verdict. A second result of one executor is hazard 20."""
    double_votes = tally.double_votes
    verdict = tally.receive(result.signer, result.digest, now)
    if tally.double_votes > double_votes:
        for listener in hooks.hazard:
            listener(20, *subject)
    return verdict
