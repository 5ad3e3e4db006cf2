"""What happens to an actor, one event after the other, up to an instant."""

from icnsim.columns.kernel.agenda import take
from icnsim.columns.kernel.attempts import begin_attempt
from icnsim.columns.kernel.layout import (
    A_EVENTS,
    A_FAILURES,
    A_HOME,
    A_RUNNING,
    A_TRIED,
    A_TRIES,
    ACCEPT,
    ACK,
    ARRIVAL,
    ARRIVED,
    CHECKPOINTED,
    COMPLETE,
    DONE,
    DRAWS_WANTED,
    EVALUATED,
    FAR,
    L_ANSWERS,
    L_MIGRATION,
    LOG_FULL,
    N_ALTERNATIVE,
    N_BLOCK,
    N_DELIVERED,
    N_HAZARDS,
    N_LIFETIME,
    N_LOG_END,
    N_LOGGED,
    N_MOST,
    N_ROWS,
    N_ROWS_ROOM,
    N_SIZE,
    N_STAGES,
    N_TOP,
    NONE,
    P_STATE,
    REJECT,
    REQUEST,
    RESTORED,
    ROOM,
    ROOM_WANTED,
    ROWS_WANTED,
    TIMEOUT,
    U_TARGET,
    V_DATA,
    V_KIND,
    V_LIFE,
    V_LOG,
    V_PRIORITY,
    V_TIME,
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import note
from icnsim.columns.kernel.places import clean, place_for
from icnsim.columns.kernel.retries import block_at, finish, uniforms_at
from icnsim.columns.kernel.selection import WANTED, choose_again
from icnsim.columns.kernel.source import checkpointed, on_accept, on_ack, on_reject, on_tick
from icnsim.columns.kernel.target import evaluated, on_complete, on_request, restored
from icnsim.columns.kernel.timeouts import timeout_of
from icnsim.protocol.states import State

REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)


def room(m: Whole, f: Floats, r: Whole) -> int:
    """DONE if one step more finds room for what it makes, else what is wanted."""
    if m[N_SIZE] - m[N_TOP] < ROOM:
        return ROOM_WANTED
    if m[N_ROWS] >= m[N_ROWS_ROOM]:
        return ROWS_WANTED
    return LOG_FULL if m[N_LOGGED] > m[N_LOG_END] else DONE


def catch_up(m: Whole, f: Floats, r: Whole, actor: int, until: int, limit: int) -> int:
    """Let happen what comes before an arrival at the instant `until`; a status.

    A retry that is due at that instant comes first if it was planned before the arrival was, which `limit` tells.
    """
    while True:
        event = m[actor + A_EVENTS]
        if event == NONE or m[event + V_TIME] > until:
            return DONE
        if m[event + V_TIME] == until and limit < FAR:
            priority = m[event + V_PRIORITY]
            if priority > ARRIVAL or (priority == ARRIVAL and m[event + V_DATA] >= limit):
                return DONE
        status = room(m, f, r)
        if status == DONE:
            status = happen(m, f, r, actor, event)
        if status != DONE:
            return status
        take(m, f, r, actor, event)


def happen(m: Whole, f: Floats, r: Whole, actor: int, event: int) -> int:
    """The actor's first event happens; a status other than DONE if it must wait, and nothing has happened."""
    kind, now, life = m[event + V_KIND], m[event + V_TIME], m[event + V_LIFE]
    if kind in (REJECT, TIMEOUT) and not retry_is_drawn(m, f, r, actor, life):
        return DRAWS_WANTED
    if kind <= ACK:
        deliver(m, f, r, actor, event, kind, life, now)
    elif kind <= RESTORED:
        m[N_STAGES] += 1
        if kind == EVALUATED:
            evaluated(m, f, r, actor, life, now)
        elif kind == CHECKPOINTED:
            checkpointed(m, f, r, actor, life, now)
        else:
            restored(m, f, r, actor, event, life, now)
    elif kind == TIMEOUT:
        on_tick(m, f, r, actor, event, life, now)
    else:
        return try_again(m, f, r, actor, life, now)
    return DONE


def deliver(m: Whole, f: Floats, r: Whole, actor: int, event: int, kind: int, life: int, now: int) -> None:
    """A message arrives."""
    m[N_DELIVERED] += 1
    if m[event + V_LOG] != NONE:
        note(m, f, r, ARRIVED, m[event + V_LOG], 0, 0, now)
    age = now // 1000 - m[event + V_DATA]
    if kind == REQUEST:
        if 0 < timeout_of(m, f, r, actor, REQUESTING) < 2 * age:
            m[N_HAZARDS + 22] += 1
        if not m[life + L_ANSWERS]:
            return
    if age > m[N_LIFETIME]:
        m[N_HAZARDS + 19] += 1
    if kind == REQUEST:
        on_request(m, f, r, actor, life, now)
    elif kind == ACCEPT:
        on_accept(m, f, r, actor, life, now)
    elif kind == REJECT:
        on_reject(m, f, r, actor, life, now)
    elif kind == COMPLETE:
        on_complete(m, f, r, actor, life, now)
    else:
        on_ack(m, f, r, actor, life, now)


def retry_is_drawn(m: Whole, f: Floats, r: Whole, actor: int, life: int) -> bool:
    """Whether the draws of the attempt that may follow are there; else they are asked for."""
    tries = m[actor + A_TRIES]
    return bool(tries >= m[N_MOST] or block_at(m, f, r, tries - 1, m[life + L_MIGRATION]) != NONE)


def try_again(m: Whole, f: Floats, r: Whole, actor: int, life: int, now: int) -> int:
    """A retry is due: it begins, or the migration is over."""
    block = m[N_BLOCK]
    migration, number = m[life + L_MIGRATION], m[actor + A_TRIES]
    source = m[actor + A_HOME]
    here = place_for(m, f, r, actor, source)
    clean(m, f, r, here, now)
    same = m[actor + A_FAILURES] < m[N_ALTERNATIVE]
    blocked = m[actor + A_RUNNING] == 0 or 0 < m[here + P_STATE] < ENDED
    at = block_at(m, f, r, number - 2, migration)
    if at == NONE:
        return DRAWS_WANTED
    at += migration % block
    at_u = uniforms_at(m, f, r, number - 2, migration)
    target = m[actor + A_TRIED]
    if not blocked and not same:
        u = f[at_u + U_TARGET * block]
        target = choose_again(m, f, r, u, source, migration, number, target)
        if target == WANTED:
            return DRAWS_WANTED
    if not blocked and same and target != source:
        m[N_HAZARDS + 18] += 1
    if (
        blocked
        or target in (NONE, source)
        or not begin_attempt(m, f, r, actor, source, target, migration, number, at, at_u, block, now)
    ):
        finish(m, f, r, actor)
    return DONE
