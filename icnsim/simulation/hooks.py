"""The hook points of a running federation: the events that its parts subscribe to.

A part is created when a scenario needs it. It subscribes to the hook points that concern it by appending a function to
their lists, in `Assembly` and before the run starts. The code that makes an event happen calls the listeners in the
order of their subscription. It binds the list once and loops over it, so a hook point without listeners costs one loop
over an empty list. No code calls a part by name.

To add a hook point, add a line to `Hooks`. To add a part, write its file and create it in `assembly`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event, State

if TYPE_CHECKING:
    from icnsim.draws.streams import Streams
    from icnsim.simulation.executors.executor import Executor
    from icnsim.simulation.network.cuts import Cut, Disturbance

Envelope = tuple[Message, ExecutorId]
"""A message in flight and its receiver, which a broadcast message does not name."""


class Hooks:
    """A list of listeners for each kind of event.

    Attributes
    ----------
    record_moved : (record, state before, event, the event's attempt, executor). A record has moved.
    record_entered : by `State`, (record, executor). After `record_moved`, if the record has entered that state.
    record_watched : (record, deadline, detector, executor). A detector waits for a record's deadline, see `Port.watch`.
    record_strayed : (record, state before, event, the event's attempt, executor). An event of another attempt has moved
        a record, or an event has moved a record that had ended.
    record_left : (record, state, executor). A record leaves an active state after a time that may be too long.
    record_ended : (record, state before, event, executor). A record has ended.
    record_removed : (record, executor). Cleanup has removed an ended record.
    record_replaced : (record, executor). Another record of the actor has replaced a record.
    record_forgotten : (record, executor). A crash has lost a record.
    event_ignored : (state, event, attempt). An event did not match a record and was ignored.
    hazard : (number, actor, attempt, executor). The first step of a hazard has happened.
    request_sent : (message). A Request is about to be sent.
    message_sent : (message, receiver). A copy of a message has been sent; it may be lost at once.
    message_lost : (message, receiver). A copy does not arrive: it is lost in the network, or its receiver is down.
    message_received : (message, executor). An executor whose process runs accepts a message.
    message_cut : (message, receiver). A cut link has stopped a message.
    links_changed : (cuts, disturbances). A fault of links has begun or ended; these are in effect from now on.
    request_unreachable : (message). A Request has reached an executor that cannot answer.
    vote_received : (message, executor). After `message_received`: a message of a vote or a task.
    work_ended : (). An item of an actor is no longer in flight, see `Activity`.
    actor_at_rest : (actor). The actor has nothing in flight any more.
    actor_settled : (actor). After `actor_at_rest`, if the actor runs and does not migrate.
    vote_decided : (actor, outcome, executor, attempt). A vote or a task has been decided.
    consensus_reached : (actor, attempt, executor, backers, needed). A quorum has agreed.
    task_ended : (task's actor). A gateway has decided a task.
    run_began : (task, executor). An executor begins to run a task.
    run_ended : (task, outcome, executor). A run of a task has ended, see `recording.tasks`.
    request_stored : (message, executor). A target has stored a Request's checkpoint and evaluates it.
    checkpoint_sized : (record). A source begins to make a final checkpoint; a listener may set its size.
    checkpoint_made : (record, executor). A source has made a final checkpoint.
    checkpoint_arrived : (record, executor). A target has stored a final checkpoint and restores it.
    copy_started : (actor, copy, attempt, executor). A copy of an actor runs from now on.
    copy_stopped : (actor, attempt, how, executor). A copy has stopped: "pause", "drop" or "crash".
    attempt_began : (actor, number within the migration, source, target, attempt). A source has sent a Request.
    source_ended : (record, executor). A source's record has ended.
    source_forgotten : (record). A source's active record was replaced or lost.
    migration_ended : (actor). A migration is over, whatever its outcome, and another one of the actor may begin.
    drain_began, drain_ended : (executor). An executor is drained from now on, or no longer.
    executor_changed : (executor). A process runs, is paused, has ended or works at another speed from now on.
    executor_crashing : (executor, disk survives, returns). A process is about to end.
    executor_crashed : (executor, disk survives). A process has ended.
    executor_losing : (executor, disk survives). A process that is down is about to lose its disk, or never restarts.
    executor_restarting, executor_restarted : (executor). A process restarts, and has recovered.
    executor_stalled, executor_resumed : (executor). A process stalls, and continues after a stall.
    executor_irregular : (executor). An executor's clock has been stepped, or runs at another rate.
    fault_took_effect : (kind). A fault of that kind has affected something.
    draws_changed : (streams). Draws come from other streams from now on (see `branch`).
    """

    __slots__ = (
        "actor_at_rest",
        "actor_settled",
        "attempt_began",
        "checkpoint_arrived",
        "checkpoint_made",
        "checkpoint_sized",
        "consensus_reached",
        "copy_started",
        "copy_stopped",
        "drain_began",
        "drain_ended",
        "draws_changed",
        "event_ignored",
        "executor_changed",
        "executor_crashed",
        "executor_crashing",
        "executor_irregular",
        "executor_losing",
        "executor_restarted",
        "executor_restarting",
        "executor_resumed",
        "executor_stalled",
        "fault_took_effect",
        "hazard",
        "links_changed",
        "message_cut",
        "message_lost",
        "message_received",
        "message_sent",
        "migration_ended",
        "record_ended",
        "record_entered",
        "record_forgotten",
        "record_left",
        "record_moved",
        "record_removed",
        "record_replaced",
        "record_strayed",
        "record_watched",
        "request_sent",
        "request_stored",
        "request_unreachable",
        "run_began",
        "run_ended",
        "source_ended",
        "source_forgotten",
        "task_ended",
        "vote_decided",
        "vote_received",
        "work_ended",
    )  # fmt: skip

    def __init__(self) -> None:
        self.record_moved: list[Callable[[MigrationRecord, State, Event, AttemptId, Executor], None]] = []
        self.record_entered: tuple[list[Callable[[MigrationRecord, Executor], None]], ...] = tuple([] for _ in State)
        self.record_watched: list[Callable[[MigrationRecord, int, Detector, Executor], None]] = []
        self.record_strayed: list[Callable[[MigrationRecord, State, Event, AttemptId, Executor], None]] = []
        self.record_left: list[Callable[[MigrationRecord, State, Executor], None]] = []
        self.record_ended: list[Callable[[MigrationRecord, State, Event, Executor], None]] = []
        self.record_removed: list[Callable[[MigrationRecord, Executor], None]] = []
        self.record_replaced: list[Callable[[MigrationRecord, Executor], None]] = []
        self.record_forgotten: list[Callable[[MigrationRecord, Executor], None]] = []
        self.event_ignored: list[Callable[[State, Event, int], None]] = []
        self.hazard: list[Callable[[int, ActorId, AttemptId, ExecutorId], None]] = []
        self.request_sent: list[Callable[[Message], None]] = []
        self.message_sent: list[Callable[[Message, ExecutorId], None]] = []
        self.message_lost: list[Callable[[Message, ExecutorId], None]] = []
        self.message_received: list[Callable[[Message, Executor], None]] = []
        self.message_cut: list[Callable[[Message, ExecutorId], None]] = []
        self.links_changed: list[Callable[[Sequence[Cut], Sequence[Disturbance]], None]] = []
        self.request_unreachable: list[Callable[[Message], None]] = []
        self.vote_received: list[Callable[[Message, Executor], None]] = []
        self.vote_decided: list[Callable[[ActorId, str, ExecutorId, AttemptId], None]] = []
        self.consensus_reached: list[Callable[[ActorId, AttemptId, ExecutorId, int, int], None]] = []
        self.task_ended: list[Callable[[ActorId], None]] = []
        self.run_began: list[Callable[[int, Executor], None]] = []
        self.run_ended: list[Callable[[int, str, Executor], None]] = []
        self.work_ended: list[Callable[[], None]] = []
        self.actor_at_rest: list[Callable[[ActorId], None]] = []
        self.actor_settled: list[Callable[[ActorId], None]] = []
        self.request_stored: list[Callable[[Message, Executor], None]] = []
        self.checkpoint_sized: list[Callable[[MigrationRecord], None]] = []
        self.checkpoint_made: list[Callable[[MigrationRecord, Executor], None]] = []
        self.checkpoint_arrived: list[Callable[[MigrationRecord, Executor], None]] = []
        self.copy_started: list[Callable[[ActorId, Copy, AttemptId, Executor], None]] = []
        self.copy_stopped: list[Callable[[ActorId, AttemptId, str, Executor], None]] = []
        self.attempt_began: list[Callable[[ActorId, int, ExecutorId, ExecutorId, AttemptId], None]] = []
        self.source_ended: list[Callable[[MigrationRecord, Executor], None]] = []
        self.source_forgotten: list[Callable[[MigrationRecord], None]] = []
        self.migration_ended: list[Callable[[ActorId], None]] = []
        self.drain_began: list[Callable[[Executor], None]] = []
        self.drain_ended: list[Callable[[Executor], None]] = []
        self.executor_changed: list[Callable[[Executor], None]] = []
        self.executor_crashing: list[Callable[[Executor, bool, bool], None]] = []
        self.executor_crashed: list[Callable[[Executor, bool], None]] = []
        self.executor_losing: list[Callable[[Executor, bool], None]] = []
        self.executor_restarting: list[Callable[[Executor], None]] = []
        self.executor_restarted: list[Callable[[Executor], None]] = []
        self.executor_stalled: list[Callable[[Executor], None]] = []
        self.executor_resumed: list[Callable[[Executor], None]] = []
        self.executor_irregular: list[Callable[[Executor], None]] = []
        self.fault_took_effect: list[Callable[[str], None]] = []
        self.draws_changed: list[Callable[[Streams], None]] = []
