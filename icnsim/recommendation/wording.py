"""The sentence of a recommendation, which claims what was shown and no more.

Bounds are rounded outwards, estimates to nearest. What a bound is of is said with it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from icnsim.analysis import intervals
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import RELATIONS, Constraint, Goal, Measured
from icnsim.recommendation.verdict import Verdict
from icnsim.scenario.variation import Range, measured
from icnsim.sweeps.figures import unit_of
from icnsim.sweeps.statistics import LEAST

DIGITS: Final = 4
SCALES: Final = {"%": 100}
MEDIAN: Final = " in the median run"
OF: Final = {"wilson": "", "order": MEDIAN, "student": " on average"}
"""What a bound is of, by the kind of interval."""
TOLD: Final = 3
"""Points that were not confirmed before the recommended one that are told."""


def said(value: float, unit: str, rounding: str = ROUND_HALF_EVEN, digits: int = DIGITS) -> str:
    """A figure in few digits, with its unit."""
    number = _rounded(value, unit, rounding, digits)
    text = f"{number:.{digits - 1}e}" if number and number.adjusted() < -6 else f"{number:,f}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".rstrip()


def _rounded(value: float, unit: str, rounding: str, digits: int) -> Decimal:
    exact = Decimal(repr(float(value))) * SCALES.get(unit, 1)
    if not exact:
        return Decimal(0)
    return exact.quantize(Decimal(1).scaleb(min(0, exact.adjusted() - digits + 1)), rounding)


def limit(constraint: Constraint) -> str:
    """A constraint as it is read aloud, its value exactly."""
    unit = unit_of(constraint.metric)
    return f"{constraint.metric} {constraint.relation} {said(constraint.value, unit, digits=12)}"


def bound(constraint: Constraint, found: Measured) -> str:
    """What is shown of a constraint's figure, rounded away from what was found but not over the limit that it holds."""
    unit, value = unit_of(constraint.metric), constraint.bound(found)
    rounding = ROUND_CEILING if constraint.from_above else ROUND_FLOOR
    held = RELATIONS[constraint.relation]
    digits = DIGITS
    while held(value, constraint.value) and digits < 17:
        if held(float(_rounded(value, unit, rounding, digits)) / SCALES.get(unit, 1), constraint.value):
            break
        digits += 1
    side = "at most" if constraint.from_above else "at least"
    return f"{side} {said(value, unit, rounding, digits)}{OF[found.kind]}"


def settings(keys: Sequence[str], values: Sequence[Any]) -> str:
    """Keys and their values."""
    return listed([f"{key}={shown(value)}" for key, value in zip(keys, values)])


def shown(value: Any) -> str:
    """A value as it stands in a file, but for durations, which are all in seconds."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    unit, seconds = measured(value) or ("", 0.0)
    return f"{Decimal(repr(seconds)).normalize():f}s" if unit == "s" else value


def listed(parts: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def sentence(verdict: Verdict, vary: Mapping[str, Any], tries: Sequence[Try], samples: int | None = None) -> str:
    """What was found.

    Parameters
    ----------
    vary : keys and their lists or ranges. tries : of which the last one tells.
    samples : how often an optimiser looked.
    """
    keys = list(vary)
    if not verdict.feasible:
        parts = _nothing(verdict, keys)
    elif not tries[-1].confirmed:
        parts = _unconfirmed(verdict, keys, tries)
    else:
        parts = [*_recommended(verdict, keys, tries), *_ends(vary, tries[-1].values)]
        parts += _bindings(verdict.after(tries), keys)
    return " ".join([*parts, *_failures(verdict, tries), *_again(verdict, samples)])


def _recommended(verdict: Verdict, keys: Sequence[str], tries: Sequence[Try]) -> list[str]:
    goal, chosen = verdict.goal, tries[-1]
    count = len(chosen.replications)
    shown = [
        f"{limit(c)} ({bound(c, found)}{f', of the {found.runs} runs that have it' if found.runs < count else ''})"
        for c, found in zip(goal.constraints, chosen.constraints)
    ]
    unit = unit_of(goal.minimize)
    low, high = said(chosen.objective.low, unit, ROUND_FLOOR), said(chosen.objective.high, unit, ROUND_CEILING)
    verb = "meets" if len(keys) == 1 else "meet"
    parts = [
        f"At 95 % confidence, {settings(keys, chosen.values)} {verb} {listed(shown)}, by {count} "
        f"fresh replications, and {goal.minimize} is between {low} and {high}{OF[chosen.objective.kind]}."
    ]
    rank = f"the one with the least {goal.minimize}"
    if len(tries) > 1:
        one = len(tries) == 2
        rank += f", but for {len(tries) - 1} that {'was' if one else 'were'} not confirmed"
    parts.append(f"Of {_points(len(verdict.candidates))} screened, {_seemed(verdict)}; this is {rank}.")
    if len(tries) > 1:
        told = [f"{settings(keys, each.values)} {_missed(goal, each)}" for each in tries[:-1]]
        more = [f"{len(told) - TOLD} more"] if len(told) > TOLD else []
        what = "it" if len(told) == 1 else "them"
        parts.append(f"Not confirmed: {'; '.join([*told[:TOLD], *more])}. More replications may confirm {what}.")
    return parts


def _missed(goal: Goal, tried: Try) -> str:
    """Why a point was not confirmed."""
    missed = [limit(constraint) for constraint, held in zip(goal.constraints, tried.held) if not held]
    if missed:
        return f"missed {listed(missed)}"
    return "had runs that failed" if tried.failed else f"had too few runs with {goal.minimize}"


def _ends(vary: Mapping[str, Any], values: Sequence[Any]) -> list[str]:
    """Which of the values are an end of their range."""
    ranges = [(key, Range.read(levels), value) for (key, levels), value in zip(vary.items(), values) if _ranged(levels)]
    at = [key for key, each, value in ranges if measured(value) in (measured(each.at(0)), measured(each.at(1)))]
    if not at:
        return []
    one = len(at) == 1
    where = "is at an end of its range: a wider one" if one else "are at an end of their ranges: wider ones"
    return [f"{listed(at)} {where} may hold better settings."]


def _ranged(levels: object) -> bool:
    return isinstance(levels, str)


def _failures(verdict: Verdict, tries: Sequence[Try]) -> list[str]:
    """How many runs failed, and why the first did."""
    runs = sum(each.runs for each in verdict.candidates) + sum(len(each.replications) for each in tries)
    judged: list[Candidate | Try] = [*verdict.candidates, *tries]
    failed = sum(each.failed for each in judged)
    reason = next((each.reason for each in judged if each.reason), None)
    return [f"{failed:,} of {runs:,} runs failed, the first: {reason}."] if failed else []


def _again(verdict: Verdict, samples: int | None) -> list[str]:
    """Why fewer points were screened than the optimiser looked at."""
    count = len(verdict.candidates)
    if samples is None or count >= samples:
        return []
    return [
        f"The optimiser looked {samples:,} times, but at {_points(count)}: values are rounded, and some came again."
    ]


def _unconfirmed(verdict: Verdict, keys: Sequence[str], tries: Sequence[Try]) -> list[str]:
    goal = verdict.goal
    missed = [
        f"{limit(c)} by {count} of them"
        for place, c in enumerate(goal.constraints)
        if (count := sum(not each.held[place] for each in tries))
    ]
    what = f"missed {listed(missed)}" if missed else f"had runs that failed, or too few with {goal.minimize}"
    best = tries[0]
    near = listed([
        f"too few runs with {c.metric} for a bound" if math.isnan(c.bound(found)) else bound(c, found)
        for c, found in zip(goal.constraints, best.constraints)
    ])  # fmt: skip
    return [
        f"No settings are shown at 95 % confidence to meet {listed([limit(c) for c in goal.constraints])}: of "
        f"{_points(len(verdict.candidates))} screened, {_seemed(verdict)}, but none of the {len(tries)} with the least "
        f"{goal.minimize} was confirmed by fresh replications, which {what}. "
        f"The first, {settings(keys, best.values)}, has {near}.",
        "More replications narrow the bounds.",
    ]


def _nothing(verdict: Verdict, keys: Sequence[str]) -> list[str]:
    goal = verdict.goal
    every = listed([limit(c) for c in goal.constraints])
    parts = [f"None of {_points(len(verdict.candidates))} is shown at 95 % confidence to meet {every}."]
    for place, (constraint, standing) in enumerate(zip(goal.constraints, verdict.standings)):
        if standing.met:
            parts.append(f"{limit(constraint)} alone is met by {_points(standing.met)}.")
            continue
        near = _lacking(verdict, place)
        if standing.closest is not None:
            found = bound(constraint, standing.closest.constraints[place])
            near = f"{_at(standing.closest, keys)} is closest with {found}"
        so = ", and so binds" if standing.binds and standing.without is None else ""
        parts.append(f"{limit(constraint)} is met by none{so}; {near}.")
    if verdict.nearest is not None and len(goal.constraints) > 1:
        found = listed([bound(c, each) for c, each in zip(goal.constraints, verdict.nearest.constraints)])
        parts.append(f"{_at(verdict.nearest, keys)} misses by least, with {found}.")
    if verdict.hopeful and not any(_scarce(verdict, place) for place in range(len(goal.constraints))):
        parts.append(f"By estimates {_points(verdict.hopeful)} would meet all: more replications may show it.")
    if verdict.unusable:
        parts.append(f"{verdict.unusable:,} would meet all, but have no {goal.minimize}, or runs that failed.")
    elif not verdict.binding:
        parts.append("No single constraint binds: it takes several of them together.")
    return [*parts, *_bindings(verdict, keys)]


def _lacking(verdict: Verdict, place: int) -> str:
    """Why no point has a bound of a constraint's figure."""
    metric = verdict.goal.constraints[place].metric
    if all(candidate.failed == candidate.runs for candidate in verdict.candidates):
        return "every run failed"
    if _scarce(verdict, place):
        least = LEAST[metric.rpartition(".")[2]]
        return f"its bound takes {least} values in half of the runs, and they have fewer: longer runs have more"
    if any(candidate.constraints[place].runs for candidate in verdict.candidates):
        return "too few runs have it for a bound"
    ended = " that did not fail" if any(candidate.failed for candidate in verdict.candidates) else ""
    return f"it is null in every run{ended}, as nothing that it is of has happened"


def _scarce(verdict: Verdict, place: int) -> bool:
    """Whether enough runs have a quantile, and it has no bound as it is of too few values in them."""
    metric = verdict.goal.constraints[place].metric
    found = [candidate.constraints[place] for candidate in verdict.candidates]
    enough = [each for each in found if each.runs >= intervals.fewest([metric])]
    return metric.rpartition(".")[2] in LEAST and bool(enough) and all(math.isnan(each.low) for each in enough)


def _bindings(verdict: Verdict, keys: Sequence[str]) -> list[str]:
    """Which constraints bind, and what there would be without each of them."""
    goal = verdict.goal
    told = []
    for constraint, standing in zip(goal.constraints, verdict.standings):
        if standing.without is not None:
            least = said(standing.without.objective.estimate, unit_of(goal.minimize))
            told.append(
                f"{limit(constraint)} binds: without it the least {goal.minimize} of the points would be about "
                f"{least}, at {_at(standing.without, keys)}."
            )
    if verdict.feasible and not told:
        if verdict.cheapest is None:
            return [f"No constraint binds: no point has a smaller {goal.minimize}, whatever it meets."]
        least = said(verdict.cheapest.objective.estimate, unit_of(goal.minimize))
        told.append(
            "No single constraint binds, but several together: without any the least "
            f"{goal.minimize} of the points would be about {least}, at {_at(verdict.cheapest, keys)}."
        )
    return told


def _points(count: int) -> str:
    return f"{count:,} points" if count != 1 else "1 point"


def _at(candidate: Candidate, keys: Sequence[str]) -> str:
    return settings(keys, candidate.values)


def _seemed(verdict: Verdict) -> str:
    return f"{len(verdict.feasible):,} seemed to meet {'it' if len(verdict.goal.constraints) == 1 else 'them'}"
