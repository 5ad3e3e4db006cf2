"""Violations and what a monitor has observed, made by hand."""

from collections.abc import Mapping, Sequence

from icnsim.protocol.states import Event, State
from icnsim.recording.violations import Moment, Observed, Violation

S = 1_000_000


def violation(
    invariant: str = "I1",
    hazards: tuple[int, ...] = (7,),
    trail: Sequence[Moment] = (),
    actor: int = 0,
    evidence: str = "2 copies run",
) -> Violation:
    return Violation(invariant, 20 * S, actor, 1, 0, evidence, hazards, tuple(trail))


def observed(
    *violations: Violation,
    transitions: Mapping[tuple[State, Event], int] | None = None,
    hazards: Mapping[int, int] | None = None,
    faults: Mapping[str, int] | None = None,
) -> Observed:
    counts = {f"I{number}": 0 for number in range(1, 9)}
    for each in violations:
        counts[each.invariant] += 1
    return Observed(violations, counts, transitions or {}, hazards or {}, faults or {}, {})
