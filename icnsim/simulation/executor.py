"""An executor: a migration manager bound to the network, to timers and to its behaviour.

The manager decides; this class is the `Port` through which it acts, and the gate through
which a request must pass: what an executor's behaviour does to a request is decided when
the request arrives, never before.
"""

from dataclasses import dataclass
from heapq import heappush

from icnsim.draws.streams import Streams
from icnsim.protocol.manager import TIMED_OUT as EXPIRED
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import AttemptId, ExecutorId, Message
from icnsim.protocol.policy import refusal
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import Event, State
from icnsim.recording.columns import BLOCKED, REJECTED, TIMED_OUT, Recorder
from icnsim.scenario import Distribution
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import NORMAL, Environment
from icnsim.simulation.loops import Deadlines, ManagerLoop
from icnsim.simulation.network import Network

COMPLETE, FAILED = State.COMPLETE, State.FAILED
SOURCE = Role.SOURCE


@dataclass(frozen=True, slots=True)
class Behavior:
    """How the executors of one group answer requests.

    Attributes
    ----------
    answers : whether at all; refuses : why every request, None if not; welcomes : every request;
    slowdown : of each stage; answer_probability : of a request being answered;
    memory_bytes, queue : see `refusal`.
    """

    answers: bool
    refuses: str | None
    welcomes: bool
    slowdown: float
    answer_probability: float
    memory_bytes: int
    queue: Distribution


class Executor:
    """One executor of the federation; implements the protocol's `Port`.

    Its columns of durations are those of its group: a slow executor's are longer.
    """

    __slots__ = (
        "_checkpoint", "_checkpointed", "_deadlines", "_directory", "_entries", "_env", "_evaluated", "_evaluation",
        "_recorder", "_restore", "_restored", "_streams", "_transferred", "behavior", "id", "inbox", "loop", "manager",
        "send",
    )  # fmt: skip

    def __init__(
        self,
        identity: ExecutorId,
        behavior: Behavior,
        timeouts: dict[State, int],
        retention: int,
        env: Environment,
        network: Network,
        streams: Streams,
        recorder: Recorder,
        directory: Directory,
        deadlines: tuple[Deadlines | None, ...],
    ) -> None:
        self.id = identity
        self.behavior = behavior
        self.loop: ManagerLoop | None = None
        self.manager = manager = MigrationManager(identity, self, timeouts, retention)
        self.send = network.send
        self._env = env
        self._streams = streams
        self._recorder = recorder
        self._entries = recorder.entries
        self._transferred = recorder.times["transferred"]
        self._directory = directory
        self._deadlines = deadlines
        self._evaluation = streams.stage("evaluation", behavior.slowdown)
        self._checkpoint = streams.stage("checkpoint", behavior.slowdown)
        self._restore = streams.stage("restore", behavior.slowdown)
        always = behavior.answers and behavior.answer_probability == 1
        on_request = manager.on_request if always else self._perhaps_on_request
        self.inbox = (on_request, manager.on_accept, manager.on_reject, manager.on_complete, manager.on_ack)
        self._evaluated = self._welcome if behavior.welcomes else self._decide
        self._checkpointed, self._restored = manager.checkpointed, manager.restored

    def would_accept(self, attempt: AttemptId, size_bytes: int) -> bool:
        """Whether this executor answers that attempt's request, and with Accept."""
        return self._answers(attempt) and self._refusal(attempt, size_bytes) is None

    # The manager's port; the pushes are `Environment.at` written out, for a fifth of the run's time

    def evaluate(self, request: Message) -> None:
        env = self._env
        when = env._now + self._evaluation[request.attempt]
        heappush(env.queue, (when, NORMAL, next(env._eid), self._evaluated, request))

    def checkpoint(self, record: MigrationRecord) -> None:
        env = self._env
        when = env._now + self._checkpoint[record.attempt]
        heappush(env.queue, (when, NORMAL, next(env._eid), self._checkpointed, record))

    def restore(self, record: MigrationRecord) -> None:
        env, attempt = self._env, record.attempt
        self._transferred[attempt] = now = env._now
        heappush(env.queue, (now + self._restore[attempt], NORMAL, next(env._eid), self._restored, record))

    def resume(self, record: MigrationRecord) -> None:
        self._directory.home[record.actor] = self.id

    def entered(self, record: MigrationRecord) -> None:
        state = record.state
        self._entries[record.role + state][record.attempt] = self._env._now
        if state < COMPLETE:
            deadlines = self._deadlines[state]
            if deadlines is not None and self.loop is not None:
                deadlines.add(record, self.loop)
            return
        if record.role is SOURCE:
            self._directory.end(record.actor)
            if state is FAILED:
                self._failed(record)
        elif state is COMPLETE:
            self._directory.home[record.actor] = self.id
        if self.loop is not None:
            self.loop.ended()

    def removed(self, record: MigrationRecord) -> None:
        self._recorder.removals[record.role][record.attempt] = self._env._now

    def replaced(self, record: MigrationRecord) -> None:
        self._recorder.replacements[record.role][record.attempt] = self._env._now

    def ignored(self, state: State, event: Event, attempt: int) -> None:
        recorder = self._recorder
        recorder.ignored[f"{event.label} in {state.label}"] += 1
        if event is Event.ADMIT:
            recorder.flags["willing"][attempt] = BLOCKED
        if event in (Event.ACCEPT, Event.REJECT) and recorder.flags["failure"][attempt] == TIMED_OUT:
            recorder.flags["late_reply"][attempt] = 1

    # What the behaviour does

    def _perhaps_on_request(self, request: Message, now: int) -> None:
        if self._answers(request.attempt):
            self.manager.on_request(request, now)

    def _answers(self, attempt: AttemptId) -> bool:
        behavior = self.behavior
        return behavior.answers and self._streams.answer_u[attempt] < behavior.answer_probability

    def _refusal(self, attempt: AttemptId, size_bytes: int) -> str | None:
        behavior = self.behavior
        if behavior.refuses is not None:
            return behavior.refuses
        queue = behavior.queue.constant
        if queue is None:
            queue = self._streams.queue_length(behavior.queue, attempt)
        return refusal(behavior.memory_bytes, queue, size_bytes)

    def _welcome(self, request: Message, now: int) -> None:
        self.manager.evaluated(request, None, now)

    def _decide(self, request: Message, now: int) -> None:
        self.manager.evaluated(request, self._refusal(request.attempt, request.size_bytes), now)

    def _failed(self, record: MigrationRecord) -> None:
        recorder, attempt, reason = self._recorder, record.attempt, record.reason
        recorder.flags["failure"][attempt] = TIMED_OUT if reason == EXPIRED else REJECTED
        recorder.reason[attempt] = recorder.reason_code(reason)
