"""What screening says of the goal: who meets it, which limits bind, who comes closest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from icnsim.analysis import pareto
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Constraint, Goal


@dataclass(frozen=True, slots=True)
class Standing:
    """How one constraint stands.

    Attributes
    ----------
    met : points that meet it alone.
    binds : whether points, or better ones, would be left if it were dropped and the others kept.
    closest : the point whose bound is best, None where no point has one.
    without : the best point if it were dropped, None where there is none, or no better one.
    """

    met: int
    binds: bool
    closest: Candidate | None
    without: Candidate | None


@dataclass(frozen=True)
class Verdict:
    """What screening found for a goal."""

    goal: Goal
    candidates: Sequence[Candidate]

    @cached_property
    def feasible(self) -> list[Candidate]:
        """Points that meet every constraint, those of the least objective first."""
        return self._ranked(self.goal.constraints)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """How each constraint stands, in their order."""
        return tuple(self._standing(place) for place in range(len(self.goal.constraints)))

    @property
    def binding(self) -> list[Constraint]:
        """The constraints that bind; none where it takes several together."""
        return [constraint for constraint, s in zip(self.goal.constraints, self.standings) if s.binds]

    @cached_property
    def cheapest(self) -> Candidate | None:
        """The point of the least objective, whatever it meets, where that is less than the best feasible one's."""
        best, any_of_them = next(iter(self.feasible), None), next(iter(self._ranked([])), None)
        if best is None or any_of_them is None or any_of_them.objective.estimate >= best.objective.estimate:
            return None
        return any_of_them

    @property
    def unusable(self) -> int:
        """Points that meet every constraint, but a run failed, or there is no objective."""
        return sum(self.goal.met(candidate.constraints) and not candidate.usable for candidate in self.candidates)

    @property
    def hopeful(self) -> int:
        """Points whose estimates would meet every constraint, and whose bounds do not."""
        return sum(
            candidate.usable
            and self.goal.met([found.exact for found in candidate.constraints])
            and not self.goal.met(candidate.constraints)
            for candidate in self.candidates
        )

    @property
    def nearest(self) -> Candidate | None:
        """The point whose worst bound is the least beyond its limit; None where none has all bounds."""
        bounds = [
            (max(limit.excess(found) for limit, found in zip(self.goal.constraints, c.constraints)), c.number, c)
            for c in self.candidates
            if c.whole
        ]
        return min(bounds, key=lambda each: each[:2])[2] if bounds else None

    @cached_property
    def front(self) -> list[bool]:
        """For each point whether it is on the Pareto front of objective and constrained figures, by estimates."""
        costs = [
            [c.objective.estimate, *(limit.cost(m.estimate) for limit, m in zip(self.goal.constraints, c.constraints))]
            for c in self.candidates
        ]
        found: list[bool] = pareto.front(np.array(costs)).tolist()
        return found

    def after(self, tries: Sequence[Try]) -> "Verdict":
        """The same with the fresh runs' bounds in place of screening's, where there are any."""
        fresh = {each.point: each for each in tries}
        return Verdict(self.goal, [_fresh(c, fresh[c.number]) if c.number in fresh else c for c in self.candidates])

    def _ranked(self, constraints: Sequence[Constraint]) -> list[Candidate]:
        """Points that meet these of the constraints, those of the least objective first."""
        asked = [place for place, constraint in enumerate(self.goal.constraints) if constraint in constraints]
        meet = (
            c
            for c in self.candidates
            if c.usable and all(self.goal.constraints[place].met(c.constraints[place]) for place in asked)
        )
        return sorted(meet, key=lambda candidate: (candidate.objective.estimate, candidate.number))

    def _standing(self, place: int) -> Standing:
        constraint = self.goal.constraints[place]
        bounds = [(constraint.excess(c.constraints[place]), c.number, c) for c in self.candidates]
        closest = min((each for each in bounds if not math.isnan(each[0])), default=None, key=lambda each: each[:2])
        met = sum(constraint.met(c.constraints[place]) for c in self.candidates)
        best = next(iter(self.feasible), None)
        without = next(iter(self._ranked([c for c in self.goal.constraints if c != constraint])), None)
        if without is not None and best is not None and without.objective.estimate >= best.objective.estimate:
            without = None
        binds = without is not None or (not self.feasible and not met and not self._dropping_one_helps)
        return Standing(met, binds, None if closest is None else closest[2], without)

    @cached_property
    def _dropping_one_helps(self) -> bool:
        """Whether anything would be left if a single constraint were dropped."""
        return any(
            self._ranked([c for c in self.goal.constraints if c != dropped]) for dropped in self.goal.constraints
        )


def _fresh(candidate: Candidate, found: Try) -> Candidate:
    return replace(candidate, constraints=found.constraints, failed=found.failed)
