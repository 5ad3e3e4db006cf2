"""Where the kernel keeps what: flat sequences of whole numbers, and the names of the places in them.

Theory of operation. The kernel's state is a `World`: a few flat sequences. A table of them is a flat sequence,
too: the row that begins at the place `here` has the field `FIELD` at `here + FIELD`. The sequences are lists
where the kernel is interpreted and arrays where it is compiled; the same functions read both.

An *actor* is a small world of its own. It has *places*, one for each executor that remembers something
of it: the migration record there, the copy of the actor, its newest checkpoint. It has *events* to come, in the
order in which they will happen. An attempt that has events to come has a *life*, which holds its draws.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

FAR: Final = 1 << 62
"""A time that never comes."""

NONE: Final = -1
"""No row, no place, no time."""

# What the kernel returns when it stops.
DONE: Final = 0
DRAWS_WANTED: Final = 1
ROOM_WANTED: Final = 2
NOT_EXACT: Final = 3

# Hazards, ignored events and everything else that is one number: `World.numbers`.
(
    N_HORIZON, N_ACTORS, N_EXECUTORS, N_INTERVAL, N_MANAGED, N_LIFETIME, N_MOST, N_ALTERNATIVE, N_ON_TIMED_OUT,
    N_ON_REJECTED, N_JITTER, N_BACKOFF_BASE, N_BACKOFF_MOST, N_STEP, N_INSTANTS, N_LOGS, N_REGIONS, N_VARIANTS,
    N_CHUNK, N_BLOCK, N_BLOCKS, N_EVEN, N_LOSSY, N_COPIES, N_ORDINARY,
    N_FIRST, N_NEXT, N_LAST_TIME, N_ROWS, N_ROWS_ROOM, N_PLACES, N_PLACES_ROOM, N_FREE_PLACE, N_EVENTS,
    N_EVENTS_ROOM, N_FREE_EVENT, N_LIVES, N_LIVES_ROOM, N_FREE_LIFE, N_SEEN, N_SEEN_ROOM, N_FREE_SEEN, N_LOG,
    N_LOG_ROOM, N_SKIPPED, N_SENT, N_LOST, N_DELIVERED, N_STAGES, N_WANTED, N_WANTED_BLOCK, N_REASON, N_RESUME,
    N_BOUND, N_MET, N_MET_ROOM, N_HOSTS, N_SIZES, N_SETTINGS, N_HAZARDS,
) = range(60)  # fmt: skip
N_IGNORED: Final = N_HAZARDS + 32
NUMBERS: Final = N_IGNORED + 128
STATES: Final = 8
"""Room for the states, where a number is kept for each: by event in `N_IGNORED`, by settings in `World.settings`."""

# A row of `World.settings`: timeout by state, ms (0: not tracked); what it may be in the ordinary
# path, µs; the bound of I6, ms; the retention, ms; what a whole migration may last so that no limit matters, µs.
S_TIMEOUT, S_LIMIT, S_BOUND, S_RETENTION, S_QUICK, SETTING = 0, 8, 16, 24, 25, 26

# A row of `World.executors`.
E_PHASE, E_ANSWERS, E_REFUSES, E_VARIANT, E_MEMORY, E_QUEUE, E_REGION, EXECUTOR = range(8)
QUEUE_SHORT, QUEUE_LONG = -2, -1
"""The queue is never, or always, too long; otherwise the number is that of a bit of the attempt's fates."""

# A row of `World.actors`.
(
    A_FREE_FROM, A_EVENTS, A_PLACES, A_HOME, A_RUNNING, A_MIGRATING, A_SETTING, A_WIRE, A_MEBIBYTES, A_SINCE,
    A_CAUSED, A_NOWHERE, A_TWICE, A_ORDER, A_TANGLED, A_SUSPECT, A_NEWEST, A_NEWEST_AT, A_RESTORED,
    A_NUMBER, A_TRIES, A_TRIED, A_FAILURES, A_PAUSE, ACTOR,
) = range(25)  # fmt: skip

# A row of `World.places`.
(
    P_NEXT, P_EXECUTOR, P_STATE, P_ROLE, P_SINCE, P_ROW, P_GONE, P_EPOCH, P_ARRIVED, P_HEARD, P_STORED, P_COPY,
    P_COPY_EPOCH, P_PAUSED_FOR, P_BORN, P_SENDER, P_SEQUENCE, P_SEEN, PLACE,
) = range(19)  # fmt: skip
ABSENT, PAUSED, RUNS = 0, 1, 2
SOURCE, TARGET = 0, 1

# A row of `World.events`. The data of a message is when it was sent, ms; of a tick since when the record
# has been in its state; of a retry when it was planned.
V_NEXT, V_TIME, V_PRIORITY, V_KIND, V_LIFE, V_DATA, V_EXECUTOR, V_LOG, EVENT = range(9)
NORMAL, ARRIVAL, TICK = 1, 2, 3
(
    REQUEST, ACCEPT, REJECT, COMPLETE, ACK, EVALUATED, CHECKPOINTED, RESTORED, TIMEOUT, RETRY
) = range(10)  # fmt: skip

# A row of `World.lives`.
(
    L_REFERENCES, L_ROW, L_MIGRATION, L_NUMBER, L_SOURCE, L_TARGET, L_EPOCH, L_ASKED, L_SEQUENCE, L_EMPTY, L_STALE,
    L_FATES, L_ANSWERS, L_REFUSAL, L_EVALUATION, L_CHECKPOINT, L_RESTORE, L_DELAYS,
) = range(18)  # fmt: skip
L_COPIES: Final = L_DELAYS + 5
LIFE: Final = L_COPIES + 5

# A row of `World.seen`, and of `World.log`.
Q_NEXT, Q_SENDER, Q_SEQUENCE, SEEN = range(4)
G_KIND, G_ROW, G_SENDER, G_RECEIVER, G_SENT, G_ARRIVES, LOG = range(7)

# The columns of `World.times` and `World.tags`: a row for each attempt.
(
    REQUESTED, ACCEPTED, CHECKPOINTED_AT, TRANSFERRED, COMPLETED, FAILED, REMOVED, REPLACED, ADMITTED, RESTORED_AT,
    TARGET_FAILED, TARGET_REMOVED, TARGET_REPLACED, DOWNTIME, DOUBLED, TIMES,
) = range(16)  # fmt: skip
T_MIGRATION, T_NUMBER, T_ACTOR, T_SOURCE, T_TARGET, T_FAILURE, T_WILLING, T_LATE, T_REASON, TAGS = range(10)

# The columns of `World.draws` and `World.uniforms`: of the arrivals of a chunk, or of the retries of a block.
D_TIME, D_ACTOR, D_NAMED, D_FATES, D_DELAYS = range(5)
D_COPIES: Final = D_DELAYS + 5
D_STAGES: Final = D_COPIES + 5
"""Evaluation, checkpoint and restore, each once for each pace of the executors."""
U_FIRST, U_TARGET, U_ANSWER, UNIFORMS = range(4)
"""The first is that of the arrival's actor, or of the pause before the retry."""

# The bits of an attempt's fates: by kind lost, by kind doubled, and by distribution too long a queue.
LOST_BIT, DOUBLED_BIT, QUEUE_BIT = 0, 5, 10
MOST_QUEUES: Final = 50

# Invariants that an actor may have violated: the bits of `A_SUSPECT`.
I1, I2, I3, I4, I5, I6, I8 = (1 << number for number in range(7))

# What refuses a Request, and why an attempt failed; `REASONS` are the words.
REJECTING, NO_MEMORY, LONG_QUEUE = 2, 3, 4
REASONS: Final = ("", "Migration timed out", "rejecting", "not enough memory", "queue too long")
TIMED_OUT, REJECTED = 1, 2

JITTERS: Final = ("none", "full", "equal", "decorrelated")

REDRAWS: Final = 64
DRAWS_OF_TARGET: Final = 32
TURNS: Final = DRAWS_OF_TARGET + 1

Whole = Sequence[int]


class World(NamedTuple):
    """Everything that the kernel reads and writes; every field is flat.

    Attributes
    ----------
    numbers : parameters, counters and the request for more draws, by the names `N_`.
    settings, executors, actors, places, events, lives, seen, log : tables, see the names of their fields.
    known : for each actor its row, NONE until it is met. hosts : the executors where actors live at first.
    wires, mebibytes, setting_of : of each actor, or one for all: what its state takes on the wire, µs, its size, and
        its settings.
    cumulative, weights, chances : of each executor the sum of the weights up to it, its own, its answer probability.
    pauses : the longest pause before each retry, µs. ways : one-way time between regions, µs.
    draws, uniforms : those of the chunk's arrivals, a column after the other.
    more, more_uniforms, turns : those of retries and of single draws, a block after the other.
    slots : where each block lies, NONE where it is not drawn.
    times, tags : the columns of the attempts. samples : changes of in_flight, running and absent by instant.
    skipped : the times of skipped arrivals. chosen : the actor of each arrival, NONE where it was skipped.
    """

    numbers: Any
    settings: Any
    executors: Any
    cumulative: Any
    weights: Any
    chances: Any
    pauses: Any
    ways: Any
    known: Any
    hosts: Any
    wires: Any
    mebibytes: Any
    setting_of: Any
    actors: Any
    places: Any
    events: Any
    lives: Any
    seen: Any
    log: Any
    draws: Any
    uniforms: Any
    more: Any
    more_uniforms: Any
    turns: Any
    slots: Any
    times: Any
    tags: Any
    samples: Any
    skipped: Any
    chosen: Any
