"""Small recordings made by hand, and records drawn by Hypothesis."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from icnsim.protocol.states import ACTIVE, State
from icnsim.recording.actormessages import COUNTED
from icnsim.recording.columns import NEVER, TIMED_OUT, Firings, Recording, columns_of
from icnsim.recording.integers import Column
from icnsim.recording.lattices import Lattices
from icnsim.recording.learned import NOTHING_LEARNED
from icnsim.recording.records import LEFT, REMOVED, REPLACED, Records
from icnsim.recording.tables import STATES
from icnsim.recording.violations import INVARIANTS, Observed
from icnsim.scenario import Scenario, loads
from icnsim.simulation.executors.recoveries import COLUMNS as RECOVERIES

TIMES = (
    "requested", "accepted", "checkpointed", "transferred", "restored", "completed", "failed", "removed", "replaced",
    "admitted", "target_failed", "target_removed", "target_replaced", "late_at",
)  # fmt: skip
OTHERS = (
    "migration", "attempt", "actor", "source", "target", "state_bytes", "failure", "timed_out_in", "willing",
    "late_reply", "reason", "duplicate_run", "queued",
)  # fmt: skip
TICKS = ("executor", "at", "active", "records", "timed_out", "removed")
S = 1_000_000
OF_SOME = ("decisions", "checkpoint_votes", "policy", "wasm", "tasks", "executions", "credits")
"""Tables that not every run has."""


def scenario(more: str = "") -> Scenario:
    """A scenario of two executors and three actors, with more keys."""
    text = "name: small\nduration: 100s\nexecutors: [{group: a, count: 2}]\nactors: {count: 3}\n"
    return loads(text + more, Path("."))


def recording(
    attempts: Sequence[Mapping[str, int]] = (),
    ticks: Sequence[Sequence[int]] = (),
    timeouts_ms: Mapping[State, int] = dict.fromkeys(ACTIVE, 60_000),
    **more: Any,
) -> Recording:
    """A recording with these attempts; a time that is not given did not happen, other columns are 0."""

    def column(name: str) -> Column:
        missing = {"attempt": 1, **dict.fromkeys(TIMES, NEVER)}.get(name, 0)
        defaults = (number if name == "migration" else missing for number in range(len(attempts)))
        return np.array([row.get(name, default) for row, default in zip(attempts, defaults)], dtype=np.int64)

    columns = {name: column(name) for name in (*TIMES, *OTHERS)}
    horizon = more.get("horizon", 1000 * S)
    failures = [_failure(columns, row, timeouts_ms) for row in range(len(attempts))]
    for place, name in enumerate(("failed_in", "failed_since", "deadline")):
        columns[name] = np.array([failure[place] for failure in failures], dtype=np.int64)
    columns["downtime_open"] = np.array([int(_is_down(columns, row)) for row in range(len(attempts))], dtype=np.int8)
    columns["downtime"] = np.array([_downtime(columns, row, horizon) for row in range(len(attempts))], dtype=np.int64)
    table = np.array(ticks, dtype=np.int64).reshape(-1, len(TICKS))
    none = np.array([], dtype=np.int64)
    values: dict[str, Any] = {
        "attempts": columns,
        "reasons": ("", "Migration timed out", "rejecting"),
        "ticks": {name: table[:, place] for place, name in enumerate(TICKS)},
        "firings": columns_of(Firings()),
        "learned": NOTHING_LEARNED,
        "in_flight": none,
        "skipped": none,
        "phases": np.array([0, 5 * S]),
        "checker": Lattices.of_phases(np.array([0, 0]), 10 * S, horizon),
        "events": 0,
        "messages_sent": 0,
        "messages_delivered": 0,
        "messages_lost": 0,
        "messages_in_flight": 0,
        "message_log": None,
        "ignored": {},
        "window_start": 0,
        "window_end": 100 * S,
        "horizon": 1000 * S,
        "observed": Observed((), dict.fromkeys(INVARIANTS, 0), {}, {}, {}, {}),
        "records": (records := _records(columns, horizon)),
        "counts": {"records_opened": len(records.created)},
        "samples": dict.fromkeys((*STATES, "running", "paused"), none),
        "recoveries": dict.fromkeys(RECOVERIES, none),
        "actor_messages": dict.fromkeys(COUNTED, 0),
        "absent": dict.fromkeys(("nowhere", "in_doubt", "down", "nowhere_s", "twice_s"), 0),
        "standing": 0,
        "actors": None,
    }
    values |= more
    phases = values["phases"]
    values.setdefault("lattices", None if phases is None else Lattices.of_phases(phases, 30 * S, values["horizon"]))
    return Recording(**values)


def _failure(columns: Mapping[str, Column], row: int, timeouts_ms: Mapping[State, int]) -> tuple[int, int, int]:
    """Of an attempt that timed out: the source's last active state, when it was entered, and its deadline."""
    a = {name: int(column[row]) for name, column in columns.items()}
    if a["failed"] == NEVER or a["failure"] != TIMED_OUT:
        return State.REQUESTING, NEVER, NEVER
    state, since = State.REQUESTING, a["requested"]
    for entered, name in ((State.CHECKPOINTING, "accepted"), (State.TRANSFERRING, "checkpointed")):
        if a[name] != NEVER:
            state, since = entered, a[name]
    return state, since, since + timeouts_ms.get(state, 0) * 1000


def _downtime(columns: Mapping[str, Column], row: int, horizon: int) -> int:
    """How long a paused actor ran nowhere: until it was restored or its source had failed, or to the horizon."""
    a = {name: int(columns[name][row]) for name in ("accepted", "failed", "restored")}
    if a["accepted"] == NEVER:
        return NEVER
    return min((at for at in (a["failed"], a["restored"]) if at != NEVER), default=horizon) - a["accepted"]


def _is_down(columns: Mapping[str, Column], row: int) -> bool:
    """Whether a paused actor ran nowhere until the horizon."""
    a = {name: int(columns[name][row]) for name in ("accepted", "failed", "restored")}
    return a["accepted"] != NEVER and a["failed"] == a["restored"] == NEVER


def _records(columns: Mapping[str, Column], horizon: int) -> Records:
    """The records of these attempts: of each source, and of each target that has admitted."""
    rows = []
    for a in (dict(zip(columns, row, strict=True)) for row in zip(*(column.tolist() for column in columns.values()))):
        timed_out = a["failure"] == TIMED_OUT
        source = (a["source"], "requested", ("completed", "failed"), ("removed", "replaced"), timed_out)
        target = (
            a["target"], "admitted", ("restored", "target_failed"), ("target_removed", "target_replaced"),
            a["target_failed"] != NEVER,
        )  # fmt: skip
        for executor, created, ends, exits, late in (source, target):
            if a[created] != NEVER:
                ended, gone = (max(a[name] for name in names) for names in (ends, exits))
                times = (at if at != NEVER else horizon for at in (ended, gone))
                removed, replaced = (a[name] != NEVER for name in exits)
                rows.append(
                    (
                        executor,
                        a["actor"],
                        a[created],
                        *times,
                        REMOVED if removed else REPLACED if replaced else LEFT,
                        late,
                    )
                )
    columns_of = np.array(rows, dtype=np.int64).reshape(-1, 7).T
    return Records(*columns_of[:6], columns_of[6].astype(bool))


def records(rows: Sequence[tuple[int, int, int, int]]) -> Records:
    """Records from (executor, created, ended, gone); all are left at the end, none timed out."""
    executor, created, ended, gone = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    fate, no = np.full(len(rows), LEFT), np.zeros(len(rows), dtype=bool)
    return Records(executor, np.arange(len(rows)), created, ended, gone, fate, no)


EXECUTORS, HORIZON = 3, 40

some_records = st.lists(
    st.tuples(st.integers(0, EXECUTORS - 1), *(st.integers(0, HORIZON) for _ in range(3))).map(
        lambda row: (row[0], *sorted(row[1:]))
    ),
    max_size=12,
)
"""Records of three executors in [0, 40]; empty intervals and equal instants are common."""
