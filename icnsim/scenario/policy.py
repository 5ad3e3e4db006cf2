"""The policy of a scenario: when an executor lets an actor go, and to whom (PROTOCOL section 5)."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from icnsim.protocol.policy import Thresholds
from icnsim.scenario.fields import PositiveDuration, Probability, folder_of
from icnsim.scenario.plugins import policies, registry
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
    parameters: dict[str, Any] | None = None
    evaluate_every: PositiveDuration = 30 * S
    report_every: PositiveDuration = 10 * S
    return_within: PositiveDuration = 10 * MINUTE

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: object) -> object:
        """The parameters of a plug-in that are missing get their defaults."""
        if not isinstance(value, Mapping):
            return value
        kind, own = str(value.get("kind", KINDS[0])), value.get("parameters")
        if kind in KINDS:
            if own is not None:
                raise ValueError(f"no parameters: {kind} has keys of its own, parameters are of plug-ins")
            return value
        plugin, own = registry.installed("policy").get(kind), {} if own is None else own
        if plugin is None or not isinstance(own, Mapping):
            return value
        return {**value, "parameters": policies.written(plugin, own)}

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds of the built-in policies."""
        return Thresholds(
            self.load_above, self.locality_below, self.candidate_load_below, self.minimum_trust, self.minimum_score,
            self.locality_gain,
        )  # fmt: skip
