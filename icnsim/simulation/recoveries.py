"""What a crash costs the actors that lived there: when they run again, from which checkpoint, what is lost.

An actor makes a checkpoint of itself every `checkpoint_interval` while it runs, so at a
crash it loses what it has done since the last one, at most an interval's work. Where the disk is
lost with it, or the executor never returns, all that the actor has ever done is lost, unless a copy
of it runs elsewhere, then or later.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, Column
from icnsim.simulation.copies import Copies
from icnsim.simulation.host import Host
from icnsim.simulation.mailbox import Mailboxes

COLUMNS = ("actor", "executor", "crashed", "restarted", "sequence", "work_lost", "messages_lost")


class Recoveries:
    """A row for each actor at each crash of the executor where it lived.

    Parameters
    ----------
    now : the virtual time, µs. copies : where the actors run. interval : between the checkpoints of an actor, µs.
    homes : for each actor the executor where it ran last.
    """

    def __init__(
        self,
        now: Callable[[], int],
        copies: Copies,
        mailboxes: Mailboxes,
        interval: int,
        homes: Sequence[ExecutorId],
    ) -> None:
        self._now = now
        self._copies = copies
        self._homes = homes
        self._mailboxes = mailboxes
        self._interval = interval
        self._rows = {name: array("q") for name in COLUMNS}
        self._open: dict[ExecutorId, list[int]] = {}
        self._began: dict[tuple[ActorId, ExecutorId], int] = {}
        self._paused: dict[tuple[ActorId, ExecutorId], int] = {}
        self._lost: Counter[ActorId] = Counter()
        self._doomed: dict[ActorId, tuple[int, int]] = {}
        self.elsewhere: dict[ActorId, set[ExecutorId]] = {}

    def ran(self, actor: ActorId, executor: ExecutorId) -> int:
        """How long the copy there has run since it began from a checkpoint, µs."""
        place = (actor, executor)
        return self._paused.get(place, self._now()) - self._began.get(place, 0)

    def began(self, actor: ActorId, host: Host, *, resumed: bool) -> bool:
        """A copy runs since now, from a checkpoint unless it only goes on; whether it does.

        A resumed one does if its final checkpoint was made.
        """
        now, place = self._now(), (actor, host.id)
        self.elsewhere.pop(actor, None)
        self._doomed.pop(actor, None)
        paused = self._paused.pop(place, now)
        record = host.manager.ended.get(actor)
        if resumed and (record is None or not record.sequence):  # its final checkpoint was not made
            # What it ran before counts on: its beginning moves by the pause.
            self._began[place] = self._began.get(place, 0) + now - paused
            return False
        self._began[place] = now
        return True

    def paused(self, actor: ActorId, host: Host) -> None:
        """A copy has stopped for a migration."""
        self._paused[actor, host.id] = self._now()

    def crashed(self, host: Host, *, disk_survives: bool, returns: bool) -> None:
        """An executor is about to crash."""
        now, manager = self._now(), host.manager
        opened = self._open[host.id] = []
        for actor, copy in manager.runtime.copies.items():
            if not copy.running and self._homes[actor] != host.id:
                continue  # left behind by a migration
            record = manager.active.get(actor)
            unsaved = copy.running or (record is not None and record.state is State.CHECKPOINTING)
            made, lost_us = divmod(self.ran(actor, host.id), self._interval) if unsaved else (0, 0)
            sequence = manager.checkpoints.get(actor, 0) + made
            if made:
                manager.checkpoints[actor] = sequence
            lost = self._mailboxes.crashed(actor, host.id, made * self._interval, unsaved=unsaved)
            if not (disk_survives and returns) and not any(where != host.id for where in self._copies.where[actor]):
                done = self._copies.ran(actor, now) - self._lost[actor]
                self._doomed[actor] = len(self._rows["actor"]), done
            self._lost[actor] += lost_us
            row = (actor, host.id, now, NEVER, sequence if disk_survives and returns else 0,
                   lost_us, lost)  # fmt: skip
            for name, value in zip(COLUMNS, row, strict=True):
                self._rows[name].append(value)
            opened.append(len(self._rows["actor"]) - 1)
            # Its executor will bring it back, or nobody can: where it lives, not where a copy was left.
            self.elsewhere.setdefault(actor, set()).add(host.id)
        if not (disk_survives and returns):
            del self._open[host.id]

    def restarted(self, host: Host) -> None:
        """An executor is back, and with it the actors whose checkpoints it still has."""
        for row in self._open.pop(host.id, ()):
            actor = ActorId(self._rows["actor"][row])
            copy = host.manager.runtime.copies.get(actor)
            self.elsewhere.get(actor, set()).discard(host.id)
            if copy is not None and copy.running:
                self._rows["restarted"][row] = self._now()

    def columns(self) -> dict[str, Column]:
        """The table, at the end."""
        for row, done in self._doomed.values():
            self._rows["work_lost"][row] = done
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}
