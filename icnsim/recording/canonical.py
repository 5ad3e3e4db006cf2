"""The canonical order of a recording's parts: no result file depends on the engine that made it.

The engines find the same ticks, messages and reasons in different orders. Both pass their `Recording` through
`canonical`. The engines themselves order the attempts by (migration, attempt), because other parts refer to attempts by
their rows. Records have no order, because no figure depends on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from icnsim.recording.columns import Recording
from icnsim.recording.integers import Column
from icnsim.recording.violations import INVARIANTS, Observed, Violation

TICKS: Final = ("at", "executor")
MESSAGES: Final = ("sent", "attempt", "kind", "sender", "receiver", "arrives", "task", "state_bytes")
RECOVERIES: Final = ("crashed", "actor", "executor", "restarted", "sequence")
"""The columns by which each table is sorted, in order of precedence."""


def canonical(recording: Recording) -> Recording:
    """The same recording with its ticks, messages, reasons, recoveries, violations and counts in canonical order."""
    attempts, reasons = _reasons(recording.attempts, recording.reasons)
    log = recording.message_log
    return replace(
        recording,
        attempts=attempts,
        reasons=reasons,
        ticks=_sorted(recording.ticks, TICKS),
        firings=_sorted(recording.firings, TICKS),
        skipped=np.sort(recording.skipped),
        message_log=None if log is None else _sorted(log, MESSAGES),
        ignored=dict(sorted(recording.ignored.items())),
        recoveries=_sorted(recording.recoveries, RECOVERIES),
        observed=_observed(recording.observed),
    )


def _sorted(table: Mapping[str, Column], by: Sequence[str]) -> Mapping[str, Column]:
    """The rows of a table, sorted by these columns. Columns that the table lacks are ignored."""
    order = np.lexsort([table[name] for name in reversed(by) if name in table])
    if (order[1:] > order[:-1]).all():
        return table
    return {name: column[order] for name, column in table.items()}


def _reasons(attempts: Mapping[str, Column], reasons: Sequence[str]) -> tuple[Mapping[str, Column], tuple[str, ...]]:
    """The reasons that occur, "" first and the others in alphabetical order, and the attempts with their codes."""
    codes = attempts["reason"]
    occurs = np.bincount(codes, minlength=len(reasons)) > 0
    kept = ("", *sorted({reason for reason, some in zip(reasons, occurs, strict=True) if some and reason}))
    if kept == tuple(reasons):
        return attempts, kept
    places = {reason: place for place, reason in enumerate(kept)}
    code_of = np.array([places.get(reason, 0) for reason in reasons], dtype=codes.dtype)
    return {**attempts, "reason": code_of[codes]}, kept


def _observed(observed: Observed) -> Observed:
    def place(violation: Violation) -> tuple[int, ...]:
        invariant = INVARIANTS.index(violation.invariant)
        return violation.at, invariant, violation.actor, violation.executor, violation.attempt

    return replace(observed, violations=tuple(sorted(observed.violations, key=place)))
