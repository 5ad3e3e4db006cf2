"""Where the kernel keeps what: three flat sequences, and the names of the places in them.

Theory of operation. The kernel reads and writes `m`, whole numbers, `f`, uniforms and weights, and `r`, the columns
that it records. `m` begins with single numbers (`N_`); behind them lie tables, and everything that is made while the
kernel runs is taken from its end. A row of a table is told by where it begins: the row at `here` has
the field `P_STATE` at `m[here + P_STATE]`. A column is told by the number that holds where it begins: attempt `row`
was requested at `r[m[REQUESTED] + row]`. The sequences are lists where the kernel is interpreted and
plain pointers where it is compiled; the same functions read both.

An *actor* is a small world of its own. It has *places*, one for each executor that remembers something
of it: the migration record there, the copy of the actor, its newest checkpoint. It has *events* to come, in the
order in which they will happen. An attempt that has events to come has a *life*, which holds its draws.
"""

from collections.abc import MutableSequence
from typing import Final

Whole = MutableSequence[int]
Floats = MutableSequence[float]

FAR: Final = 1 << 62
"""A time that never comes."""

NONE: Final = -1
"""No row, no place, no time."""

# What the kernel returns when it stops.
DONE, DRAWS_WANTED, ROOM_WANTED, ROWS_WANTED, LOG_FULL = range(5)

# The single numbers: parameters, where the tables begin, where their free rows are, counters.
(
    N_HORIZON, N_ACTORS, N_EXECUTORS, N_INTERVAL, N_MANAGED, N_LIFETIME, N_MOST, N_ALTERNATIVE, N_ON_TIMED_OUT,
    N_ON_REJECTED, N_JITTER, N_BACKOFF_BASE, N_BACKOFF_MOST, N_STEP, N_INSTANTS, N_LOGS, N_REGIONS, N_VARIANTS,
    N_CHUNK, N_BLOCK, N_BLOCKS, N_EVEN, N_COPIES, N_ORDINARY, N_HOSTS, N_SIZES, N_SETTINGS,
    N_TABLE, N_WAYS, N_KNOWN, N_HOST_TABLE, N_WIRES, N_MEBIBYTES, N_SETTING_OF, N_SETTING_TABLE, N_SLOTS, N_SAMPLES,
    N_DRAWS, N_LOG, F_CUMULATIVE, F_WEIGHTS, F_CHANCES, F_PAUSES, F_UNIFORMS,
    N_TOP, N_SIZE, N_FREE_PLACE, N_FREE_EVENT, N_FREE_LIFE, N_FREE_SEEN, N_FIRST_MET, N_LAST_MET, N_RESUME,
    N_FIRST, N_NEXT, N_LAST_TIME, N_ROWS, N_ROWS_ROOM, N_LOGGED, N_LOG_END, N_LOG_NUMBER, N_SKIPPED, N_SENT, N_LOST,
    N_DELIVERED, N_STAGES, N_WANTED, N_WANTED_BLOCK, N_BOUND, N_WARMS, N_LOOKS, N_AGAIN,
    N_HAZARDS,
) = range(73)  # fmt: skip
N_IGNORED: Final = N_HAZARDS + 32
STATES: Final = 8
"""Room for the states, where a number is kept for each: by event in `N_IGNORED`, by settings."""

# The columns of `r`. What an attempt is and how it ended is packed into three of them.
REQUESTED: Final = N_IGNORED + 128
(
    ACCEPTED, CHECKPOINTED_AT, TRANSFERRED, COMPLETED, FAILED, REMOVED, REPLACED, ADMITTED, RESTORED_AT,
    TARGET_FAILED, TARGET_REMOVED, TARGET_REPLACED, DOWNTIME, DOUBLED, MIGRATION, ACTOR_OF, ENDS_OF, FATE_OF, CHOSEN,
    SKIPPED, NUMBERS,
) = range(REQUESTED + 1, REQUESTED + 22)  # fmt: skip
TIMES: Final = DOUBLED - REQUESTED + 1
COLUMNS: Final = FATE_OF - REQUESTED + 1
HALF: Final = 32
"""`ACTOR_OF` holds the actor and, from this bit on, the attempt's number; `ENDS_OF` the source and the target."""
FAILURE, WILLING, BLOCKED, LATE, REASON = 1, 4, 8, 16, 32
"""The fields of `FATE_OF`, each by its lowest bit: two bits of failure, four of reason, one of each other."""

# A row of the settings: timeout by state, ms (0: not tracked); what it may be in the ordinary path,
# µs; the bound of I6, ms; the retention, ms; what a whole migration may last so that no limit matters, µs.
S_TIMEOUT, S_LIMIT, S_BOUND, S_RETENTION, S_QUICK, SETTING = 0, 8, 16, 24, 25, 26

# A row of the executors.
E_PHASE, E_ANSWERS, E_REFUSES, E_VARIANT, E_MEMORY, E_QUEUE, E_REGION, E_ASKED_AT, E_ASKED_BY, EXECUTOR = range(10)
QUEUE_SHORT, QUEUE_LONG = -2, -1
"""The queue is never, or always, too long; otherwise the number is that of a bit of the attempt's fates."""

# A row of the actors, and of the places. A processor fetches eight numbers at once, so every row has a multiple of
# eight, and what an ordinary migration looks at comes first.
(
    A_NUMBER, A_FREE_FROM, A_EVENTS, A_PLACES, A_HOME, A_RUNNING, A_MIGRATING, A_SETTING,
    A_WIRE, A_MEBIBYTES, A_SUSPECT, A_NOWHERE, A_ORDER, A_NEWEST, A_NEWEST_AT, A_RESTORED,
    A_NEXT, A_SINCE, A_CAUSED, A_TWICE, A_TRIES, A_TRIED, A_FAILURES, A_PAUSE, ACTOR,
) = range(25)  # fmt: skip
(
    P_NEXT, P_EXECUTOR, P_STATE, P_COPY, P_GONE, P_SEEN, P_SENDER, P_SEQUENCE,
    P_ROLE, P_SINCE, P_ROW, P_HEARD, P_STORED, P_COPY_EPOCH, P_PAUSED_FOR, P_BORN, PLACE,
) = range(17)  # fmt: skip
ABSENT, PAUSED, RUNS = 0, 1, 2
SOURCE, TARGET, HAS_STATE = 0, 1, 2
"""The roles of a record; the last is a target's that has the final checkpoint and restores it."""

# A row of the events. The data of a message is when it was sent, ms; of a tick since when the record
# has been in its state; of a retry when it was planned.
V_NEXT, V_TIME, V_PRIORITY, V_KIND, V_LIFE, V_DATA, V_EXECUTOR, V_LOG, EVENT = range(9)
NORMAL, ARRIVAL, TICK = 1, 2, 3
(
    REQUEST, ACCEPT, REJECT, COMPLETE, ACK, EVALUATED, CHECKPOINTED, RESTORED, TIMEOUT, RETRY
) = range(10)  # fmt: skip

# A row of the lives.
(
    L_REFERENCES, L_ROW, L_MIGRATION, L_NUMBER, L_SOURCE, L_TARGET, L_EPOCH, L_ASKED, L_SEQUENCE, L_EMPTY, L_STALE,
    L_FATES, L_ANSWERS, L_REFUSAL, L_EVALUATION, L_CHECKPOINT, L_RESTORE, L_DELAYS,
) = range(18)  # fmt: skip
L_COPIES: Final = L_DELAYS + 5
LIFE: Final = 32

# A row of the contents that a place has seen, besides the newest, and of the log: of what was sent, and, with
# `ARRIVED` as its kind and the number of the row as its attempt, of what has come.
Q_NEXT, Q_SENDER, Q_SEQUENCE, SEEN = 0, 1, 2, 8
G_KIND, G_ROW, G_SENDER, G_RECEIVER, G_TIME, LOG = range(6)
ARRIVED: Final = -1
MOST_LOGGED: Final = 8
"""Rows of the log that one step may add."""

# A row of the records whose attempt has opened another one at its target since: the columns have room for one.
O_NEXT, O_ROW, O_ADMITTED, O_RESTORED, O_FAILED, O_REMOVED, O_REPLACED, OPENED = range(8)

# The columns of draws and uniforms: of the arrivals of a chunk, or of the retries of a block.
D_TIME, D_ACTOR, D_NAMED, D_FATES, D_DELAYS = range(5)
D_COPIES: Final = D_DELAYS + 5
D_STAGES: Final = D_COPIES + 5
"""Evaluation, checkpoint and restore, each once for each pace of the executors."""
U_FIRST, U_TARGET, U_ANSWER, UNIFORMS = range(4)
"""The first is that of the arrival's actor, or of the pause before the retry."""

# A slot: where in `m` and in `f` a block of draws begins.
SLOT: Final = 2

# The bits of an attempt's fates: by kind lost, by kind doubled, and by distribution too long a queue.
LOST_BIT, DOUBLED_BIT, QUEUE_BIT = 0, 5, 10
MOST_QUEUES: Final = 50

# Invariants that an actor may have violated: the bits of `A_SUSPECT`.
I1, I2, I3, I4, I5, I6, I8 = 1, 2, 4, 8, 16, 32, 64

# What refuses a Request, and why an attempt failed; `REASONS` are the words.
REJECTING, NO_MEMORY, LONG_QUEUE = 2, 3, 4
REASONS: Final = ("", "Migration timed out", "rejecting", "not enough memory", "queue too long")
TIMED_OUT, REJECTED = 1, 2

JITTERS: Final = ("none", "full", "equal", "decorrelated")

REDRAWS: Final = 64
DRAWS_OF_TARGET: Final = 32
TURNS: Final = DRAWS_OF_TARGET + 1

ROOM: Final = 512
"""What one step takes from the end of `m` at most: a few events, two lives, an actor, places."""
