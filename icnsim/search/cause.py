"""Finds the event after which a violation could not be avoided.

Theory of operation. The violating run is branched after every moment of the violation's trail: until
then the branch is the same run, and later draws (delays and fates of messages, stages) come from
other seeds. If all branches violate the invariant, the violation was unavoidable at that moment. If
only some do, it was not. The cause is the first moment from which on all branches violate. Arrivals
and faults of the scenario do not change, so if all branches violate from the start on, they are the
cause. The branches are a sample: with n branches, a violation that a share p of all futures avoids
is taken for unavoidable with probability (1 - p)^n.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from icnsim.errors import BudgetError
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.recording.violations import Moment, Observed, Violation
from icnsim.scenario import Scenario
from icnsim.simulation import simulate
from icnsim.simulation.branch import Branch
from icnsim.sweeps.plan import seed_of

FROM_START: Final = -1
"""In place of a place in the trail: all branches violate from the start on."""
Branched = Callable[[Scenario, Branch], Observed | None]
"""Runs a branch of a scenario under observation; None if it was cut short."""


@dataclass(frozen=True, slots=True)
class Chance:
    """The ends of the branches at one moment.

    Attributes
    ----------
    moment : the run is branched after it. violated : the number of branches that violate the invariant.
    """

    moment: Moment
    violated: int


@dataclass(frozen=True, slots=True)
class Cause:
    """The results of the branches.

    Attributes
    ----------
    branches : the number at each moment. from_start : the number that violate if the run is branched at its start.
    chances : the results at each moment of the trail.
    """

    branches: int
    from_start: int
    chances: tuple[Chance, ...]

    @property
    def unavoidable_after(self) -> int | None:
        """The place in the trail after which all branches violate, `FROM_START`, or None if no such place exists.

        It is the last one of its instant, because a branch begins after all events of an instant.
        """
        place, chances = len(self.chances), self.chances
        while place and chances[place - 1].violated == self.branches:
            place -= 1
        if place == 0 and self.from_start == self.branches:
            return FROM_START
        if place == len(chances):
            return None
        return max(other for other, chance in enumerate(chances) if chance.moment.at == chances[place].moment.at)


def branched(scenario: Scenario, branch: Branch, budget: Budget) -> Observed | None:
    """Run a branch under observation."""
    try:
        return within(budget, lambda: simulate(scenario, branch=branch, budget=budget)).observed
    except BudgetError:
        return None


def cause(scenario: Scenario, violation: Violation, run: Branched, branches: int) -> Cause:
    """Branch a violating run at every moment of the violation's trail.

    Parameters
    ----------
    run : does one branch.
    """

    def violated(at: int) -> int:
        """The number of violating branches among those with the run's own draws before that instant."""
        count = 0
        for number in range(1, branches + 1):
            seen = run(scenario, Branch(at, seed_of(scenario.seed, number + 1)))
            count += seen is not None and any(
                other.invariant == violation.invariant and other.actor == violation.actor for other in seen.violations
            )
        return count

    known: dict[int, int] = {}
    chances = []
    for moment in violation.trail:
        if moment.at not in known:
            known[moment.at] = violated(moment.at + 1)
        chances.append(Chance(moment, known[moment.at]))
    return Cause(branches, violated(0), tuple(chances))


def document(found: Cause, names: Sequence[str]) -> dict[str, Any]:
    """A cause in the form of report.json; `names` are the executors'."""

    def told(moment: Moment) -> dict[str, Any]:
        return {"at_s": moment.at / 1e6, "event": moment.what, "executor": names[moment.executor]}

    place = found.unavoidable_after
    return {
        "branches": found.branches,
        "violated_from_start": found.from_start,
        "unavoidable_after": None if place is None or place < 0 else told(found.chances[place].moment),
        "unavoidable_from_start": place == FROM_START,
        "moments": [{**told(chance.moment), "violated": chance.violated} for chance in found.chances],
    }
