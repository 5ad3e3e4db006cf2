"""The classes of violations that a search has found: each with its first run, and those that get a scenario.

Hazards occur together, so there are many classes; most are supersets of the hazards of a smaller
class. A class gets its own scenario if it names no hazard, so that its cause is unknown, if no
smaller class of its invariant was found, or if it is the smallest that names some hazard.
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
    first : the first run with it. runs : the number of runs with it.
    """

    first: First
    runs: int


Classes = dict[Class, Found]


def note(classes: Classes, run: int, violations: dict[Class, Violation]) -> None:
    """Add the violations of a run; runs are added in their order."""
    for which, violation in violations.items():
        found = classes.get(which)
        if found is None:
            classes[which] = Found(First(run, violation), 1)
        else:
            found.runs += 1


def merge(classes: Classes, later: Classes) -> None:
    """Add the classes of later runs."""
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
    """The classes that get their own scenario."""
    told: list[Class] = []
    for which in in_order(classes):
        mates = [set(other.hazards) for other in told if other.invariant == which.invariant and other.hazards]
        own = set(which.hazards)
        if not own or not any(mate < own for mate in mates) or not own <= set().union(*mates):
            told.append(which)
    return told
