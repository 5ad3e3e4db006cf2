"""What the monitor of an observed run counts besides violations: how often each hazard began."""

from typing import Any, Final

import numpy as np

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.messages import HERD_US
from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, TIMED_OUT, Column
from icnsim.recording.violations import Observed

NORMAL, ARRIVAL, TICK = range(3)
"""What plans an attempt at an instant, in the order in which it happens: a Reject, an arrival, a tick."""

ROUNDS: Final = 8
"""How often the order of attempts that begin at one instant is refined by that of their predecessors."""


def observed(numbers: Any, attempts: dict[str, Column], times: Integers) -> Observed:
    """The hazards; violations are found by the event engine, for the suspects."""
    hazards = {number: int(numbers[at.N_HAZARDS + number]) for number in range(1, 23)}
    if numbers[at.N_MOST] > 1:
        hazards[17] = herds(attempts, times)
    return Observed(
        violations=(), counts={}, transitions={}, hazards={number: count for number, count in hazards.items() if count},
        faults={}, pairs={},
    )  # fmt: skip


def herds(a: dict[str, Column], times: Integers) -> int:
    """How many attempts asked a target that another source had just asked."""
    order = np.lexsort((begun(a, times), a["target"]))
    target, requested, source = (a[name][order] for name in ("target", "requested", "source"))
    soon = (target[1:] == target[:-1]) & (requested[1:] - requested[:-1] < HERD_US)
    return int((soon & (source[1:] != source[:-1])).sum())


def begun(a: dict[str, Column], times: Integers) -> Integers:
    """The ranks of the attempts in the order in which they began; `times` are those of all arrivals.

    At one instant what was planned earlier begins earlier. Of what one instant has planned, Rejects come
    before arrivals and these before ticks, which go by executor; the rest goes by the attempts before.
    """
    requested, migration = a["requested"], a["migration"]
    count = len(requested)
    rows = np.arange(count)
    before = np.maximum(rows - 1, 0)
    again = a["attempt"] > 1
    by_tick = a["failure"][before] == TIMED_OUT
    previous = np.where(migration > 0, times[np.maximum(migration - 1, 0)], NEVER)
    planned = np.where(again, 3 * a["failed"][before] + np.where(by_tick, TICK, NORMAL), 3 * previous + ARRIVAL)
    executor = np.where(again & by_tick, a["source"][before], 0)
    last = np.where(again, 0, migration)
    ranks = _ranks(np.lexsort((migration, executor, planned, requested)))
    for _ in range(ROUNDS):
        better = _ranks(np.lexsort((np.where(again, ranks[before], last), executor, planned, requested)))
        if np.array_equal(better, ranks):
            break
        ranks = better
    return ranks


def _ranks(order: Integers) -> Integers:
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks
