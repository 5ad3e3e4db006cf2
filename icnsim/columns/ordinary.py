"""The ordinary migration, whose whole life is known when it arrives.

No message of it is lost or doubled, nothing of its actor is to come, no record is in its way, and no state
lasts long enough to time out or to be suspected. Then it completes, or the target never answers and a tick
known in advance fails it. Its life is written down at once. Everything else lives event by event.
"""

from icnsim.columns.layout import (
    A_EVENTS,
    A_FREE_FROM,
    A_HOME,
    A_NEWEST,
    A_NEWEST_AT,
    A_NOWHERE,
    A_NUMBER,
    A_ORDER,
    A_PLACES,
    A_RESTORED,
    A_SETTING,
    A_TANGLED,
    A_WIRE,
    ABSENT,
    ACCEPTED,
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
    EXECUTOR,
    FAILED,
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
    N_STAGES,
    N_STEP,
    N_VARIANTS,
    NONE,
    P_COPY,
    P_COPY_EPOCH,
    P_BORN,
    P_EXECUTOR,
    P_GONE,
    P_HEARD,
    P_NEXT,
    P_PAUSED_FOR,
    P_ROLE,
    P_ROW,
    P_SEEN,
    P_SENDER,
    P_SEQUENCE,
    P_SINCE,
    P_STATE,
    P_STORED,
    REMOVED,
    REPLACED,
    REQUESTED,
    RESTORED_AT,
    RUNS,
    S_LIMIT,
    S_QUICK,
    S_TIMEOUT,
    SOURCE,
    T_ACTOR,
    T_FAILURE,
    T_MIGRATION,
    T_NUMBER,
    T_REASON,
    T_SOURCE,
    T_TARGET,
    T_WILLING,
    TARGET,
    TARGET_REMOVED,
    TARGET_REPLACED,
    TIMED_OUT,
    TRANSFERRED,
    U_ANSWER,
    World,
)
from icnsim.columns.attempting import refusal_of
from icnsim.columns.placing import clean, new_place, removal, see, tick_from
from icnsim.columns.running import IN_FLIGHT, NOWHERE, RUNNING, sample
from icnsim.protocol.states import State

IDLE, COMPLETE, LOST = int(State.IDLE), int(State.COMPLETE), int(State.FAILED)
REQUESTING, CHECKPOINTING = int(State.REQUESTING), int(State.CHECKPOINTING)
TRANSFERRING, RESTORING = int(State.TRANSFERRING), int(State.RESTORING)

MISFORTUNES = (1 << 10) - 1
"""The fates of an attempt of which a message is lost or doubled."""


def lives_ordinarily(
    w: World, actor: int, source: int, target: int, number: int, at: int, width: int, now: int
) -> bool:
    """Whether the migration is an ordinary one; then its life is written down."""
    actors, places, draws, executors = w.actors, w.places, w.draws, w.executors
    fates = draws[D_FATES * width + at]
    if fates & MISFORTUNES or actors[actor + A_EVENTS] != NONE or actors[actor + A_TANGLED]:
        return False
    here = actors[actor + A_PLACES]
    while places[here + P_EXECUTOR] != source:
        here = places[here + P_NEXT]
    clean(w, here, now)
    if IDLE < places[here + P_STATE] < COMPLETE:
        return False
    there = tidy(w, actor, here, target, now)
    to = target * EXECUTOR
    answers = executors[to + E_ANSWERS] and w.uniforms[U_ANSWER * width + at] < w.chances[target]
    asked_at = now + draws[D_DELAYS * width + at] + actors[actor + A_WIRE] + way(w, source, target)
    if not answers:
        return is_never_answered(w, actor, here, source, target, number, asked_at, now)
    if refusal_of(w, actor, target, fates):
        return False
    return completes(w, actor, here, there, source, target, number, at, width, asked_at, now)


def way(w: World, sender: int, receiver: int) -> int:
    """What the distance adds to a message's delay, µs."""
    regions = w.numbers[N_REGIONS]
    if not regions:
        return 0
    there = w.executors[receiver * EXECUTOR + E_REGION]
    added: int = w.ways[w.executors[sender * EXECUTOR + E_REGION] * regions + there]
    return added


def tidy(w: World, actor: int, home: int, target: int, now: int) -> int:
    """Give back the places that nothing to come can depend on; the actor's place at the target, NONE without one.

    The actor has no events to come and has never run twice. The epochs and checkpoints of its home are then
    newer than all others, so what an executor without a record remembers makes no difference. The exception is a
    Request that this home has sent since its newest checkpoint: the next one looks the same (hazard 9).
    """
    places, numbers = w.places, w.numbers
    sender, sequence = places[home + P_EXECUTOR], places[home + P_STORED]
    there, before, here = NONE, NONE, w.actors[actor + A_PLACES]
    while here != NONE:
        after = places[here + P_NEXT]
        if places[here + P_STATE] >= COMPLETE and places[here + P_GONE] < now:
            clean(w, here, now)
        if places[here + P_EXECUTOR] == target:
            there = here
        idle = places[here + P_STATE] == IDLE and places[here + P_COPY] == ABSENT and places[here + P_SEEN] == NONE
        if not idle or here in (home, there) or (
            places[here + P_SENDER] == sender and places[here + P_SEQUENCE] == sequence
        ):
            before = here
        else:
            if before == NONE:
                w.actors[actor + A_PLACES] = after
            else:
                places[before + P_NEXT] = after
            places[here + P_NEXT] = numbers[N_FREE_PLACE]
            numbers[N_FREE_PLACE] = here
        here = after
    return there


def is_never_answered(
    w: World, actor: int, here: int, source: int, target: int, number: int, asked_at: int, now: int
) -> bool:
    """Whether a tick fails the attempt, whose target does not answer, and nothing follows; then this is written."""
    numbers = w.numbers
    timeout = w.settings[w.actors[actor + A_SETTING] + S_TIMEOUT + REQUESTING]
    if not timeout or not numbers[N_MANAGED] or (numbers[N_MOST] > 1 and numbers[N_ON_TIMED_OUT]):
        return False
    failed = tick_from(w, source, (now // 1000 + timeout + 1) * 1000)
    horizon = numbers[N_HORIZON]
    if failed >= horizon:
        return False
    row = new_row(w, actor, source, target, number, now)
    w.times[FAILED][row] = failed
    w.tags[T_FAILURE][row] = TIMED_OUT
    w.tags[T_REASON][row] = TIMED_OUT
    w.places[here + P_HEARD] += 1
    keep(w, actor, here, LOST, SOURCE, row, now, failed)
    w.actors[actor + A_FREE_FROM] = failed + 1  # the tick comes after an arrival at the same instant
    numbers[N_SENT] += 1
    if asked_at < horizon:
        numbers[N_DELIVERED] += 1
        if 2 * (asked_at // 1000 - now // 1000) > timeout:
            numbers[N_HAZARDS + 22] += 1
    if numbers[N_STEP] and asked_at > bound_of(w, now):
        fly(w, now, asked_at)
    return True


def completes(
    w: World, actor: int, here: int, there: int, source: int, target: int, number: int, at: int, width: int,
    asked_at: int, now: int,
) -> bool:  # fmt: skip
    """Whether the attempt completes without anything else happening to its actor; then this is written."""
    actors, places, draws, numbers, executors = w.actors, w.places, w.draws, w.numbers, w.executors
    sequence, epoch = places[here + P_STORED], places[here + P_HEARD] + 1
    if there != NONE and not is_open(w, there, source, sequence, epoch):
        return False
    variants, setting = numbers[N_VARIANTS], actors[actor + A_SETTING]
    slow_there = (D_STAGES + executors[target * EXECUTOR + E_VARIANT]) * width + at
    slow_here = (D_STAGES + variants + executors[source * EXECUTOR + E_VARIANT]) * width + at
    back = way(w, target, source)
    admitted = asked_at + draws[slow_there]
    accepted = admitted + draws[(D_DELAYS + 1) * width + at] + back
    made = accepted + draws[slow_here]
    brought = made + draws[(D_DELAYS + 3) * width + at] + actors[actor + A_WIRE] + way(w, source, target)
    runs = brought + draws[slow_there + 2 * variants * width]
    completed = runs + draws[(D_DELAYS + 4) * width + at] + back
    if completed >= numbers[N_HORIZON]:
        return False
    if completed - now > w.settings[setting + S_QUICK] and not is_in_time(
        w, setting, now, asked_at, admitted, accepted, made, brought, runs, completed
    ):
        return False
    row = new_row(w, actor, source, target, number, now)
    times = w.times
    times[ADMITTED][row] = admitted
    times[ACCEPTED][row] = accepted
    times[CHECKPOINTED_AT][row] = made
    times[TRANSFERRED][row] = brought
    times[RESTORED_AT][row] = runs
    times[COMPLETED][row] = completed
    times[DOWNTIME][row] = runs - accepted
    w.tags[T_WILLING][row] = 1
    if there == NONE:
        there = new_place(w, actor, target)
    see(w, there, source, sequence)
    keep(w, actor, there, COMPLETE, TARGET, row, admitted, runs)
    order = actors[actor + A_ORDER] + 1
    actors[actor + A_ORDER] = order
    places[there + P_HEARD] = epoch
    places[there + P_STORED] = sequence + 1
    places[there + P_COPY] = RUNS
    places[there + P_COPY_EPOCH] = epoch
    places[there + P_PAUSED_FOR] = NONE
    places[there + P_BORN] = order
    keep(w, actor, here, COMPLETE, SOURCE, row, now, completed)
    places[here + P_HEARD] = epoch
    places[here + P_STORED] = sequence + 1
    places[here + P_COPY] = ABSENT
    actors[actor + A_HOME] = target
    actors[actor + A_FREE_FROM] = completed
    actors[actor + A_NOWHERE] += runs - accepted
    actors[actor + A_NEWEST] = sequence + 1
    actors[actor + A_NEWEST_AT] = source
    actors[actor + A_RESTORED] = sequence + 1
    numbers[N_SENT] += 4
    numbers[N_DELIVERED] += 4
    numbers[N_STAGES] += 3
    if numbers[N_STEP] and completed > bound_of(w, now):
        fly(w, now, asked_at)
        fly(w, admitted, accepted)
        fly(w, made, brought)
        fly(w, runs, completed)
        sample(w, RUNNING, accepted, -1)
        sample(w, NOWHERE, accepted, 1)
        sample(w, RUNNING, runs, 1)
        sample(w, NOWHERE, runs, -1)
    return True


def is_open(w: World, there: int, source: int, sequence: int, epoch: int) -> bool:
    """Whether the target has no record that is in the way, and the Request is new to it."""
    places = w.places
    state = places[there + P_STATE]
    free = state == IDLE or state >= COMPLETE
    known = places[there + P_SENDER] == source and places[there + P_SEQUENCE] == sequence
    older = places[there + P_HEARD] < epoch and places[there + P_STORED] <= sequence
    return bool(free and older and not known and places[there + P_COPY] == ABSENT and places[there + P_SEEN] == NONE)


def is_in_time(
    w: World, setting: int, now: int, asked_at: int, admitted: int, accepted: int, made: int, brought: int, runs: int,
    completed: int,
) -> bool:  # fmt: skip
    """Whether no state lasts too long and no message is too old; a slow Request is counted (hazard 22)."""
    settings, lifetime = w.settings, w.numbers[N_LIFETIME] * 1000
    limits = setting + S_LIMIT
    in_time = (
        accepted - now <= settings[limits + REQUESTING]
        and made - accepted <= settings[limits + CHECKPOINTING]
        and completed - made <= settings[limits + TRANSFERRING]
        and runs - admitted <= settings[limits + RESTORING]
        and max(asked_at - now, accepted - admitted, brought - made, completed - runs) <= lifetime
    )
    if in_time and 0 < settings[setting + S_TIMEOUT + REQUESTING] < 2 * (asked_at // 1000 - now // 1000):
        w.numbers[N_HAZARDS + 22] += 1
    return bool(in_time)


def new_row(w: World, actor: int, source: int, target: int, number: int, now: int) -> int:
    """The row of an attempt that begins."""
    row: int = w.numbers[N_ROWS]
    w.numbers[N_ROWS] = row + 1
    tags = w.tags
    tags[T_MIGRATION][row] = number
    tags[T_NUMBER][row] = 1
    tags[T_ACTOR][row] = w.actors[actor + A_NUMBER]
    tags[T_SOURCE][row] = source
    tags[T_TARGET][row] = target
    w.times[REQUESTED][row] = now
    return row


def keep(w: World, actor: int, here: int, state: int, role: int, row: int, opened: int, ended: int) -> None:
    """Hold the ended record of an attempt at a place, where it was opened before."""
    places = w.places
    if places[here + P_STATE] != IDLE:
        old, by_source, gone = places[here + P_ROW], places[here + P_ROLE] == SOURCE, places[here + P_GONE]
        if gone < opened:
            w.times[REMOVED if by_source else TARGET_REMOVED][old] = gone
        else:
            w.times[REPLACED if by_source else TARGET_REPLACED][old] = opened
    places[here + P_STATE] = state
    places[here + P_ROLE] = role
    places[here + P_ROW] = row
    places[here + P_SINCE] = ended
    places[here + P_GONE] = removal(w, actor, places[here + P_EXECUTOR], ended)


def bound_of(w: World, now: int) -> int:
    """The first instant of the timeline at or after an arrival: what is over by then it does not see."""
    numbers = w.numbers
    bound: int = numbers[N_BOUND]
    if now > bound:
        bound = -(-now // numbers[N_STEP]) * numbers[N_STEP]
        numbers[N_BOUND] = bound
    return bound


def fly(w: World, sent: int, arrives: int) -> None:
    """Count a message that is under way."""
    sample(w, IN_FLIGHT, sent, 1)
    sample(w, IN_FLIGHT, arrives, -1)
