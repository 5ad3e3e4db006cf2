"""The ordinary migration, whose whole life is known when it arrives.

No message of it is lost or doubled, nothing of its actor is to come, no record is in its way, and no state
lasts long enough to time out or to be suspected. Then it completes, or the target never answers and a tick
known in advance fails it. Its life is written down at once. Everything else lives event by event.
"""

from icnsim.columns.kernel.allocation import give_back
from icnsim.columns.kernel.attempts import refusal_of
from icnsim.columns.kernel.copies import IN_FLIGHT, NOWHERE, RUNNING, sample
from icnsim.columns.kernel.handover import hand_over, keep
from icnsim.columns.kernel.layout import (
    A_EVENTS,
    A_FREE_FROM,
    A_NUMBER,
    A_PLACES,
    A_SETTING,
    A_SUSPECT,
    A_WIRE,
    ABSENT,
    ACCEPTED,
    ACTOR_OF,
    ADMITTED,
    CHECKPOINTED_AT,
    COMPLETED,
    D_DELAYS,
    D_FATES,
    D_STAGES,
    DOWNTIME,
    E_ANSWERS,
    E_REGION,
    E_VARIANT,
    ENDS_OF,
    EXECUTOR,
    F_CHANCES,
    FAILED,
    FAILURE,
    FATE_OF,
    HALF,
    I1,
    MIGRATION,
    N_BOUND,
    N_DELIVERED,
    N_FREE_PLACE,
    N_HAZARDS,
    N_HORIZON,
    N_LIFETIME,
    N_MANAGED,
    N_MOST,
    N_ON_TIMED_OUT,
    N_REGIONS,
    N_ROWS,
    N_SENT,
    N_STEP,
    N_TABLE,
    N_VARIANTS,
    N_WAYS,
    NONE,
    P_COPY,
    P_EXECUTOR,
    P_GONE,
    P_HEARD,
    P_NEXT,
    P_SEEN,
    P_SENDER,
    P_SEQUENCE,
    P_STATE,
    P_STORED,
    REASON,
    REQUESTED,
    RESTORED_AT,
    S_LIMIT,
    S_QUICK,
    S_TIMEOUT,
    SOURCE,
    TIMED_OUT,
    TRANSFERRED,
    U_ANSWER,
    WILLING,
    Floats,
    Whole,
)
from icnsim.columns.kernel.places import clean, new_place, tick_from
from icnsim.protocol.states import State

IDLE, COMPLETE, LOST = int(State.IDLE), int(State.COMPLETE), int(State.FAILED)
REQUESTING, CHECKPOINTING = int(State.REQUESTING), int(State.CHECKPOINTING)
TRANSFERRING, RESTORING = int(State.TRANSFERRING), int(State.RESTORING)

MISFORTUNES = (1 << 10) - 1
"""The fates of an attempt of which a message is lost or doubled."""


def lives_ordinarily(
    m: Whole,
    f: Floats,
    r: Whole,
    actor: int,
    source: int,
    target: int,
    number: int,
    at: int,
    at_u: int,
    width: int,
    now: int,
) -> bool:
    """Whether the migration is an ordinary one; then its life is written down."""
    fates = m[at + D_FATES * width]
    if fates & MISFORTUNES or m[actor + A_EVENTS] != NONE or m[actor + A_SUSPECT] & I1:
        return False
    here = m[actor + A_PLACES]
    while m[here + P_EXECUTOR] != source:
        here = m[here + P_NEXT]
    clean(m, f, r, here, now)
    if IDLE < m[here + P_STATE] < COMPLETE:
        return False
    there = tidy(m, f, r, actor, here, target, now)
    to = m[N_TABLE] + target * EXECUTOR
    answers = m[to + E_ANSWERS] and f[at_u + U_ANSWER * width] < f[m[F_CHANCES] + target]
    asked_at = now + m[at + D_DELAYS * width] + m[actor + A_WIRE] + way(m, f, r, source, target)
    if not answers:
        return is_never_answered(m, f, r, actor, here, source, target, number, asked_at, now)
    if refusal_of(m, f, r, actor, target, fates):
        return False
    return completes(m, f, r, actor, here, there, source, target, number, at, width, asked_at, now)


def way(m: Whole, f: Floats, r: Whole, sender: int, receiver: int) -> int:
    """What the distance adds to a message's delay, µs."""
    regions = m[N_REGIONS]
    if not regions:
        return 0
    there = m[m[N_TABLE] + receiver * EXECUTOR + E_REGION]
    here = m[m[N_TABLE] + sender * EXECUTOR + E_REGION]
    added: int = m[m[N_WAYS] + here * regions + there]
    return added


def tidy(m: Whole, f: Floats, r: Whole, actor: int, home: int, target: int, now: int) -> int:
    """Give back the places that nothing to come can depend on; the actor's place at the target, NONE without one.

    The actor has no events to come and has never run twice. The epochs and checkpoints of its home are then
    newer than all others, so what an executor without a record remembers makes no difference. The exception is a
    Request that this home has sent since its newest checkpoint: the next one looks the same (hazard 9).
    """
    sender, sequence = m[home + P_EXECUTOR], m[home + P_STORED]
    there, before, here = NONE, NONE, m[actor + A_PLACES]
    while here != NONE:
        after = m[here + P_NEXT]
        if m[here + P_STATE] >= COMPLETE and m[here + P_GONE] < now:
            clean(m, f, r, here, now)
        if m[here + P_EXECUTOR] == target:
            there = here
        idle = m[here + P_STATE] == IDLE and m[here + P_COPY] == ABSENT and m[here + P_SEEN] == NONE
        if not idle or here in (home, there) or (m[here + P_SENDER] == sender and m[here + P_SEQUENCE] == sequence):
            before = here
        else:
            if before == NONE:
                m[actor + A_PLACES] = after
            else:
                m[before + P_NEXT] = after
            give_back(m, N_FREE_PLACE, here)
        here = after
    return there


def is_never_answered(
    m: Whole, f: Floats, r: Whole, actor: int, here: int, source: int, target: int, number: int, asked_at: int, now: int
) -> bool:
    """Whether a tick fails the attempt, whose target does not answer, and nothing follows; then this is written."""
    timeout = m[m[actor + A_SETTING] + S_TIMEOUT + REQUESTING]
    if not timeout or not m[N_MANAGED] or (m[N_MOST] > 1 and m[N_ON_TIMED_OUT]):
        return False
    failed = tick_from(m, f, r, source, (now // 1000 + timeout + 1) * 1000)
    horizon = m[N_HORIZON]
    if failed >= horizon:
        return False
    row = new_row(m, f, r, actor, source, target, number, now)
    r[m[FAILED] + row] = failed
    r[m[FATE_OF] + row] = TIMED_OUT * FAILURE + TIMED_OUT * REASON
    m[here + P_HEARD] += 1
    keep(m, f, r, actor, here, LOST, SOURCE, row, now, failed)
    m[actor + A_FREE_FROM] = failed + 1  # the tick comes after an arrival at the same instant
    m[N_SENT] += 1
    if asked_at < horizon:
        m[N_DELIVERED] += 1
        if 2 * (asked_at // 1000 - now // 1000) > timeout:
            m[N_HAZARDS + 22] += 1
    if m[N_STEP] and asked_at > bound_of(m, f, r, now):
        fly(m, f, r, now, asked_at)
    return True


def completes(
    m: Whole, f: Floats, r: Whole, actor: int, here: int, there: int, source: int, target: int, number: int,
    at: int, width: int, asked_at: int, now: int,
) -> bool:  # fmt: skip
    """Whether the attempt completes without anything else happening to its actor; then this is written."""
    sequence, epoch = m[here + P_STORED], m[here + P_HEARD] + 1
    if there != NONE and not is_open(m, f, r, there, source, sequence, epoch):
        return False
    variants, setting = m[N_VARIANTS], m[actor + A_SETTING]
    slow_there = (D_STAGES + m[m[N_TABLE] + target * EXECUTOR + E_VARIANT]) * width + at
    slow_here = (D_STAGES + variants + m[m[N_TABLE] + source * EXECUTOR + E_VARIANT]) * width + at
    back = way(m, f, r, target, source)
    admitted = asked_at + m[slow_there]
    accepted = admitted + m[at + (D_DELAYS + 1) * width] + back
    made = accepted + m[slow_here]
    brought = made + m[at + (D_DELAYS + 3) * width] + m[actor + A_WIRE] + way(m, f, r, source, target)
    runs = brought + m[slow_there + 2 * variants * width]
    completed = runs + m[at + (D_DELAYS + 4) * width] + back
    if completed >= m[N_HORIZON]:
        return False
    if completed - now > m[setting + S_QUICK] and not is_in_time(
        m, f, r, setting, now, asked_at, admitted, accepted, made, brought, runs, completed
    ):
        return False
    row = new_row(m, f, r, actor, source, target, number, now)
    r[m[ADMITTED] + row] = admitted
    r[m[ACCEPTED] + row] = accepted
    r[m[CHECKPOINTED_AT] + row] = made
    r[m[TRANSFERRED] + row] = brought
    r[m[RESTORED_AT] + row] = runs
    r[m[COMPLETED] + row] = completed
    r[m[DOWNTIME] + row] = runs - accepted
    r[m[FATE_OF] + row] = WILLING
    if there == NONE:
        there = new_place(m, f, r, actor, target)
    hand_over(m, f, r, actor, here, there, row, now, admitted, accepted, runs, completed)
    if m[N_STEP] and completed > bound_of(m, f, r, now):
        fly(m, f, r, now, asked_at)
        fly(m, f, r, admitted, accepted)
        fly(m, f, r, made, brought)
        fly(m, f, r, runs, completed)
        sample(m, f, r, RUNNING, accepted, -1)
        sample(m, f, r, NOWHERE, accepted, 1)
        sample(m, f, r, RUNNING, runs, 1)
        sample(m, f, r, NOWHERE, runs, -1)
    return True


def is_open(m: Whole, f: Floats, r: Whole, there: int, source: int, sequence: int, epoch: int) -> bool:
    """Whether the target has no record that is in the way, and the Request is new to it."""
    state = m[there + P_STATE]
    free = state == IDLE or state >= COMPLETE
    known = m[there + P_SENDER] == source and m[there + P_SEQUENCE] == sequence
    older = m[there + P_HEARD] < epoch and m[there + P_STORED] <= sequence
    return bool(free and older and not known and m[there + P_COPY] == ABSENT and m[there + P_SEEN] == NONE)


def is_in_time(
    m: Whole, f: Floats, r: Whole, setting: int, now: int, asked_at: int, admitted: int, accepted: int, made: int,
    brought: int, runs: int, completed: int,
) -> bool:  # fmt: skip
    """Whether no state lasts too long and no message is too old; a slow Request is counted (hazard 22)."""
    lifetime = m[N_LIFETIME] * 1000
    limits = setting + S_LIMIT
    in_time = (
        accepted - now <= m[limits + REQUESTING]
        and made - accepted <= m[limits + CHECKPOINTING]
        and completed - made <= m[limits + TRANSFERRING]
        and runs - admitted <= m[limits + RESTORING]
        and max(asked_at - now, accepted - admitted, brought - made, completed - runs) <= lifetime
    )
    if in_time and 0 < m[setting + S_TIMEOUT + REQUESTING] < 2 * (asked_at // 1000 - now // 1000):
        m[N_HAZARDS + 22] += 1
    return bool(in_time)


def new_row(m: Whole, f: Floats, r: Whole, actor: int, source: int, target: int, number: int, now: int) -> int:
    """The row of an attempt that begins."""
    row: int = m[N_ROWS]
    m[N_ROWS] = row + 1
    r[m[MIGRATION] + row] = number
    r[m[ACTOR_OF] + row] = m[actor + A_NUMBER] + (1 << HALF)
    r[m[ENDS_OF] + row] = source + (target << HALF)
    r[m[REQUESTED] + row] = now
    return row


def bound_of(m: Whole, f: Floats, r: Whole, now: int) -> int:
    """The first instant of the timeline at or after an arrival: what is over by then it does not see."""
    bound: int = m[N_BOUND]
    if now > bound:
        bound = -(-now // m[N_STEP]) * m[N_STEP]
        m[N_BOUND] = bound
    return bound


def fly(m: Whole, f: Floats, r: Whole, sent: int, arrives: int) -> None:
    """Count a message that is under way."""
    sample(m, f, r, IN_FLIGHT, sent, 1)
    sample(m, f, r, IN_FLIGHT, arrives, -1)
