"""The history of an explored world: past attempts, the faults that are left, and the invariants that are broken."""

from typing import NamedTuple

from icnsim.modelcheck.executor import Outcome
from icnsim.protocol.messages import EMPTY, Content
from icnsim.protocol.record import Role
from icnsim.protocol.states import State

Evidence = tuple[str, str]
"""An invariant and the evidence that it is broken."""


class Attempt(NamedTuple):
    """One attempt: its final checkpoint, and its end at both sides."""

    migration: int
    source: int
    target: int
    content: Content | None = None
    at_source: State | None = None
    at_target: State | None = None


class Environment(NamedTuple):
    """The faults that are left, and the past attempts. `retry` is the executor that may try again, or -1."""

    migrations: int
    messages: int
    crashes: int
    deaths: int
    damaged: int
    forged: int
    retry: int
    attempts: tuple[Attempt, ...]
    minted: int
    restored: int


def noted(
    environment: Environment, me: int, outcome: Outcome, sequence: int, most_attempts: int
) -> tuple[Environment, tuple[Evidence, ...]]:
    """The environment after a step, and the invariants that the step broke; `sequence` is that of the store."""
    broken = [("I5", what) for what in outcome.broken]
    attempts = list(environment.attempts)
    minted, restored, retry = environment.minted, environment.restored, environment.retry
    if outcome.minted is not None:
        number, content = outcome.minted
        attempts[number] = attempts[number]._replace(content=content)
        if sequence <= minted:
            broken.append(("I4", f"checkpoint {sequence} is made after checkpoint {minted}"))
        minted = max(minted, sequence)
    if outcome.restored is not None:
        number, content = outcome.restored
        paused = attempts[number].content
        if content != paused or content == EMPTY:
            broken.append(("I3", f"restored {content}, paused {paused}"))
        if content[0] < restored:
            broken.append(("I4", f"checkpoint {content[0]} is restored after checkpoint {restored}"))
        restored = max(restored, content[0])
    for number, role, state in outcome.ended:
        if role is Role.TARGET:
            attempts[number] = attempts[number]._replace(at_target=state)
            continue
        attempts[number] = attempts[number]._replace(at_source=state)
        so_far = sum(attempt.migration == attempts[number].migration for attempt in attempts)
        if state is State.FAILED and so_far < most_attempts and attempts[number].source == me:
            retry = me
    after = environment._replace(attempts=tuple(attempts), minted=minted, restored=restored, retry=retry)
    return after, tuple(broken)


def disagreements(environment: Environment) -> list[Evidence]:
    """The attempts that ended differently at their two sides."""
    broken = []
    for number, attempt in enumerate(environment.attempts):
        at_source, at_target = attempt.at_source, attempt.at_target
        unknown = at_source is None and at_target is State.COMPLETE
        if unknown or {at_source, at_target} == {State.COMPLETE, State.FAILED}:
            ends = (
                f"{'unknown' if end is None else end.label} at its {side}"
                for end, side in ((at_source, "source"), (at_target, "target"))
            )
            broken.append(("I8", f"attempt {number} is {', '.join(ends)}"))
    return broken
