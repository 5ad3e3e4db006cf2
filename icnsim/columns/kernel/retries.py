"""Retries: after an attempt the migration ends or another attempt is scheduled.

The draws of retries are made in blocks on demand. `block_of` requests a missing block.
"""

from icnsim.columns.kernel.agenda import schedule
from icnsim.columns.kernel.allocation import release_row, take_row
from icnsim.columns.kernel.layout import (
    A_FAILURES,
    A_MIGRATING,
    A_PAUSE,
    A_TRIED,
    A_TRIES,
    ARRIVAL,
    F_PAUSES,
    N_BACKOFF_BASE,
    N_BACKOFF_MOST,
    N_BLOCK,
    N_BLOCK_NEEDED,
    N_BLOCKS,
    N_FREE_TRIED,
    N_JITTER,
    N_MOST,
    N_ON_REJECTED,
    N_ON_TIMED_OUT,
    N_SLOTS,
    N_STREAM_NEEDED,
    NONE,
    RETRY,
    SLOT,
    T_EXECUTOR,
    T_NEXT,
    TIMED_OUT,
    TRIED,
    U_FIRST,
    X_MIGRATION,
    X_TARGET,
    Floats,
    Whole,
)

NO_JITTER, FULL, EQUAL, DECORRELATED = range(4)


def block_of(m: Whole, f: Floats, r: Whole, stream: int, migration: int) -> int:
    """The block of a stream that holds a migration's draws; NONE if it is missing, and then it is requested."""
    block = migration // m[N_BLOCK]
    slot: int = m[m[N_SLOTS] + (stream * m[N_BLOCKS] + block) * SLOT]
    if slot == NONE:
        m[N_STREAM_NEEDED] = stream
        m[N_BLOCK_NEEDED] = block
    return slot


def uniforms_at(m: Whole, f: Floats, r: Whole, stream: int, migration: int) -> int:
    """The index in `f` of a migration's first uniform of a retry; its block is present."""
    block = m[N_BLOCK]
    slot = m[N_SLOTS] + (stream * m[N_BLOCKS] + migration // block) * SLOT
    return m[slot + 1] + migration % block


def uniform_of(m: Whole, f: Floats, r: Whole, slot: int, migration: int) -> float:
    """A migration's single draw from the block at `slot`."""
    u: float = f[slot + migration % m[N_BLOCK]]
    return u


def actor_stream(m: Whole, f: Floats, r: Whole, turn: int) -> int:
    """The stream of a migration's draws of another actor; `turn` counts from 1."""
    return m[N_MOST] + turn


def is_retried(m: Whole, f: Floats, r: Whole, actor: int, failure: int) -> bool:
    """Whether another attempt follows a failure of this kind."""
    allowed = m[N_ON_TIMED_OUT] if failure == TIMED_OUT else m[N_ON_REJECTED]
    return bool(allowed and m[actor + A_TRIES] < m[N_MOST])


def end_attempt(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int, failure: int, by_look: int) -> None:
    """End an attempt; `failure` is 0 after a success. A retry is scheduled, or the migration ends."""
    if failure and is_retried(m, f, r, actor, failure):
        tries = m[actor + A_TRIES]
        store_failure(m, f, r, actor, m[exchange + X_TARGET])
        m[actor + A_TRIES] = tries + 1
        pause = pause_before(m, f, r, actor, tries, m[exchange + X_MIGRATION])
        m[actor + A_PAUSE] = pause
        schedule(m, f, r, actor, now + pause, ARRIVAL, RETRY, exchange, 2 * now + by_look, NONE, NONE)
    else:
        end_migration(m, f, r, actor)


def end_migration(m: Whole, f: Floats, r: Whole, actor: int) -> None:
    """End a migration. Another migration of the actor may begin."""
    m[actor + A_MIGRATING] = 0
    here = m[actor + A_TRIED]
    while here != NONE:
        after = m[here + T_NEXT]
        release_row(m, N_FREE_TRIED, here)
        here = after
    m[actor + A_TRIED] = NONE


def store_failure(m: Whole, f: Floats, r: Whole, actor: int, target: int) -> None:
    """Move a target that has failed to the head of the list of failed targets, and count its successive failures."""
    before, here = NONE, m[actor + A_TRIED]
    while here != NONE and m[here + T_EXECUTOR] != target:
        before, here = here, m[here + T_NEXT]
    if here != NONE and before == NONE:
        m[actor + A_FAILURES] += 1
        return
    if here == NONE:
        here = take_row(m, N_FREE_TRIED, TRIED)
        m[here + T_EXECUTOR] = target
    else:
        m[before + T_NEXT] = m[here + T_NEXT]
    m[here + T_NEXT] = m[actor + A_TRIED]
    m[actor + A_TRIED] = here
    m[actor + A_FAILURES] = 1


def pause_before(m: Whole, f: Floats, r: Whole, actor: int, retry: int, migration: int) -> int:
    """The pause before a retry, µs; equal to `Backoff.pause`. The longest pauses are at `F_PAUSES`."""
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
