"""Describes limits in words: which ones a point meets or misses, and which ones bind."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR

from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Constraint, Goal, Measured
from icnsim.recommendation.verdict import Verdict
from icnsim.recommendation.wording import OF, limit, listed, said, settings
from icnsim.sweeps.figures import unit_of


def against_limits(goal: Goal, constraints: Sequence[Measured]) -> str:
    """Return the limits that the bounds of a point meet or miss, in words."""
    missed = [f"{limit(c)} ({other_bound(c, m)})" for c, m in zip(goal.constraints, constraints) if c.missed(m)]
    if missed:
        return f"miss {listed(missed)}"
    unsure = [limit(c) for c, m in zip(goal.constraints, constraints) if not c.met(m)]
    if unsure:
        return f"are not shown to meet or to miss {listed(unsure)}"
    return "meet the limit" if len(goal.constraints) == 1 else "meet the limits"


def other_bound(constraint: Constraint, found: Measured) -> str:
    """Return the bound that shows that a limit is missed."""
    unit = unit_of(constraint.metric)
    if constraint.from_above:
        return f"at least {said(found.low, unit, ROUND_FLOOR)}{OF[found.kind]}"
    return f"at most {said(found.high, unit, ROUND_CEILING)}{OF[found.kind]}"


def missed(goal: Goal, tried: Try) -> str:
    """Return why a point was not confirmed."""
    limits = [limit(constraint) for constraint, held in zip(goal.constraints, tried.held) if not held]
    if limits:
        return f"missed {listed(limits)}"
    return "had runs that failed" if tried.failed else f"had too few runs with {goal.objective}"


def bindings(verdict: Verdict, keys: Sequence[str]) -> list[str]:
    """Return the limits that bind, each with the best result without it, in words."""
    goal = verdict.goal
    words = []
    for constraint, standing in zip(goal.constraints, verdict.standings):
        if standing.without is not None:
            least = said(standing.without.objective.estimate, unit_of(goal.objective))
            words.append(
                f"{limit(constraint)} binds: without it the least {goal.objective} of the points would be about "
                f"{least}, at {settings(keys, standing.without.values)}."
            )
    if verdict.feasible and not words:
        if verdict.cheapest is None:
            return [f"No limit binds: no point has a smaller estimate of {goal.objective}, whatever it meets."]
        least = said(verdict.cheapest.objective.estimate, unit_of(goal.objective))
        words.append(
            "No single limit binds, but several together do: without any of them the least "
            f"{goal.objective} of the points would be about {least}, at {settings(keys, verdict.cheapest.values)}."
        )
    return words
