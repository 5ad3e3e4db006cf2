"""Small recordings made by hand, and records drawn by Hypothesis."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from icnsim.protocol.states import ACTIVE, State
from icnsim.recording import outcome
from icnsim.recording.columns import NEVER, Column, Recording
from icnsim.recording.lattices import Lattices
from icnsim.recording.occupancy import Records
from icnsim.recording.summary import ABSENT, ACTOR_MESSAGES
from icnsim.recording.tables import STATES
from icnsim.recording.violations import INVARIANTS, Observed
from icnsim.scenario import Scenario, loads

TIMES = (
    "requested", "accepted", "checkpointed", "transferred", "restored", "completed", "failed", "removed", "replaced",
    "admitted", "target_failed", "target_removed", "target_replaced",
)  # fmt: skip
OTHERS = (
    "migration", "attempt", "actor", "source", "target", "state_bytes", "failure", "timed_out_in", "willing",
    "late_reply", "reason", "duplicate_run", "queued",
)  # fmt: skip
TICKS = ("executor", "at", "active", "records", "timed_out", "removed")
S = 1_000_000
OF_AN_ACTOR = ("delivered", "queued", "lost")
RECOVERIES = ("actor", "executor", "crashed", "restarted", "sequence", "work_lost", "messages_lost")
OF_SOME = ("decisions", "policy", "wasm", "tasks", "executions")
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
    failures = outcome.failures(columns, timeouts_ms)
    columns["failed_in"], columns["failed_since"], columns["deadline"] = failures
    columns["downtime"] = outcome.downtimes(columns, horizon)
    table = np.array(ticks, dtype=np.int64).reshape(-1, len(TICKS))
    none = np.array([], dtype=np.int64)
    values: dict[str, Any] = {
        "attempts": columns,
        "reasons": ("", "Migration timed out", "rejecting"),
        "ticks": {name: table[:, place] for place, name in enumerate(TICKS)},
        "in_flight": none,
        "skipped": none,
        "phases": np.array([0, 5 * S]),
        "checker_phases": np.array([0, 0]),
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
        "samples": dict.fromkeys((*STATES, "running", "paused"), none),
        "actors": dict.fromkeys(("home", "executor", "copies", "nowhere", "twice", *OF_AN_ACTOR), none),
        "recoveries": dict.fromkeys(RECOVERIES, none),
        "actor_messages": dict.fromkeys(ACTOR_MESSAGES, 0),
        "absent": dict.fromkeys(ABSENT, 0),
    }
    values |= more
    phases = values["phases"]
    values.setdefault("lattices", None if phases is None else Lattices.of_phases(phases, 30 * S, values["horizon"]))
    return Recording(**values)


def records(rows: Sequence[tuple[int, int, int, int]]) -> Records:
    """Records from (executor, created, ended, gone); none was removed, none timed out."""
    executor, created, ended, gone = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    no = np.zeros(len(rows), dtype=bool)
    return Records(executor, created, ended, gone, no, no)


EXECUTORS, HORIZON = 3, 40

some_records = st.lists(
    st.tuples(st.integers(0, EXECUTORS - 1), *(st.integers(0, HORIZON) for _ in range(3))).map(
        lambda row: (row[0], *sorted(row[1:]))
    ),
    max_size=12,
)
"""Records of three executors in [0, 40]; empty intervals and equal instants are common."""
