"""A policy's decisions: the age and error of the reports they used, and the returns, herds and loads that followed.

`Recording.placements` has a row per decision: `at`, `reported` (the time of the target's report) in µs, `executor`,
`actor`, `target`, `reason` (an index into `REASONS`), `attempt`, `score`, `own_load`, `believed_load` and `true_load`
of the target, and `age_s`, the mean age of the reports of all candidates. `seen` and `seen_at` hold the own load at
each evaluation and its time.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from icnsim.protocol.policy import LOAD_BALANCING, LOCALITY_OPTIMIZATION
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.distribution import EMPTY, describe_floats
from icnsim.recording.integers import Column, Integers
from icnsim.recording.uncertainty import Samplings, Unit
from icnsim.scenario import Scenario

REASONS: Final = (LOCALITY_OPTIMIZATION, LOAD_BALANCING)


def figures(recording: Recording, scenario: Scenario, samplings: Samplings) -> dict[str, Any]:
    """The figures of a policy in the window; null without a policy."""
    p = recording.placements
    if p is None:
        return {
            **dict.fromkeys(("evaluations", "decisions", "returns", "return_rate", "herd_peak")),
            **{name: dict(EMPTY) for name in ("staleness", "error", "load")},
        }
    looks = (p["seen_at"] >= recording.window_start) & (p["seen_at"] <= recording.window_end)
    inside = (p["at"] >= recording.window_start) & (p["at"] <= recording.window_end)
    units = {Unit.TIME: p["at"], Unit.EXECUTOR: p["executor"]}
    returns, completed = _returns(recording, scenario.policy.return_within)
    return {
        "evaluations": int(looks.sum()),
        "decisions": int(inside.sum()),
        "returns": returns,
        "return_rate": returns / completed if completed else None,
        "herd_peak": _herd(p["at"][inside], p["target"][inside], scenario.policy.report_every),
        "staleness": describe_floats(p["age_s"][inside], samplings.of("policy.staleness", units, inside)),
        "error": describe_floats(
            (p["true_load"] - p["believed_load"])[inside], samplings.of("policy.error", units, inside)
        ),
        "load": describe_floats(p["seen"][looks], samplings.of("policy.load")),
    }


def _returns(recording: Recording, within: int) -> tuple[int, int]:
    """The numbers of migrations that returned an actor within this time, and of completed migrations."""
    a: Mapping[str, Column] = recording.attempts
    done = np.flatnonzero(
        (a["restored"] != NEVER) & (a["requested"] >= recording.window_start) & (a["requested"] <= recording.window_end)
    )
    order = done[np.lexsort((a["restored"][done], a["actor"][done]))]
    before, after = order[:-1], order[1:]
    back = (
        (a["actor"][before] == a["actor"][after])
        & (a["source"][before] == a["target"][after])
        & (a["target"][before] == a["source"][after])
        & (a["requested"][after] - a["restored"][before] <= within)
    )
    return int(back.sum()), len(done)


def _herd(at: Integers, target: Integers, within: int) -> int:
    """The maximum number of decisions for one target in [t, t + within)."""
    most = 0
    for each in np.unique(target):
        times = np.sort(at[target == each])
        first = np.searchsorted(times, times - within, side="right")
        most = max(most, int((np.arange(len(times)) - first).max()) + 1)
    return most
