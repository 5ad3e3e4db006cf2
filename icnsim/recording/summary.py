"""The summary of a run: SPEC section 5's figures, from the columns alone."""

from collections.abc import Mapping
from operator import mul
from typing import Any

import numpy as np

from icnsim.protocol.states import ACTIVE, State
from icnsim.recording import occupancy, outcome
from icnsim.recording.columns import NEVER, WILLING, Column, Recording
from icnsim.recording.distribution import EMPTY, describe, describe_groups
from icnsim.recording.occupancy import Records
from icnsim.scenario import Scenario

UNTRACKED_MS = 60_000
"""The timeout that I6 holds a state to that has none: the design's."""


def summarise(recording: Recording, scenario: Scenario) -> dict[str, Any]:
    """The figures of a run; times in seconds, costs in seconds, memory in bytes.

    Figures of migrations and attempts are of those that began in the window [warmup, end of
    arrivals]; `records.mean` is the time average over it. Peaks, the manager's figures,
    messages and invariants are of the whole simulation. Null is what does not exist.
    """
    everything = recording.attempts
    codes = outcome.outcomes(everything)
    requested = everything["requested"]
    inside = (requested >= recording.window_start) & (requested <= recording.window_end)
    whole = bool(inside.all())
    attempts = everything if whole else {name: column[inside] for name, column in everything.items()}
    window_codes = codes if whole else codes[inside]
    records = Records.of(recording)
    skipped = recording.skipped
    inside_skipped = (skipped >= recording.window_start) & (skipped <= recording.window_end)
    counts = _counts(window_codes, int(inside_skipped.sum()))
    ended = counts["total"] - counts["unfinished"]
    return {
        "simulated_s": recording.horizon / 1e6,
        "events": recording.events,
        "migrations": counts,
        "attempts": counts,
        "success_rate": counts["completed"] / ended if ended else None,
        **_durations(attempts, window_codes, scenario, recording.horizon),
        "false_positives": _false_positives(attempts, window_codes),
        "records": _records(records, recording, scenario),
        "record_life": describe((records.gone - records.ended)[records.removed] / 1e6),
        "manager": _manager(records, recording, scenario),
        "task_checker": _task_checker(recording, scenario),
        "messages": {
            "sent": recording.messages_sent,
            "delivered": recording.messages_delivered,
            "lost": recording.messages_lost,
            "in_flight": recording.messages_in_flight,
        },
        "ignored": dict(recording.ignored),
        "invariants": _invariants(recording, scenario),
    }


def _counts(codes: Column, skipped: int) -> dict[str, int]:
    """The numbers of migrations, which are those of attempts as long as nothing is retried."""
    by_code = np.bincount(codes, minlength=len(outcome.OUTCOMES)).tolist()
    return {"total": len(codes), "skipped": skipped, **dict(zip(outcome.OUTCOMES, by_code)), "retried": 0}


def _durations(attempts: outcome.Attempts, codes: Column, scenario: Scenario, horizon: int) -> dict[str, Any]:
    late = {name: column[codes == outcome.LATE] for name, column in attempts.items()}
    completed = codes == outcome.COMPLETED
    states, entered = outcome.timed_out_in(late), outcome.entered_last(late)
    timeouts = np.zeros(8, dtype=np.int64)
    for state, milliseconds in scenario.manager.timeouts_ms.items():
        timeouts[state] = milliseconds * 1000
    total = late["failed"] - entered
    paused = attempts["accepted"] != NEVER
    return {
        "detection_latency": describe((total - timeouts[states]) / 1e6),
        "detection_total": describe(total / 1e6),
        "migration_duration": describe((attempts["completed"] - attempts["requested"])[completed] / 1e6),
        "downtime": describe(outcome.downtimes(attempts, horizon)[paused] / 1e6),
    }


def _false_positives(attempts: outcome.Attempts, codes: Column) -> dict[str, Any]:
    willing = int((attempts["willing"] == WILLING).sum())
    count = int(outcome.false_positives(attempts, codes).sum())
    return {"count": count, "willing": willing, "rate": count / willing if willing else None}


def _records(records: Records, recording: Recording, scenario: Scenario) -> dict[str, Any]:
    a = recording.attempts
    most, record_bytes = occupancy.peak(records.created, records.gone), scenario.manager.costs.record
    mean = occupancy.mean_held(records, recording.window_start, recording.window_end)
    return {
        "mean": mean,
        "mean_bytes": None if mean is None else mean * record_bytes,
        "peak": most,
        "peak_one_executor": occupancy.peak_of_one(records, recording.horizon),
        "peak_bytes": most * record_bytes,
        "created": len(records.created),
        "removed": int(records.removed.sum()),
        "replaced": int((a["replaced"] != NEVER).sum() + (a["target_replaced"] != NEVER).sum()),
        "unremoved": int((records.gone == recording.horizon).sum()),
    }


def _manager(records: Records, recording: Recording, scenario: Scenario) -> dict[str, Any]:
    """Costs of all ticks of all managers; `cpu_share` is of one core per executor."""
    if recording.phases is None:
        return {"ticks": 0, "cost_s": 0.0, "cpu_share": 0.0, "cycle": dict(EMPTY)}
    costs = scenario.manager.costs
    cycles = occupancy.cycles(records, recording, scenario.manager.check_interval)
    per_tick = costs.tick + costs.detect * cycles.active + costs.cleanup * cycles.removed
    # In Python's integers: years of ticks times their cost may exceed 64 bits.
    cost_s = sum(map(mul, per_tick.tolist(), cycles.count.tolist())) / 1e6
    return {
        "ticks": int(cycles.count.sum()),
        "cost_s": cost_s,
        "cpu_share": cost_s / (len(recording.phases) * recording.horizon / 1e6),
        "cycle": describe_groups(per_tick / 1e6, cycles.count),
    }


def _task_checker(recording: Recording, scenario: Scenario) -> dict[str, Any]:
    phases = recording.checker_phases
    if phases is None:
        return {"ticks": 0}
    ticks = occupancy.ticks_of(phases, scenario.task_checker.check_interval, recording.horizon)
    return {"ticks": int(ticks.sum())}


def _invariants(recording: Recording, scenario: Scenario) -> dict[str, int | None]:
    """Violations that the columns prove; null for the invariants that are not checked yet.

    I1: attempts that made their actor run twice. I6: records that stood in one active state
    for longer than its timeout (60 s where it is not tracked) + one interval + 1 ms.
    I7: attempts beyond 1 + max_retries. I8: at the end, with nothing under way, the target
    completed and the source did not.
    """
    a = recording.attempts
    manager = scenario.manager
    bounds = {
        state: manager.timeouts_ms.get(state, UNTRACKED_MS) * 1000 + manager.check_interval + 1000 for state in ACTIVE
    }
    return {
        "I1": int((a["duplicate_run"] > 0).sum()),
        "I2": None,
        "I3": None,
        "I4": None,
        "I5": None,
        "I6": _overdue(a, recording.horizon, bounds),
        "I7": int((a["attempt"] > 1 + scenario.retry.max_retries).sum()),
        "I8": int(((a["restored"] != NEVER) & (a["completed"] == NEVER)).sum())
        if recording.messages_in_flight == 0
        else None,
    }


def _overdue(a: outcome.Attempts, horizon: int, bounds: Mapping[State, int]) -> int:
    """How many records, of either side, stood in an active state for longer than its bound, µs."""
    source_end, target_end = np.maximum(a["completed"], a["failed"]), np.maximum(a["restored"], a["target_failed"])

    def longer(state: State, entry: Column, *exits: Column) -> Column:
        left = np.full(len(entry), horizon)
        for way in exits:
            left = np.where(way == NEVER, left, np.minimum(left, way))
        overdue: Column = (entry != NEVER) & (left - entry > bounds[state])
        return overdue

    requesting = longer(State.REQUESTING, a["requested"], a["accepted"], source_end)
    checkpointing = longer(State.CHECKPOINTING, a["accepted"], a["checkpointed"], source_end)
    transferring = longer(State.TRANSFERRING, a["checkpointed"], source_end)
    restoring = longer(State.RESTORING, a["admitted"], target_end)
    return int((requesting | checkpointing | transferring).sum() + restoring.sum())
