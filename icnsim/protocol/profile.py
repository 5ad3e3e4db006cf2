"""The fixes of the protocol's hazards, one switch each, and the profiles that bundle them.

PROTOCOL section 7 lists the hazards. A switch that is off leaves the implementation's
behaviour, one that is on has its fix. Hazard 16's fix is `manager.tracked_states`, for it
is what the manager tracks that blocks or frees an actor; a profile brings its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, NamedTuple


@dataclass(frozen=True, slots=True)
class Switches:
    """Which fixes are on; `FIXES` tells what each is for and what it costs."""

    completion_ack: bool = False
    guarded_transitions: bool = False
    atomic_detection: bool = False
    attempt_identifiers: bool = False
    fresh_requests: bool = False
    resume_on_failure: bool = False
    two_phase_handover: bool = False
    addressed_accepts: bool = False
    deduplicate_by_attempt: bool = False
    retransmission: bool = False
    ordered_checkpoints: bool = False
    verified_checkpoints: bool = False
    durable_records: bool = False
    fencing_epochs: bool = False
    monotonic_clock: bool = False
    spread_targets: bool = False
    bounded_retries: bool = False
    message_expiry: bool = False
    one_vote_each: bool = False
    verified_origins: bool = False
    direct_requests: bool = False
    cancel_late_accepts: bool = False


class Fix(NamedTuple):
    """One switch: the hazard that it removes, what happens without it, and its price."""

    switch: str
    hazard: int
    without: str
    cost: str


FIXES: Final = (
    Fix(
        "atomic_detection", 1,
        "detection reads under one lock and fails under another: what happened between the two is overwritten",
        "the lock is held for the whole scan",
    ),
    Fix(
        "guarded_transitions", 2,
        "an event that does not fit the state is obeyed: a late Accept restarts a record that has failed",
        "none: a look into the table",
    ),
    Fix(
        "attempt_identifiers", 3,
        "an answer is matched by its actor alone: a late Accept of one attempt is taken for that of the next",
        "8 bytes a message",
    ),
    Fix(
        "cancel_late_accepts", 3,
        "nobody tells the late accepter, which waits in Restoring until it times out, if it does",
        "1 message for each late Accept",
    ),
    Fix(
        "fresh_requests", 4,
        "a duplicate or old Request is obeyed after the actor has moved on",
        "a number kept for each actor that was ever requested",
    ),
    Fix(
        "completion_ack", 5,
        "the source never learns of its success: it stays in Transferring until it times out",
        "1 message a migration",
    ),
    Fix(
        "resume_on_failure", 6,
        "an actor paused for a migration that fails stays paused, and nobody runs",
        "none",
    ),
    Fix(
        "two_phase_handover", 7,
        "the source that has waited too long resumes the actor while the target completes: two run",
        "2 messages for each hand-over in doubt; the actor stays paused until the target answers",
    ),
    Fix(
        "addressed_accepts", 8,
        "Accept names no source: it is broadcast, and executors that never asked obey it",
        "none: fewer deliveries",
    ),
    Fix(
        "deduplicate_by_attempt", 9,
        "messages are deduplicated by content: a retry looks like a duplicate and is swallowed",
        "none",
    ),
    Fix(
        "retransmission", 10,
        "a lost message stalls the actor until the time-out",
        "a message each retransmit_after while an answer is outstanding",
    ),
    Fix(
        "ordered_checkpoints", 11,
        "a checkpoint that is older than the kept one is restored: the state goes back",
        "none: a comparison",
    ),
    Fix(
        "verified_checkpoints", 12,
        "an empty or corrupt checkpoint is restored",
        "a hash over the state at both ends",
    ),
    Fix(
        "durable_records", 13,
        "a restart forgets the migrations: the actor stays paused, or is run twice",
        "a durable write for each transition",
    ),
    Fix(
        "fencing_epochs", 14,
        "two executors each make the checkpoint with the next number",
        "8 bytes a message and a number kept for each actor",
    ),
    Fix(
        "monotonic_clock", 15,
        "ages are differences of a clock that can be set: a step makes everything time out, or nothing",
        "none",
    ),
    Fix(
        "spread_targets", 17,
        "every source asks the first of the executors that it trusts most, so all sources ask the same one",
        "none: a draw",
    ),
    Fix(
        "bounded_retries", 18,
        "each failure starts a retry at once, with no limit and no back-off",
        "an actor waits for its back-off",
    ),
    Fix(
        "message_expiry", 19,
        "messages of before a partition arrive when it heals, and are obeyed",
        "8 bytes a message; clocks that agree to within message_lifetime",
    ),
    Fix(
        "one_vote_each", 20,
        "a second result of one executor counts towards the quorum, as if it were another executor's",
        "a name kept with each result",
    ),
    Fix(
        "verified_origins", 21,
        "an executor that was not asked can accept",
        "a signature a message",
    ),
    Fix(
        "direct_requests", 22,
        "Requests travel by gossip, whose hops bring an honest exchange near the timeout",
        "a connection to each target",
    ),
)  # fmt: skip
"""Every switch, in the order of the hazards."""

_DESIGNED: Final = (
    "completion_ack",
    "guarded_transitions",
    "atomic_detection",
    "attempt_identifiers",
    "resume_on_failure",
    "addressed_accepts",
    "deduplicate_by_attempt",
    "ordered_checkpoints",
    "verified_checkpoints",
    "spread_targets",
    "bounded_retries",
    "one_vote_each",
)

PROFILES: Final[Mapping[str, Switches]] = {
    "as-implemented": Switches(),
    "as-designed": Switches(**dict.fromkeys(_DESIGNED, True)),
    "hardened": Switches(**{field.name: True for field in fields(Switches)}),
}
"""`as-implemented` is the code as PROTOCOL section 7 has it, `as-designed` its sections 1 to 3."""

TRACKED: Final[Mapping[str, tuple[str, ...]]] = {
    "as-implemented": ("requesting", "checkpointing", "transferring", "restoring"),
    "as-designed": ("requesting",),
    "hardened": ("requesting", "checkpointing", "transferring", "restoring"),
}
"""The states that each profile's manager tracks unless the scenario names others."""
