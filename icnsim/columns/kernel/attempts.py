"""An attempt begins: the source asks the target, if no record of the actor blocks it."""

from icnsim.columns.kernel.agenda import new_life, release
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
    L_ANSWERS,
    L_ASKED,
    L_CHECKPOINT,
    L_COPIES,
    L_DELAYS,
    L_EMPTY,
    L_EPOCH,
    L_EVALUATION,
    L_FATES,
    L_MIGRATION,
    L_NUMBER,
    L_REFUSAL,
    L_RESTORE,
    L_ROW,
    L_SEQUENCE,
    L_SOURCE,
    L_STALE,
    L_TARGET,
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
    P_HEARD,
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
    Floats,
    Whole,
)
from icnsim.columns.kernel.messages import send
from icnsim.columns.kernel.places import clean, open_record, place_for
from icnsim.columns.kernel.timeouts import await_timeout, timeout_of
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
    """Begin an attempt; False if it is blocked. Its draws lie at `at` and `at_u`, `width` apart."""
    here = place_for(m, f, r, actor, source)
    clean(m, f, r, here, now)
    state = m[here + P_STATE]
    if 0 < state < ENDED:
        block(m, f, r, actor, here, now)
        return False
    row = m[N_ROWS]
    m[N_ROWS] = row + 1
    r[m[MIGRATION] + row] = migration
    r[m[ACTOR_OF] + row] = m[actor + A_NUMBER] + (number << HALF)
    r[m[ENDS_OF] + row] = source + (target << HALF)
    epoch = m[here + P_HEARD] + 1
    m[here + P_HEARD] = epoch
    life = new_life(m, f, r)
    m[life + L_ROW] = row
    m[life + L_MIGRATION] = migration
    m[life + L_NUMBER] = number
    m[life + L_SOURCE] = source
    m[life + L_TARGET] = target
    m[life + L_EPOCH] = epoch
    m[life + L_ASKED] = m[here + P_STORED]
    m[life + L_SEQUENCE] = 0
    m[life + L_EMPTY] = 0
    m[life + L_STALE] = 0
    fill(m, f, r, actor, life, at, width)
    there = m[N_TABLE] + target * EXECUTOR
    answers = m[there + E_ANSWERS] and f[at_u + U_ANSWER * width] < f[m[F_CHANCES] + target]
    m[life + L_ANSWERS] = 1 if answers else 0
    refusal = refusal_of(m, f, r, actor, target, m[life + L_FATES])
    m[life + L_REFUSAL] = refusal
    r[m[FATE_OF] + row] = WILLING if answers and not refusal else 0
    open_record(m, f, r, here, REQUESTING, SOURCE, row, now)
    r[m[REQUESTED] + row] = now
    await_timeout(m, f, r, actor, here, life, now)
    send(m, f, r, actor, life, REQUEST, source, target, now)
    release(m, f, r, life)
    return True


def block(m: Whole, f: Floats, r: Whole, actor: int, here: int, now: int) -> None:
    """An active record keeps an attempt from its beginning; it may be one that should have ended (hazard 16)."""
    state = m[here + P_STATE]
    timeout = timeout_of(m, f, r, actor, state)
    if now // 1000 - m[here + P_SINCE] // 1000 > (timeout if timeout else m[N_LIFETIME]):
        m[N_HAZARDS + 16] += 1
    m[N_IGNORED + INITIATE * STATES + state] += 1


def fill(m: Whole, f: Floats, r: Whole, actor: int, life: int, at: int, width: int) -> None:
    """Take the draws of an attempt into its life."""
    variants = m[N_VARIANTS]
    m[life + L_FATES] = m[at + D_FATES * width]
    for kind in range(5):
        m[life + L_DELAYS + kind] = m[at + (D_DELAYS + kind) * width]
    if m[N_COPIES]:
        for kind in range(5):
            m[life + L_COPIES + kind] = m[at + (D_COPIES + kind) * width]
    here = D_STAGES + m[m[N_TABLE] + m[life + L_SOURCE] * EXECUTOR + E_VARIANT]
    there = D_STAGES + m[m[N_TABLE] + m[life + L_TARGET] * EXECUTOR + E_VARIANT]
    m[life + L_EVALUATION] = m[at + there * width]
    m[life + L_CHECKPOINT] = m[at + (here + variants) * width]
    m[life + L_RESTORE] = m[at + (there + 2 * variants) * width]


def refusal_of(m: Whole, f: Floats, r: Whole, actor: int, target: int, fates: int) -> int:
    """Why a target refuses an actor in an attempt with these fates; 0 if it does not."""
    there = m[N_TABLE] + target * EXECUTOR
    if m[there + E_REFUSES]:
        return REJECTING
    if m[there + E_MEMORY] < m[actor + A_MEBIBYTES]:
        return NO_MEMORY
    queue = m[there + E_QUEUE]
    if queue == QUEUE_LONG or (queue >= 0 and (fates >> (QUEUE_BIT + queue)) & 1):
        return LONG_QUEUE
    return 0
