"""The summary of a run: the figures of SPEC section 5, computed from the columns alone.

No figure depends on the order of records, of ticks, or of attempts of different migrations. The parts that read every
record or attempt are independent of each other. For a large recording two parts are computed at once, because NumPy
releases the interpreter's lock.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from operator import mul
from typing import Any, Final

import numpy as np

from icnsim.recording import (
    actorgroups,
    actormessages,
    checkpointwrites,
    credits,
    detector,
    drains,
    incidence,
    memories,
    occupancy,
    outcome,
    peaks,
    placements,
    qos,
    quorum,
    tasks,
    transfers,
    violations,
    warmup,
)
from icnsim.recording.censoring import describe_open
from icnsim.recording.clusters import Certainty
from icnsim.recording.columns import NEVER, WILLING, Recording
from icnsim.recording.distribution import EMPTY, SECOND, bounds, describe, describe_groups
from icnsim.recording.integers import Column
from icnsim.recording.offered import offered
from icnsim.recording.records import REMOVED, Records
from icnsim.recording.tickcosts import CostGroups, certainty, cost_groups
from icnsim.recording.tracked import longest_timeout
from icnsim.recording.uncertainty import Samplings, Unit, rule_of, units_of
from icnsim.scenario import Scenario
from icnsim.scenario.faults import KINDS

WORK: Final = ("done_s", "lost_s", "checkpoint_s", "useful_share")
ABSENT: Final = ("nowhere", "in_doubt", "down", "nowhere_s", "twice_s")
LARGE: Final = 100_000
"""The number of attempts above which two threads save more time than they cost."""


def summarise(recording: Recording, scenario: Scenario) -> dict[str, Any]:
    """The figures of a run; times and costs in seconds, memory in bytes.

    Figures of migrations and attempts include those that began in the window [warmup, end of arrivals];
    `records.mean` is the time average over the window. Peaks, the manager's figures, messages and invariants include
    the whole simulation. A figure that does not exist is null.
    """
    all_attempts = recording.attempts
    codes = outcome.outcomes(all_attempts)
    retried = bool((all_attempts["attempt"] > 1).any())
    voted = recording.decisions is not None
    counted = voted or recording.checkpoint_votes is not None
    counted = counted or (recording.tasks is not None and scenario.quorum.enabled)
    began = all_attempts["requested"]
    if recording.decisions is not None:
        began = quorum.began(all_attempts, recording.decisions)
    elif retried:
        began = began[outcome.starts(all_attempts)]
    attempts: outcome.Attempts = all_attempts
    inside = (began >= recording.window_start) & (began <= recording.window_end)
    if not inside.all():
        rows = np.flatnonzero(inside)
        attempts, codes = {name: all_attempts[name][rows] for name in _OF_THE_WINDOW}, codes[rows]
        began = began[rows]
    records = recording.records
    samplings = Samplings(scenario, recording.window_start, recording.window_end)
    skipped = recording.skipped
    inside_skipped = int(((skipped >= recording.window_start) & (skipped <= recording.window_end)).sum())
    of_attempts = _counts(codes, inside_skipped, attempts["attempt"] > 1)
    counts = of_attempts
    if retried:
        last = outcome.lasts(attempts)
        counts = _counts(codes[last], inside_skipped, attempts["attempt"][last] > 1)
    without: Mapping[str, Column] = {}
    if voted:
        without = quorum.within(quorum.not_begun(recording), recording.window_start, recording.window_end)
        never_begun = quorum.outcomes(without)
        never = _counts(never_begun, 0, np.zeros(len(never_begun), dtype=bool))
        counts = {name: count + never[name] for name, count in counts.items()}
    ended = counts["total"] - counts["unfinished"]
    observed = recording.observed
    large = _computed(
        {
            **_durations(attempts, codes, recording.horizon, samplings, retried=retried),
            "qos": lambda: qos.figures(attempts, codes, recording, samplings),
            "success_by": lambda: incidence.figures(attempts, codes, began, without, recording.horizon),
            "records": lambda: _records(records, recording, scenario),
            "record_life": lambda: _record_life(records, samplings),
            "warmup": lambda: warmup.figures(records, recording, scenario),
            "manager": lambda: _manager(recording, scenario),
            "requests": lambda: {
                "peak_per_second": peaks.busiest(all_attempts["target"], all_attempts["requested"], SECOND)
            },
        },
        at_once=len(codes) >= LARGE,
    )
    manager, ticks_us = large["manager"]
    # Without retries, the attempt is the whole migration.
    large.setdefault("migration_total", dict(large["migration_duration"]))
    return {
        "simulated_s": recording.horizon / 1e6,
        "events": recording.events,
        "migrations": counts,
        "attempts": of_attempts,
        "success_rate": counts["completed"] / ended if ended else None,
        "completed_share": counts["completed"] / counts["total"] if counts["total"] else None,
        "success_by": large["success_by"],
        **{name: large[name] for name in DURATIONS},
        "false_positives": _false_positives(attempts, codes),
        "qos": large["qos"],
        "records": large["records"],
        "record_life": large["record_life"],
        "warmup": large["warmup"],
        "manager": manager,
        "detector": detector.figures(recording, scenario, ticks_us),
        "task_checker": _task_checker(recording),
        "messages": {
            "sent": recording.messages_sent,
            "delivered": recording.messages_delivered,
            "lost": recording.messages_lost,
            "in_flight": recording.messages_in_flight,
        },
        "network": {"offered_load": offered(recording, scenario), **transfers.figures(recording, samplings)},
        "ignored": dict(sorted(recording.ignored.items())),
        "actors": {name: recording.absent[name] for name in ABSENT},
        "actor_messages": {name: recording.actor_messages[name] for name in actormessages.COUNTED},
        "recoveries": _recoveries(recording, samplings),
        "drains": drains.figures(recording, samplings),
        "work": _work(recording, scenario),
        "checkpoint_writes": checkpointwrites.figures(recording, samplings),
        "wasm": memories.figures(recording, samplings),
        "policy": placements.figures(recording, scenario, samplings),
        "quorum": quorum.figures(recording, samplings),
        "checkpoint_quorum": quorum.checkpoint_figures(recording, inside, samplings),
        "tasks": tasks.figures(recording, samplings),
        "credits": credits.figures(recording, scenario, attempts, counts["total"]),
        "unknown_fields": {} if scenario.submissions is None else dict(scenario.submissions.fields),
        "requests": large["requests"],
        "faults": {kind: observed.faults.get(kind, 0) for kind in KINDS if kind != "heal"},
        "hazards": {str(number): observed.hazards.get(number, 0) for number in violations.HAZARDS},
        "invariants": {
            name: observed.counts.get(name, 0) if name != "consensus" or counted else None
            for name in violations.INVARIANTS
        },
    }


def _computed(parts: Mapping[str, Callable[[], Any]], *, at_once: bool) -> dict[str, Any]:
    """The values of independent parts, computed in two threads if `at_once`."""
    if not at_once:
        return {name: part() for name, part in parts.items()}
    with ThreadPoolExecutor(max_workers=2) as pool:
        started = {name: pool.submit(part) for name, part in parts.items()}
        return {name: part.result() for name, part in started.items()}


def _counts(codes: Column, skipped: int, retried: outcome.Booleans) -> dict[str, int]:
    """The number of attempts or migrations, by outcome, and of those that are retries or retried."""
    by_code = np.bincount(codes, minlength=len(outcome.OUTCOMES)).tolist()
    return {
        "total": len(codes), "skipped": skipped, **dict(zip(outcome.OUTCOMES, by_code)), "retried": int(retried.sum())
    }  # fmt: skip


DURATIONS: Final = ("detection_latency", "detection_total", "migration_duration", "migration_total", "downtime")
_OF_THE_WINDOW: Final = (
    *dict.fromkeys((
        "migration", "attempt", "actor", "source", "requested", "completed", "failed", "failed_since", "deadline",
        "downtime", "downtime_open", "willing", *qos.COLUMNS,
    )),
)  # fmt: skip
"""The columns from which the figures of the window are computed."""


def _durations(
    a: outcome.Attempts, codes: Column, horizon: int, samplings: Samplings, *, retried: bool
) -> dict[str, Callable[[], dict[str, Any]]]:
    """A function for each of `DURATIONS` that computes it. `migration_total` is left out if no attempt is a retry.

    A duration that has not ended at the horizon is censored there. A record that its source still holds past its
    deadline is not yet detected. Before the deadline it is unknown whether the record will time out.
    """
    waits = codes == outcome.UNFINISHED
    units = units_of(a)

    def late(section: str, since: str) -> dict[str, Any]:
        rows = np.flatnonzero(codes == outcome.LATE)
        overdue = np.flatnonzero(waits & (a["deadline"] != NEVER) & (a["deadline"] < horizon))
        sampling = samplings.of(section, units, rows)
        return describe_open(a["failed"][rows] - a[since][rows], horizon - a[since][overdue], sampling)

    def durations() -> dict[str, Any]:
        rows = np.flatnonzero(codes == outcome.COMPLETED)
        sampling = samplings.of("migration_duration", units, rows)
        return describe_open(a["completed"][rows] - a["requested"][rows], horizon - a["requested"][waits], sampling)

    def totals() -> dict[str, Any]:
        last = outcome.lasts(a)
        began = a["requested"][outcome.starts(a)]
        rows = np.flatnonzero(last & (codes == outcome.COMPLETED))
        sampling = samplings.of("migration_total", {**units, Unit.TIME: began}, rows)
        return describe_open(a["completed"][rows] - began[rows], horizon - began[last & waits], sampling)

    def downtime() -> dict[str, Any]:
        ends = a["downtime_open"] == 0
        rows = np.flatnonzero(ends & (a["downtime"] != NEVER))
        return describe_open(a["downtime"][rows], a["downtime"][~ends], samplings.of("downtime", units, rows))

    return {
        "detection_latency": lambda: late("detection_latency", "deadline"),
        "detection_total": lambda: late("detection_total", "failed_since"),
        "migration_duration": durations,
        **({"migration_total": totals} if retried else {}),
        "downtime": downtime,
    }


def _recoveries(recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """Crashes of the executors of actors: their number, the number of restarts, their durations and the work lost.

    If an actor runs at another executor first, its outage ends without a recovery, and its duration is censored then.
    """
    rows = recording.recoveries
    back, moved = rows["restarted"] != NEVER, rows["elsewhere"] != NEVER
    times = np.unique(rows["crashed"], return_inverse=True)[1]
    units = {Unit.CRASH: rows["executor"] * (len(times) + 1) + times}
    until = np.where(moved, rows["elsewhere"], recording.horizon)
    return {
        "crashed": len(back),
        "restarted": int(back.sum()),
        "open": int((~back & ~moved).sum()),
        "time": describe_open(
            (rows["restarted"] - rows["crashed"])[back],
            (until - rows["crashed"])[~back],
            samplings.of("recoveries.time", units, back),
        ),
        "work_lost": describe(rows["work_lost"], sampling=samplings.of("recoveries.work_lost", units)),
    }


def _work(recording: Recording, scenario: Scenario) -> dict[str, float | None]:
    """The actors' work, s: the total, the part that crashes lost, the time of checkpoints, and the useful share."""
    absent, recoveries = recording.absent, recording.recoveries
    whole = scenario.actors.count * recording.horizon / 1e6
    checkpoints = recording.standing / 1e6
    if not whole or recording.tasks is not None:  # the runs of tasks have their own work
        return dict.fromkeys(WORK)
    done = whole - absent["nowhere_s"] + absent["twice_s"] - recording.idle / 1e6 - checkpoints
    lost = int(recoveries["work_lost"].sum()) / 1e6
    return {
        "done_s": done, "lost_s": lost, "checkpoint_s": checkpoints, "useful_share": (done - lost) / whole
    }  # fmt: skip


def _false_positives(attempts: outcome.Attempts, codes: Column) -> dict[str, Any]:
    willing = int((attempts["willing"] == WILLING).sum())
    count = int(outcome.false_positives(attempts, codes).sum())
    return {"count": count, "willing": willing, "rate": count / willing if willing else None}


def _records(records: Records, recording: Recording, scenario: Scenario) -> dict[str, Any]:
    most, record_bytes = peaks.peak(records.created, records.gone), scenario.manager.costs.record
    fates = records.fates()
    mean = occupancy.mean_held(records, recording.window_start, recording.window_end)
    interval = bounds(0.0, "the window is empty") if mean is None else bounds(mean, _held(recording, scenario))
    return {
        "mean": mean,
        **{f"mean_{name}": value for name, value in interval.items()},
        "mean_bytes": None if mean is None else mean * record_bytes,
        "peak": most,
        "peak_one_executor": peaks.peak_of_one(records.executor, records.created, records.gone),
        "peak_bytes": most * record_bytes,
        "created": recording.counts["records_opened"],
        **fates,
        "unremoved": fates["left"],
    }


def _held(recording: Recording, scenario: Scenario) -> Certainty | str:
    """The certainty of the mean number of records held over the window."""
    records, start, end = recording.records, recording.window_start, recording.window_end
    if rule_of("records", scenario).unit is Unit.TIME:
        return occupancy.certainty_of_time(records, start, end, _life(recording, scenario))
    migrations = actorgroups.contributing(recording.attempts, start, end)
    sums = actorgroups.areas(records, start, end)
    return actorgroups.certainty(sums, scenario.actors.count, end - start, migrations)


def _life(recording: Recording, scenario: Scenario) -> int:
    """The longest time for which a manager at work holds a record, µs."""
    manager = scenario.manager
    return longest_timeout(recording, scenario) * 1000 + manager.check_interval + manager.retention


def _record_life(records: Records, samplings: Samplings) -> dict[str, Any]:
    """The time from the end of a record to its removal; it is censored if the record went in another way."""
    life, removed = records.gone - records.ended, records.fate == REMOVED
    sampling = samplings.of("record_life", {Unit.EXECUTOR: records.executor}, removed)
    return describe_open(life[removed], life[~removed & (life > 0)], sampling)


def _manager(recording: Recording, scenario: Scenario) -> tuple[dict[str, Any], int]:
    """Costs of all ticks of all managers, and the part of detection in them, µs.

    `cpu_share` refers to one core per executor.
    """
    lattices = recording.lattices
    if lattices is None or not lattices.loops:  # no executor has a manager
        return {"ticks": 0, "errors": 0, "cost_s": 0.0, "upkeep_s": 0.0, "cpu_share": 0.0, "cycle": dict(EMPTY)}, 0
    found = cost_groups(recording, scenario)
    # Python's integers: the cost of years of ticks may exceed 64 bits.
    cost = sum(map(mul, found.cost.tolist(), found.count.tolist())) + found.upkeep
    cost_s, ticks, costs = cost / 1e6, int(found.count.sum()), scenario.manager.costs
    detection = cost - ticks * costs.tick - int(recording.ticks["removed"].sum()) * costs.cleanup
    figures = {
        "ticks": ticks,
        "errors": recording.errors["manager"],
        "cost_s": cost_s,
        "upkeep_s": found.upkeep / 1e6,
        "cpu_share": cost_s / (lattices.loops * recording.horizon / 1e6),
        "cycle": _cycle(found, recording, scenario),
    }
    return figures, detection


def _cycle(found: CostGroups, recording: Recording, scenario: Scenario) -> dict[str, Any]:
    """The cost of a tick."""
    cycle, rule = describe_groups(found.cost, found.count), rule_of("manager.cycle", scenario)
    if not cycle["count"]:
        return cycle
    if rule.unit is None or found.of_group is None:
        return {**cycle, "ci95_why": rule.assumption}
    return {**cycle, **bounds(cycle["mean"], certainty(found.of_group, cycle["count"], recording, scenario), SECOND)}


def _task_checker(recording: Recording) -> dict[str, Any]:
    ticks = 0 if recording.checker is None else recording.checker.count()
    return {"ticks": ticks, "errors": recording.errors["task_checker"]}
