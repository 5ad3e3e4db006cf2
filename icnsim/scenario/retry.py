"""Retries after a failed attempt, and the supervisor's changes of them for some actors or at run time."""

from typing import Annotated, Literal

from pydantic import Field

from icnsim.scenario.fields import PositiveDuration
from icnsim.scenario.section import Section

S = 1_000_000
MINUTE = 60 * S
Factor = Annotated[float, Field(ge=1, le=1000)]
Jitter = Literal["none", "full", "equal", "decorrelated"]
Retries = Annotated[int, Field(ge=0, le=1000)]
Failures = Annotated[tuple[Literal["timed_out", "rejected"], ...], Field(max_length=2)]
Alternative = Annotated[int, Field(ge=1, le=1000)]


class Backoff(Section):
    base: PositiveDuration = S
    factor: Factor = 2
    max: PositiveDuration = MINUTE
    jitter: Jitter = "none"


class Retry(Section):
    max_retries: Retries = 0
    backoff: Backoff = Backoff()
    on: Failures = ("timed_out", "rejected")
    alternative_target_after: Alternative = 1


class OtherBackoff(Section):
    """Changes of a back-off; null leaves a key unchanged."""

    base: PositiveDuration | None = None
    factor: Factor | None = None
    max: PositiveDuration | None = None
    jitter: Jitter | None = None


class OtherRetry(Section):
    """Changes of the retries; null leaves a key unchanged."""

    max_retries: Retries | None = None
    backoff: OtherBackoff | None = None
    on: Failures | None = None
    alternative_target_after: Alternative | None = None


def retry_after(retry: Retry, other: OtherRetry | None) -> Retry:
    """The retries after a change."""
    if other is None:
        return retry
    given = {name: value for name in OtherRetry.model_fields if (value := getattr(other, name)) is not None}
    if other.backoff is not None:
        names = OtherBackoff.model_fields
        own = {name: value for name in names if (value := getattr(other.backoff, name)) is not None}
        given["backoff"] = retry.backoff.model_copy(update=own)
    return retry.model_copy(update=given)
