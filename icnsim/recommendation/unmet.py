"""Describes in words that no point is shown to meet the limits: the achievable figures, and the necessary changes."""

import math
from typing import Final

from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import ERROR, runs_needed
from icnsim.recommendation.findings import Findings
from icnsim.recommendation.limitwords import against_limits, bindings
from icnsim.recommendation.verdict import Verdict
from icnsim.recommendation.wording import bound, limit, listed, points, settings
from icnsim.statistics import intervals
from icnsim.sweeps.statistics import LEAST

MANY: Final = 10_000
"""The largest number of replications that is proposed."""


def unmet(found: Findings) -> list[str]:
    """Return the reason why no point is recommended, the achievable figures, and the necessary changes."""
    return [
        *_own(found),
        *(_unconfirmed(found) if found.tries else _nothing(found)),
        *_achievable(found),
        *_it_takes(found),
        *bindings(found.verdict.after(found.tries), found.keys),
    ]


def _own(found: Findings) -> list[str]:
    if found.own is None or found.own.failed:
        return []
    own = found.verdict.after(found.tries).candidates[found.own.number]
    name = f"Your own settings, {settings(found.keys, own.values)},"
    return [f"{name} {against_limits(found.goal, own.constraints)}."]


def _unconfirmed(found: Findings) -> list[str]:
    goal, tries, verdict = found.goal, found.tries, found.verdict
    count = [
        f"{limit(c)} by {count} of them"
        for place, c in enumerate(goal.constraints)
        if (count := sum(not each.held[place] for each in tries))
    ]
    what = f"missed {listed(count)}" if count else f"had runs that failed, or too few with {goal.objective}"
    best = tries[0]
    near = listed([
        f"too few runs with {c.metric} for a bound" if math.isnan(c.bound(m)) else bound(c, m)
        for c, m in zip(goal.constraints, best.constraints)
    ])  # fmt: skip
    seemed = "seemed to meet" if verdict.feasible else "may meet"
    which = verdict.feasible or verdict.hopeful
    return [
        f"No settings are shown at 95 % confidence to meet {listed([limit(c) for c in goal.constraints])}: of "
        f"{points(len(verdict.candidates))} screened, {len(which):,} {seemed} {_them(found)}, but none of the "
        f"{len(tries)} with the least {goal.objective} was confirmed by fresh replications, which {what}. "
        f"The first, {settings(found.keys, best.values)}, has {near}."
    ]


def _them(found: Findings) -> str:
    return "it" if len(found.goal.constraints) == 1 else "them"


def _nothing(found: Findings) -> list[str]:
    goal, verdict = found.goal, found.verdict
    every = listed([limit(c) for c in goal.constraints])
    parts = [f"None of {points(len(verdict.candidates))} is shown at 95 % confidence to meet {every}."]
    for place, (constraint, standing) in enumerate(zip(goal.constraints, verdict.standings)):
        if standing.met:
            parts.append(f"{limit(constraint)} alone is met by {points(standing.met)}.")
        else:
            so = ", and so binds" if standing.binds and standing.without is None else ""
            why = f"; {_lacking(verdict, place)}" if standing.closest is None else ""
            parts.append(f"{limit(constraint)} is met by none{so}{why}.")
    if verdict.nearest is not None and len(goal.constraints) > 1:
        near = listed([bound(c, each) for c, each in zip(goal.constraints, verdict.nearest.constraints)])
        parts.append(f"{settings(found.keys, verdict.nearest.values)} misses by least, with {near}.")
    if verdict.unmeasured and verdict.unmeasured < len(verdict.candidates):
        parts.append(
            f"{points(verdict.unmeasured)} cannot be compared, as their runs have too few values: "
            "larger runs have more."
        )
    if verdict.unusable:
        parts.append(f"{verdict.unusable:,} would meet all, but have no {goal.objective}, or runs that failed.")
    elif not verdict.binding and len(goal.constraints) > 1:
        parts.append("No single limit binds: it takes several of them together.")
    return parts


def _lacking(verdict: Verdict, place: int) -> str:
    """Return the reason why no point has a bound of a limited figure."""
    metric = verdict.goal.constraints[place].metric
    if all(candidate.failed == candidate.runs for candidate in verdict.candidates):
        return "every run failed"
    if _scarce(verdict, place):
        least = LEAST[metric.rpartition(".")[2]]
        return f"its bound needs {least} values in half of the runs, and they have fewer: larger runs have more"
    if any(candidate.constraints[place].runs for candidate in verdict.candidates):
        return "too few runs have it for a bound"
    ended = " that did not fail" if any(candidate.failed for candidate in verdict.candidates) else ""
    return f"it is null in every run{ended}, because nothing happened that it measures"


def _scarce(verdict: Verdict, place: int) -> bool:
    """Whether enough runs have the quantile, but too few values for its bound."""
    metric = verdict.goal.constraints[place].metric
    found = [candidate.constraints[place] for candidate in verdict.candidates]
    enough = [each for each in found if each.runs >= intervals.fewest([metric])]
    return metric.rpartition(".")[2] in LEAST and bool(enough) and all(math.isnan(each.low) for each in enough)


def _achievable(found: Findings) -> list[str]:
    """Return the best bound of each limited figure among the points that meet the other limits."""
    verdict, words = found.verdict.after(found.tries), []
    several = len(found.goal.constraints) > 1
    for place, (constraint, standing) in enumerate(zip(found.goal.constraints, verdict.standings)):
        if standing.closest is None or (several and not standing.others_met):
            continue
        found_there = standing.closest.constraints[place]
        if constraint.met(found_there):
            continue
        where = "With the other limits met, the best" if several else "The best"
        words.append(
            f"{where} {constraint.metric} of the points is {bound(constraint, found_there)}, "
            f"at {settings(found.keys, standing.closest.values)}."
        )
    return words


def _it_takes(found: Findings) -> list[str]:
    """Return the replications that would show that a point meets the limits, or that no point meets them."""
    verdict, goal = found.verdict.after(found.tries), found.goal
    needed = [(count, each) for each in verdict.hopeful if (count := _replications(found, each)) <= MANY]
    if needed:
        count, each = min(needed, key=lambda pair: (pair[0], pair[1].number))
        return [
            f"By estimates {points(len(verdict.hopeful))} would meet {_them(found)}: about {_round_up(count):,} "
            f"replications would show it for {settings(found.keys, each.values)}, if its estimates are right."
        ]
    if verdict.hopeful or any(each.failed or not each.whole for each in verdict.candidates):
        return []
    relaxed = [limit(c) for c in goal.constraints]
    return [f"It takes other values of {listed(found.keys)}, or {'a' if len(relaxed) == 1 else 'one'} weaker limit."]


def _replications(found: Findings, each: Candidate) -> float:
    """Return the replications after which screening and the first try would show that a point meets the limits.

    A try has twice as many runs as screening, and more if the margin is small.
    """
    share = ERROR / 2 / (1 + len(found.goal.constraints))
    pairs = zip(found.goal.constraints, each.constraints)
    return max(runs_needed(constraint, figure, 1 - share) for constraint, figure in pairs)


def _round_up(count: float) -> int:
    """Round a number of replications up to two digits."""
    unit = 10.0 ** max(0, math.floor(math.log10(max(count, 1))) - 1)
    return round(math.ceil(count / unit) * unit)
