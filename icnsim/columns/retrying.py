"""What follows an attempt that has ended: the migration is over, or another attempt is planned."""

from icnsim.columns.agenda import plan
from icnsim.columns.layout import (
    A_FAILURES,
    A_MIGRATING,
    A_PAUSE,
    A_TRIED,
    A_TRIES,
    ARRIVAL,
    L_MIGRATION,
    L_TARGET,
    N_BACKOFF_BASE,
    N_BACKOFF_MOST,
    N_BLOCK,
    N_BLOCKS,
    N_JITTER,
    N_MOST,
    N_ON_REJECTED,
    N_ON_TIMED_OUT,
    N_WANTED,
    N_WANTED_BLOCK,
    NONE,
    RETRY,
    TIMED_OUT,
    TURNS,
    U_FIRST,
    UNIFORMS,
    World,
)

NO_JITTER, FULL, EQUAL, DECORRELATED = range(4)


def block_at(w: World, stream: int, migration: int) -> int:
    """The slot of a block of draws of a migration, NONE if it is not drawn; then it is asked for."""
    numbers = w.numbers
    block = migration // numbers[N_BLOCK]
    slot: int = w.slots[stream * numbers[N_BLOCKS] + block]
    if slot == NONE:
        numbers[N_WANTED] = stream
        numbers[N_WANTED_BLOCK] = block
    return slot


def turn_u(w: World, slot: int, migration: int) -> float:
    """A single draw of a migration, from the block in that slot."""
    block = w.numbers[N_BLOCK]
    u: float = w.turns[slot * block + migration % block]
    return u


def actor_stream(w: World, turn: int) -> int:
    """The stream of the draw of another actor, turn from 1."""
    return w.numbers[N_MOST] + turn  # type: ignore[no-any-return]


def target_stream(w: World, number: int, turn: int) -> int:
    """The stream of the draw of another target of an attempt, turn from 1."""
    return w.numbers[N_MOST] + 65 + number * TURNS + turn  # type: ignore[no-any-return]


def follows(w: World, actor: int, failure: int) -> bool:
    """Whether another attempt follows one that has failed in that way."""
    numbers = w.numbers
    allowed = numbers[N_ON_TIMED_OUT] if failure == TIMED_OUT else numbers[N_ON_REJECTED]
    return bool(allowed and w.actors[actor + A_TRIES] < numbers[N_MOST])


def ended(w: World, actor: int, life: int, now: int, failure: int, by_tick: int) -> None:
    """The source's record has ended, well where `failure` is 0."""
    actors = w.actors
    if failure and follows(w, actor, failure):
        target, tries = w.lives[life + L_TARGET], actors[actor + A_TRIES]
        actors[actor + A_FAILURES] = actors[actor + A_FAILURES] + 1 if actors[actor + A_TRIED] == target else 1
        actors[actor + A_TRIED] = target
        actors[actor + A_TRIES] = tries + 1
        pause = pause_before(w, actor, tries, w.lives[life + L_MIGRATION])
        actors[actor + A_PAUSE] = pause
        plan(w, actor, now + pause, ARRIVAL, RETRY, life, 2 * now + by_tick, NONE, NONE)
    else:
        finish(w, actor)


def finish(w: World, actor: int) -> None:
    """The migration is over; another of the actor may follow."""
    w.actors[actor + A_MIGRATING] = 0


def pause_before(w: World, actor: int, retry: int, migration: int) -> int:
    """The pause before a retry, µs; as `Backoff.pause`, whose longest pauses are in `World.pauses`."""
    numbers = w.numbers
    block, most = numbers[N_BLOCK], numbers[N_BACKOFF_MOST]
    slot = block_at(w, retry - 1, migration)
    u = w.more_uniforms[(slot * UNIFORMS + U_FIRST) * block + migration % block]
    jitter = numbers[N_JITTER]
    if jitter == DECORRELATED:
        base = numbers[N_BACKOFF_BASE]
        upper = 3 * max(w.actors[actor + A_PAUSE], base)
        return min(most, round(base + u * (upper - base)))  # type: ignore[no-any-return]
    whole = w.pauses[retry - 1]
    if jitter == FULL:
        return round(u * whole)
    if jitter == EQUAL:
        return round(whole / 2 + u * whole / 2)
    return round(whole)


