"""The classes of what a search has found: each with its first run, and which of them are worth a scenario.

Hazards come together, so classes are many; most are larger sets of hazards that are there in a
smaller one, too. A class is told of with a scenario of its own where it names no hazard, which
means that nobody knows how it came about, where no smaller one of its invariant was found, or where it
is the smallest that names some hazard.
"""

from dataclasses import dataclass
from typing import NamedTuple

from icnsim.recording.violations import Violation
from icnsim.search.looking import Class


class First(NamedTuple):
    """The first run with a violation of some class."""

    run: int
    violation: Violation


@dataclass(slots=True)
class Found:
    """A class of violations.

    Attributes
    ----------
    first : run with it. runs : how many had it.
    """

    first: First
    runs: int


Classes = dict[Class, Found]


def note(classes: Classes, run: int, violations: dict[Class, Violation]) -> None:
    """Take in the violations of a run; runs come in their order."""
    for which, violation in violations.items():
        found = classes.get(which)
        if found is None:
            classes[which] = Found(First(run, violation), 1)
        else:
            found.runs += 1


def merge(classes: Classes, later: Classes) -> None:
    """Take in what later runs have found."""
    for which, more in later.items():
        found = classes.get(which)
        if found is None:
            classes[which] = more
        else:
            found.runs += more.runs


def in_order(classes: Classes) -> list[Class]:
    """By invariant, the fewest hazards first."""
    return sorted(classes, key=lambda which: (which.invariant, len(which.hazards), which.hazards, which.place))


def telling(classes: Classes) -> list[Class]:
    """The classes that get a scenario of their own."""
    told: list[Class] = []
    for which in in_order(classes):
        mates = [set(other.hazards) for other in told if other.invariant == which.invariant and other.hazards]
        own = set(which.hazards)
        if not own or not any(mate < own for mate in mates) or not own <= set().union(*mates):
            told.append(which)
    return told
