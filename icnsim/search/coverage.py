"""The coverage of a search: what it has reached, and what it claims to check but has not reached.

Each invariant that must *always* hold comes with events that must *sometimes* happen: a fault took effect, a step of
the table was taken, the first step of a hazard happened. A search in which such an event never happened gives no
information about it, however long it ran (the sometimes-assertions of FoundationDB's and Antithesis' testing).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from icnsim.analysis.hazards import HAZARDS, Hazard
from icnsim.protocol.states import ACTIVE, Event, State, table
from icnsim.recording.violations import Observed
from icnsim.scenario import Scenario
from icnsim.search.swarm import VOLATILE

NEEDS: Final = {12: "corrupt_checkpoint", 13: "crash", 15: "clock_step", 21: "forge"}
"""Hazards that begin with a fault of one kind only."""
ONE_RUNS: Final = (
    "guarded_transitions", "attempt_identifiers", "fresh_requests", "two_phase_handover", "durable_records",
    "verified_origins",
)  # fmt: skip
"""Fixes that together let one copy run at most (docs/hardened.md)."""
NONE_BEHIND: Final = ("guarded_transitions", "attempt_identifiers", "two_phase_handover", "durable_records")
"""Fixes with which no target is asked to restore less than it has kept: one that has lost its disk has no record."""
Step = tuple[State, Event]


@dataclass(slots=True)
class Coverage:
    """The coverage of some runs, as numbers of occurrences.

    Attributes
    ----------
    runs : the number that ended. cut_short : the number that did not. events : of all runs.
    """

    runs: int = 0
    cut_short: int = 0
    events: int = 0
    transitions: Counter[Step] = field(default_factory=Counter)
    hazards: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, observed: Observed, events: int, *, cut_short: bool = False) -> None:
        """Add the observations of one run, to its end or until it was cut short."""
        self.runs += not cut_short
        self.cut_short += cut_short
        self.events += events
        self.transitions.update(observed.transitions)
        self.hazards.update(observed.hazards)
        self.faults.update(observed.faults)
        self.pairs.update(observed.pairs)

    def merge(self, other: "Coverage") -> None:
        """Add the coverage of other runs."""
        self.runs += other.runs
        self.cut_short += other.cut_short
        self.events += other.events
        self.transitions.update(other.transitions)
        self.hazards.update(other.hazards)
        self.faults.update(other.faults)
        self.pairs.update(other.pairs)


@dataclass(frozen=True, slots=True)
class Claims:
    """The events that a search must reach.

    Attributes
    ----------
    transitions : steps of the table that the scenario leaves possible. kinds : of faults.
    hazards : the numbers of those whose first event the profile does not prevent.
    """

    transitions: tuple[Step, ...]
    kinds: tuple[str, ...]
    hazards: tuple[int, ...]

    @classmethod
    def of(cls, scenario: Scenario, kinds: tuple[str, ...]) -> "Claims":
        """The claims of a search in which these kinds of faults are turned on."""
        crashes = "crash" in kinds or VOLATILE in kinds
        rows = (
            step
            for step in table(scenario.protocol.switches, votes=scenario.quorum.confirms)
            if _possible(step, scenario, kinds)
        )
        present = {*kinds, *(["crash"] if crashes else [])}
        hazards = (
            hazard.number
            for hazard in HAZARDS
            if hazard.number not in NEEDS or NEEDS[hazard.number] in present
            if (hazard.persists or not _fixed(hazard, scenario)) and not _precluded(hazard, scenario, kinds)
        )
        return cls(tuple(rows), tuple(kind for kind in kinds if kind != VOLATILE), tuple(hazards))

    def never(self, reached: Coverage) -> Iterator[str]:
        """Yield the events that were never reached, in words."""
        for state, event in self.transitions:
            if not reached.transitions[state, event]:
                yield f"the step {event.label} of a record in {state.label}"
        for kind in self.kinds:
            if not reached.faults[kind]:
                yield f"a fault of kind {kind} that took effect"
        for number in self.hazards:
            if not reached.hazards[number]:
                (name,) = (hazard.name for hazard in HAZARDS if hazard.number == number)
                yield f"the first event of hazard {number} ({name})"

    def document(self, reached: Coverage) -> dict[str, Any]:
        """The coverage in the form of report.json."""
        return {
            "transitions": {
                "reached": sum(bool(reached.transitions[step]) for step in self.transitions),
                "of": len(self.transitions),
                "taken": [
                    {"state": state.label, "event": event.label, "times": reached.transitions[state, event]}
                    for state, event in sorted(reached.transitions)
                ],
            },
            "faults": {kind: reached.faults[kind] for kind in sorted({*reached.faults, *self.kinds})},
            "pairs": {f"{one} + {other}": reached.pairs[one, other] for one, other in sorted(reached.pairs)},
            "hazards": {str(number): reached.hazards[number] for number in sorted({*reached.hazards, *self.hazards})},
            "never": list(self.never(reached)),
        }


def _possible(step: Step, scenario: Scenario, kinds: tuple[str, ...]) -> bool:
    """Whether a step of the table is possible with the scenario's manager and faults."""
    state, event = step
    manager = scenario.manager
    tracked = scenario.timeouts_ms if manager.enabled else {}
    if event is Event.TIME_OUT:
        return state in tracked if state in ACTIVE else bool({State.TRANSFERRING, State.RESTORING} & set(tracked))
    if event is Event.CLEAN_UP:
        return manager.enabled
    if event in (Event.COMPLETE, Event.RESTORE):
        return scenario.protocol.switches.signed_checkpoints or "forge" in kinds
    return "crash" in kinds if event is Event.RECOVER else True


def _fixed(hazard: Hazard, scenario: Scenario) -> bool:
    """Whether the scenario has the hazard's fix on."""
    section, name = hazard.key.split(".")
    value = getattr(scenario.protocol.switches if section == "protocol" else scenario.manager, name)
    return set(value) >= set(hazard.fixed) if isinstance(hazard.fixed, list) else bool(value == hazard.fixed)


def _precluded(hazard: Hazard, scenario: Scenario, kinds: tuple[str, ...]) -> bool:
    """Whether something other than its own fix prevents the first step of the hazard.

    A success is called a failure (5) if the source gives up without asking. Two copies run (7) if it gives up in
    Transferring, which must be tracked. A Complete comes too late (11), or a sequence is minted twice (14), if an
    executor has lost its records, has taken the answer to another attempt, or runs an actor that runs elsewhere.
    Without a quorum there are no votes (20). A Complete that its target always refuses (24) restores nothing (5, 11,
    12).
    """
    switches = scenario.protocol.switches
    refused = not switches.signed_checkpoints and "forge" not in kinds
    match hazard.number:
        case 5:
            return switches.two_phase_handover or refused
        case 12:
            return refused
        case 7:
            return not scenario.manager.enabled or State.TRANSFERRING not in scenario.timeouts_ms
        case 11:
            return refused or all(getattr(switches, name) for name in NONE_BEHIND)
        case 14:
            return VOLATILE not in kinds and all(getattr(switches, name) for name in ONE_RUNS)
        case 20:
            return not scenario.quorum.enabled
    return False
