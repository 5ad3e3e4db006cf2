"""A migration arrives: it picks an actor that is not migrating, its source and its target."""

from icnsim.columns.kernel.actors import meet
from icnsim.columns.kernel.attempts import begin_attempt
from icnsim.columns.kernel.copies import copy_number
from icnsim.columns.kernel.dispatch import catch_up, room
from icnsim.columns.kernel.layout import (
    A_FREE_FROM,
    A_HOME,
    A_MIGRATING,
    A_NUMBER,
    A_PAUSE,
    A_RUNNING,
    A_TRIED,
    A_TRIES,
    CHOSEN,
    D_ACTOR,
    D_NAMED,
    D_TIME,
    DONE,
    DRAWS_WANTED,
    F_UNIFORMS,
    N_ACTORS,
    N_CHUNK,
    N_DRAWS,
    N_FIRST,
    N_KNOWN,
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
from icnsim.columns.kernel.messages import ask
from icnsim.columns.kernel.ordinary import lives_ordinarily
from icnsim.columns.kernel.retries import actor_stream, block_at, turn_u
from icnsim.columns.kernel.selection import by_weight

FEW = 16
"""So many actors are all looked at before another one is drawn; of more, this many draws come first."""

STATUS = -10
"""What a status is added to, negative, where an actor is returned otherwise."""


def arrive(m: Whole, f: Floats, r: Whole, number: int) -> int:
    """The migration with that number arrives; a status."""
    width, place = m[N_CHUNK], number - m[N_FIRST]
    at, at_u = m[N_DRAWS] + place, m[F_UNIFORMS] + place
    now = m[at + D_TIME * width]
    drawn = m[at + D_ACTOR * width]
    named = drawn < 0  # a trace names the actor, which is not exchanged for another
    actor = meet(m, f, r, -drawn - 1 if named else drawn)
    limit = 2 * m[N_LAST_TIME] + 1
    status = catch_up(m, f, r, actor, now, limit)
    if status != DONE:
        return status
    if not is_free(m, f, r, actor, now):
        actor = NONE if named else another(m, f, r, number, now, limit)
        if actor <= STATUS:
            return STATUS - actor
    if actor != NONE and not begins(m, f, r, actor, number, at, at_u, width, now):
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
    """Whether a migration of the actor may arrive; its events before `now` have happened."""
    return bool(not m[actor + A_MIGRATING] and m[actor + A_FREE_FROM] <= now and m[actor + A_RUNNING] > 0)


def another(m: Whole, f: Floats, r: Whole, number: int, now: int, limit: int) -> int:
    """Another actor that is free, NONE where none is; or a status.

    It is uniform among the free ones: drawn anew so many times, then one of a list.
    """
    count = m[N_ACTORS]
    for turn in range(1, REDRAWS + 1):
        if turn == FEW or (turn == 1 and count <= FEW):
            free = free_actor(m, f, r, NONE, now, limit)
            if free <= 0:
                return NONE if free == 0 else free
        slot = block_at(m, f, r, actor_stream(m, f, r, turn), number)
        if slot == NONE:
            return STATUS - DRAWS_WANTED
        status = room(m, f, r)
        if status != DONE:
            return STATUS - status
        actor = meet(m, f, r, int(turn_u(m, f, r, slot, number) * count))
        status = catch_up(m, f, r, actor, now, limit)
        if status != DONE:
            return STATUS - status
        if is_free(m, f, r, actor, now):
            return actor
    free = free_actor(m, f, r, NONE, now, limit)
    if free <= 0:
        return NONE if free == 0 else free
    slot = block_at(m, f, r, actor_stream(m, f, r, REDRAWS + 1), number)
    if slot == NONE:
        return STATUS - DRAWS_WANTED
    return free_actor(m, f, r, int(turn_u(m, f, r, slot, number) * free), now, limit)


def free_actor(m: Whole, f: Floats, r: Whole, rank: int, now: int, limit: int) -> int:
    """The free actor with that rank; how many are free if it is NONE; or a status."""
    free = 0
    for number in range(m[N_ACTORS]):
        actor = m[m[N_KNOWN] + number]
        if actor != NONE:
            status = catch_up(m, f, r, actor, now, limit)
            if status != DONE:
                return STATUS - status
        if actor == NONE or is_free(m, f, r, actor, now):
            if free == rank:
                return meet(m, f, r, number)
            free += 1
    return free


def begins(m: Whole, f: Floats, r: Whole, actor: int, number: int, at: int, at_u: int, width: int, now: int) -> bool:
    """Whether a migration of the actor begins: its target is another executor and no record blocks it."""
    running, source = m[actor + A_RUNNING], m[actor + A_HOME]
    if running > 1:
        left = f[at_u + U_FIRST * width] * m[N_ACTORS] % 1
        source = copy_number(m, f, r, actor, min(running - 1, int(left * running)))
    target = m[at + D_NAMED * width]
    if target == NONE:
        target = by_weight(m, f, r, f[at_u + U_TARGET * width], source)
    if target == source:
        return False
    if m[N_ORDINARY] and lives_ordinarily(m, f, r, actor, source, target, number, at, at_u, width, now):
        ask(m, f, r, source, target, now)
        return True
    if not begin_attempt(m, f, r, actor, source, target, number, 1, at, at_u, width, now):
        return False
    ask(m, f, r, source, target, now)
    m[actor + A_MIGRATING] = 1
    m[actor + A_TRIES] = 1
    m[actor + A_TRIED] = NONE
    m[actor + A_PAUSE] = 0
    return True
