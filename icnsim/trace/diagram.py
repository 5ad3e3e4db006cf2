"""A sequence diagram as plain steps, for every kind of drawing: of a migration, or of the way to a violation.

A message is an arrow. It is listed at the time when it arrives or is lost, or when it was sent if it is still in
flight at the end. Everything else that happens at an executor is a note.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from icnsim.errors import ResultsError
from icnsim.protocol.messages import Kind
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.violations import Moment, Violation
from icnsim.scenario import Scenario

MessageKey = tuple[str, int, int, int]
"""Kind, sender, receiver and attempt of a message."""
RUNS: Final = ("run", "pause", "drop", "crash", "restart")
STATES: Final = (
    ("requested", "source", "requesting"),
    ("admitted", "target", "restoring"),
    ("accepted", "source", "checkpointing, the actor is paused"),
    ("checkpointed", "source", "transferring"),
    ("transferred", "target", "restores the actor"),
    ("restored", "target", "complete, the actor runs"),
    ("completed", "source", "complete"),
    ("failed", "source", "failed"),
    ("target_failed", "target", "failed"),
)
"""Columns of an attempt: the time, the side, and the state that begins."""


class Fate(Enum):
    """The fate of a message."""

    ARRIVED = "arrived"
    LOST = "lost"
    UNDER_WAY = "under way"


class Tone(Enum):
    """The subject of a note: a state, a copy of the actor, a failure, or the whole diagram."""

    STATE = "state"
    RUN = "run"
    BAD = "bad"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message.

    Attributes
    ----------
    at : the time when it arrived or was lost, or was sent if it is in flight, µs. sent : the time when it was sent, µs,
        if known.
    sender, receiver : numbers of executors. text : its name.
    """

    at: int
    sent: int | None
    sender: int
    receiver: int
    text: str
    fate: Fate = Fate.ARRIVED


@dataclass(frozen=True, slots=True)
class Note:
    """An event at an executor, or with -1 a remark about the whole diagram; `at` is None for a note without a time."""

    at: int | None
    executor: int
    text: str
    tone: Tone = Tone.STATE


Step = Arrow | Note


@dataclass(frozen=True, slots=True)
class Diagram:
    """A sequence diagram.

    Attributes
    ----------
    executors : the numbers of the executors that take part. names : their names, in that order. steps : in order.
    """

    title: str
    executors: tuple[int, ...]
    names: tuple[str, ...]
    steps: tuple[Step, ...]


def of_violation(violation: Violation, names: Sequence[str], unavoidable_after: int | None = None) -> Diagram:
    """The way of an actor to a violation, drawn from its trail alone.

    Parameters
    ----------
    names : of the executors, by their numbers.
    unavoidable_after : the place in the trail after which the violation could not be avoided, if known.
    """
    moments = violation.trail
    present = sorted({e for m in moments for e in (m.executor, m.peer) if e >= 0} | {max(0, violation.executor)})
    sent, steps = _under_way(moments), list[Step]()
    for place, moment in enumerate(moments):
        steps += _step(place, moment, sent)
        if place == unavoidable_after:
            steps.append(Note(None, -1, "from here on it could not be avoided", Tone.WHOLE))
    found = f"{violation.invariant} is violated: {violation.evidence}"
    steps.append(Note(violation.at, -1, found, Tone.WHOLE))
    title = f"{violation.invariant}, actor-{violation.actor}"
    return Diagram(title, tuple(present), tuple(names[executor] for executor in present), tuple(steps))


def _under_way(moments: Sequence[Moment]) -> dict[int, int | None]:
    """The time of sending by the place of each arrival or loss; None by the place of a message that never arrives."""
    waiting: dict[MessageKey, list[int]] = {}
    found: dict[int, int | None] = {}
    for place, (at, what, executor, peer, attempt) in enumerate(moments):
        word, _, kind = what.partition(" ")
        if word == "send":
            waiting.setdefault((kind, executor, peer, attempt), []).append(place)
            found[place] = None
        elif word in ("receive", "lose"):
            places = waiting.get((kind, peer, executor, attempt))
            if places:
                first = places.pop(0)
                del found[first]
                found[place] = moments[first].at
            else:
                found[place] = at
    return found


def _step(place: int, moment: Moment, sent: dict[int, int | None]) -> Iterator[Step]:
    at, what, executor, peer, attempt = moment
    word, _, rest = what.partition(" ")
    of = f", attempt {attempt}" if attempt >= 0 else ""
    if word in ("receive", "lose") and peer >= 0:
        fate = Fate.LOST if word == "lose" else Fate.ARRIVED
        yield Arrow(at, sent[place], peer, executor, f"{rest}{of}", fate)
    elif word == "send" and peer >= 0:
        if place in sent:
            yield Arrow(at, at, executor, peer, f"{rest}{of}", Fate.UNDER_WAY)
    elif what in RUNS:
        yield Note(at, executor, what, Tone.RUN)
    else:
        yield Note(at, executor, f"{what}{of}", Tone.BAD if what.startswith("enter failed") else Tone.STATE)


def of_migration(recording: Recording, scenario: Scenario, migration: int) -> Diagram:
    """All attempts of a migration, with their messages.

    Parameters
    ----------
    recording : of a run with `record.messages`.

    Raises
    ------
    ResultsError : the recording has no such migration.
    """
    every, log = recording.attempts, recording.message_log
    rows = np.flatnonzero(every["migration"] == migration)
    if not len(rows):
        raise ResultsError(f"there is no attempt of a migration {migration}; see migration_id in migrations.parquet")
    assert log is not None
    steps: list[tuple[int, int, Step]] = []
    for row in rows.tolist():
        a = {name: int(column[row]) for name, column in every.items()}
        of = f", attempt {a['attempt']}" if len(rows) > 1 else ""
        for column, side, text in STATES:
            if (at := a[column]) != NEVER:
                bad = text == "failed"
                why = f": {recording.reasons[a['reason']]}" if bad and side == "source" else ""
                steps.append((at, 1, Note(at, a[side], f"{text}{why}{of}", Tone.BAD if bad else Tone.STATE)))
    for place in np.flatnonzero(np.isin(log["attempt"], rows)).tolist():
        sent, arrives, sender, receiver, row = (
            int(log[name][place]) for name in ("sent", "arrives", "sender", "receiver", "attempt")
        )
        fate = Fate.LOST if arrives == NEVER else Fate.UNDER_WAY if arrives >= recording.horizon else Fate.ARRIVED
        of = f", attempt {int(every['attempt'][row])}" if len(rows) > 1 else ""
        # An arrival comes before the state that it begins, and a sending after the event that sends.
        at, order = (arrives, 0) if fate is Fate.ARRIVED else (sent, 2)
        text = f"{Kind(int(log['kind'][place])).label}{of}"
        steps.append((at, order, Arrow(at, sent, sender, receiver, text, fate)))
    steps_in_order = tuple(step for _, _, step in sorted(steps, key=lambda each: each[:2]))
    source = int(every["source"][rows[0]])
    present = [source, *sorted({executor for step in steps_in_order for executor in _ends(step)} - {source})]
    title = f"{scenario.name}: migration {migration} of actor-{int(every['actor'][rows[0]])}"
    return Diagram(
        title, tuple(present), tuple(scenario.executor_names[executor] for executor in present), steps_in_order
    )


def _ends(step: Step) -> tuple[int, ...]:
    return (step.sender, step.receiver) if isinstance(step, Arrow) else (step.executor,)


def instant(at: int) -> str:
    """An instant, µs, to the ms."""
    return f"{at / 1e6:.3f}".rstrip("0").rstrip(".") + " s"


def words(step: Step) -> str:
    """A step in words, the same in every kind of drawing."""
    when = "" if step.at is None else f"{instant(step.at)} "
    if isinstance(step, Note):
        separator = ", " if step.tone is Tone.WHOLE and when else ""
        return f"{when.rstrip()}{separator}{step.text}" if separator else f"{when}{step.text}"
    since = "" if step.sent in (None, step.at) or step.sent is None else f", sent {instant(step.sent)}"
    return f"{when}{step.text}{since}{'' if step.fate is Fate.ARRIVED else f', {step.fate.value}'}"
