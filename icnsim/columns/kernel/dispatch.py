"""Processing of the events of an actor, one after the other, up to an instant."""

from icnsim.columns.kernel.agenda import remove_event
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
    DRAWS_NEEDED,
    EVALUATED,
    FAR,
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
    ROOM_NEEDED,
    ROWS_NEEDED,
    T_EXECUTOR,
    TIMEOUT,
    U_TARGET,
    V_DATA,
    V_EXCHANGE,
    V_KIND,
    V_LOG,
    V_PRIORITY,
    V_TIME,
    X_ANSWERS,
    X_MIGRATION,
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import log_message
from icnsim.columns.kernel.places import place_for
from icnsim.columns.kernel.retries import block_of, end_migration, uniforms_at
from icnsim.columns.kernel.selection import retry_target
from icnsim.columns.kernel.source import checkpointed, on_accept, on_ack, on_look, on_reject
from icnsim.columns.kernel.target import evaluated, on_complete, on_request, restored
from icnsim.columns.kernel.timeouts import timeout_of
from icnsim.protocol.states import State

REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)


def check_capacity(m: Whole, f: Floats, r: Whole) -> int:
    """DONE if the memory suffices for one step, else the status that names the missing memory."""
    if m[N_SIZE] - m[N_TOP] < ROOM:
        return ROOM_NEEDED
    if m[N_ROWS] >= m[N_ROWS_ROOM]:
        return ROWS_NEEDED
    return LOG_FULL if m[N_LOGGED] > m[N_LOG_END] else DONE


def catch_up(m: Whole, f: Floats, r: Whole, actor: int, until: int, limit: int) -> int:
    """Process the events of an actor that precede an arrival at the instant `until`; return a status.

    A retry that is due at that instant precedes the arrival if it was scheduled before the arrival was. `limit` is the
    first value of `V_DATA` of a retry that follows the arrival.
    """
    while True:
        event = m[actor + A_EVENTS]
        if event == NONE or m[event + V_TIME] > until:
            return DONE
        if m[event + V_TIME] == until and limit < FAR:
            priority = m[event + V_PRIORITY]
            if priority > ARRIVAL or (priority == ARRIVAL and m[event + V_DATA] >= limit):
                return DONE
        status = check_capacity(m, f, r)
        if status == DONE:
            status = process(m, f, r, actor, event)
        if status != DONE:
            return status
        remove_event(m, f, r, actor, event)


def process(m: Whole, f: Floats, r: Whole, actor: int, event: int) -> int:
    """Process the actor's first event. If the status is not DONE, the event must be processed again."""
    kind, now, exchange = m[event + V_KIND], m[event + V_TIME], m[event + V_EXCHANGE]
    if kind in (REJECT, TIMEOUT) and not has_retry_draws(m, f, r, actor, exchange):
        return DRAWS_NEEDED
    if kind <= ACK:
        deliver(m, f, r, actor, event, kind, exchange, now)
    elif kind <= RESTORED:
        m[N_STAGES] += 1
        if kind == EVALUATED:
            evaluated(m, f, r, actor, exchange, now)
        elif kind == CHECKPOINTED:
            checkpointed(m, f, r, actor, exchange, now)
        else:
            restored(m, f, r, actor, event, exchange, now)
    elif kind == TIMEOUT:
        on_look(m, f, r, actor, event, exchange, now)
    else:
        return retry(m, f, r, actor, exchange, now)
    return DONE


def deliver(m: Whole, f: Floats, r: Whole, actor: int, event: int, kind: int, exchange: int, now: int) -> None:
    """Deliver a message."""
    m[N_DELIVERED] += 1
    if m[event + V_LOG] != NONE:
        log_message(m, f, r, ARRIVED, m[event + V_LOG], 0, 0, now)
    age = now // 1000 - m[event + V_DATA]
    if kind == REQUEST:
        if 0 < timeout_of(m, f, r, actor, REQUESTING) < 2 * age:
            m[N_HAZARDS + 22] += 1
        if not m[exchange + X_ANSWERS]:
            return
    if age > m[N_LIFETIME]:
        m[N_HAZARDS + 19] += 1
    if kind == REQUEST:
        on_request(m, f, r, actor, exchange, now)
    elif kind == ACCEPT:
        on_accept(m, f, r, actor, exchange, now)
    elif kind == REJECT:
        on_reject(m, f, r, actor, exchange, now)
    elif kind == COMPLETE:
        on_complete(m, f, r, actor, exchange, now)
    else:
        on_ack(m, f, r, actor, exchange, now)


def has_retry_draws(m: Whole, f: Floats, r: Whole, actor: int, exchange: int) -> bool:
    """Whether the draws of a possible retry are present; if they are missing, they are requested."""
    tries = m[actor + A_TRIES]
    return bool(tries >= m[N_MOST] or block_of(m, f, r, tries - 1, m[exchange + X_MIGRATION]) != NONE)


def retry(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, now: int) -> int:
    """Begin a retry that is due, or end the migration."""
    block = m[N_BLOCK]
    migration, number = m[exchange + X_MIGRATION], m[actor + A_TRIES]
    source = m[actor + A_HOME]
    here = place_for(m, f, r, actor, source)
    same = m[actor + A_FAILURES] < m[N_ALTERNATIVE]
    blocked = m[actor + A_RUNNING] == 0 or 0 < m[here + P_STATE] < ENDED
    at = block_of(m, f, r, number - 2, migration)
    if at == NONE:
        return DRAWS_NEEDED
    at += migration % block
    at_u = uniforms_at(m, f, r, number - 2, migration)
    target = m[m[actor + A_TRIED] + T_EXECUTOR]
    if not blocked and not same:
        target = retry_target(m, f, r, f[at_u + U_TARGET * block], actor, source)
    if not blocked and same and target != source:
        m[N_HAZARDS + 18] += 1
    if (
        blocked
        or target in (NONE, source)
        or not begin_attempt(m, f, r, actor, source, target, migration, number, at, at_u, block, now)
    ):
        end_migration(m, f, r, actor)
    return DONE
