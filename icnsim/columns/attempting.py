"""An attempt begins: the source asks the target, if no record of the actor blocks it."""

from icnsim.columns.agenda import new_life, release
from icnsim.columns.layout import (
    A_MEBIBYTES,
    A_NUMBER,
    D_COPIES,
    D_DELAYS,
    D_FATES,
    D_STAGES,
    E_ANSWERS,
    E_MEMORY,
    E_QUEUE,
    E_REFUSES,
    E_VARIANT,
    EXECUTOR,
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
    N_COPIES,
    N_HAZARDS,
    N_IGNORED,
    N_LIFETIME,
    N_ROWS,
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
    T_ACTOR,
    T_MIGRATION,
    T_NUMBER,
    T_SOURCE,
    T_TARGET,
    T_WILLING,
    U_ANSWER,
    Whole,
    World,
)
from icnsim.columns.placing import clean, open_record, place_for
from icnsim.columns.posting import send
from icnsim.columns.waiting import await_timeout, timeout_of
from icnsim.protocol.states import Event, State

INITIATE = int(Event.INITIATE)
REQUESTING, ENDED = int(State.REQUESTING), int(State.COMPLETE)


def begin_attempt(
    w: World,
    actor: int,
    source: int,
    target: int,
    migration: int,
    number: int,
    draws: Whole,
    uniforms: "Whole",
    at: int,
    at_u: int,
    width: int,
    now: int,
) -> bool:
    """Begin an attempt with the draws that lie at `at` and then each `width` further; False if it is blocked."""
    places = w.places
    here = place_for(w, actor, source)
    clean(w, here, now)
    state = places[here + P_STATE]
    if 0 < state < ENDED:
        block(w, actor, here, now)
        return False
    row = w.numbers[N_ROWS]
    w.numbers[N_ROWS] = row + 1
    tags = w.tags
    tags[T_MIGRATION][row] = migration
    tags[T_NUMBER][row] = number
    tags[T_ACTOR][row] = w.actors[actor + A_NUMBER]
    tags[T_SOURCE][row] = source
    tags[T_TARGET][row] = target
    epoch = places[here + P_HEARD] + 1
    places[here + P_HEARD] = epoch
    life = new_life(w)
    lives = w.lives
    lives[life + L_ROW] = row
    lives[life + L_MIGRATION] = migration
    lives[life + L_NUMBER] = number
    lives[life + L_SOURCE] = source
    lives[life + L_TARGET] = target
    lives[life + L_EPOCH] = epoch
    lives[life + L_ASKED] = places[here + P_STORED]
    lives[life + L_SEQUENCE] = 0
    lives[life + L_EMPTY] = 0
    lives[life + L_STALE] = 0
    fill(w, actor, life, draws, at, width)
    executors, there = w.executors, target * EXECUTOR
    answers = executors[there + E_ANSWERS] and uniforms[at_u + U_ANSWER * width] < w.chances[target]
    lives[life + L_ANSWERS] = 1 if answers else 0
    refusal = refusal_of(w, actor, target, lives[life + L_FATES])
    lives[life + L_REFUSAL] = refusal
    tags[T_WILLING][row] = 1 if answers and not refusal else 0
    open_record(w, here, REQUESTING, SOURCE, row, epoch, now)
    w.times[REQUESTED][row] = now
    await_timeout(w, actor, here, life, now)
    send(w, actor, life, REQUEST, source, target, now)
    release(w, life)
    return True


def block(w: World, actor: int, here: int, now: int) -> None:
    """An active record keeps an attempt from its beginning; it may be one that should have ended (hazard 16)."""
    numbers, state = w.numbers, w.places[here + P_STATE]
    timeout = timeout_of(w, actor, state)
    if now // 1000 - w.places[here + P_SINCE] // 1000 > (timeout if timeout else numbers[N_LIFETIME]):
        numbers[N_HAZARDS + 16] += 1
    numbers[N_IGNORED + INITIATE * STATES + state] += 1


def fill(w: World, actor: int, life: int, draws: Whole, at: int, width: int) -> None:
    """Take the draws of an attempt into its life."""
    lives, executors, variants = w.lives, w.executors, w.numbers[N_VARIANTS]
    lives[life + L_FATES] = draws[at + D_FATES * width]
    for kind in range(5):
        lives[life + L_DELAYS + kind] = draws[at + (D_DELAYS + kind) * width]
    if w.numbers[N_COPIES]:
        for kind in range(5):
            lives[life + L_COPIES + kind] = draws[at + (D_COPIES + kind) * width]
    here = D_STAGES + executors[lives[life + L_SOURCE] * EXECUTOR + E_VARIANT]
    there = D_STAGES + executors[lives[life + L_TARGET] * EXECUTOR + E_VARIANT]
    lives[life + L_EVALUATION] = draws[at + there * width]
    lives[life + L_CHECKPOINT] = draws[at + (here + variants) * width]
    lives[life + L_RESTORE] = draws[at + (there + 2 * variants) * width]


def refusal_of(w: World, actor: int, target: int, fates: int) -> int:
    """Why a target refuses an actor in an attempt with these fates; 0 if it does not."""
    executors, there = w.executors, target * EXECUTOR
    if executors[there + E_REFUSES]:
        return REJECTING
    if executors[there + E_MEMORY] < w.actors[actor + A_MEBIBYTES]:
        return NO_MEMORY
    queue = executors[there + E_QUEUE]
    if queue == QUEUE_LONG or (queue >= 0 and (fates >> (QUEUE_BIT + queue)) & 1):
        return LONG_QUEUE
    return 0
