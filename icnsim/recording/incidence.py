"""The share of migrations that have completed by a time after their beginning.

A rate of success counts only the migrations that ended. If a run ends early, the slow ones are missing, and the slowest
are the failures: their timeouts have not passed. The share that has completed by a time t has no such bias. Each
migration either completes, fails, or is still open when the observation ends (it is censored then).

Theory of operation. The Aalen-Johansen estimator gives the cumulative incidence of completion, with failure as the
competing event. At each duration it adds S d / n, where d migrations completed then, n were still observed just before,
and S is the share that had neither completed nor failed before. Without censoring it is the number of migrations that
have completed by t over the number of all. As with Kaplan and Meier's curve, S falls in proportion to n between
two censored durations. So one step per censored duration is enough. An estimate assumes that the end of the observation
does not depend on the duration. After the last observed duration it is unknown if that duration is censored.

Source: Aalen and Johansen 1978, "An empirical transition matrix for non-homogeneous Markov chains based on censored
observations".
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.recording import outcome, quorum
from icnsim.recording.columns import NEVER
from icnsim.recording.cumulative import cumulative
from icnsim.recording.distribution import SECOND
from icnsim.recording.integers import Column, Integers

TIMES_S: Final = (5, 10, 30, 60, 90, 120, 300)
"""The times after the beginning of a migration for which a summary gives the share that has completed, s."""
NAMES: Final = tuple(f"{time}s" for time in TIMES_S)


def figures(
    attempts: outcome.Attempts, codes: Column, began: Column, without: Mapping[str, Column], horizon: int
) -> dict[str, float | None]:
    """The share of migrations that have completed within each of `TIMES_S`; null if it is unknown.

    Parameters
    ----------
    attempts, codes : the attempts of the migrations, and the codes of their outcomes. The last attempt decides.
    began : when the migration of each attempt began, µs.
    without : the decisions of quorums on migrations without an attempt. horizon : the end of the observation, µs.
    """
    last = outcome.lasts(attempts)
    ended = np.maximum(attempts["completed"], attempts["failed"])[last]
    found, starts = codes[last], began[last]
    if without:
        ended, starts = np.append(ended, without["decided"]), np.append(starts, without["asked"])
        found = np.append(found, quorum.outcomes(without))
    took = np.where(ended == NEVER, horizon, ended) - starts
    completed, censored = found == outcome.COMPLETED, found == outcome.UNFINISHED
    times = np.array(TIMES_S, dtype=np.int64) * SECOND
    shares = incidence(took[completed], took[~completed & ~censored], took[censored], times)
    return dict(zip(NAMES, (None if np.isnan(share) else share for share in shares.tolist()), strict=True))


def incidence(
    completed: Integers, failed: Integers, censored: Integers, times: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """The Aalen-Johansen estimate of the share that has completed by each time; NaN where it is unknown.

    Parameters
    ----------
    completed, failed, censored : durations from 0 on, in any order. times : in any order, of the same unit.
    """
    total = len(completed) + len(failed) + len(censored)
    if not total:
        return np.full(len(times), np.nan)
    stops, leaving = np.unique(censored, return_counts=True)
    bounds = np.concatenate([stops, times])
    done, _ = cumulative(completed, bounds)
    lost, _ = cumulative(failed, bounds)
    ended = done + lost
    # At the beginning and after each censored duration: those that are observed, S, and the incidence.
    ended_before, done_before = (np.append(0, column[: len(stops)]) for column in (ended, done))
    observed = total - ended_before - np.append(0, np.cumsum(leaving))
    some = np.maximum(observed, 1)  # nothing happens while none is observed
    falls = (observed[:-1] - np.diff(ended_before)) / some[:-1]
    survival = np.append(1.0, np.cumprod(falls))
    gains = survival[:-1] / some[:-1] * np.diff(done_before)
    reached = np.append(0.0, np.cumsum(gains))
    step = np.searchsorted(stops, times)  # a duration that is censored at a time was observed until then
    since = done[len(stops) :] - done_before[step]
    shares = reached[step] + survival[step] * since / some[step]
    latest = max(int(column.max(initial=0)) for column in (completed, failed, censored))
    unknown = (times > latest) & (observed[-1] == 0)
    return np.where(unknown, np.nan, shares)
