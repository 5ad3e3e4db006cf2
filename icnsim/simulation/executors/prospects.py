"""Decides whether the copy of an actor that does not run at the end of the simulation may run again."""

from collections import Counter
from collections.abc import Sequence

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.simulation.activity import Activity
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor


class Prospects:
    """The prospects of all actors at the end of the run.

    Parameters
    ----------
    managed : for each executor, whether a manager's loop ticks there.
    never_back : the executors that are down and do not run any of their actors again.
    """

    def __init__(
        self,
        executors: Sequence[Executor],
        copies: Copies,
        activity: Activity,
        managed: Sequence[bool],
        never_back: frozenset[ExecutorId],
    ) -> None:
        self._executors = executors
        self._copies = copies
        self._managed = managed
        self._never_back = never_back
        records = Counter(actor for executor in executors for actor in executor.manager.active)
        self._in_flight = [items > records[ActorId(actor)] for actor, items in enumerate(activity.items)]

    def may_run(self, actor: ActorId, executor: ExecutorId) -> bool:
        """Whether the actor runs there or may still run there.

        A paused copy may run if its executor restarts, if a message or a stage of the actor is in flight, or if a
        timeout will end the record for which it is paused.
        """
        host = self._executors[executor]
        if executor in self._copies.where[actor]:
            return True
        if actor not in host.manager.runtime.copies:
            return False
        if not host.up:
            return executor not in self._never_back
        record = host.manager.active.get(actor)
        timed = record is not None and self._managed[executor] and record.state in host.manager.timeouts_of(actor)
        return timed or self._in_flight[actor]
