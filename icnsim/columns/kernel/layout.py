"""The layout of the kernel's memory: three flat sequences, and names for the places in them.

Theory of operation. The kernel reads and writes three sequences. `m` contains whole numbers, `f` contains uniforms and
weights, and `r` contains the recorded columns. `m` begins with single numbers (`N_…`), followed by tables. Rows that
are made during the run are taken from the end of `m`. The index of its first field identifies a row: the row `here`
of the places has its field `P_STATE` at `m[here + P_STATE]`. A single number holds the index at which a table or a
column begins: attempt `row` was requested at `r[m[REQUESTED] + row]`. The sequences are lists if the kernel is
interpreted and pointers if it is compiled; the same functions read both.

The rows refer to each other. An *actor* has a linked list of *places*, one for each executor that has stored something
about it: a migration record, a copy of the actor, the sequence of its newest checkpoint. An actor also has a linked
list of its future *events*, in their order. An *exchange* holds the draws and the state of an attempt that has future
events.

Prefixes of fields: `N_` single numbers, `F_` indices into `f`, `S_` settings, `E_` executors, `A_` actors, `P_` places,
`V_` events, `X_` exchanges, `T_` failed targets, `Q_` contents of Requests, `G_` message log, `O_` earlier records at
targets, `D_` and `U_` draws, `I` invariants.
"""

from collections.abc import MutableSequence
from typing import Final

Whole = MutableSequence[int]
Floats = MutableSequence[float]

FAR: Final = 1 << 62
"""A time after every horizon."""

NONE: Final = -1
"""No row, no executor, no time."""

# The status that the kernel returns.
DONE, DRAWS_NEEDED, ROOM_NEEDED, ROWS_NEEDED, LOG_FULL = range(5)

# The single numbers: parameters, first indices of the tables, first free rows, counters.
(
    N_HORIZON, N_ACTORS, N_EXECUTORS, N_INTERVAL, N_MANAGED, N_LIFETIME, N_MOST, N_ALTERNATIVE, N_ON_TIMED_OUT,
    N_ON_REJECTED, N_JITTER, N_BACKOFF_BASE, N_BACKOFF_MOST, N_STEP, N_INSTANTS, N_LOGS, N_REGIONS, N_VARIANTS,
    N_CHUNK, N_BLOCK, N_BLOCKS, N_COPIES, N_ORDINARY, N_SIZES, N_SETTINGS,
    N_TABLE, N_WAYS, N_ACTOR_ROWS, N_HOMES, N_LOTTERY, N_WIRES, N_MEBIBYTES, N_SETTING_OF, N_SETTING_TABLE, N_SLOTS,
    N_SAMPLES,
    N_DRAWS, N_LOG, F_WEIGHTS, F_CHANCES, F_PAUSES, F_UNIFORMS,
    N_TOP, N_SIZE, N_FREE_PLACE, N_FREE_EVENT, N_FREE_EXCHANGE, N_FREE_SEEN, N_FREE_TRIED, N_FIRST_ACTOR, N_LAST_ACTOR,
    N_RESUME,
    N_FIRST, N_NEXT, N_LAST_TIME, N_ROWS, N_ROWS_ROOM, N_LOGGED, N_LOG_END, N_LOG_NUMBER, N_SKIPPED, N_SENT, N_LOST,
    N_DELIVERED, N_STAGES, N_STREAM_NEEDED, N_BLOCK_NEEDED, N_BOUND, N_PREFETCHES, N_PREFETCHED, N_REOPENED,
    N_HAZARDS,
) = range(72)  # fmt: skip
N_IGNORED: Final = N_HAZARDS + 32
STATES: Final = 8
"""The number of slots where a table has one slot for each state."""

# The columns of `r`. Three of them pack several fields of an attempt.
REQUESTED: Final = N_IGNORED + 128
(
    ACCEPTED, CHECKPOINTED_AT, TRANSFERRED, COMPLETED, FAILED, REMOVED, REPLACED, ADMITTED, RESTORED_AT,
    TARGET_FAILED, TARGET_REMOVED, TARGET_REPLACED, LATE_AT, DOWNTIME, DOUBLED, MIGRATION, ACTOR_OF, ENDS_OF, FATE_OF,
    CHOSEN, SKIPPED, NUMBERS,
) = range(REQUESTED + 1, REQUESTED + 23)  # fmt: skip
TIMES: Final = DOUBLED - REQUESTED + 1
COLUMNS: Final = FATE_OF - REQUESTED + 1
HALF: Final = 32
"""`ACTOR_OF` holds the actor and, from this bit on, the number of the attempt; `ENDS_OF` holds source and target."""
FAILURE, WILLING, BLOCKED, REASON = 1, 4, 8, 16
"""The lowest bit of each field of `FATE_OF`: failure has two bits, reason has four, each other field has one."""

# A row of the settings: by state the timeout (ms, 0 if the state is not tracked), the longest stay of an ordinary
# migration (µs) and the bound of I6 (ms); the retention (ms); the duration below which no limit can matter (µs); the
# time between two looks of the detector (µs).
S_TIMEOUT, S_LIMIT, S_BOUND, S_RETENTION, S_SHORT, S_STEP, SETTING = 0, 8, 16, 24, 25, 26, 27

# A row of the executors.
(
    E_PHASE, E_ANSWERS, E_REFUSES, E_VARIANT, E_MEMORY, E_QUEUE, E_REGION, E_REQUESTED_AT, E_REQUESTED_BY, EXECUTOR
) = range(10)  # fmt: skip
QUEUE_SHORT, QUEUE_LONG = -2, -1
"""Queues that are never or always too long. Any other value is the number of a bit of `D_FATES`."""

# A row of the actors. A cache line holds eight numbers. Therefore the length of a row is a multiple of eight, and the
# fields that an ordinary migration reads come first.
# - A_FREE_FROM: the end of the last ordinary migration. A_EVENTS, A_PLACES: the heads of the lists.
# - A_HOME: the executor of the newest copy. A_RUNNING: the number of running copies. A_MIGRATING: 1 during a migration.
# - A_WIRE: the transmission time of the state, µs. A_MEBIBYTES: the size of the state.
# - A_NOWHERE, A_TWICE: the time without and with two copies, µs, up to A_SINCE. A_CAUSED: the attempt that caused it.
# - A_ORDER: the number of starts of copies. A_NEWEST, A_NEWEST_AT: the newest checkpoint and its executor.
# - A_RESTORED: the newest restored checkpoint. A_NEXT: the next actor in the order of their first arrivals.
# - A_TRIES: the number of the present attempt. A_TRIED: the list of the targets that have failed in the migration, the
#   last failure first. A_FAILURES: the successive failures of the first target of this list.
# - A_PAUSE: the last pause before a retry, µs.
(
    A_NUMBER, A_FREE_FROM, A_EVENTS, A_PLACES, A_HOME, A_RUNNING, A_MIGRATING, A_SETTING,
    A_WIRE, A_MEBIBYTES, A_SUSPECT, A_NOWHERE, A_ORDER, A_NEWEST, A_NEWEST_AT, A_RESTORED,
    A_NEXT, A_SINCE, A_CAUSED, A_TWICE, A_TRIES, A_TRIED, A_FAILURES, A_PAUSE, ACTOR,
) = range(25)  # fmt: skip

# A row of the places.
# - P_STATE, P_ROLE, P_ROW, P_SINCE: state, role, attempt and entry of the record. P_REMOVED_AT: its removal.
# - P_COPY: the state of the copy. P_COPY_EPOCH: its epoch. P_PAUSED_FOR: the attempt that paused it. P_BORN: its start,
#   as a value of A_ORDER.
# - P_EPOCH: the highest known epoch. P_STORED: the sequence of the newest stored checkpoint.
# - P_SENDER, P_SEQUENCE: the content of the newest Request. P_SEEN: the list of the earlier contents.
(
    P_NEXT, P_EXECUTOR, P_STATE, P_COPY, P_REMOVED_AT, P_SEEN, P_SENDER, P_SEQUENCE,
    P_ROLE, P_SINCE, P_ROW, P_EPOCH, P_STORED, P_COPY_EPOCH, P_PAUSED_FOR, P_BORN, PLACE,
) = range(17)  # fmt: skip
ABSENT, PAUSED, RUNS = 0, 1, 2
"""The states of the copy of an actor at a place."""
SOURCE, TARGET, HAS_STATE = 0, 1, 2
"""The roles of a record. `HAS_STATE` is the role of a target that has received the final checkpoint."""

# A row of the events. `V_DATA` identifies the cause. For a message it is the sending time (ms). For a look of the
# detector it is the entry and the state of the record, as entry * STATES + state. For the end of a restore it is the
# entry of the record's state. For a retry it is twice the time of the failure, plus 1 if a look caused the failure.
V_NEXT, V_TIME, V_PRIORITY, V_KIND, V_EXCHANGE, V_DATA, V_EXECUTOR, V_LOG, EVENT = range(9)
NORMAL, ARRIVAL, TICK = 1, 2, 3
"""The priorities of events at one instant: messages and stages, then arrivals and retries, then looks and ticks."""
(
    REQUEST, ACCEPT, REJECT, COMPLETE, ACK, EVALUATED, CHECKPOINTED, RESTORED, TIMEOUT, RETRY
) = range(10)  # fmt: skip

# A row of the exchanges.
# - X_REFERENCES: the number of events that refer to it. X_ROW, X_MIGRATION, X_NUMBER: the attempt.
# - X_ASKED, X_SEQUENCE: the checkpoints in the Request and in the Complete. X_EMPTY: 1 if the latter is empty.
# - X_STALE: 1 after a stale Request. X_FATES and the following fields: the draws of the attempt.
(
    X_REFERENCES, X_ROW, X_MIGRATION, X_NUMBER, X_SOURCE, X_TARGET, X_EPOCH, X_ASKED, X_SEQUENCE, X_EMPTY, X_STALE,
    X_FATES, X_ANSWERS, X_REFUSAL, X_EVALUATION, X_CHECKPOINT, X_RESTORE, X_DELAYS,
) = range(18)  # fmt: skip
X_COPIES: Final = X_DELAYS + 5
EXCHANGE: Final = 32

# A row of the targets that have failed in a migration.
T_NEXT, T_EXECUTOR, TRIED = 0, 1, 8

# A row of the contents that a place has stored, besides the newest, and of the log. The log has a row for each message
# sent. A row of kind `ARRIVED` is an arrival; its `G_ROW` is the number of the message's row.
Q_NEXT, Q_SENDER, Q_SEQUENCE, SEEN = 0, 1, 2, 8
G_KIND, G_ROW, G_SENDER, G_RECEIVER, G_TIME, LOG = range(6)
ARRIVED: Final = -1
MOST_LOGGED: Final = 8
"""The maximum number of rows that one step adds to the log."""

# A row of the earlier records at a target: the columns hold only the newest record of an attempt at its target.
O_NEXT, O_ROW, O_ADMITTED, O_RESTORED, O_FAILED, O_REMOVED, O_REPLACED, OPENED = range(8)

# The columns of draws and uniforms: of the arrivals of a chunk, or of the retries of a block.
# D_NAMED is the target that a trace names. D_CHOSEN and D_MET are the target and the executors of `lottery.Choices`.
D_TIME, D_ACTOR, D_NAMED, D_CHOSEN, D_MET, D_FATES, D_DELAYS = range(7)
D_COPIES: Final = D_DELAYS + 5
D_STAGES: Final = D_COPIES + 5
"""Evaluation, checkpoint and restore; each has one column for each slowdown of the executors."""
U_FIRST, U_TARGET, U_ANSWER, UNIFORMS = range(4)
"""The first column selects the actor of an arrival, or determines the pause before a retry."""

# A slot: the index in `m` and the index in `f` of a block of draws.
SLOT: Final = 2

# The bits of `D_FATES`: message of a kind lost, message of a kind doubled, queue of a distribution too long.
LOST_BIT, DOUBLED_BIT, QUEUE_BIT = 0, 5, 10
MOST_QUEUES: Final = 50

# The bits of `A_SUSPECT`: invariants that an actor may have violated.
I1, I2, I3, I4, I5, I6, I8 = 1, 2, 4, 8, 16, 32, 64

# Reasons of a refusal and of a failure; `REASONS` are their texts.
REJECTING, NO_MEMORY, LONG_QUEUE = 2, 3, 4
REASONS: Final = ("", "Migration timed out", "rejecting", "not enough memory", "queue too long")
TIMED_OUT, REJECTED = 1, 2

JITTERS: Final = ("none", "full", "equal", "decorrelated")

REDRAWS: Final = 64

ROOM: Final = 512
"""The maximum number of places of `m` that one step takes: a few events, two exchanges, an actor, places."""
