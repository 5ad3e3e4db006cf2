"""Makes docs/states.md and its pictures from the table of transitions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from docs.programs.markdown import made_by, rows
from docs.programs.state_diagram import diagram
from icnsim.protocol.profile import FIXES, PROFILES
from icnsim.protocol.states import TRANSITIONS, VOTED, Event, State, table


def pictures() -> dict[str, str]:
    """The SVG of each picture, by its name in docs/."""
    return {
        "states.svg": diagram(TRANSITIONS, "States of a migration, as designed"),
        "states-hardened.svg": diagram(table(PROFILES["hardened"]), "States of a migration in the hardened protocol"),
    }


def page() -> str:
    """The state machines of both sides, of the design and of the hardened protocol, and the changes by each fix."""
    lines = ["# States of a migration", "", made_by("reference"), ""]
    lines += ["The source and the target of a migration each hold a record. The manager of an executor changes its"]
    lines += ["record by these transitions. ↻ marks an event that leaves the record in its state.", ""]
    lines += ["![The states of a migration at its source and at its target, as designed](states.svg)", ""]
    lines += ["## The transitions of the design", ""]
    lines += [
        "An event without a row for the present state is ignored and counted. `idle` is the absence of a record.",
        "",
    ]
    lines += _rows(TRANSITIONS)
    hardened = table(PROFILES["hardened"])
    lines += ["## The hardened protocol", ""]
    lines += ["![The states of a migration at its source and at its target, hardened](states-hardened.svg)", ""]
    lines += ["The profile `hardened` differs from the design in these rows.", ""]
    lines += _rows({row: after for row, after in hardened.items() if TRANSITIONS.get(row) is not after})
    lines += ["## Votes on final checkpoints", "", "With `quorum.on: [checkpoint]`, every profile has this row.", ""]
    lines += _rows(VOTED)
    lines += ["## Changes by each switch", ""]
    lines += ["Each row is a difference from the design's table if only this switch is turned.", ""]
    lines += rows(("switch", "turned", "state", "event", "becomes"), _changes())
    return "\n".join(lines)


def _rows(transitions: Mapping[tuple[State, Event], State]) -> list[str]:
    body = [
        (before.label, event.label, after.label, EVENTS[event.name]) for (before, event), after in transitions.items()
    ]
    return rows(("state", "event", "becomes", "the event"), body)


def _changes() -> list[tuple[str, ...]]:
    """The rows that each switch of the protocol adds to the design's table, changes, or removes."""
    designed = PROFILES["as-designed"]
    lines: list[tuple[str, ...]] = []
    for fix in FIXES:
        on = not getattr(designed, fix.switch)
        turned = table(replace(designed, **{fix.switch: on}))
        changed = [row for row in {**turned, **TRANSITIONS} if turned.get(row) is not TRANSITIONS.get(row)]
        for before, event in sorted(changed):
            after = turned.get((before, event))
            becomes = "no row" if after is None else after.label
            lines.append((f"`{fix.switch}`", "on" if on else "off", before.label, event.label, becomes))
    return lines


EVENTS: Final = {
    "INITIATE": "the source decides to migrate the actor and sends Request",
    "ADMIT": "the target's policy accepts a Request; it sends Accept",
    "ACCEPT": "Accept arrives at the source, which pauses the actor",
    "REJECT": "Reject arrives at the source",
    "CHECKPOINT": "the final checkpoint is made; the source sends Complete",
    "COMPLETE": "Complete arrives at the target, which begins to restore",
    "RESTORE": "the actor runs at the target, which sends Ack",
    "ACK": "Ack arrives at the source, which drops the actor",
    "TIME_OUT": "`detect_timeouts` finds the record strictly older than its state's timeout",
    "CLEAN_UP": "`cleanup_migrations` finds the record as old as the retention",
    "CANCEL": "Cancel arrives at the target, or the target refuses the final checkpoint; it promises never to run "
    "the actor in this attempt",
    "CANCELLED": "the target's promise arrives at the source, which resumes the actor",
    "RECOVER": "the executor has restarted and finds the record among its durable ones",
    "DISPUTE": "the quorum does not agree on the source's final checkpoint, and the source resumes the actor",
}
"""The meaning of each event."""
