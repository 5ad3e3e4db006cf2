"""The behaviour of the code of 15f62ced as one table (PROTOCOL section 9).

`tests/protocol/test_committed.py` checks every simulated row with the profile `as-committed`, and docs/hazards.md shows
the table. A row has the behaviour of the commit, that of the design, and the switch that selects between them.
"""

from typing import Final, Literal, NamedTuple

Presence = Literal["yes", "differs", "absent", "plan"]
"""How the commit implements a part: as designed, differently, or not at all. A plan is only in later commits."""

WORDS: Final[dict[Presence, str]] = {
    "yes": "as designed",
    "differs": "differently",
    "absent": "not at all",
    "plan": "not at all; later commits do",
}
"""How the page names each kind of presence."""


class Behaviour(NamedTuple):
    """One part of the protocol.

    Attributes
    ----------
    name : the key of its check. commit : whether the commit implements it.
    code : what the profile as-committed does. design : what the design says, "" for the same.
    switch : the key of the scenario that selects the design, "" without one.
    simulated : whether icnsim simulates it.
    """

    name: str
    commit: Presence
    code: str
    design: str = ""
    switch: str = ""
    simulated: bool = True


BEHAVIOURS: Final = (
    Behaviour(
        "final checkpoint", "differs",
        "it is made from an empty state, with the next number",
        "it contains the state of the paused actor", "protocol.final_checkpoint_of_state",
    ),
    Behaviour(
        "signature", "differs",
        "the final checkpoint is signed with a key of 32 zero bytes, so its target refuses it; a later Request that "
        "carries it is refused, too",
        "it is signed with the executor's key", "protocol.signed_checkpoints",
    ),
    Behaviour(
        "verification", "yes",
        "a checkpoint whose signature or hash is wrong is refused; no record changes, and nothing is answered",
    ),
    Behaviour(
        "empty checkpoint", "differs",
        "an empty checkpoint matches its hash and is restored",
        "it is refused", "protocol.verified_checkpoints",
    ),
    Behaviour(
        "receivers of Accept and Reject", "differs",
        "they name no source and reach every executor that has a manager",
        "they go to the source", "protocol.addressed_accepts",
    ),
    Behaviour(
        "Accept", "differs",
        "in every state, and without a record: Checkpointing, a checkpoint, Transferring, and a Complete to the sender",
        "only in Requesting, and only the Accept of that attempt", "protocol.guarded_transitions",
    ),
    Behaviour(
        "Reject", "differs",
        "in every state, and without a record: Failed with the reason of the Reject",
        "only in Requesting, and only the Reject of that attempt", "protocol.guarded_transitions",
    ),
    Behaviour(
        "Complete", "differs",
        "in every state, and without a record: the checkpoint is stored, and the record becomes Complete",
        "only in Restoring, and only the Complete of that attempt", "protocol.guarded_transitions",
    ),
    Behaviour(
        "acknowledgement", "absent",
        "a Complete is not answered; the source stays in Transferring until it times out",
        "the target sends an Ack, and the source's record becomes Complete", "protocol.completion_ack",
    ),
    Behaviour(
        "attempts", "absent",
        "messages do not name their attempt",
        "an answer belongs to one attempt", "protocol.attempt_identifiers",
    ),
    Behaviour(
        "pause and resume", "plan",
        "Accept pauses the actor, a Reject resumes it, and a timeout does not (the commit marks this as to be "
        "done)",
        "every failure resumes it", "protocol.resume_on_failure",
    ),
    Behaviour(
        "time-out", "yes",
        "all four active states are tracked; a record that is strictly older than the timeout fails",
        "only Requesting is tracked", "manager.tracked_states",
    ),
    Behaviour(
        "two locks of detection", "differs",
        "a change between reading and writing is overwritten",
        "detection is one step", "protocol.atomic_detection",
    ),
    Behaviour(
        "cleanup", "yes",
        "a terminal record is removed when its age is at least the retention",
    ),
    Behaviour(
        "checkpoint store", "yes",
        "a number that is not newer than the stored one is not stored; the first number is 0 (icnsim counts from 1)",
    ),
    Behaviour(
        "older Complete", "differs",
        "the store refuses the checkpoint, but the record becomes Complete",
        "the Complete is refused", "protocol.ordered_checkpoints",
    ),
    Behaviour(
        "store after a restart", "differs",
        "the cache is empty: numbers begin at 0 again, and an older checkpoint replaces a newer one",
        "the numbers survive", "protocol.durable_checkpoints",
    ),
    Behaviour(
        "records after a restart", "differs",
        "records are lost",
        "the same; with the fix they survive", "protocol.durable_records",
    ),
    Behaviour(
        "accept policy", "yes",
        "free memory in whole MiB below the state's whole MiB is refused, and so are more than 20 queued tasks; the "
        "reason is `Insufficient capacity or queue too deep`",
    ),
    Behaviour(
        "accept policy of locality-first", "yes",
        "it looks only at the memory",
    ),
    Behaviour(
        "capacity", "differs",
        "a target decides with 8 cores and 16 384 MiB, whatever it has",
        "a target decides with its own capacity", "protocol.own_capacity",
    ),
    Behaviour(
        "verdict of a quorum", "plan",
        "it is made when all results have arrived; a result within the grace counts only if it is the last one, and "
        "with a silent executor the vote is insufficient",
        "it is made as soon as enough results agree", "protocol.early_verdict",
    ),
    Behaviour(
        "second result of one executor", "plan",
        "it is refused; hazard 20 is one that a plan must avoid, and the code does not have it",
        "", "protocol.one_vote_each",
    ),
    Behaviour(
        "result after a failed quorum", "plan",
        "one more result completes the task alone",
        simulated=False,
    ),
    Behaviour(
        "checkpoints by gossip", "differs",
        "executors announce, query and store each other's checkpoints",
        simulated=False,
    ),
    Behaviour(
        "submitters", "differs",
        "a submitter with a trust below 0.1 is refused",
        simulated=False,
    ),
    Behaviour(
        "retry, back-off, trust of targets", "absent",
        "a failed migration stays failed; another one can start at once, with no limit and no back-off",
        "at most 3 retries with exponential back-off", "protocol.bounded_retries",
    ),
)  # fmt: skip
"""Every part, in the order of the page."""
