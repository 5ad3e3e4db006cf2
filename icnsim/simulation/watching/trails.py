"""Trails of actors: the events that led to a violation.

Most trails are never read, and recording every event takes a fifth of the time of a run. Therefore a large run records
no trails. If it finds violations, `simulate` repeats the run and records the trails of the actors concerned (see
`federation`).

A trail is deleted when the migration of its actor ends, unless a hazard has happened to the actor that a violation can
still name.
"""

from collections.abc import Iterable
from typing import Final

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event, State
from icnsim.recording.violations import Raw
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

TRAIL: Final = 48
"""The number of events in a trail: more than a migration with one retry has."""
OF_A_VOTER: Final = 6
"""The number of additional events per voter: a ballot and two results, each sent and received."""
MOST_VOTERS: Final = 50

BREAKS: Final = {
    "I1": frozenset({2, 3, 4, 7, 8, 13, 14, 19, 21}),
    "I2": frozenset({6, 12, 13, 24}),
    "I3": frozenset({11, 12, 23}),
    "I4": frozenset({11, 14}),
    "I5": frozenset({1, 2, 3, 4, 8, 11, 19, 21}),
    "I6": frozenset({5, 15, 16, 24}),
    "I7": frozenset({18}),
    "I8": frozenset({1, 5, 7}),
    "consensus": frozenset({20}),
}
"""The hazards that can violate each invariant. A violation names those that have just happened to its actor."""
HARMFUL: Final = frozenset[int]().union(*BREAKS.values())

_STEPS: Final = [[f"enter {state.label} by {event.label}" for state in State] for event in Event]
"""The name of a step in a trail, by event and new state."""
SENT: Final = tuple(f"send {kind.label}" for kind in Kind)
RECEIVED: Final = tuple(f"receive {kind.label}" for kind in Kind)
LOST: Final = tuple(f"lose {kind.label}" for kind in Kind)


class Trails:
    """Records the events of actors. It is created before the monitor, so a trail contains the event that violates.

    Parameters
    ----------
    voters : the maximum number of voters. actors : the actors whose trails are recorded; None records all trails.
    """

    def __init__(self, env: Environment, hooks: Hooks, voters: int, actors: Iterable[ActorId] | None) -> None:
        self._env = env
        self._all = actors is None
        self._noted: dict[ActorId, list[Raw]] = {actor: [] for actor in actors or ()}
        self._kept = TRAIL + OF_A_VOTER * min(voters, MOST_VOTERS)
        self._most = 2 * self._kept
        self._happened: dict[ActorId, dict[int, int]] = {}
        hooks.message_sent.append(self._sent)
        hooks.message_received.append(self._received)
        hooks.message_lost.append(self._lost)
        hooks.hazard.append(self._hazard)
        hooks.record_moved.append(self._moved)
        hooks.copy_started.append(self._started)
        hooks.copy_stopped.append(self._stopped)
        hooks.executor_crashing.append(self._crashing)
        hooks.executor_restarting.append(self._restarting)
        hooks.vote_decided.append(self._decided)
        hooks.actor_settled.append(self._forget)
        hooks.task_ended.append(self._task_ended)

    def of(self, actor: ActorId) -> tuple[Raw, ...]:
        """The actor's trail until now."""
        return tuple(self._noted.get(actor, ())[-self._kept :])

    def hazards(self, actor: ActorId, invariant: str, since: int) -> tuple[int, ...]:
        """The hazards that can violate the invariant and have happened to the actor since this instant, µs."""
        happened = self._happened.get(actor, {}).items()
        return tuple(sorted(number for number, when in happened if number in BREAKS[invariant] and when >= since))

    def _note(self, actor: ActorId, what: str, executor: int, peer: int, attempt: int) -> None:
        """Append an event to the actor's trail; -1 means no peer or no attempt."""
        trail = self._noted.get(actor)
        if trail is None:
            if not self._all:
                return
            trail = self._noted[actor] = []
        trail.append((self._env._now, what, executor, peer, attempt))
        if len(trail) > self._most:
            del trail[: -self._kept]

    def _sent(self, message: Message, to: ExecutorId) -> None:
        self._note(message.actor, SENT[message.kind], message.signer, to, message.attempt)

    def _received(self, message: Message, executor: Executor) -> None:
        self._note(message.actor, RECEIVED[message.kind], executor.id, message.signer, message.attempt)

    def _lost(self, message: Message, to: ExecutorId) -> None:
        self._note(message.actor, LOST[message.kind], to, message.signer, message.attempt)

    def _moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, host: Executor) -> None:
        self._note(record.actor, _STEPS[event][record.state], host.id, record.peer, record.attempt)

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        self._note(actor, "run", executor.id, -1, attempt)

    def _stopped(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        self._note(actor, how, executor.id, -1, attempt)

    def _crashing(self, executor: Executor, disk_survives: bool, returns: bool) -> None:
        for actor in executor.manager.runtime.copies:
            self._note(actor, "crash", executor.id, -1, -1)

    def _restarting(self, executor: Executor) -> None:
        for actor in executor.manager.runtime.copies:
            self._note(actor, "restart", executor.id, -1, -1)

    def _decided(self, actor: ActorId, what: str, executor: ExecutorId, attempt: AttemptId) -> None:
        self._note(actor, what, executor, -1, attempt)

    def _hazard(self, number: int, actor: ActorId, attempt: AttemptId, executor: ExecutorId) -> None:
        if number in HARMFUL:
            self._happened.setdefault(actor, {})[number] = self._env._now

    def _forget(self, actor: ActorId) -> None:
        """Delete the events and hazards that no violation of an actor after its migration can refer to."""
        happened, trail = self._happened.get(actor), self._noted.get(actor)
        if happened is None:
            if trail is not None:
                trail.clear()
            return
        if trail is not None:
            del trail[: -self._kept]
            if trail and max(happened.values()) < trail[0][0]:
                del self._happened[actor]

    def _task_ended(self, task: ActorId) -> None:
        """Delete the trail of a task that has ended; a task is never submitted again."""
        self._happened.pop(task, None)
        if task in self._noted:
            self._noted[task].clear()
