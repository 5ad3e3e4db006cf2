"""The violations of a run: by invariant, then by hazard, with one sequence diagram for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from icnsim.analysis.hazards import HAZARDS
from icnsim.analysis.invariants import REQUIRED, VIOLATED, times
from icnsim.experiment import Run
from icnsim.numbers import as_given
from icnsim.recording.violations import Violation, described
from icnsim.report.page import Heading, Part, Picture, Section, Text, table
from icnsim.trace.diagram import of_violation
from icnsim.trace.svg import svg

LONGEST: Final = 24
"""The most events of a diagram. The last ones lead to the violation."""
NAMES: Final[Mapping[int, str]] = {hazard.number: hazard.name for hazard in HAZARDS}


class Kind(NamedTuple):
    """The violations of one invariant to which the same hazards led.

    Attributes
    ----------
    hazards : their numbers; empty if no known hazard led to the violations.
    number : how many of the stored violations these are. example : the one with the fewest events.
    """

    hazards: tuple[int, ...]
    number: int
    example: Violation


def violations(run: Run) -> Iterator[Section]:
    """The section of the violations; none if there is no violation."""
    counts = {name: count for name, count in run.summary["invariants"].items() if count}
    if not counts:
        return
    found = run.replayed().observed.violations
    names, actors = run.scenario.executor_names, run.scenario.actor_names
    parts: list[Part] = [
        Text(
            "Each hazard is a way in which the protocol goes wrong; docs/hazards.md describes each one and its fix. A "
            "violation counts for each hazard that happened to its actor before. A print has one diagram for each "
            "invariant, at the end of this section."
        )
    ]
    for name, count in counts.items():
        parts += _of_invariant(name, count, [each for each in found if each.invariant == name], names, actors)
    yield Section("violations", "Violations", tuple(parts))


def _of_invariant(
    name: str, count: int, found: Sequence[Violation], names: Sequence[str], actors: Sequence[str]
) -> Iterator[Part]:
    """The invariant in words, its hazards, and a diagram for each of them."""
    yield Heading(f"{name} is violated {times(count)}: {VIOLATED[name]}", f"{name} requires: {REQUIRED[name]}")
    groups = kinds(found)
    if not groups:
        return
    first = min(each.at for each in found) / 1e6
    stored = "" if len(found) == count else f" The run stored {len(found):,} of the {count:,} violations."
    yield table(
        f"Hazards that happened before violations of {name}",
        ("hazard", "#violations", "#example at (s)", "actor", "executor", "what was observed"),
        (
            (
                words(kind.hazards),
                kind.number,
                kind.example.at / 1e6,
                actors[kind.example.actor],
                names[kind.example.executor] if kind.example.executor >= 0 else None,
                kind.example.evidence,
            )
            for kind in groups
        ),
        f"The first violation is at {as_given(first, 's')}.{stored}",
    )
    drawn: dict[int, list[Kind]] = {}
    for kind in groups:
        drawn.setdefault(id(kind.example), []).append(kind)
    for number, same in enumerate(drawn.values()):
        title = "; ".join(words(kind.hazards) for kind in same)
        yield replace(_picture(f"{name}: {title}", same[0].example, names), printed=not number)


def kinds(found: Sequence[Violation]) -> list[Kind]:
    """The violations of an invariant by hazard, in the order of the hazards' numbers.

    A violation to which several hazards led is in the group of each. The example of a group has the fewest hazards,
    then the fewest events; it is the earliest of these.
    """
    groups: dict[int, list[Violation]] = {}
    for each in found:
        for hazard in each.hazards or (0,):
            groups.setdefault(hazard, []).append(each)
    return [
        Kind(
            (hazard,) if hazard else (),
            len(groups[hazard]),
            min(groups[hazard], key=lambda each: (len(each.hazards), len(each.trail))),
        )
        for hazard in sorted(groups)
    ]


def words(hazards: tuple[int, ...]) -> str:
    """The hazards by number and name."""
    return ", ".join(f"hazard {number}, {NAMES[number]}" for number in hazards) or "no known hazard"


def _picture(title: str, violation: Violation, names: Sequence[str]) -> Picture:
    trail = tuple(violation.trail)
    shown = trail[-LONGEST:]
    lines = tuple(described(moment, names) for moment in trail)
    left = [f"The diagram shows the last {len(shown)} of these {len(trail)} events."] if shown != trail else []
    short = Violation(
        violation.invariant, violation.at, violation.actor, violation.executor, violation.attempt, violation.evidence,
        violation.hazards, shown,
    )  # fmt: skip
    return Picture(title, (*left, *lines), svg(of_violation(short, names)))
