"""The ordinary migration: all its times are computed at its arrival.

A migration is ordinary if none of its messages is lost or duplicated, its actor has no future events, no record blocks
it, and no state lasts long enough for a timeout or a suspicion. Either it completes, or the target never answers and
the detector fails it at a known instant. Every other migration is simulated event by event.
"""

from icnsim.columns.kernel.allocation import release_row
from icnsim.columns.kernel.attempts import refusal_of
from icnsim.columns.kernel.copies import IN_FLIGHT, NOWHERE, RUNNING, sample
from icnsim.columns.kernel.handover import hand_over, write_ended_record
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
    P_EPOCH,
    P_EXECUTOR,
    P_NEXT,
    P_REMOVED_AT,
    P_SEEN,
    P_SENDER,
    P_SEQUENCE,
    P_STATE,
    P_STORED,
    REASON,
    REQUESTED,
    RESTORED_AT,
    S_LIMIT,
    S_SHORT,
    S_TIMEOUT,
    SOURCE,
    TIMED_OUT,
    TRANSFERRED,
    U_ANSWER,
    WILLING,
    Floats,
    Whole,
)
from icnsim.columns.kernel.places import apply_removal, new_place
from icnsim.columns.kernel.timeouts import look_that_fails
from icnsim.protocol.states import State

IDLE, COMPLETE, LOST = int(State.IDLE), int(State.COMPLETE), int(State.FAILED)
REQUESTING, CHECKPOINTING = int(State.REQUESTING), int(State.CHECKPOINTING)
TRANSFERRING, RESTORING = int(State.TRANSFERRING), int(State.RESTORING)

MESSAGE_FAULTS = (1 << 10) - 1
"""The bits of `D_FATES` of lost and duplicated messages."""


def try_ordinary(
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
    """Write all times of the migration if it is ordinary; False if it must be simulated event by event."""
    fates = m[at + D_FATES * width]
    if fates & MESSAGE_FAULTS or m[actor + A_EVENTS] != NONE or m[actor + A_SUSPECT] & I1:
        return False
    here = m[actor + A_PLACES]
    while m[here + P_EXECUTOR] != source:
        here = m[here + P_NEXT]
    if IDLE < m[here + P_STATE] < COMPLETE:
        return False
    there = release_places(m, f, r, actor, here, target, now)
    to = m[N_TABLE] + target * EXECUTOR
    answers = m[to + E_ANSWERS] and f[at_u + U_ANSWER * width] < f[m[F_CHANCES] + target]
    received = now + m[at + D_DELAYS * width] + m[actor + A_WIRE] + distance_delay(m, f, r, source, target)
    if not answers:
        return try_unanswered(m, f, r, actor, here, source, target, number, received, now)
    if refusal_of(m, f, r, actor, target, fates):
        return False
    return try_completed(m, f, r, actor, here, there, source, target, number, at, width, received, now)


def distance_delay(m: Whole, f: Floats, r: Whole, sender: int, receiver: int) -> int:
    """The delay that distance adds to a message, µs."""
    regions = m[N_REGIONS]
    if not regions:
        return 0
    there = m[m[N_TABLE] + receiver * EXECUTOR + E_REGION]
    here = m[m[N_TABLE] + sender * EXECUTOR + E_REGION]
    added: int = m[m[N_WAYS] + here * regions + there]
    return added


def release_places(m: Whole, f: Floats, r: Whole, actor: int, home: int, target: int, now: int) -> int:
    """Free the places that can no longer affect the actor; return its place at the target, or NONE.

    The actor has no future events and has never run twice. Therefore the epochs and checkpoints of its home are newer
    than all others, and a place without a record has no effect. The exception is a place that has stored a Request
    which this home has sent since its newest checkpoint: the next Request has the same content (hazard 9).
    """
    sender, sequence = m[home + P_EXECUTOR], m[home + P_STORED]
    there, before, here = NONE, NONE, m[actor + A_PLACES]
    while here != NONE:
        after = m[here + P_NEXT]
        if m[here + P_STATE] >= COMPLETE and m[here + P_REMOVED_AT] < now:
            apply_removal(m, f, r, here, now)
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
            release_row(m, N_FREE_PLACE, here)
        here = after
    return there


def try_unanswered(
    m: Whole, f: Floats, r: Whole, actor: int, here: int, source: int, target: int, number: int, received: int, now: int
) -> bool:
    """Write an attempt that its target never answers, if a look fails it before the horizon and no retry follows."""
    timeout = m[m[actor + A_SETTING] + S_TIMEOUT + REQUESTING]
    if not timeout or not m[N_MANAGED] or (m[N_MOST] > 1 and m[N_ON_TIMED_OUT]):
        return False
    failed = look_that_fails(m, f, r, actor, source, now, timeout)
    horizon = m[N_HORIZON]
    if failed >= horizon:
        return False
    row = new_row(m, f, r, actor, source, target, number, now)
    r[m[FAILED] + row] = failed
    r[m[FATE_OF] + row] = TIMED_OUT * FAILURE + TIMED_OUT * REASON
    m[here + P_EPOCH] += 1
    write_ended_record(m, f, r, actor, here, LOST, SOURCE, row, now, failed)
    m[actor + A_FREE_FROM] = failed + 1  # the look comes after an arrival at the same instant
    m[N_SENT] += 1
    if received < horizon:
        m[N_DELIVERED] += 1
        if 2 * (received // 1000 - now // 1000) > timeout:
            m[N_HAZARDS + 22] += 1
    if m[N_STEP] and received > next_sample(m, f, r, now):
        sample_message(m, f, r, now, received)
    return True


def try_completed(
    m: Whole, f: Floats, r: Whole, actor: int, here: int, there: int, source: int, target: int, number: int,
    at: int, width: int, received: int, now: int,
) -> bool:  # fmt: skip
    """Write an attempt that completes, if no other event of its actor can interfere."""
    sequence, epoch = m[here + P_STORED], m[here + P_EPOCH] + 1
    if there != NONE and not accepts_request(m, f, r, there, source, sequence, epoch):
        return False
    variants, setting = m[N_VARIANTS], m[actor + A_SETTING]
    slow_there = (D_STAGES + m[m[N_TABLE] + target * EXECUTOR + E_VARIANT]) * width + at
    slow_here = (D_STAGES + variants + m[m[N_TABLE] + source * EXECUTOR + E_VARIANT]) * width + at
    back = distance_delay(m, f, r, target, source)
    admitted = received + m[slow_there]
    accepted = admitted + m[at + (D_DELAYS + 1) * width] + back
    checkpointed = accepted + m[slow_here]
    transferred = (
        checkpointed + m[at + (D_DELAYS + 3) * width] + m[actor + A_WIRE] + distance_delay(m, f, r, source, target)
    )
    restored = transferred + m[slow_there + 2 * variants * width]
    completed = restored + m[at + (D_DELAYS + 4) * width] + back
    if completed >= m[N_HORIZON]:
        return False
    if completed - now > m[setting + S_SHORT] and not is_in_time(
        m, f, r, setting, now, received, admitted, accepted, checkpointed, transferred, restored, completed
    ):
        return False
    row = new_row(m, f, r, actor, source, target, number, now)
    r[m[ADMITTED] + row] = admitted
    r[m[ACCEPTED] + row] = accepted
    r[m[CHECKPOINTED_AT] + row] = checkpointed
    r[m[TRANSFERRED] + row] = transferred
    r[m[RESTORED_AT] + row] = restored
    r[m[COMPLETED] + row] = completed
    r[m[DOWNTIME] + row] = restored - accepted
    r[m[FATE_OF] + row] = WILLING
    if there == NONE:
        there = new_place(m, f, r, actor, target)
    hand_over(m, f, r, actor, here, there, row, now, admitted, accepted, restored, completed)
    if m[N_STEP] and completed > next_sample(m, f, r, now):
        sample_message(m, f, r, now, received)
        sample_message(m, f, r, admitted, accepted)
        sample_message(m, f, r, checkpointed, transferred)
        sample_message(m, f, r, restored, completed)
        sample(m, f, r, RUNNING, accepted, -1)
        sample(m, f, r, NOWHERE, accepted, 1)
        sample(m, f, r, RUNNING, restored, 1)
        sample(m, f, r, NOWHERE, restored, -1)
    return True


def accepts_request(m: Whole, f: Floats, r: Whole, there: int, source: int, sequence: int, epoch: int) -> bool:
    """Whether no record at the target blocks the Request, and the target has not stored its content."""
    state = m[there + P_STATE]
    free = state == IDLE or state >= COMPLETE
    known = m[there + P_SENDER] == source and m[there + P_SEQUENCE] == sequence
    older = m[there + P_EPOCH] < epoch and m[there + P_STORED] <= sequence
    return bool(free and older and not known and m[there + P_COPY] == ABSENT and m[there + P_SEEN] == NONE)


def is_in_time(
    m: Whole, f: Floats, r: Whole, setting: int, now: int, received: int, admitted: int, accepted: int,
    checkpointed: int, transferred: int, restored: int, completed: int,
) -> bool:  # fmt: skip
    """Whether no state and no message exceeds its limit; a slow Request is counted (hazard 22)."""
    lifetime = m[N_LIFETIME] * 1000
    limits = setting + S_LIMIT
    in_time = (
        accepted - now <= m[limits + REQUESTING]
        and checkpointed - accepted <= m[limits + CHECKPOINTING]
        and completed - checkpointed <= m[limits + TRANSFERRING]
        and restored - admitted <= m[limits + RESTORING]
        and max(received - now, accepted - admitted, transferred - checkpointed, completed - restored) <= lifetime
    )
    if in_time and 0 < m[setting + S_TIMEOUT + REQUESTING] < 2 * (received // 1000 - now // 1000):
        m[N_HAZARDS + 22] += 1
    return bool(in_time)


def new_row(m: Whole, f: Floats, r: Whole, actor: int, source: int, target: int, number: int, now: int) -> int:
    """Allocate the row of a new attempt."""
    row: int = m[N_ROWS]
    m[N_ROWS] = row + 1
    r[m[MIGRATION] + row] = number
    r[m[ACTOR_OF] + row] = m[actor + A_NUMBER] + (1 << HALF)
    r[m[ENDS_OF] + row] = source + (target << HALF)
    r[m[REQUESTED] + row] = now
    return row


def next_sample(m: Whole, f: Floats, r: Whole, now: int) -> int:
    """The first instant of the timeline at or after an arrival; shorter intervals are invisible in the timeline."""
    bound: int = m[N_BOUND]
    if now > bound:
        bound = -(-now // m[N_STEP]) * m[N_STEP]
        m[N_BOUND] = bound
    return bound


def sample_message(m: Whole, f: Floats, r: Whole, sent: int, arrives: int) -> None:
    """Add a message in flight to the timeline."""
    sample(m, f, r, IN_FLIGHT, sent, 1)
    sample(m, f, r, IN_FLIGHT, arrives, -1)
