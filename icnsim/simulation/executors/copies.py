"""The executors where each actor runs, and since when; downtime and doubled run time are measured by intervals."""

from array import array
from typing import Final

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.runtime import Copy
from icnsim.recording.columns import NEVER
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

NOWHERE: Final = ExecutorId(NEVER)
"""The home of an actor that does not exist yet."""


class Copies:
    """The running copies of all actors.

    Parameters
    ----------
    homes : the executor where each actor runs that exists at the start.
    later : the number of actors that may be created during the run.

    Attributes
    ----------
    exists : for each actor 1 if it exists.
    where : the executors where each actor runs, the newest last.
    home : for each actor the executor of its newest copy, which may be paused.
    downtime, doubled : for each attempt how long its actor ran nowhere, or twice, because of it, µs;
        `downtime` is -1 if the actor was never paused.
    running : copies that run now. absent : actors that run nowhere now.
    open : the attempts because of which an actor still runs nowhere at the end of the run.
    nowhere, twice : the time for which each actor ran nowhere, or twice, for any reason, µs.
    """

    def __init__(self, env: Environment, hooks: Hooks, homes: list[ExecutorId], attempts: int, later: int = 0) -> None:
        self._env = env
        actors = len(homes) + later
        self.exists = bytearray([1]) * len(homes) + bytearray(later)
        self.home = homes + [NOWHERE] * later
        self.where: list[tuple[ExecutorId, ...]] = [*((home,) for home in homes), *[()] * later]
        self.running = len(homes)
        self.absent = 0
        self.nowhere = array("q", bytes(8 * actors))
        self.twice = array("q", bytes(8 * actors))
        self.downtime = array("q", [NEVER]) * attempts
        self.doubled = array("q", bytes(8 * attempts))
        self.open: list[AttemptId] = []
        self._since: dict[ActorId, int] = {}
        self._caused: dict[ActorId, AttemptId] = {}
        hooks.copy_started.append(self._starts)
        hooks.copy_stopped.append(self._stops)

    def enter(self, actor: ActorId) -> None:
        """Mark the actor as existing from now on; it runs nowhere yet."""
        self.exists[actor] = 1
        self.absent += 1

    def leave(self, actor: ActorId) -> None:
        """Mark the actor, which runs nowhere, as no longer existing."""
        self.exists[actor] = 0
        self.absent -= 1
        self._since.pop(actor, None)

    def extend(self) -> None:
        """Add a row for one more attempt."""
        self.downtime.append(NEVER)
        self.doubled.append(0)

    def _starts(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        """Add a copy that runs from now on because of that attempt (-1 for none)."""
        where, here = executor.id, self.where[actor]
        self.home[actor] = where
        if where in here:
            return
        self.running += 1
        now = self._env._now
        if not here:
            self.absent -= 1
            self.where[actor] = (where,)
            self._charge(actor, now, doubled=False)
        else:
            self._charge(actor, now, doubled=len(here) > 1)
            self.where[actor] = (*here, where)
            self._since[actor], self._caused[actor] = now, attempt

    def _stops(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        """Remove a copy that has stopped because of that attempt (-1 for none)."""
        where, here = executor.id, self.where[actor]
        if where not in here:
            if here:
                self.home[actor] = here[-1]
            return
        self.running -= 1
        if len(here) == 1:
            self.where[actor] = ()
            self.absent += 1
            self._since[actor], self._caused[actor] = self._env._now, attempt
            if attempt >= 0:
                self.downtime[attempt] = max(0, self.downtime[attempt])
            return
        self._charge(actor, self._env._now, doubled=True)
        self.where[actor] = left = tuple(place for place in here if place != where)
        self.home[actor] = left[-1]
        if len(left) == 1:
            del self._since[actor]

    def finish(self, now: int) -> None:
        """Count the time until the end of the run."""
        for actor in sorted(self._since):
            if not self.where[actor] and self._caused[actor] >= 0:
                self.open.append(self._caused[actor])
            self._charge(actor, now, doubled=len(self.where[actor]) > 1)

    def _charge(self, actor: ActorId, now: int, *, doubled: bool) -> None:
        """Add the time since the last change to the actor, and to the attempt that caused that change."""
        since = self._since.pop(actor, None)
        if since is None:
            return
        attempt = self._caused[actor]
        (self.twice if doubled else self.nowhere)[actor] += now - since
        if doubled:
            self._since[actor] = now
        if attempt >= 0:
            (self.doubled if doubled else self.downtime)[attempt] += now - since
