"""The sentence of a recommendation, which claims what was shown and no more.

Bounds are rounded outwards, estimates to nearest. What a bound is of is said with it.
"""

import json
import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import RELATIONS, Constraint, Measured
from icnsim.recommendation.verdict import Verdict
from icnsim.sweeps.figures import unit_of

DIGITS: Final = 4
SCALES: Final = {"%": 100}
OF: Final = {"wilson": "", "order": " in the median run", "student": " on average"}
"""What a bound is of, by the kind of interval."""


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
    """Keys and their values, as a user writes them."""
    return listed([f"{key}={written(value)}" for key, value in zip(keys, values)])


def written(value: Any) -> str:
    """A value as it stands in a file."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def listed(parts: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def sentence(verdict: Verdict, keys: Sequence[str], tries: Sequence[Try]) -> str:
    """What was found; of the tries the last one tells."""
    if not verdict.feasible:
        return _nothing(verdict, keys)
    if not tries[-1].confirmed:
        return _unconfirmed(verdict, keys, tries)
    return _recommended(verdict, keys, tries)


def _recommended(verdict: Verdict, keys: Sequence[str], tries: Sequence[Try]) -> str:
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
    return " ".join([*parts, *_bindings(verdict.after(tries), keys)])


def _unconfirmed(verdict: Verdict, keys: Sequence[str], tries: Sequence[Try]) -> str:
    goal = verdict.goal
    missed = [
        f"{limit(c)} by {count} of them"
        for place, c in enumerate(goal.constraints)
        if (count := sum(not each.held[place] for each in tries))
    ]
    what = f"missed {listed(missed)}" if missed else f"had runs that failed, or too few with {goal.minimize}"
    best = tries[0]
    near = listed([
        f"too few runs with {c.metric}" if math.isnan(c.bound(found)) else bound(c, found)
        for c, found in zip(goal.constraints, best.constraints)
    ])  # fmt: skip
    return " ".join([
        f"No settings are shown at 95 % confidence to meet {listed([limit(c) for c in goal.constraints])}: of "
        f"{_points(len(verdict.candidates))} screened, {_seemed(verdict)}, but none of the {len(tries)} with the least "
        f"{goal.minimize} was confirmed by fresh replications, which {what}. "
        f"The first, {settings(keys, best.values)}, has {near}.",
        "More replications narrow the bounds.",
    ])  # fmt: skip


def _nothing(verdict: Verdict, keys: Sequence[str]) -> str:
    goal = verdict.goal
    every = listed([limit(c) for c in goal.constraints])
    parts = [f"None of {_points(len(verdict.candidates))} is shown at 95 % confidence to meet {every}."]
    for place, (constraint, standing) in enumerate(zip(goal.constraints, verdict.standings)):
        if standing.met:
            parts.append(f"{limit(constraint)} alone is met by {_points(standing.met)}.")
            continue
        near = "it is null in every run, as nothing that it is of has happened"
        if any(candidate.constraints[place].runs for candidate in verdict.candidates):
            near = "too few runs have it for a bound"
        if standing.closest is not None:
            found = bound(constraint, standing.closest.constraints[place])
            near = f"{_at(standing.closest, keys)} is closest with {found}"
        so = ", and so binds" if standing.binds and standing.without is None else ""
        parts.append(f"{limit(constraint)} is met by none{so}; {near}.")
    if verdict.nearest is not None and len(goal.constraints) > 1:
        found = listed([bound(c, each) for c, each in zip(goal.constraints, verdict.nearest.constraints)])
        parts.append(f"{_at(verdict.nearest, keys)} misses by least, with {found}.")
    if verdict.hopeful:
        parts.append(f"By estimates {_points(verdict.hopeful)} would meet all: more replications may show it.")
    if verdict.unusable:
        parts.append(f"{verdict.unusable:,} would meet all, but have no {goal.minimize}, or runs that failed.")
    elif not verdict.binding:
        parts.append("No single constraint binds: it takes several of them together.")
    return " ".join([*parts, *_bindings(verdict, keys)])


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
