"""What follows when an attempt has ended: the source learns, and may try again.

A migration is the intent; its attempts follow one another until one completes, the retries
are used up, or nobody can try any more. Until then its actor counts as migrating, so that no
other migration of it arrives. What is planned is known at the source of the attempt that failed: a
crash that takes its records takes that, too; where they survive it waits for the restart. Without
`bounded_retries` each failure that is seen starts another attempt at once, at the same target, with
no limit (hazard 18).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from icnsim.draws.streams import Streams
from icnsim.protocol.keeper import RESTARTED
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import SwitchedRecord
from icnsim.protocol.retry import Backoff
from icnsim.protocol.states import State
from icnsim.recording.columns import REJECTED, TIMED_OUT, Recorder
from icnsim.scenario import Scenario
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import ARRIVAL, Environment
from icnsim.simulation.targets import Targets

Begin = Callable[[ActorId, ExecutorId | None, int, int], AttemptId | None]
"""Begins an attempt of an actor at a target (None: to be chosen), of a migration and with a number."""

Planned = tuple[ActorId, int, int]
"""An attempt to come: its actor, its migration and its number in it."""

LOOK_AGAIN = 1_000_000
"""After which a retry is due again that a stalled process did not begin, µs."""
AT_ONCE = 1000
"""The pause of who does not wait, µs: the protocol's time has gone on by one."""
OUTCOMES = {TIMED_OUT: "timed_out", REJECTED: "rejected"}


@dataclass(slots=True)
class Tries:
    """What a migration has tried: the number of attempts, its last target, its failures there, its last pause."""

    attempts: int = 1
    target: ExecutorId | None = None
    failures: int = 0
    pause: int = 0


class Retries:
    """Ends migrations, or begins their next attempts.

    Parameters
    ----------
    begin : begins an attempt, see `Begin`; None where that cannot be. stands : whether the process
        where an actor lives stands still.
    attempts : migration and number of each attempt.
    avoided : takes, by migration, whom it had better not ask again.

    Attributes
    ----------
    pending : for each actor how many attempts or votes are to come, which keep it from being free.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        streams: Streams,
        recorder: Recorder,
        directory: Directory,
        targets: Targets,
        attempts: Callable[[int], tuple[int, int]],
        begin: Begin,
        stands: Callable[[ActorId], bool],
        avoided: dict[int, ExecutorId],
    ) -> None:
        retry = scenario.retry
        self._env = env
        self._streams = streams
        self._recorder = recorder
        self._directory = directory
        self._targets = targets
        self._attempts = attempts
        self._begin = begin
        self._stands = stands
        self._most = retry.max_retries
        self._on = frozenset(retry.on)
        self._alternative_after = retry.alternative_target_after
        self._backoff = Backoff(retry.backoff.base, retry.backoff.factor, retry.backoff.max, retry.backoff.jitter)
        self._bounded = scenario.protocol.switches.bounded_retries
        self._ends_once = scenario.protocol.switches.guarded_transitions
        self._keeps = scenario.protocol.switches.durable_records
        self._tries: dict[int, Tries] = {}
        self._planned: dict[ExecutorId, dict[Planned, None]] = {}
        self._down: dict[ExecutorId, list[Planned]] = {}
        self.avoided = avoided
        self.pending: Counter[ActorId] = Counter()

    def ended(self, record: SwitchedRecord, source: ExecutorId) -> None:
        """The source's record of an attempt has come to its end."""
        migration, _ = self._attempts(record.attempt)
        actor = record.actor
        failure = self._recorder.flags["failure"][record.attempt]
        outcome = "completed" if record.state is State.COMPLETE else OUTCOMES.get(failure, "failed")
        if record.reason != RESTARTED:  # what a source's own restart ends tells nothing of its target
            self._targets.learn(source, record.peer, outcome)
        if outcome != "completed" and self._again(migration, record, outcome, source):
            self.pending[actor] += 1
            return
        self.finish(actor, migration)

    def forgotten(self, record: SwitchedRecord) -> None:
        """Nobody remembers the attempt: the migration is over, whatever became of it."""
        self.finish(record.actor, self._attempts(record.attempt)[0])

    def crashed(self, source: ExecutorId, *, disk_survives: bool) -> None:
        """What an executor has planned is forgotten with its records; where these survive it waits for the restart."""
        self._down[source] = []
        if not (disk_survives and self._keeps):
            for actor, migration, _ in self._planned.pop(source, ()):
                self.pending[actor] -= 1
                self.finish(actor, migration)

    def restarted(self, source: ExecutorId) -> None:
        """What has become due meanwhile begins now."""
        for planned in self._down.pop(source, ()):
            self._env.at(self._env._now, self._try, (planned, source), ARRIVAL)

    def _again(self, migration: int, record: SwitchedRecord, outcome: str, source: ExecutorId) -> bool:
        """Whether another attempt will follow; then it is on its way."""
        kind = "timed_out" if outcome == "failed" else outcome
        if not self._most or kind not in self._on:
            return False
        tries = self._tries.setdefault(migration, Tries())
        if self._bounded and tries.attempts > self._most:
            return False
        tries.failures = tries.failures + 1 if tries.target == record.peer else 1
        tries.target = record.peer
        u = self._streams.further.uniform(f"backoff/{tries.attempts}", migration)
        tries.pause = self._backoff.pause(tries.attempts, tries.pause, u) if self._bounded else AT_ONCE
        tries.attempts += 1
        planned = (record.actor, migration, tries.attempts)
        self._planned.setdefault(source, {})[planned] = None
        self._env.at(self._env._now + tries.pause, self._try, (planned, source), ARRIVAL)
        return True

    def _try(self, subject: tuple[Planned, ExecutorId], _: int) -> None:
        planned, source = subject
        actor, migration, number = planned
        if planned not in self._planned.get(source, ()):
            return  # forgotten in a crash
        if source in self._down:
            self._down[source].append(planned)
            return
        if self._stands(actor):
            self._env.at(self._env._now + LOOK_AGAIN, self._try, subject, ARRIVAL)
            return
        del self._planned[source][planned]
        tries = self._tries[migration]
        same = tries.failures < self._alternative_after or not self._bounded
        if not same and tries.target is not None:
            self.avoided[migration] = tries.target
        self.pending[actor] -= 1
        if self._begin(actor, tries.target if same else None, migration, number) is None:
            self.finish(actor, migration)

    def finish(self, actor: ActorId, migration: int) -> None:
        """The migration is over, whatever became of it; another of its actor may follow."""
        if self._ends_once:  # else its record may fail once more, and a retry may be on its way
            self._tries.pop(migration, None)
        self.avoided.pop(migration, None)
        if self._directory.migrating[actor] and not self.pending[actor]:
            self._directory.end(actor)
