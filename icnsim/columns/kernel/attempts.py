"""The start of an attempt: the source sends a Request unless a record of the actor blocks the attempt."""

from icnsim.columns.kernel.agenda import new_exchange, release_exchange
from icnsim.columns.kernel.layout import (
    A_MEBIBYTES,
    A_NUMBER,
    ACTOR_OF,
    D_COPIES,
    D_DELAYS,
    D_FATES,
    D_STAGES,
    E_ANSWERS,
    E_MEMORY,
    E_QUEUE,
    E_REFUSES,
    E_VARIANT,
    ENDS_OF,
    EXECUTOR,
    F_CHANCES,
    FATE_OF,
    HALF,
    LONG_QUEUE,
    MIGRATION,
    N_COPIES,
    N_HAZARDS,
    N_IGNORED,
    N_LIFETIME,
    N_ROWS,
    N_TABLE,
    N_VARIANTS,
    NO_MEMORY,
    P_EPOCH,
    P_SINCE,
    P_STATE,
    P_STORED,
    QUEUE_BIT,
    QUEUE_LONG,
    REJECTING,
    REQUEST,
    REQUESTED,
    SOURCE,
    STATES,
    U_ANSWER,
    WILLING,
    X_ANSWERS,
    X_ASKED,
    X_CHECKPOINT,
    X_COPIES,
    X_DELAYS,
    X_EMPTY,
    X_EPOCH,
    X_EVALUATION,
    X_FATES,
    X_MIGRATION,
    X_NUMBER,
    X_REFUSAL,
    X_RESTORE,
    X_ROW,
    X_SEQUENCE,
    X_SOURCE,
    X_STALE,
    X_TARGET,
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import send
from icnsim.columns.kernel.places import apply_removal, open_record, place_for
from icnsim.columns.kernel.timeouts import schedule_timeout, timeout_of
from icnsim.protocol.states import Event, State

INITIATE = int(Event.INITIATE)
REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)


def begin_attempt(
    m: Whole,
    f: Floats,
    r: Whole,
    actor: int,
    source: int,
    target: int,
    migration: int,
    number: int,
    at: int,
    at_u: int,
    width: int,
    now: int,
) -> bool:
    """Begin an attempt; False if an active record blocks it.

    `at` and `at_u` are the indices of its first draws in `m` and `f`. Draws of successive columns are `width` apart.
    """
    here = place_for(m, f, r, actor, source)
    apply_removal(m, f, r, here, now)
    state = m[here + P_STATE]
    if 0 < state < ENDED:
        count_blocked(m, f, r, actor, here, now)
        return False
    row = m[N_ROWS]
    m[N_ROWS] = row + 1
    r[m[MIGRATION] + row] = migration
    r[m[ACTOR_OF] + row] = m[actor + A_NUMBER] + (number << HALF)
    r[m[ENDS_OF] + row] = source + (target << HALF)
    epoch = m[here + P_EPOCH] + 1
    m[here + P_EPOCH] = epoch
    exchange = new_exchange(m, f, r)
    m[exchange + X_ROW] = row
    m[exchange + X_MIGRATION] = migration
    m[exchange + X_NUMBER] = number
    m[exchange + X_SOURCE] = source
    m[exchange + X_TARGET] = target
    m[exchange + X_EPOCH] = epoch
    m[exchange + X_ASKED] = m[here + P_STORED]
    m[exchange + X_SEQUENCE] = 0
    m[exchange + X_EMPTY] = 0
    m[exchange + X_STALE] = 0
    copy_draws(m, f, r, actor, exchange, at, width)
    there = m[N_TABLE] + target * EXECUTOR
    answers = m[there + E_ANSWERS] and f[at_u + U_ANSWER * width] < f[m[F_CHANCES] + target]
    m[exchange + X_ANSWERS] = 1 if answers else 0
    refusal = refusal_of(m, f, r, actor, target, m[exchange + X_FATES])
    m[exchange + X_REFUSAL] = refusal
    r[m[FATE_OF] + row] = WILLING if answers and not refusal else 0
    open_record(m, f, r, here, REQUESTING, SOURCE, row, now)
    r[m[REQUESTED] + row] = now
    schedule_timeout(m, f, r, actor, here, exchange, now)
    send(m, f, r, actor, exchange, REQUEST, source, target, now)
    release_exchange(m, f, r, exchange)
    return True


def count_blocked(m: Whole, f: Floats, r: Whole, actor: int, here: int, now: int) -> None:
    """Count an attempt that an active record blocks; the record may be older than its timeout (hazard 16)."""
    state = m[here + P_STATE]
    timeout = timeout_of(m, f, r, actor, state)
    if now // 1000 - m[here + P_SINCE] // 1000 > (timeout if timeout else m[N_LIFETIME]):
        m[N_HAZARDS + 16] += 1
    m[N_IGNORED + INITIATE * STATES + state] += 1


def copy_draws(m: Whole, f: Floats, r: Whole, actor: int, exchange: int, at: int, width: int) -> None:
    """Copy the draws of an attempt into its exchange."""
    variants = m[N_VARIANTS]
    m[exchange + X_FATES] = m[at + D_FATES * width]
    for kind in range(5):
        m[exchange + X_DELAYS + kind] = m[at + (D_DELAYS + kind) * width]
    if m[N_COPIES]:
        for kind in range(5):
            m[exchange + X_COPIES + kind] = m[at + (D_COPIES + kind) * width]
    here = D_STAGES + m[m[N_TABLE] + m[exchange + X_SOURCE] * EXECUTOR + E_VARIANT]
    there = D_STAGES + m[m[N_TABLE] + m[exchange + X_TARGET] * EXECUTOR + E_VARIANT]
    m[exchange + X_EVALUATION] = m[at + there * width]
    m[exchange + X_CHECKPOINT] = m[at + (here + variants) * width]
    m[exchange + X_RESTORE] = m[at + (there + 2 * variants) * width]


def refusal_of(m: Whole, f: Floats, r: Whole, actor: int, target: int, fates: int) -> int:
    """The reason for which a target refuses an actor in an attempt with these fates; 0 if it accepts."""
    there = m[N_TABLE] + target * EXECUTOR
    if m[there + E_REFUSES]:
        return REJECTING
    if m[there + E_MEMORY] < m[actor + A_MEBIBYTES]:
        return NO_MEMORY
    queue = m[there + E_QUEUE]
    if queue == QUEUE_LONG or (queue >= 0 and (fates >> (QUEUE_BIT + queue)) & 1):
        return LONG_QUEUE
    return 0
