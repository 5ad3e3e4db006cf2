"""The fixes of the protocol's hazards, one switch each, and the profiles that bundle them.

PROTOCOL section 7 lists the hazards. A switch that is off selects the behaviour of the code, and a switch that is on
selects the fix. The fix of hazard 16 is `manager.tracked_states`, because the tracked states decide whether a stuck
record blocks an actor; each profile has its own. `CHOICES` are differences between the code and the design without a
hazard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, NamedTuple


@dataclass(frozen=True, slots=True)
class Switches:
    """The fixes that are on; `FIXES` has the purpose and the cost of each, `CHOICES` those without a hazard."""

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
    durable_checkpoints: bool = False
    final_checkpoint_of_state: bool = False
    signed_checkpoints: bool = False
    own_capacity: bool = False
    early_verdict: bool = False


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
        "no cost: the table is read in any case",
    ),
    Fix(
        "attempt_identifiers", 3,
        "an answer is matched by its actor alone: a late Accept of one attempt is taken for that of the next",
        "8 bytes a message",
    ),
    Fix(
        "cancel_late_accepts", 3,
        "no message tells the late accepter to stop, so it waits in Restoring until it times out, or for ever",
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
        "an actor that was paused for a migration that fails stays paused, and no copy runs",
        "none",
    ),
    Fix(
        "two_phase_handover", 7,
        "the source that has waited too long resumes the actor while the target completes: two run",
        "2 messages for each hand-over in doubt; the actor stays paused until the target answers",
    ),
    Fix(
        "addressed_accepts", 8,
        "Accept and Reject name no source: each reaches every executor that has a manager, and all of them obey it",
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
        "a checkpoint that is older than the stored one is restored: the state goes back",
        "none: a comparison",
    ),
    Fix(
        "verified_checkpoints", 12,
        "an empty checkpoint is restored",
        "none: a comparison",
    ),
    Fix(
        "durable_records", 13,
        "a restart forgets the migrations: the actor stays paused, or is run twice",
        "a durable write for each transition",
    ),
    Fix(
        "durable_checkpoints", 13,
        "a restart empties the store's cache: numbers begin anew, and an older checkpoint replaces a newer one",
        "a read of the stored number after a restart",
    ),
    Fix(
        "fencing_epochs", 14,
        "two executors each make the checkpoint with the next number",
        "8 bytes a message and a number kept for each actor",
    ),
    Fix(
        "monotonic_clock", 15,
        "ages are differences of a clock that can be set: after a step, all records time out, or no record does",
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
        "messages that were sent before a partition arrive when it heals, and are obeyed",
        "8 bytes a message; clocks that agree to within message_lifetime",
    ),
    Fix(
        "one_vote_each", 20,
        "a second result of one executor counts towards the quorum, as if it were another executor's "
        "(a hazard that a plan must avoid; the code does not have it)",
        "a name kept with each result",
    ),
    Fix(
        "verified_origins", 21,
        "an executor that was not asked can accept",
        "a signature for each message",
    ),
    Fix(
        "direct_requests", 22,
        "Requests travel by gossip, whose hops bring an honest exchange near the timeout",
        "a connection to each target",
    ),
    Fix(
        "final_checkpoint_of_state", 23,
        "every final checkpoint is made from an empty state",
        "the transfer of the state",
    ),
    Fix(
        "signed_checkpoints", 24,
        "the final checkpoint is signed with a key that is not the executor's, so its target refuses it",
        "no cost: the right key",
    ),
)  # fmt: skip
"""Every switch with a hazard, in the order of the hazards."""


class Choice(NamedTuple):
    """A switch without a hazard: the behaviour with it and without it."""

    switch: str
    on: str
    off: str


CHOICES: Final = (
    Choice(
        "own_capacity",
        "a target decides with its own capacity",
        "a target decides with a capacity of 8 cores and 16 384 MiB, whatever its own capacity is",
    ),
    Choice(
        "early_verdict",
        "a quorum decides as soon as enough results agree, or cannot agree any more",
        "a quorum decides when all results have arrived; if one is missing when the window closes, it is insufficient",
    ),
)
"""Every switch without a hazard."""

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
    "durable_checkpoints",
    "final_checkpoint_of_state",
    "signed_checkpoints",
    "own_capacity",
    "early_verdict",
)

PROFILES: Final[Mapping[str, Switches]] = {
    "as-committed": Switches(one_vote_each=True),
    "as-implemented": Switches(one_vote_each=True, final_checkpoint_of_state=True, signed_checkpoints=True),
    "as-designed": Switches(**dict.fromkeys(_DESIGNED, True)),
    "hardened": Switches(**{field.name: True for field in fields(Switches)}),
}
"""`as-committed` is the code of 15f62ced (PROTOCOL section 9), `as-implemented` the same with hazards 23 and 24
repaired, `as-designed` PROTOCOL sections 1 to 3."""

CODE: Final = ("as-committed", "as-implemented")
"""The profiles of the code."""

TRACKED: Final[Mapping[str, tuple[str, ...]]] = {
    "as-committed": ("requesting", "checkpointing", "transferring", "restoring"),
    "as-implemented": ("requesting", "checkpointing", "transferring", "restoring"),
    "as-designed": ("requesting",),
    "hardened": ("requesting", "checkpointing", "transferring", "restoring"),
}
"""The states that each profile's manager tracks unless the scenario names others."""
