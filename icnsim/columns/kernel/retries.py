"""What follows an attempt that has ended: the migration is over, or another attempt is planned."""

from icnsim.columns.kernel.agenda import plan
from icnsim.columns.kernel.layout import (
    A_FAILURES,
    A_MIGRATING,
    A_PAUSE,
    A_TRIED,
    A_TRIES,
    ARRIVAL,
    F_PAUSES,
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
    N_SLOTS,
    N_WANTED,
    N_WANTED_BLOCK,
    NONE,
    RETRY,
    SLOT,
    TIMED_OUT,
    TURNS,
    U_FIRST,
    Floats,
    Whole,
)

NO_JITTER, FULL, EQUAL, DECORRELATED = range(4)


def block_at(m: Whole, f: Floats, r: Whole, stream: int, migration: int) -> int:
    """Where a block of draws of a migration, NONE if it is not drawn; then it is asked for."""
    block = migration // m[N_BLOCK]
    slot: int = m[m[N_SLOTS] + (stream * m[N_BLOCKS] + block) * SLOT]
    if slot == NONE:
        m[N_WANTED] = stream
        m[N_WANTED_BLOCK] = block
    return slot


def uniforms_at(m: Whole, f: Floats, r: Whole, stream: int, migration: int) -> int:
    """Where the uniforms of an attempt of a migration are, whose block is drawn."""
    block = m[N_BLOCK]
    slot = m[N_SLOTS] + (stream * m[N_BLOCKS] + migration // block) * SLOT
    return m[slot + 1] + migration % block


def turn_u(m: Whole, f: Floats, r: Whole, slot: int, migration: int) -> float:
    """A single draw of a migration, from the block in that slot."""
    u: float = f[slot + migration % m[N_BLOCK]]
    return u


def actor_stream(m: Whole, f: Floats, r: Whole, turn: int) -> int:
    """The stream of the draw of another actor, turn from 1."""
    return m[N_MOST] + turn


def target_stream(m: Whole, f: Floats, r: Whole, number: int, turn: int) -> int:
    """The stream of the draw of another target of an attempt, turn from 1."""
    return m[N_MOST] + 65 + number * TURNS + turn


def follows(m: Whole, f: Floats, r: Whole, actor: int, failure: int) -> bool:
    """Whether another attempt follows one that has failed in that way."""
    allowed = m[N_ON_TIMED_OUT] if failure == TIMED_OUT else m[N_ON_REJECTED]
    return bool(allowed and m[actor + A_TRIES] < m[N_MOST])


def ended(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int, failure: int, by_tick: int) -> None:
    """The source's record has ended, well where `failure` is 0."""
    if failure and follows(m, f, r, actor, failure):
        target, tries = m[life + L_TARGET], m[actor + A_TRIES]
        m[actor + A_FAILURES] = m[actor + A_FAILURES] + 1 if m[actor + A_TRIED] == target else 1
        m[actor + A_TRIED] = target
        m[actor + A_TRIES] = tries + 1
        pause = pause_before(m, f, r, actor, tries, m[life + L_MIGRATION])
        m[actor + A_PAUSE] = pause
        plan(m, f, r, actor, now + pause, ARRIVAL, RETRY, life, 2 * now + by_tick, NONE, NONE)
    else:
        finish(m, f, r, actor)


def finish(m: Whole, f: Floats, r: Whole, actor: int) -> None:
    """The migration is over; another of the actor may follow."""
    m[actor + A_MIGRATING] = 0


def pause_before(m: Whole, f: Floats, r: Whole, actor: int, retry: int, migration: int) -> int:
    """The pause before a retry, µs; as `Backoff.pause`, whose longest pauses are at `F_PAUSES`."""
    block, most = m[N_BLOCK], m[N_BACKOFF_MOST]
    u = f[uniforms_at(m, f, r, retry - 1, migration) + U_FIRST * block]
    jitter = m[N_JITTER]
    if jitter == DECORRELATED:
        base = m[N_BACKOFF_BASE]
        upper = 3 * max(m[actor + A_PAUSE], base)
        return min(most, round(base + u * (upper - base)))
    whole = f[m[F_PAUSES] + retry - 1]
    if jitter == FULL:
        return round(u * whole)
    if jitter == EQUAL:
        return round(whole / 2 + u * whole / 2)
    return round(whole)
