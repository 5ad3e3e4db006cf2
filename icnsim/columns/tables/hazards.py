"""The hazards of a run: the counts that the event engine's monitor makes."""

from typing import Any

import numpy as np

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.messages import HERD_US
from icnsim.columns.population import Booleans
from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, TIMED_OUT
from icnsim.recording.integers import Column
from icnsim.recording.violations import Observed

NORMAL, ARRIVAL, TIMER, TICK = range(4)
"""The order of the causes of attempts at one instant: a Reject, an arrival, a look outside of ticks, a tick."""


def observed(numbers: Any, attempts: dict[str, Column], polled: Booleans, times: Integers) -> Observed:
    """The hazards of a run. Violations are left to the event engine, which examines the suspects."""
    hazards = {number: int(numbers[at.N_HAZARDS + number]) for number in range(1, 23)}
    if numbers[at.N_MOST] > 1:
        hazards[17] = herds(attempts, polled, times)
    return Observed(
        violations=(), counts={}, transitions={}, hazards={number: count for number, count in hazards.items() if count},
        faults={}, pairs={},
    )  # fmt: skip


def herds(a: dict[str, Column], polled: Booleans, times: Integers) -> int:
    """The number of attempts that sent a Request to a target shortly after another source's Request (hazard 17)."""
    order = np.lexsort((begun(a, polled, times), a["target"]))
    target, requested, source = (a[name][order] for name in ("target", "requested", "source"))
    soon = (target[1:] == target[:-1]) & (requested[1:] - requested[:-1] < HERD_US)
    return int((soon & (source[1:] != source[:-1])).sum())


def begun(a: dict[str, Column], polled: Booleans, times: Integers) -> Integers:
    """The rank of each attempt in the order in which the attempts began.

    At one instant, attempts begin in the order in which they were scheduled. Of the attempts that were scheduled at one
    instant, the order is: retries after a Reject, arrivals, retries after timers and ticks of a wheel, retries after
    ticks of the manager. The last two are in the order of executors. Any remaining order follows that of the preceding
    attempts.

    Parameters
    ----------
    a : the columns of attempts. polled : for each whether only ticks look for its records.
    times : the times of all arrivals, µs.
    """
    requested, migration = a["requested"], a["migration"]
    count = len(requested)
    rows = np.arange(count)
    before = np.maximum(rows - 1, 0)
    is_retry = a["attempt"] > 1
    late = a["failure"][before] == TIMED_OUT
    cause = np.where(late, np.where(polled, TICK, TIMER), NORMAL)
    previous = np.where(migration > 0, times[np.maximum(migration - 1, 0)], NEVER)
    scheduled = np.where(is_retry, 4 * a["failed"][before] + cause, 4 * previous + ARRIVAL)
    executor = np.where(is_retry & late, a["source"][before], 0)
    last = np.where(is_retry, 0, migration)
    rank = ranks(np.lexsort((migration, executor, scheduled, requested)))
    for _ in range(int(a["attempt"].max(initial=0))):  # a refinement makes the order of one more attempt final
        refined = ranks(np.lexsort((np.where(is_retry, rank[before], last), executor, scheduled, requested)))
        if np.array_equal(refined, rank):
            break
        rank = refined
    return rank


def ranks(order: Integers) -> Integers:
    """The rank of each row in an order: the inverse permutation."""
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return places
