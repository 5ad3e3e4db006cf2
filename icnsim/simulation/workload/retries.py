"""After the end of an attempt: begins another attempt, or ends the migration.

The attempts of a migration follow one another until one completes, the retries are used up, or no executor can begin
another one. Until then the actor counts as migrating, so that no other migration begins. The source of the failed
attempt plans the next one. A crash that loses its records loses the plan, too. If the records survive, the plan waits
for the restart. A plan that becomes due while the process is stalled begins when it resumes. Without `bounded_retries`
every failure starts another attempt at once, at the same target, without a limit (hazard 18).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.retry import Backoff
from icnsim.protocol.states import State
from icnsim.recording.columns import REJECTED, Recorder
from icnsim.scenario import Scenario
from icnsim.scenario.retry import Retry
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.faults.supervisor import Supervisor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import ARRIVAL, Environment
from icnsim.simulation.workload.attempts import Attempts
from icnsim.simulation.workload.migrating import Migrating

COMPLETE = State.COMPLETE

Planned = tuple[ActorId, int, int]
"""A planned attempt: its actor, its migration and its number within it."""

AT_ONCE = 1000
"""The pause without back-off, µs: one unit of the protocol's time."""


class Rules(NamedTuple):
    """The retries that are in force when an attempt fails.

    Attributes
    ----------
    most : the maximum number of retries. on : the kinds of failure that are retried.
    alternative_after : the number of successive failures at a target after which another target is asked.
    """

    most: int
    on: frozenset[str]
    alternative_after: int
    backoff: Backoff

    @classmethod
    def of(cls, retry: Retry) -> "Rules":
        """The rules that a scenario's section states."""
        backoff = Backoff(retry.backoff.base, retry.backoff.factor, retry.backoff.max, retry.backoff.jitter)
        return cls(retry.max_retries, frozenset(retry.on), retry.alternative_target_after, backoff)


@dataclass(slots=True)
class Tries:
    """The history of a migration.

    Attributes
    ----------
    attempts : the number of its attempts, including a planned one. pause : the last pause before a retry, µs.
    failed : the targets that have failed, in the order of their last failures.
    failures : the successive failures of the last one of them.
    same : whether the planned attempt asks that target again.
    """

    attempts: int = 1
    pause: int = 0
    failed: dict[ExecutorId, None] = field(default_factory=dict)
    failures: int = 0
    same: bool = True

    @property
    def last(self) -> ExecutorId | None:
        """The target that has failed last; None before the first failure."""
        return next(reversed(self.failed), None)

    def fail(self, target: ExecutorId) -> None:
        """Add a failure of the last attempt at this target."""
        self.failures = self.failures + 1 if self.last == target else 1
        self.failed.pop(target, None)
        self.failed[target] = None


class Retries:
    """Ends migrations, or begins their next attempts.

    Parameters
    ----------
    supervisor : the retries in force. attempts : begins retries. executors : their clocks measure the pauses.

    Attributes
    ----------
    pending : for each actor the number of planned attempts and votes, which keep it from being free.
    """

    def __init__(
        self,
        scenario: Scenario,
        supervisor: Supervisor,
        env: Environment,
        hooks: Hooks,
        streams: Streams,
        recorder: Recorder,
        migrating: Migrating,
        attempts: Attempts,
        executors: Sequence[Executor],
    ) -> None:
        self._env = env
        self._streams = streams
        self._failures = recorder.flags["failure"]
        self._migrating = migrating
        self._attempts = attempts
        self._executors = executors
        self._retries = scenario.most_retries > 0
        self.adjust(supervisor)
        self._bounded = scenario.protocol.switches.bounded_retries
        self._ends_once = scenario.protocol.switches.guarded_transitions
        self._keeps = scenario.protocol.switches.durable_records
        self._tries: dict[int, Tries] = {}
        self._planned: dict[ExecutorId, dict[Planned, int]] = {}
        self._waiting: dict[ExecutorId, list[tuple[Planned, ExecutorId]]] = {}
        self._listeners = hooks.migration_ended
        self.pending: Counter[ActorId] = Counter()
        hooks.source_ended.append(self._ended)
        hooks.source_forgotten.append(self._forgotten)
        hooks.executor_crashing.append(self._crashing)
        hooks.executor_crashed.append(self._crashed)
        hooks.executor_losing.append(self._losing)
        hooks.executor_restarted.append(self._restarted)
        hooks.executor_resumed.append(self._runs_again)

    def adjust(self, supervisor: Supervisor) -> None:
        """Use other retries for failures from now on; planned retries do not change."""
        self._rules = Rules.of(supervisor.retry)
        self._own = {actor: Rules.of(retry) for actor, retry in supervisor.retries().items()}

    def _ended(self, record: MigrationRecord, source: Executor) -> None:
        """Handle the end of the source's record of an attempt."""
        actor, row = record.actor, record.attempt
        migration = row if row < self._attempts.arrivals else self._attempts.of(row)[0]
        if self._retries and record.state is not COMPLETE and self._again(migration, record, source.id):
            self.pending[actor] += 1
            return
        self.finish(actor, migration)

    def _forgotten(self, record: MigrationRecord) -> None:
        """End a migration whose attempt has no record at its source any more."""
        self.finish(record.actor, self._attempts.of(record.attempt)[0])

    def _crashed(self, source: Executor, disk_survives: bool) -> None:
        """Remove an executor's plans with its records; if the records survive, the plans wait for the restart."""
        if not (disk_survives and self._keeps):
            self._forget(source)
        self._runs_again(source)  # the retries of other executors do not wait for a process that is down

    def _crashing(self, source: Executor, disk_survives: bool, returns: bool) -> None:
        """Remove the plans of a process that never restarts."""
        if not returns:
            self._forget(source)

    def _losing(self, source: Executor, disk_survives: bool) -> None:
        """Remove the plans of a process that is down and has lost its disk, or never restarts."""
        self._forget(source)

    def _forget(self, source: Executor) -> None:
        for actor, migration, _ in self._planned.pop(source.id, ()):
            self.pending[actor] -= 1
            self.finish(actor, migration)

    def _restarted(self, host: Executor) -> None:
        """Continue the plans that have survived a crash, at the same readings of the clock."""
        reading = host.clock.at(self._env._now)
        for planned, due in self._planned.get(host.id, {}).items():
            host.timers.after(max(0, due - reading), self._try, (planned, host.id), ARRIVAL)
        self._runs_again(host)

    def _runs_again(self, host: Executor) -> None:
        """Begin the retries that became due while they waited for this process."""
        for subject in self._waiting.pop(host.id, ()):
            self._env.at(self._env._now, self._try, subject, ARRIVAL)

    def _again(self, migration: int, record: MigrationRecord, source: ExecutorId) -> bool:
        """Plan another attempt after a failure; False if no attempt follows."""
        rules = self._own.get(record.actor, self._rules)
        kind = "rejected" if self._failures[record.attempt] == REJECTED else "timed_out"
        if not rules.most or kind not in rules.on:
            return False
        tries = self._tries.setdefault(migration, Tries())
        if self._bounded and tries.attempts > rules.most:
            return False
        tries.fail(record.peer)
        u = self._streams.further.uniform(f"backoff/{tries.attempts}", migration)
        tries.pause = rules.backoff.pause(tries.attempts, tries.pause, u) if self._bounded else AT_ONCE
        tries.attempts += 1
        tries.same = tries.failures < rules.alternative_after or not self._bounded
        planned = (record.actor, migration, tries.attempts)
        host = self._executors[source]
        self._planned.setdefault(source, {})[planned] = host.clock.at(self._env._now) + tries.pause
        host.timers.after(tries.pause, self._try, (planned, source), ARRIVAL)
        return True

    def _try(self, subject: tuple[Planned, ExecutorId], _: int) -> None:
        planned, source = subject
        actor, migration, number = planned
        if planned not in self._planned.get(source, ()):
            return  # lost in a crash
        blocking = self._attempts.blocking(source, actor)
        if blocking is not None:
            self._waiting.setdefault(blocking, []).append(subject)
            return
        del self._planned[source][planned]
        tries = self._tries[migration]
        self.pending[actor] -= 1
        if self._attempts.again(actor, tries.last if tries.same else None, migration, number, tries.failed) is None:
            self.finish(actor, migration)

    def finish(self, actor: ActorId, migration: int) -> None:
        """End the migration, whatever its outcome; another migration of the actor may follow."""
        if self._retries and self._ends_once:  # otherwise a record may fail once more, and a retry may be planned
            self._tries.pop(migration, None)
        if self._migrating.flags[actor] and not self.pending.get(actor):  # `get` avoids the call of `__missing__`
            self._migrating.end(actor)
            for listener in self._listeners:
                listener(actor)
