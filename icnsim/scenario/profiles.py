"""The variant of the protocol that a scenario runs: a profile, and switches that override it."""

from dataclasses import fields, replace
from functools import cached_property
from typing import Literal

from icnsim.protocol.profile import PROFILES, Switches
from icnsim.scenario.fields import Duration, Milliseconds
from icnsim.scenario.section import Section

S, MS = 1_000_000, 1_000


class ProtocolOf(Section):
    """A profile, and switches that override it; null selects the profile's value."""

    profile: Literal["as-committed", "as-implemented", "as-designed", "hardened"] = "as-designed"
    completion_ack: bool | None = None
    guarded_transitions: bool | None = None
    atomic_detection: bool | None = None
    attempt_identifiers: bool | None = None
    fresh_requests: bool | None = None
    resume_on_failure: bool | None = None
    two_phase_handover: bool | None = None
    addressed_accepts: bool | None = None
    deduplicate_by_attempt: bool | None = None
    retransmission: bool | None = None
    ordered_checkpoints: bool | None = None
    verified_checkpoints: bool | None = None
    durable_records: bool | None = None
    fencing_epochs: bool | None = None
    monotonic_clock: bool | None = None
    spread_targets: bool | None = None
    bounded_retries: bool | None = None
    message_expiry: bool | None = None
    one_vote_each: bool | None = None
    verified_origins: bool | None = None
    direct_requests: bool | None = None
    cancel_late_accepts: bool | None = None
    durable_checkpoints: bool | None = None
    final_checkpoint_of_state: bool | None = None
    signed_checkpoints: bool | None = None
    own_capacity: bool | None = None
    early_verdict: bool | None = None
    detection_gap: Duration = 10 * MS
    retransmit_after: Milliseconds = 5 * S
    message_lifetime: Milliseconds = 60 * S

    @cached_property
    def switches(self) -> Switches:
        """The switches of the profile, with those that the scenario overrides."""
        own = {field.name: getattr(self, field.name) for field in fields(Switches)}
        return replace(PROFILES[self.profile], **{name: value for name, value in own.items() if value is not None})
