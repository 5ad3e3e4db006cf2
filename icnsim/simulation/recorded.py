"""The recording of a federation, assembled from its parts at the end of the run."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from icnsim.draws.streams import Integers
from icnsim.protocol.messages import FIRST_TASK, AttemptId
from icnsim.protocol.states import Event, State
from icnsim.recording.actormessages import COUNTED
from icnsim.recording.columns import BLOCKED, NEVER, REJECTED, UNREACHABLE, UNWILLING, WILLING, Recording, columns_of
from icnsim.recording.integers import Column
from icnsim.recording.lattices import Lattices
from icnsim.recording.learned import Learned
from icnsim.recording.violations import Observed
from icnsim.simulation.assembly import Assembly
from icnsim.simulation.executors.mailbox import Mailboxes
from icnsim.simulation.executors.prospects import Prospects
from icnsim.simulation.executors.recoveries import COLUMNS as RECOVERIES
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.watching.actors import absences, actors
from icnsim.simulation.watching.messagelog import MessageRecorder
from icnsim.simulation.watching.trails import BREAKS


def recording_of(f: Assembly) -> Recording:
    """Return everything that a federation has recorded at the end of its run."""
    scenario, recorder, network, horizon = f.scenario, f.recorder, f.network, f.span.horizon
    f.copies.finish(horizon)
    if f.mailboxes is not None:
        f.mailboxes.finish(_prospects(f, f.mailboxes).may_run)
    if f.work is not None:
        f.work.finish()
    if f.memories is not None:
        f.memories.finish()
    f.monitor.finish(f.executors, managed=f.loops is not None)
    places, counts = recorder.places(), _counts(f)
    records = f.log.records(f.executors, horizon, managed=f.phases is not None)
    tasks, messages = f.tasks, None if f.mailboxes is None else f.mailboxes.counts
    return Recording(
        attempts=_attempts(f),
        reasons=tuple(recorder.reasons),
        ticks=columns_of(recorder.ticks),
        firings=columns_of(recorder.firings),
        learned=Learned(
            sum(executor.manager.samples for executor in f.executors),
            sum(executor.manager.numbers for executor in f.executors),
        ),
        in_flight=np.frombuffer(f.timeline.in_flight if f.timeline else b"", np.int64),
        skipped=np.frombuffer(recorder.skipped, np.int64),
        phases=None if f.phases is None else f.phases[scenario.having("migration_manager")],
        checker=None if f.checkers is None else _ticked(f.checkers, horizon),
        errors={name: 0 if loop is None else loop.errors for name, loop in _background_loops(f).items()},
        events=events_of(f),
        messages_sent=network.sent,
        messages_delivered=_delivered(f),
        messages_lost=network.lost,
        messages_in_flight=f.in_flight(),
        message_log=None if f.messages is None else _message_log(f, f.messages, places),
        ignored=recorder.ignored,
        window_start=f.span.window_start,
        window_end=f.span.window_end,
        horizon=horizon,
        observed=observed_by(f, ended=True),
        records=records,
        counts=counts,
        lattices=_lattices(f),
        wheels={tick: _ticked(rhythm, horizon) for tick, rhythm in f.wheels.items()},
        samples={} if f.timeline is None else f.timeline.columns(),
        recoveries=_recoveries(f),
        actor_messages={name: 0 if messages is None else sum(messages[name]) for name in COUNTED},
        actors=actors(f.first_homes, {} if f.residents is None else f.residents.homes, f.copies, messages)
        if scenario.migrates
        else None,
        absent=absences(
            f.executors, f.copies, {} if f.recoveries is None else f.recoveries.elsewhere,
            asks=scenario.protocol.switches.two_phase_handover,
        ),
        memories=None if f.memories is None else _by_place(f.memories.columns(), places),
        at_risk=0 if f.memories is None else f.memories.at_risk,
        placements=None if f.placement is None else _by_place(f.placement.columns(), places),
        standing=0 if f.work is None else f.work.standing,
        idle=0 if f.work is None else f.work.idle,
        transfers=None if f.transfers is None else f.transfers.columns(),
        checkpoint_writes=None if f.stores is None else f.stores.columns(),
        decisions=None if f.ballots is None else f.ballots.columns(),
        checkpoint_votes=None if f.checkpoint_votes is None else _by_place(f.checkpoint_votes.columns(), places),
        drains=None if f.drains is None else f.drains.columns(),
        tasks=None if tasks is None else tasks.columns(),
        executions=None if tasks is None else tasks.executions.columns(),
        heartbeats=0 if f.heartbeats is None else f.heartbeats.sent(),
    )  # fmt: skip


def _background_loops(f: Assembly) -> dict[str, Rhythm | None]:
    return {"manager": f.rhythm, "task_checker": f.checkers}


def _prospects(f: Assembly, mailboxes: Mailboxes) -> Prospects:
    managed = f.scenario.having("migration_manager") if f.loops is not None else [False] * len(f.executors)
    return Prospects(f.executors, f.copies, f.activity, managed, frozenset(mailboxes.never_back))


def _attempts(f: Assembly) -> dict[str, Column]:
    """The attempts' columns, including those that are derived from the others after the run."""
    recorder, copies = f.recorder, f.copies
    attempts, rows = recorder.attempts(), recorder.rows()
    attempts["state_bytes"] = np.array(f.state_sizes + [0] * f.later, dtype=np.int64)[attempts["actor"]]
    if f.residents is not None:
        sizes = f.residents.sizes
        for place, row in enumerate(rows.tolist()):
            attempts["state_bytes"][place] = sizes.get(row, attempts["state_bytes"][place])
    attempts["willing"] = _willing(f, attempts, rows)
    attempts |= f.log.measures(rows)
    attempts["downtime"] = np.frombuffer(copies.downtime, np.int64)[rows]
    attempts["duplicate_run"] = np.frombuffer(copies.doubled, np.int64)[rows]
    still_down = np.zeros(len(copies.downtime), dtype=np.int8)
    still_down[copies.open] = 1
    attempts["downtime_open"] = still_down[rows]
    queued = np.zeros(len(copies.doubled), dtype=np.int64)
    if f.mailboxes is not None:
        for row, count in f.mailboxes.queued.items():
            queued[row] = count
    attempts["queued"] = queued[rows]
    return attempts


def _willing(f: Assembly, attempts: Mapping[str, Column], rows: Integers) -> Column:
    """For each attempt whether its target was willing and reachable.

    A target that admitted the actor was willing, and one that rejected it was not. A target that gave no answer was
    willing unless its behaviour or its capacity refuses the actor, or an active record of an older attempt blocked it.
    A target that a fault separated from the source was not reachable.
    """
    willing: Column = (attempts["admitted"] != NEVER).astype(np.int8)
    asked = np.flatnonzero(
        (attempts["admitted"] == NEVER) & (attempts["failure"] != REJECTED) & (attempts["willing"] < BLOCKED)
    )
    columns = (attempts[name][asked].tolist() for name in ("target", "state_bytes"))
    for row, attempt, target, size in zip(asked.tolist(), rows[asked].tolist(), *columns, strict=True):
        if f.executors[target].would_accept(AttemptId(attempt), size):
            willing[row] = WILLING
    willing[(attempts["willing"] == UNREACHABLE) & (attempts["completed"] == NEVER)] = UNWILLING
    return willing


def events_of(f: Assembly) -> int:
    """The events of the model: arrivals, deliveries, ends of stages, and ticks and timers that changed a record."""
    arrivals = 0 if f.arrivals is None else f.arrivals.happened
    if f.tasks is not None:
        arrivals += f.tasks.submitted
    stages = sum(executor.stages_ended for executor in f.executors)
    return arrivals + _delivered(f) + stages + len(f.recorder.ticks.at) + len(f.recorder.firings.at)


def _delivered(f: Assembly) -> int:
    """The number of messages that processes have accepted."""
    return sum(executor.received for executor in f.executors)


def _counts(f: Assembly) -> dict[str, int]:
    """The counts of `Recording.counts`, before the records are closed."""
    held, steps = f.log.held(), f.log.transitions
    counts = {
        "records_opened": f.log.opened(),
        "records_held": sum(held) - held[State.IDLE],
        "timed_out": f.log.timed_out(),
        "attempts_begun": steps[State.IDLE][Event.INITIATE],
    }
    if f.arrivals is not None:
        counts["migrations_begun"] = f.arrivals.happened - len(f.recorder.skipped)
    elif f.policy is not None:
        counts["migrations_begun"] = f.attempts.decisions
    if f.drains is not None and "migrations_begun" in counts:
        counts["migrations_begun"] += f.attempts.evicted
    if f.ballots is not None:
        counts["votes_open"] = f.ballots.undecided
    if f.checkpoint_votes is not None:
        counts["checkpoint_votes_open"] = f.checkpoint_votes.undecided
    if f.transfers is not None:
        counts["transfers_open"] = f.transfers.open
    if f.stores is not None:
        counts["writes_open"] = f.stores.open
    if f.tasks is not None:
        counts |= {
            "tasks_submitted": f.tasks.submitted,
            "tasks_open": f.tasks.undecided,
            "executions_live": f.tasks.executions.live,
            "executions_came": f.tasks.executions.came,
            "executions_gone": f.tasks.executions.gone,
            "executions_pending": f.tasks.executions.pending,
        }
    return counts


def _message_log(f: Assembly, messages: MessageRecorder, places: Integers) -> dict[str, Column]:
    log = columns_of(messages.log)
    of_task = log["attempt"] >= FIRST_TASK
    log["task"] = np.where(of_task, log["attempt"] - FIRST_TASK, NEVER)
    log["attempt"] = _placed(log["attempt"], places)
    return log


def _placed(attempts: Column, places: Integers) -> Integers:
    """The places of attempts in the tables; NEVER for a task, and for an attempt that did not begin."""
    found: Integers = np.append(places, NEVER)[np.where(attempts < FIRST_TASK, attempts, -1)]
    return found


def observed_by(f: Assembly, *, ended: bool) -> Observed:
    """The observations of a federation's monitor; `ended` is true if the present instant has ended."""
    monitor, faults = f.monitor, f.faults
    rows = f.recorder.rows().tolist()
    violations = monitor.violations(dict(zip(rows, range(len(rows)), strict=True)), ended=ended)
    return Observed(
        violations=violations,
        counts={invariant: monitor.counts[invariant] for invariant in BREAKS},
        transitions={
            (state, event): count for state in State for event in Event if (count := f.log.transitions[state][event])
        },
        hazards=dict(sorted(monitor.hazards.items())),
        faults={} if faults is None else dict(sorted(faults.effects.items())),
        pairs={} if faults is None else dict(sorted(faults.pairs.items())),
    )


def _lattices(f: Assembly) -> Lattices | None:
    """The ticks of the managers; None without a manager."""
    if f.phases is None:
        return None
    if f.rhythm is None:
        managed = np.flatnonzero(f.scenario.having("migration_manager"))
        return Lattices.of_phases(f.phases[managed], f.interval, f.span.horizon, managed)
    return _ticked(f.rhythm, f.span.horizon)


def _ticked(rhythm: Rhythm, horizon: int) -> Lattices:
    """The ticks of a loop at each executor."""
    rows = [(executor, *segment) for executor, segment in rhythm.segments(horizon)]
    executor, first, stop, interval = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Lattices(executor, first, stop, interval)


def _recoveries(f: Assembly) -> Mapping[str, Column]:
    if f.recoveries is None:
        return {name: np.zeros(0, np.int64) for name in RECOVERIES}
    return f.recoveries.columns()


def _by_place(columns: Mapping[str, NDArray[Any]], places: Integers) -> dict[str, NDArray[Any]]:
    """Columns with the numbers of the attempts in the tables."""
    return {**columns, "attempt": _placed(columns["attempt"], places)}
