"""The arrival of a migration: it selects an idle actor, a source and a target."""

from icnsim.columns.kernel.actors import actor_row
from icnsim.columns.kernel.attempts import begin_attempt
from icnsim.columns.kernel.copies import copy_by_rank
from icnsim.columns.kernel.dispatch import catch_up, check_capacity
from icnsim.columns.kernel.layout import (
    A_FREE_FROM,
    A_HOME,
    A_MIGRATING,
    A_NUMBER,
    A_PAUSE,
    A_RUNNING,
    A_TRIES,
    CHOSEN,
    D_ACTOR,
    D_CHOSEN,
    D_MET,
    D_NAMED,
    D_TIME,
    DONE,
    DRAWS_NEEDED,
    F_UNIFORMS,
    N_ACTOR_ROWS,
    N_ACTORS,
    N_CHUNK,
    N_DRAWS,
    N_FIRST,
    N_LAST_TIME,
    N_ORDINARY,
    N_SKIPPED,
    NONE,
    REDRAWS,
    SKIPPED,
    U_FIRST,
    U_TARGET,
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import count_herd
from icnsim.columns.kernel.ordinary import try_ordinary
from icnsim.columns.kernel.retries import actor_stream, block_of, uniform_of
from icnsim.columns.kernel.selection import other_target
from icnsim.draws.stable import rest_of, stable_index

LIST_AFTER = 16
"""The number of draws after which all actors are listed; with fewer actors they are listed at once."""

STATUS = -10
"""Added to a negated status where the other results are actors."""


def draw_actors(m: Whole, f: Floats, r: Whole, first: int, last: int) -> None:
    """Draw the actors of arrivals `first` to `last`, unless a trace names them. The chunk of `first` is loaded.

    Only the compiled kernel does so; for the interpreted one the actors are drawn in columns.
    """
    at, at_u = m[N_DRAWS] + D_ACTOR * m[N_CHUNK] - m[N_FIRST], m[F_UNIFORMS] + U_FIRST * m[N_CHUNK] - m[N_FIRST]
    for number in range(first, last):
        if m[at + number] >= 0:
            m[at + number] = stable_index(f[at_u + number], m[N_ACTORS])


def arrive(m: Whole, f: Floats, r: Whole, number: int) -> int:
    """Process the arrival with this number; return a status."""
    width, place = m[N_CHUNK], number - m[N_FIRST]
    at, at_u = m[N_DRAWS] + place, m[F_UNIFORMS] + place
    now = m[at + D_TIME * width]
    drawn = m[at + D_ACTOR * width]
    named = drawn < 0  # a trace names the actor, which is not redrawn
    actor = actor_row(m, f, r, -drawn - 1 if named else drawn)
    limit = 2 * m[N_LAST_TIME] + 1
    status = catch_up(m, f, r, actor, now, limit)
    if status != DONE:
        return status
    if not is_free(m, f, r, actor, now):
        actor = NONE if named else redrawn_actor(m, f, r, number, now, limit)
        if actor <= STATUS:
            return STATUS - actor
    if actor != NONE and not begin_migration(m, f, r, actor, number, at, at_u, width, now):
        actor = NONE
    if actor == NONE:
        skipped = m[N_SKIPPED]
        r[m[SKIPPED] + skipped] = now
        m[N_SKIPPED] = skipped + 1
    else:
        r[m[CHOSEN] + number] = m[actor + A_NUMBER]
    m[N_LAST_TIME] = now
    return DONE


def is_free(m: Whole, f: Floats, r: Whole, actor: int, now: int) -> bool:
    """Whether a migration of the actor may begin; its events before `now` are processed."""
    return bool(not m[actor + A_MIGRATING] and m[actor + A_FREE_FROM] <= now and m[actor + A_RUNNING] > 0)


def redrawn_actor(m: Whole, f: Floats, r: Whole, number: int, now: int, limit: int) -> int:
    """Another idle actor, NONE if every actor is busy, or a negative status.

    The actor is uniform among the idle ones: it is redrawn up to `REDRAWS` times, then drawn from a list.
    """
    count = m[N_ACTORS]
    for turn in range(1, REDRAWS + 1):
        if turn == LIST_AFTER or (turn == 1 and count <= LIST_AFTER):
            free = free_actor(m, f, r, NONE, now, limit)
            if free <= 0:
                return NONE if free == 0 else free
        slot = block_of(m, f, r, actor_stream(m, f, r, turn), number)
        if slot == NONE:
            return STATUS - DRAWS_NEEDED
        status = check_capacity(m, f, r)
        if status != DONE:
            return STATUS - status
        actor = actor_row(m, f, r, stable_index(uniform_of(m, f, r, slot, number), count))
        status = catch_up(m, f, r, actor, now, limit)
        if status != DONE:
            return STATUS - status
        if is_free(m, f, r, actor, now):
            return actor
    free = free_actor(m, f, r, NONE, now, limit)
    if free <= 0:
        return NONE if free == 0 else free
    slot = block_of(m, f, r, actor_stream(m, f, r, REDRAWS + 1), number)
    if slot == NONE:
        return STATUS - DRAWS_NEEDED
    return free_actor(m, f, r, int(uniform_of(m, f, r, slot, number) * free), now, limit)


def free_actor(m: Whole, f: Floats, r: Whole, rank: int, now: int, limit: int) -> int:
    """The idle actor with this rank, the number of idle actors if `rank` is NONE, or a negative status."""
    free = 0
    for number in range(m[N_ACTORS]):
        actor = m[m[N_ACTOR_ROWS] + number]
        if actor != NONE:
            status = catch_up(m, f, r, actor, now, limit)
            if status != DONE:
                return STATUS - status
        if actor == NONE or is_free(m, f, r, actor, now):
            if free == rank:
                return actor_row(m, f, r, number)
            free += 1
    return free


def begin_migration(
    m: Whole, f: Floats, r: Whole, actor: int, number: int, at: int, at_u: int, width: int, now: int
) -> bool:
    """Begin a migration; False without another target than its source, or if an active record blocks it."""
    running, source = m[actor + A_RUNNING], m[actor + A_HOME]
    if running > 1:
        source = copy_by_rank(m, f, r, actor, rest_of(f[at_u + U_FIRST * width], running))
    target = m[at + D_NAMED * width]
    if target == NONE:
        if (m[at + D_MET * width] >> (source & 63)) & 1:
            target = other_target(m, f, r, f[at_u + U_TARGET * width], source)
        else:
            target = m[at + D_CHOSEN * width]
    if target in (NONE, source):
        return False
    if m[N_ORDINARY] and try_ordinary(m, f, r, actor, source, target, number, at, at_u, width, now):
        count_herd(m, f, r, source, target, now)
        return True
    if not begin_attempt(m, f, r, actor, source, target, number, 1, at, at_u, width, now):
        return False
    count_herd(m, f, r, source, target, now)
    m[actor + A_MIGRATING] = 1
    m[actor + A_TRIES] = 1
    m[actor + A_PAUSE] = 0
    return True
