"""The warm-up that a run needs: when its averages over time include its own start.

A simulation begins without records. Until the first records reach their longest life, fewer are held than later. If
the window of the statistics includes this time, averages over time are too low, and no interval shows it.

Theory of operation. The paths of the records held and of the active records are averaged over `OBSERVATIONS` equal
parts of the window. MSER-5 deletes as many of them at the beginning as minimise the estimated mean squared error of the
mean of the rest. Its inputs are exact sums, so it is exact. The rule accepts a deletion of at most half of the window;
otherwise the path has not settled within the window. A deletion counts as the run's start if

* the window begins before the settling time, and
* the deleted part lies below the rest by more than `DISTINCT` standard deviations of the rest. If MSER-5 finds no end
  of the transient, the part before the settling time, or the first half, replaces the deleted part.

The settling time is the longest usual life of a record. It is timeout + interval + retention of the scenario, or, if
that is longer, the time after which the lives of the removed records contribute a thousandth of their sum. A path of
records whose arrivals have a constant rate is then within a thousandth of its long-term mean: at t it lacks the part
of the lives beyond t (the transient of M/G/infinity). The end of the deleted part is proposed, or the settling time if
that is earlier or if MSER-5 finds no end.

Sources: White 1997, "An effective truncation heuristic for bias reduction in simulation output"; White, Cobb and Spratt
2000, "A comparison of five steady-state truncation heuristics for simulation"; Hoad, Robinson and Davies 2010,
"Automating warm-up length estimation", for the limit of half of the series and the omission of the last five batches.
"""

import statistics
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from icnsim.recording.columns import Recording
from icnsim.recording.cumulative import Exact, cumulative
from icnsim.recording.distribution import SECOND
from icnsim.recording.integers import Integers
from icnsim.recording.occupancy import mean_held, path
from icnsim.recording.records import REMOVED, Records
from icnsim.recording.tracked import longest_timeout
from icnsim.scenario import Scenario
from icnsim.scenario.units import rounded_up

OBSERVATIONS: Final = 1000
BATCH: Final = 5
"""The observations in a batch of MSER-5, and the number of batches at the end that may not be the only ones left."""
DISTINCT: Final = 2.0
UNSETTLED: Final = 1000
"""A path has settled when it lacks less than this part of its long-term mean."""
SHORTEST: Final = 3
"""A window that the warm-up halves is too short; the proposed duration is this multiple of the warm-up."""


def figures(records: Records, recording: Recording, scenario: Scenario) -> dict[str, Any]:
    """The proposed warm-up and duration, s, and the mean of the records held from the warm-up on.

    All are null if no average includes the run's start. The duration is null if the present one is long enough. The
    mean is null if the window does not reach beyond the warm-up.
    """
    start, end = recording.window_start, recording.window_end
    found = {"proposed_s": None, "duration_s": None, "records_mean": None}
    needed = _needed(records, start, end, scenario, longest_timeout(recording, scenario))
    if needed is None:
        return found
    proposed = rounded_up(needed)
    duration = rounded_up(SHORTEST * proposed) if end < 2 * proposed else None
    return {
        "proposed_s": proposed / SECOND,
        "duration_s": None if duration is None else duration / SECOND,
        "records_mean": mean_held(records, proposed, end),
    }


def _needed(records: Records, start: int, end: int, scenario: Scenario, longest: int) -> int | None:
    """The time at which the last of the paths has left the run's start, µs; None if the window does not include it.

    `longest` is the longest timeout, ms.
    """
    manager = scenario.manager
    if not manager.enabled:
        return None  # no record is removed, and the path does not settle
    active = longest * 1000 + manager.check_interval
    paths = ((records.gone, active + manager.retention), (records.ended, active))
    needed = [_end_of_start(records, ended, start, end, usual) for ended, usual in paths]
    return max((time for time in needed if time is not None), default=None)


def _end_of_start(records: Records, ended: Integers, start: int, end: int, usual: int) -> int | None:
    """The same for the path of the intervals [created, ended); `usual` is their longest life by the scenario, µs."""
    settled = max(usual, settling((ended - records.created)[records.fate == REMOVED]))
    if start >= settled or end - start < OBSERVATIONS:
        return None
    means, length = batched(path(records.created, ended, start, end, OBSERVATIONS)), (end - start) // OBSERVATIONS
    deleted = mser5(means)
    cut = min(len(means) // 2, -((start - settled) // (BATCH * length))) if deleted is None else deleted
    if not cut or not _below(means[:cut], means[cut:]):
        return None
    return settled if deleted is None else min(settled, start + BATCH * deleted * length)


def mser5(means: Sequence[int]) -> int | None:
    """The number of batches to delete at the beginning of a series, by MSER-5.

    The number d of deleted batches minimises S(d) / (n - d)^2, where S(d) is the sum of squares of the other batches
    about their mean. It leaves at least five. Of equal values the first is taken. The arithmetic is exact.

    Parameters
    ----------
    means : the sums of the batches of five observations.

    Returns
    -------
    None if more than half of the batches would be deleted, or if there are fewer than ten: the series is too short.
    """
    if len(means) < 2 * BATCH:
        return None
    total, squares, count = sum(means), sum(value * value for value in means), len(means)
    best, least, of = 0, count * squares - total * total, count
    for deleted, value in enumerate(means[:-BATCH], 1):
        total, squares, count = total - value, squares - value * value, count - 1
        error = count * squares - total * total
        # error / count^3 < least / of^3, in whole numbers
        if error * of**3 < least * count**3:
            best, least, of = deleted, error, count
    return best if 2 * best <= len(means) else None


def settling(lives: Integers) -> int:
    """The time after which lives contribute a thousandth of their sum, µs; 0 without lives.

    It is the least t with Σ max(0, life - t) <= Σ life / 1000, rounded up to a thousandth of the longest life.
    """
    if not len(lives):
        return 0
    longest = int(lives.max())
    times = -(-longest * np.arange(OBSERVATIONS + 1) // OBSERVATIONS)
    counts, sums = cumulative(lives, times)

    def has_settled(place: int) -> bool:
        rest = int(sums[-1]) - int(sums[place]) - (len(lives) - int(counts[place])) * int(times[place])
        return UNSETTLED * rest <= int(sums[-1])

    # The contribution of lives after a time decreases with the time.
    return int(times[bisect_left(range(OBSERVATIONS), True, key=has_settled)])


def batched(observations: Exact) -> list[int]:
    """The sums of successive groups of five observations; up to four observations at the end are left out."""
    whole = len(observations) - len(observations) % BATCH
    sums: list[int] = observations[:whole].reshape(-1, BATCH).sum(axis=1).tolist()
    return sums


def _below(first: Sequence[int], rest: Sequence[int]) -> bool:
    """Whether the mean of the first batches is far below that of the rest."""
    return statistics.fmean(first) < statistics.fmean(rest) - DISTINCT * statistics.pstdev(rest)
