"""What a crash costs the actors that lived there: when they run again, from which checkpoint, what is lost.

An actor makes a checkpoint of itself every `checkpoint_interval` while it runs, so at a
crash it loses what it has done since the last one, at most an interval's work. Where the disk is
lost with it, or the executor never returns, it loses what it has done since the newest checkpoint that
another executor has at the end, all where none has one; unless a copy of it runs elsewhere, then or later.
What a crash costs a submitted task `executions` tells.
"""

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.recording.columns import NEVER, Column
from icnsim.simulation.copies import Copies
from icnsim.simulation.host import Host
from icnsim.simulation.mailbox import Mailboxes
from icnsim.simulation.work import Work

COLUMNS = ("actor", "executor", "crashed", "restarted", "sequence", "work_lost", "messages_lost")


class Recoveries:
    """A row for each actor at each crash of the executor where it lived.

    Parameters
    ----------
    now : the virtual time, µs. copies : where the actors run. work : how much they have done.
    homes : for each actor the executor where it ran last.
    """

    def __init__(
        self,
        now: Callable[[], int],
        copies: Copies,
        mailboxes: Mailboxes,
        work: Work,
        homes: Sequence[ExecutorId],
    ) -> None:
        self._now = now
        self._copies = copies
        self._homes = homes
        self._mailboxes = mailboxes
        self._work = work
        self._rows = {name: array("q") for name in COLUMNS}
        self._open: dict[ExecutorId, list[int]] = {}
        self._doomed: dict[ActorId, tuple[int, int]] = {}
        self.elsewhere: dict[ActorId, set[ExecutorId]] = {}

    def began(self, actor: ActorId) -> None:
        """A copy runs: nobody has to bring it back any more, and what was done is not all lost."""
        self.elsewhere.pop(actor, None)
        self._doomed.pop(actor, None)

    def crashed(self, host: Host, *, disk_survives: bool, returns: bool) -> None:
        """An executor is about to crash."""
        manager = host.manager
        opened = self._open[host.id] = []
        for actor, copy in manager.runtime.copies.items():
            if not copy.running and self._homes[actor] != host.id:
                continue  # left behind by a migration
            unsaved = copy.running or not copy.saved
            made = self._work.stored(actor, host.id) if unsaved else 0
            sequence = manager.checkpoints.get(actor, 0) + made
            if made:
                manager.checkpoints[actor] = sequence
            since = self._work.stored_since(actor, host.id)
            lost = self._mailboxes.crashed(actor, host.id, since, unsaved=unsaved)
            done, saved = self._work.crashed(actor, host.id)
            if not (disk_survives and returns) and not any(where != host.id for where in self._copies.where[actor]):
                self._doomed[actor] = len(self._rows["actor"]), done
            kept = sequence if disk_survives and returns else 0
            opened.append(self.interrupted(actor, host.id, kept, done - saved, lost))
            # Its executor will bring it back, or nobody can: where it lives, not where a copy was left.
            self.elsewhere.setdefault(actor, set()).add(host.id)
        if not (disk_survives and returns):
            del self._open[host.id]
            self._work.gone(host.id)

    def interrupted(
        self, actor: ActorId, executor: ExecutorId, sequence: int, work_lost: int, messages_lost: int = 0
    ) -> int:
        """An executor has crashed that an actor, or a task, ran on; its row."""
        row = (actor, executor, self._now(), NEVER, sequence, work_lost, messages_lost)
        for name, value in zip(COLUMNS, row, strict=True):
            self._rows[name].append(value)
        return len(self._rows["actor"]) - 1

    def resumed(self, row: int) -> None:
        """It runs there again."""
        self._rows["restarted"][row] = self._now()

    def restarted(self, host: Host) -> None:
        """An executor is back, and with it the actors whose checkpoints it still has."""
        for row in self._open.pop(host.id, ()):
            actor = ActorId(self._rows["actor"][row])
            copy = host.manager.runtime.copies.get(actor)
            self.elsewhere.get(actor, set()).discard(host.id)
            if copy is not None and copy.running:
                self.resumed(row)

    def columns(self) -> dict[str, Column]:
        """The table, at the end."""
        left = self._work.left(self._doomed)
        for actor, (row, done) in self._doomed.items():
            self._rows["work_lost"][row] = max(0, done - left[actor])
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}
