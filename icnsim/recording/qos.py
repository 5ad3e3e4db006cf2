"""The quality of service of the failure detector: the section `qos` of the summary.

A suspicion is a request that the detector marks as failed: its attempt timed out in the state requesting. It is a
mistake if the target was up, reachable and willing. All figures are of the requests of the window.

- detection time T_D: from the sending of a request to a target that is not willing or not reachable to its suspicion;
  censored at the end of the simulation if the request still waits.
- mistake duration T_M: from a mistake to the arrival of the target's first answer; censored at the end of the
  simulation if no answer has arrived.
- mistake recurrence time T_MR: between a mistake and the next one of the whole federation.
- mistake rate: mistakes per second of the window. Query accuracy probability P_A: the share of the requests to willing,
  reachable targets that are not suspected.

Source: Chen, Toueg and Aguilera 2002, "On the quality of service of failure detectors", section 2. The paper watches
one process by a stream of heartbeats; here each request is one query of the detector.
"""

from typing import Any

import numpy as np

from icnsim.protocol.states import State
from icnsim.recording.censoring import describe_open
from icnsim.recording.columns import NEVER, WILLING, Recording
from icnsim.recording.distribution import certainty_of, describe
from icnsim.recording.integers import Column
from icnsim.recording.outcome import LATE, UNFINISHED, Attempts
from icnsim.recording.shares import bounds_of_share
from icnsim.recording.uncertainty import Samplings, Unit, units_of

COLUMNS = ("requested", "accepted", "failed", "failed_in", "late_at", "willing")
"""The columns of the attempts that the figures need besides the units."""


def figures(attempts: Attempts, codes: Column, recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """The section `qos`; times in s.

    Parameters
    ----------
    attempts, codes : the attempts that began in the window, and the codes of their outcomes.
    """
    a, units, horizon = attempts, units_of(attempts), recording.horizon
    willing = a["willing"] == WILLING
    suspected = (codes == LATE) & (a["failed_in"] == State.REQUESTING)
    detected, mistaken = np.flatnonzero(suspected & ~willing), np.flatnonzero(suspected & willing)
    waiting = np.flatnonzero((codes == UNFINISHED) & (a["accepted"] == NEVER) & ~willing)
    answered = mistaken[a["late_at"][mistaken] != NEVER]
    unanswered = mistaken[a["late_at"][mistaken] == NEVER]
    in_order = mistaken[np.lexsort((a["requested"][mistaken], a["failed"][mistaken]))]
    window = recording.window_end - recording.window_start
    return {
        "detection_time": describe_open(
            a["failed"][detected] - a["requested"][detected],
            horizon - a["requested"][waiting],
            samplings.of("qos.detection_time", units, detected),
        ),
        "mistakes": len(mistaken),
        "mistake_rate_per_s": len(mistaken) / (window / 1e6) if window else None,
        "mistake_duration": describe_open(
            a["late_at"][answered] - a["failed"][answered],
            horizon - a["failed"][unanswered],
            samplings.of("qos.mistake_duration", units, answered),
        ),
        "mistake_recurrence": describe(
            np.diff(a["failed"][in_order]), sampling=samplings.of("qos.mistake_recurrence", units, in_order[1:])
        ),
        "trusted": int(willing.sum()) - len(mistaken),
        **_accuracy(~suspected[willing], samplings, units, np.flatnonzero(willing)),
    }


def _accuracy(trusted: Column, samplings: Samplings, units: dict[Unit, Column], rows: Column) -> dict[str, Any]:
    """The query accuracy and its interval; `trusted` says of each request to a willing target whether it was."""
    if not len(trusted):
        return {"query_accuracy": None, "query_accuracy_ci95": None, "query_accuracy_ci95_why": "no willing target"}
    sampling, cases, trials = samplings.of("qos.query_accuracy", units, rows), int(trusted.sum()), len(trusted)
    certainty = certainty_of(trusted.astype(np.int64), sampling)
    interval = bounds_of_share(cases, trials, certainty, "" if sampling.of is None else sampling.units)
    return {
        "query_accuracy": cases / trials,
        **{f"query_accuracy_{name}": value for name, value in interval.items()},
    }
