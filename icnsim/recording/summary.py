"""The summary of a run: SPEC section 5's figures, from the columns alone."""

from operator import mul
from typing import Any

import numpy as np

from icnsim.recording import memories, occupancy, outcome, placements, quorum, tasks, violations
from icnsim.recording.columns import NEVER, WILLING, Column, Recording
from icnsim.recording.distribution import EMPTY, describe, describe_groups
from icnsim.recording.occupancy import Records
from icnsim.scenario import Scenario
from icnsim.scenario.faults import KINDS

WORK = ("done_s", "lost_s", "checkpoint_s", "useful_share")
ACTOR_MESSAGES = ("sent", "delivered", "queued", "lost", "reordered")


def summarise(recording: Recording, scenario: Scenario) -> dict[str, Any]:
    """The figures of a run; times in seconds, costs in seconds, memory in bytes.

    Figures of migrations and attempts are of those that began in the window [warmup, end of
    arrivals]; `records.mean` is the time average over it. Peaks, the manager's figures,
    messages and invariants are of the whole simulation. Null is what does not exist.
    """
    everything = recording.attempts
    codes = outcome.outcomes(everything)
    retried = bool((everything["attempt"] > 1).any())
    voted = recording.decisions is not None
    counted = voted or (recording.tasks is not None and scenario.quorum.enabled)
    began = everything["requested"]
    if recording.decisions is not None:
        began = quorum.began(everything, recording.decisions)
    elif retried:
        began = began[outcome.starts(everything)]
    inside = (began >= recording.window_start) & (began <= recording.window_end)
    whole = bool(inside.all())
    attempts = everything if whole else {name: column[inside] for name, column in everything.items()}
    window_codes = codes if whole else codes[inside]
    records = Records.of(recording)
    skipped = recording.skipped
    inside_skipped = int(((skipped >= recording.window_start) & (skipped <= recording.window_end)).sum())
    of_attempts = _counts(window_codes, inside_skipped, attempts["attempt"] > 1)
    counts = of_attempts
    if retried:
        last = outcome.lasts(attempts)
        counts = _counts(window_codes[last], inside_skipped, attempts["attempt"][last] > 1)
    if voted:
        without = quorum.within(quorum.not_begun(recording), recording.window_start, recording.window_end)
        codes = quorum.outcomes(without)
        never = _counts(codes, 0, np.zeros(len(codes), dtype=bool))
        counts = {name: count + never[name] for name, count in counts.items()}
    ended = counts["total"] - counts["unfinished"]
    observed = violations.seen(recording, scenario)
    return {
        "simulated_s": recording.horizon / 1e6,
        "events": recording.events,
        "migrations": counts,
        "attempts": of_attempts,
        "success_rate": counts["completed"] / ended if ended else None,
        **_durations(attempts, window_codes),
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
        "actors": dict(recording.absent or _absent(everything)),
        "actor_messages": dict(recording.actor_messages or dict.fromkeys(ACTOR_MESSAGES, 0)),
        "recoveries": _recoveries(recording),
        "work": _work(recording, scenario),
        "wasm": memories.figures(recording),
        "policy": placements.figures(recording, scenario),
        "quorum": quorum.figures(recording),
        "tasks": tasks.figures(recording),
        "unknown_fields": {} if scenario.submissions is None else dict(scenario.submissions.fields),
        "requests": {"peak_per_second": _busiest_second(everything)},
        "faults": {kind: observed.faults.get(kind, 0) for kind in KINDS if kind != "heal"},
        "hazards": {str(number): observed.hazards.get(number, 0) for number in range(1, 23)},
        "invariants": {**observed.counts, **({} if counted else {"consensus": None})},
    }


def _counts(codes: Column, skipped: int, again: outcome.Booleans) -> dict[str, int]:
    """How many there are, by their outcomes, and how many come `again`."""
    by_code = np.bincount(codes, minlength=len(outcome.OUTCOMES)).tolist()
    return {
        "total": len(codes), "skipped": skipped, **dict(zip(outcome.OUTCOMES, by_code)), "retried": int(again.sum())
    }  # fmt: skip


def _durations(attempts: outcome.Attempts, codes: Column) -> dict[str, Any]:
    late = {name: column[codes == outcome.LATE] for name, column in attempts.items()}
    completed = codes == outcome.COMPLETED
    downtime = attempts["downtime"]
    return {
        "detection_latency": describe((late["failed"] - late["deadline"]) / 1e6),
        "detection_total": describe((late["failed"] - late["failed_since"]) / 1e6),
        "migration_duration": describe((attempts["completed"] - attempts["requested"])[completed] / 1e6),
        "downtime": describe(downtime[downtime != NEVER] / 1e6),
    }


def _absent(a: outcome.Attempts) -> dict[str, float]:
    """Actors that run nowhere at the end of a plain run: paused, and never resumed nor restored since."""
    paused = (a["accepted"] != NEVER) & (outcome.ran_again(a) == NEVER)
    return {
        "nowhere": int(paused.sum()), "in_doubt": 0, "down": 0,
        "nowhere_s": occupancy.total(np.maximum(a["downtime"], 0).astype(np.int64)) / 1e6,
        "twice_s": occupancy.total(a["duplicate_run"].astype(np.int64)) / 1e6,
    }  # fmt: skip


def _recoveries(recording: Recording) -> dict[str, Any]:
    """Actors whose executor crashed: how often, how many came back, after how long, with what work lost, s."""
    rows = recording.recoveries
    if rows is None:
        return {"crashed": 0, "restarted": 0, "time": dict(EMPTY), "work_lost": dict(EMPTY)}
    back = rows["restarted"] != NEVER
    return {
        "crashed": len(back),
        "restarted": int(back.sum()),
        "time": describe((rows["restarted"] - rows["crashed"])[back] / 1e6),
        "work_lost": describe(rows["work_lost"] / 1e6),
    }


def _work(recording: Recording, scenario: Scenario) -> dict[str, float | None]:
    """What actors did, s: all of it, what of it crashes took, for how long checkpoints stopped it, the share left."""
    absent, recoveries = recording.absent, recording.recoveries
    if recording.standing is None or absent is None or recoveries is None:
        return dict.fromkeys(WORK)
    whole = scenario.actors.count * recording.horizon / 1e6
    checkpoints = recording.standing / 1e6
    if not whole:
        return dict.fromkeys(WORK)
    done = whole - absent["nowhere_s"] + absent["twice_s"] - checkpoints
    lost = int(recoveries["work_lost"].sum()) / 1e6
    return {
        "done_s": done, "lost_s": lost, "checkpoint_s": checkpoints, "useful_share": (done - lost) / whole
    }  # fmt: skip


def _busiest_second(a: outcome.Attempts) -> int:
    """The most attempts that any one executor was asked for within one second, [t, t + 1 s)."""
    order = np.lexsort((a["requested"], a["target"]))
    times, targets = a["requested"][order], a["target"][order]
    if not len(times):
        return 0
    place = np.arange(len(times))
    # Each target's times are moved to a range of their own, by ranks, so that one search serves them all.
    first = np.searchsorted(targets, targets, side="left")
    span = int(times.max()) + 1_000_001
    if (int(targets.max()) + 1) * span < np.iinfo(np.int64).max:
        key = targets.astype(np.int64) * span + times
        earliest = np.searchsorted(key, key - 999_999, side="left")
        return int((place - np.maximum(earliest, first) + 1).max())
    return max(
        int((np.arange(len(own)) - np.searchsorted(own, own - 999_999, side="left") + 1).max())
        for own in np.split(times, np.flatnonzero(np.diff(targets)) + 1)
    )


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
    cycles = recording.cycles or occupancy.cycles(records, recording, scenario.manager.check_interval)
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
