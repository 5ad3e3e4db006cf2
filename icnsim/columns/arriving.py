"""A migration arrives: it picks an actor that is not migrating, its source and its target."""

from icnsim.columns.attempting import begin_attempt
from icnsim.columns.choosing import by_weight
from icnsim.columns.happening import catch_up, has_room
from icnsim.columns.layout import (
    A_FREE_FROM,
    A_HOME,
    A_MIGRATING,
    A_NUMBER,
    A_PAUSE,
    A_RUNNING,
    A_TRIED,
    A_TRIES,
    D_ACTOR,
    D_NAMED,
    D_TIME,
    DONE,
    DRAWS_WANTED,
    N_ACTORS,
    N_CHUNK,
    N_FIRST,
    N_LAST_TIME,
    N_ORDINARY,
    N_SKIPPED,
    NONE,
    REDRAWS,
    ROOM_WANTED,
    U_FIRST,
    U_TARGET,
    World,
)
from icnsim.columns.meeting import meet
from icnsim.columns.ordinary import lives_ordinarily
from icnsim.columns.retrying import actor_stream, block_at, turn_u
from icnsim.columns.running import copy_number

FEW = 16
"""So many actors are all looked at before another one is drawn; of more, this many draws come first."""

STATUS = -10
"""What a status is added to, negative, where an actor is returned otherwise."""


def arrive(w: World, number: int) -> int:
    """The migration with that number arrives; a status."""
    numbers, draws = w.numbers, w.draws
    width, at = numbers[N_CHUNK], number - numbers[N_FIRST]
    now = draws[D_TIME * width + at]
    drawn = draws[D_ACTOR * width + at]
    named = drawn < 0  # a trace names the actor, which is not exchanged for another
    actor = meet(w, -drawn - 1 if named else drawn)
    limit = 2 * numbers[N_LAST_TIME] + 1
    status = catch_up(w, actor, now, limit)
    if status != DONE:
        return status
    if not is_free(w, actor, now):
        actor = NONE if named else another(w, number, now, limit)
        if actor <= STATUS:
            return STATUS - actor
    if actor != NONE and not begins(w, actor, number, at, width, now):
        actor = NONE
    if actor == NONE:
        skipped = numbers[N_SKIPPED]
        w.skipped[skipped] = now
        numbers[N_SKIPPED] = skipped + 1
    else:
        w.chosen[number] = w.actors[actor + A_NUMBER]
    numbers[N_LAST_TIME] = now
    return DONE


def is_free(w: World, actor: int, now: int) -> bool:
    """Whether a migration of the actor may arrive; its events before `now` have happened."""
    actors = w.actors
    return bool(
        not actors[actor + A_MIGRATING] and actors[actor + A_FREE_FROM] <= now and actors[actor + A_RUNNING] > 0
    )


def another(w: World, number: int, now: int, limit: int) -> int:
    """Another actor that is free, NONE where none is; or a status.

    It is uniform among the free ones: drawn anew so many times, then one of a list.
    """
    count = w.numbers[N_ACTORS]
    for turn in range(1, REDRAWS + 1):
        if turn == FEW or (turn == 1 and count <= FEW):
            free = free_actor(w, NONE, now, limit)
            if free <= 0:
                return NONE if free == 0 else free
        slot = block_at(w, actor_stream(w, turn), number)
        if slot == NONE:
            return STATUS - DRAWS_WANTED
        if not has_room(w):
            return STATUS - ROOM_WANTED
        actor = meet(w, int(turn_u(w, slot, number) * count))
        status = catch_up(w, actor, now, limit)
        if status != DONE:
            return STATUS - status
        if is_free(w, actor, now):
            return actor
    free = free_actor(w, NONE, now, limit)
    if free <= 0:
        return NONE if free == 0 else free
    slot = block_at(w, actor_stream(w, REDRAWS + 1), number)
    if slot == NONE:
        return STATUS - DRAWS_WANTED
    return free_actor(w, int(turn_u(w, slot, number) * free), now, limit)


def free_actor(w: World, rank: int, now: int, limit: int) -> int:
    """The free actor with that rank; how many are free if it is NONE; or a status."""
    free = 0
    for number in range(w.numbers[N_ACTORS]):
        actor = w.known[number]
        if actor != NONE:
            status = catch_up(w, actor, now, limit)
            if status != DONE:
                return STATUS - status
        if actor == NONE or is_free(w, actor, now):
            if free == rank:
                return meet(w, number)
            free += 1
    return free


def begins(w: World, actor: int, number: int, at: int, width: int, now: int) -> bool:
    """Whether a migration of the actor begins: its target is another executor and no record blocks it."""
    actors, draws, uniforms = w.actors, w.draws, w.uniforms
    running, source = actors[actor + A_RUNNING], actors[actor + A_HOME]
    if running > 1:
        left = uniforms[U_FIRST * width + at] * w.numbers[N_ACTORS] % 1
        source = copy_number(w, actor, min(running - 1, int(left * running)))
    target = draws[D_NAMED * width + at]
    if target == NONE:
        target = by_weight(w, uniforms[U_TARGET * width + at], source)
    if target == source:
        return False
    if w.numbers[N_ORDINARY] and lives_ordinarily(w, actor, source, target, number, at, width, now):
        return True
    if not begin_attempt(w, actor, source, target, number, 1, draws, uniforms, at, at, width, now):
        return False
    actors[actor + A_MIGRATING] = 1
    actors[actor + A_TRIES] = 1
    actors[actor + A_TRIED] = NONE
    actors[actor + A_PAUSE] = 0
    return True

