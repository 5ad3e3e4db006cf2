"""Evaluates screening: the points that meet the limits, the limits that bind, and the achievable figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Constraint, Goal
from icnsim.scenario.variation import meaning
from icnsim.statistics import pareto


@dataclass(frozen=True, slots=True)
class Standing:
    """The result of screening for one limit.

    Attributes
    ----------
    met : the number of points that meet this limit.
    binds : True if a better point exists without this limit. Also True if no point meets this limit, and no point
        would be feasible without any single limit.
    closest : the point with the best bound among those that meet the other limits. If no point meets them, among
        all points; None if no point has a bound. others_met : True if it meets the other limits.
    without : the best point without this limit; None if no point is better without it.
    """

    met: int
    binds: bool
    closest: Candidate | None
    others_met: bool
    without: Candidate | None


@dataclass(frozen=True)
class Verdict:
    """The result of screening for a question.

    Attributes
    ----------
    own : the number of the design's own point; None if it was not screened.
    """

    goal: Goal
    candidates: Sequence[Candidate]
    own: int | None = None

    @cached_property
    def feasible(self) -> list[Candidate]:
        """The points that meet every limit, in the order of the objective."""
        return self._ranked(self.goal.constraints)

    @cached_property
    def hopeful(self) -> list[Candidate]:
        """The points whose estimates meet every limit although their bounds do not, in the order of the objective."""
        found = [each for each in self.candidates if each.hopeful(self.goal)]
        return sorted(found, key=lambda each: (each.objective.estimate, each.number))

    @property
    def to_try(self) -> list[Candidate]:
        """The points to confirm, in their order.

        First those within the indifference zone of the best point, in the order of the number of keys that differ
        from the design; then the others in the order of the objective. If no point's bounds meet the limits, these
        are the points whose estimates meet them.
        """
        found = self.feasible or self.hopeful
        if not found:
            return []
        best = found[0].objective.estimate
        near = best + self.goal.indifference.of(best)
        own = next((each.values for each in self.candidates if each.number == self.own), None)

        def changes(each: Candidate) -> int:
            return 0 if own is None else sum(meaning(a) != meaning(b) for a, b in zip(each.values, own))

        equals = [each for each in found if each.objective.estimate <= near]
        return sorted(equals, key=lambda each: (changes(each), each.objective.estimate)) + found[len(equals) :]

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """The result of screening for each limit, in the order of the limits."""
        return tuple(self._standing(place) for place in range(len(self.goal.constraints)))

    @property
    def binding(self) -> list[Constraint]:
        """The limits that bind alone; empty if limits bind only together."""
        return [constraint for constraint, s in zip(self.goal.constraints, self.standings) if s.binds]

    @cached_property
    def cheapest(self) -> Candidate | None:
        """The point with the smallest objective, if this is smaller than that of the best feasible point."""
        best, any_of_them = next(iter(self.feasible), None), next(iter(self._ranked([])), None)
        if best is None or any_of_them is None or any_of_them.objective.estimate >= best.objective.estimate:
            return None
        return any_of_them

    @property
    def unusable(self) -> int:
        """The number of points that meet every limit, but have failed runs or lack an objective."""
        return sum(self.goal.met(candidate.constraints) and not candidate.usable for candidate in self.candidates)

    @property
    def unmeasured(self) -> int:
        """The number of points without failed runs that lack a bound of a limited figure."""
        return sum(not each.failed and not each.whole for each in self.candidates)

    @property
    def nearest(self) -> Candidate | None:
        """The point whose worst excess of a bound over its limit is the smallest.

        None if a point cannot be measured, because the others may be measurable only due to values that their
        mistakes add.
        """
        if self.unmeasured:
            return None
        bounds = [
            (max(limit.excess(found) for limit, found in zip(self.goal.constraints, c.constraints)), c.number, c)
            for c in self.candidates
            if c.whole
        ]
        return min(bounds, key=lambda each: each[:2])[2] if bounds and self.goal.constraints else None

    @cached_property
    def front(self) -> list[bool]:
        """For each point, whether its estimates are on the Pareto front of objectives and limited figures."""
        costs = [
            [
                *(each.estimate for each in c.objectives),
                *(limit.cost(m.estimate) for limit, m in zip(self.goal.constraints, c.constraints)),
            ]
            for c in self.candidates
        ]
        found: list[bool] = pareto.front(np.array(costs)).tolist()
        return found

    def after(self, tries: Sequence[Try]) -> "Verdict":
        """Return the verdict with the bounds of the fresh runs for the points that have fresh runs."""
        fresh = {each.point: each for each in tries}
        candidates = [_fresh(c, fresh[c.number]) if c.number in fresh else c for c in self.candidates]
        return Verdict(self.goal, candidates, self.own)

    def _ranked(self, constraints: Sequence[Constraint]) -> list[Candidate]:
        """Return the usable points that meet these limits, in the order of the objective."""
        asked = [place for place, constraint in enumerate(self.goal.constraints) if constraint in constraints]
        meet = (
            c
            for c in self.candidates
            if c.usable and all(self.goal.constraints[place].met(c.constraints[place]) for place in asked)
        )
        return sorted(meet, key=lambda candidate: (candidate.objective.estimate, candidate.number))

    def _standing(self, place: int) -> Standing:
        constraint = self.goal.constraints[place]
        rest = [c for c in self.goal.constraints if c != constraint]
        others = self._ranked(rest)
        closest = self._closest(place, others)
        others_met = closest is not None
        closest = closest or self._closest(place, self.candidates)
        met = sum(constraint.met(c.constraints[place]) for c in self.candidates)
        best, without = next(iter(self.feasible), None), next(iter(others), None)
        if without is not None and best is not None and without.objective.estimate >= best.objective.estimate:
            without = None
        binds = without is not None or (not self.feasible and not met and not self._dropping_one_helps)
        return Standing(met, binds, closest, others_met, without)

    def _closest(self, place: int, candidates: Sequence[Candidate]) -> Candidate | None:
        constraint = self.goal.constraints[place]
        bounds = [(constraint.excess(c.constraints[place]), c.number, c) for c in candidates]
        found = min((each for each in bounds if not math.isnan(each[0])), default=None, key=lambda each: each[:2])
        return None if found is None else found[2]

    @cached_property
    def _dropping_one_helps(self) -> bool:
        """Whether some point meets all limits but one."""
        return any(
            self._ranked([c for c in self.goal.constraints if c != dropped]) for dropped in self.goal.constraints
        )


def _fresh(candidate: Candidate, found: Try) -> Candidate:
    return replace(candidate, constraints=found.constraints, failed=found.failed)
