"""What happens to an actor, one event after the other, up to an instant."""

from icnsim.columns.agenda import take
from icnsim.columns.attempting import begin_attempt
from icnsim.columns.choosing import WANTED, choose_again
from icnsim.columns.layout import (
    A_EVENTS,
    A_FAILURES,
    A_HOME,
    A_RUNNING,
    A_TRIED,
    A_TRIES,
    ACCEPT,
    ACK,
    ARRIVAL,
    CHECKPOINTED,
    COMPLETE,
    DONE,
    DRAWS_WANTED,
    EVALUATED,
    FAR,
    G_ARRIVES,
    L_ANSWERS,
    L_MIGRATION,
    N_ALTERNATIVE,
    N_BLOCK,
    N_DELIVERED,
    N_EVENTS,
    N_EVENTS_ROOM,
    N_HAZARDS,
    N_HORIZON,
    N_LIFETIME,
    N_LIVES,
    N_LIVES_ROOM,
    N_LOG,
    N_LOG_ROOM,
    N_MET,
    N_MET_ROOM,
    N_MOST,
    N_PLACES,
    N_PLACES_ROOM,
    N_ROWS,
    N_ROWS_ROOM,
    N_SEEN,
    N_SEEN_ROOM,
    N_STAGES,
    N_VARIANTS,
    NONE,
    P_STATE,
    REJECT,
    REQUEST,
    RESTORED,
    ROOM_WANTED,
    TIMEOUT,
    U_TARGET,
    UNIFORMS,
    V_DATA,
    V_KIND,
    V_LIFE,
    V_LOG,
    V_PRIORITY,
    V_TIME,
    World,
    D_STAGES,
)
from icnsim.columns.placing import clean, place_for
from icnsim.columns.retrying import block_at, finish
from icnsim.columns.source import checkpointed, on_accept, on_ack, on_reject, on_tick
from icnsim.columns.target import evaluated, on_complete, on_request, restored
from icnsim.columns.waiting import timeout_of
from icnsim.protocol.states import State

REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)


def has_room(w: World) -> bool:
    """Whether one step more finds room for what it makes."""
    numbers = w.numbers
    return bool(
        numbers[N_EVENTS] < numbers[N_EVENTS_ROOM]
        and numbers[N_MET] < numbers[N_MET_ROOM]
        and numbers[N_PLACES] < numbers[N_PLACES_ROOM]
        and numbers[N_LIVES] < numbers[N_LIVES_ROOM]
        and numbers[N_ROWS] < numbers[N_ROWS_ROOM]
        and numbers[N_SEEN] < numbers[N_SEEN_ROOM]
        and numbers[N_LOG] < numbers[N_LOG_ROOM]
    )


def catch_up(w: World, actor: int, until: int, limit: int) -> int:
    """Let happen what comes before an arrival at the instant `until`; a status.

    A retry that is due at that instant comes first if it was planned before the arrival was, which `limit` tells.
    """
    events, actors = w.events, w.actors
    while True:
        event = actors[actor + A_EVENTS]
        if event == NONE or events[event + V_TIME] > until:
            return DONE
        if events[event + V_TIME] == until and limit < FAR:
            priority = events[event + V_PRIORITY]
            if priority > ARRIVAL or (priority == ARRIVAL and events[event + V_DATA] >= limit):
                return DONE
        if not has_room(w):
            return ROOM_WANTED
        status = happen(w, actor, event)
        if status != DONE:
            return status
        take(w, actor, event)


def happen(w: World, actor: int, event: int) -> int:
    """The actor's first event happens; a status other than DONE if it must wait, and nothing has happened."""
    events, numbers = w.events, w.numbers
    kind, now, life = events[event + V_KIND], events[event + V_TIME], events[event + V_LIFE]
    if kind in (REJECT, TIMEOUT) and not retry_is_drawn(w, actor, life):
        return DRAWS_WANTED
    if kind <= ACK:
        deliver(w, actor, event, kind, life, now)
    elif kind <= RESTORED:
        numbers[N_STAGES] += 1
        if kind == EVALUATED:
            return evaluated(w, actor, life, now)
        if kind == CHECKPOINTED:
            checkpointed(w, actor, life, now)
        else:
            restored(w, actor, life, now)
    elif kind == TIMEOUT:
        on_tick(w, actor, event, life, now)
    else:
        return try_again(w, actor, life, now)
    return DONE


def deliver(w: World, actor: int, event: int, kind: int, life: int, now: int) -> None:
    """A message arrives."""
    events, numbers = w.events, w.numbers
    numbers[N_DELIVERED] += 1
    if events[event + V_LOG] != NONE:
        w.log[events[event + V_LOG] + G_ARRIVES] = now
    age = now // 1000 - events[event + V_DATA]
    if kind == REQUEST:
        if 0 < timeout_of(w, actor, REQUESTING) < 2 * age:
            numbers[N_HAZARDS + 22] += 1
        if not w.lives[life + L_ANSWERS]:
            return
    if age > numbers[N_LIFETIME]:
        numbers[N_HAZARDS + 19] += 1
    if kind == REQUEST:
        on_request(w, actor, life, now)
    elif kind == ACCEPT:
        on_accept(w, actor, life, now)
    elif kind == REJECT:
        on_reject(w, actor, life, now)
    elif kind == COMPLETE:
        on_complete(w, actor, life, now)
    else:
        on_ack(w, actor, life, now)


def retry_is_drawn(w: World, actor: int, life: int) -> bool:
    """Whether the draws of the attempt that may follow are there; else they are asked for."""
    tries = w.actors[actor + A_TRIES]
    return bool(tries >= w.numbers[N_MOST] or block_at(w, tries - 1, w.lives[life + L_MIGRATION]) != NONE)


def try_again(w: World, actor: int, life: int, now: int) -> int:
    """A retry is due: it begins, or the migration is over."""
    actors, numbers, block = w.actors, w.numbers, w.numbers[N_BLOCK]
    migration, number = w.lives[life + L_MIGRATION], actors[actor + A_TRIES]
    source = actors[actor + A_HOME]
    here = place_for(w, actor, source)
    clean(w, here, now)
    same = actors[actor + A_FAILURES] < numbers[N_ALTERNATIVE]
    blocked = actors[actor + A_RUNNING] == 0 or 0 < w.places[here + P_STATE] < ENDED
    slot = block_at(w, number - 2, migration)
    if slot == NONE:
        return DRAWS_WANTED
    at, at_u = slot * (D_STAGES + 3 * numbers[N_VARIANTS]) * block, slot * UNIFORMS * block
    at, at_u = at + migration % block, at_u + migration % block
    target = actors[actor + A_TRIED]
    if not blocked and not same:
        u = w.more_uniforms[at_u + U_TARGET * block]
        target = choose_again(w, u, source, migration, number, target)
        if target == WANTED:
            return DRAWS_WANTED
    if not blocked and same and target != source:
        numbers[N_HAZARDS + 18] += 1
    if blocked or target in (NONE, source):
        finish(w, actor)
    elif not begin_attempt(
        w, actor, source, target, migration, number, w.more, w.more_uniforms, at, at_u, block, now
    ):
        finish(w, actor)
    return DONE
