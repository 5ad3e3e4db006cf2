"""Where each actor runs, and since when: downtime and doubled run time, measured by intervals."""

from array import array

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.recording.columns import NEVER


class Copies:
    """The running copies of all actors.

    Parameters
    ----------
    homes : for each actor the executor where it runs from the start.

    Attributes
    ----------
    where : for each actor the executors where it runs, the newest last.
    downtime, doubled : for each attempt how long its actor ran nowhere, or twice, because of it, µs;
        `downtime` is -1 where it never paused.
    running : copies that run now. absent : actors that run nowhere now.
    nowhere, twice : for each actor how long it ran nowhere, or twice, whatever the reason, µs.
    """

    __slots__ = (
        "_caused",
        "_since",
        "absent",
        "doubled",
        "downtime",
        "nowhere",
        "running",
        "twice",
        "where",
    )

    def __init__(self, homes: list[ExecutorId], attempts: int) -> None:
        self.where: list[tuple[ExecutorId, ...]] = [(home,) for home in homes]
        self.running = len(homes)
        self.absent = 0
        self.nowhere = array("q", bytes(8 * len(homes)))
        self.twice = array("q", bytes(8 * len(homes)))
        self.downtime = array("q", [NEVER]) * attempts
        self.doubled = array("q", bytes(8 * attempts))
        self._since: dict[ActorId, int] = {}
        self._caused: dict[ActorId, int] = {}

    def extend(self) -> None:
        """One attempt more."""
        self.downtime.append(NEVER)
        self.doubled.append(0)

    def starts(self, actor: ActorId, where: ExecutorId, attempt: int, now: int) -> None:
        """A copy runs from now on, because of that attempt (-1 for none)."""
        here = self.where[actor]
        if where in here:
            return
        self._charge(actor, now)
        self.where[actor] = (*here, where)
        self.running += 1
        if not here:
            self.absent -= 1
        else:
            self._since[actor], self._caused[actor] = now, attempt

    def stops(self, actor: ActorId, where: ExecutorId, attempt: int, now: int) -> None:
        """A copy runs no more, because of that attempt (-1 for none)."""
        here = self.where[actor]
        if where not in here:
            return
        self._charge(actor, now)
        self.where[actor] = left = tuple(place for place in here if place != where)
        self.running -= 1
        if not left:
            self.absent += 1
            self._since[actor], self._caused[actor] = now, attempt
            if attempt >= 0:
                self.downtime[attempt] = max(0, self.downtime[attempt])
        elif len(left) == 1:
            del self._since[actor]

    def finish(self, now: int) -> None:
        """Charge what lasts to the end."""
        for actor in sorted(self._since):
            self._charge(actor, now)

    def _charge(self, actor: ActorId, now: int) -> None:
        """Charge the time since the last change to the actor, and to the attempt that caused it."""
        since = self._since.pop(actor, None)
        if since is None:
            return
        attempt, doubled = self._caused[actor], len(self.where[actor]) > 1
        (self.twice if doubled else self.nowhere)[actor] += now - since
        if doubled:
            self._since[actor] = now
        if attempt >= 0:
            (self.doubled if doubled else self.downtime)[attempt] += now - since
