"""The policy of a scenario: when an actor leaves its executor, and its target (PROTOCOL section 5)."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from icnsim.protocol.policy import Thresholds
from icnsim.scenario.fields import PositiveDuration, Probability, folder_of
from icnsim.scenario.plugins import policies, registry
from icnsim.scenario.plugins.filling import filled
from icnsim.scenario.plugins.parameters import Given
from icnsim.scenario.plugins.schema import SchemaOf
from icnsim.scenario.section import Section

S, MINUTE = 1_000_000, 60_000_000
KINDS: Final = ("default", "locality-first")
"""The built-in kinds."""

registry.reserve("policy", KINDS)


def _known(kind: str, info: ValidationInfo) -> str:
    return registry.known("policy", kind, folder_of(info).plugins)


PolicyKind = Annotated[str, AfterValidator(_known), SchemaOf(lambda: registry.schema("policy"))]


class Policy(Section):
    """The kind of the policy and its thresholds; those of plug-ins have parameters of their own."""

    kind: PolicyKind = "default"
    load_above: Probability = 0.8
    locality_below: Probability = 0.5
    candidate_load_below: Probability = 0.8 * 0.8
    minimum_trust: Probability = 0.3
    minimum_score: Annotated[float, Field(ge=0, le=1000)] = 3
    locality_gain: Probability = 0.3
    parameters: Given | None = None
    evaluate_every: PositiveDuration = 30 * S
    report_every: PositiveDuration = 10 * S
    return_within: PositiveDuration = 10 * MINUTE

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: object) -> object:
        """The parameters of a plug-in that are missing get their defaults."""
        return filled(value, "kind", "policy", policies.written)

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds of the built-in policies."""
        return Thresholds(
            self.load_above, self.locality_below, self.candidate_load_below, self.minimum_trust, self.minimum_score,
            self.locality_gain,
        )  # fmt: skip
