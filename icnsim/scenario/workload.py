"""The workload of a scenario: migrations, submitted tasks, targets; and trust."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from icnsim.scenario.distributions import Constant
from icnsim.scenario.fields import PositiveDuration, PositiveRate, Probability, RandomNumber, Text
from icnsim.scenario.section import EITHER, EITHER_OR_LIST, LISTED, MAPPING, SCALAR, Section, file_form

S = 1_000_000
MINUTE = 60 * S
DAY = 24 * 60 * MINUTE


class FileName(Section):
    file: Text


class ProfileOf(FileName):
    period: PositiveDuration = DAY


class Arrivals(Section):
    process: Literal["poisson", "periodic", "burst"] = "poisson"
    rate: PositiveRate = 10.0
    size: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    every: PositiveDuration | None = None
    profile: ProfileOf | None = None


class FileTrigger(Section):
    trace: FileName | None = None
    submissions: FileName | None = None


Word = Literal["arrivals", "policy"]
Trigger = Annotated[Annotated[FileTrigger, Tag(MAPPING)] | Annotated[Word, Tag(SCALAR)], EITHER]


def migrates(trigger: FileTrigger | str) -> bool:
    """Whether a trigger makes actors migrate."""
    return not isinstance(trigger, FileTrigger) or trigger.trace is not None


class WorkloadOf(Section):
    trigger: Annotated[
        Annotated[FileTrigger, Tag(MAPPING)]
        | Annotated[Word, Tag(SCALAR)]
        | Annotated[tuple[Trigger, ...], Field(min_length=1, max_length=2), Tag(LISTED)],
        EITHER_OR_LIST,
    ] = "arrivals"
    migrations: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    arrivals: Arrivals = Arrivals()
    target: Literal["uniform", "trust", "policy"] = "uniform"

    @property
    def triggers(self) -> tuple[FileTrigger | str, ...]:
        """The triggers, whether the key is a list or not."""
        return self.trigger if isinstance(self.trigger, tuple) else (self.trigger,)

    @property
    def files(self) -> tuple[FileTrigger, ...]:
        """The triggers that name a file."""
        return tuple(trigger for trigger in self.triggers if isinstance(trigger, FileTrigger))

    @property
    def trace(self) -> str | None:
        """The file of a trace of arrivals."""
        return next((trigger.trace.file for trigger in self.files if trigger.trace is not None), None)

    @property
    def submissions(self) -> str | None:
        """The file of submitted tasks."""
        return next((trigger.submissions.file for trigger in self.files if trigger.submissions is not None), None)

    @property
    def by_policy(self) -> bool:
        """Whether a policy decides which actors migrate."""
        return "policy" in self.triggers

    @property
    def migrates(self) -> bool:
        """Whether a trigger makes actors migrate."""
        return any(map(migrates, self.triggers))


class TrustOf(Section):
    initial: Annotated[
        Annotated[FileName, Tag(MAPPING)] | Annotated[RandomNumber, Tag(SCALAR)], Discriminator(file_form)
    ] = Constant(0.7)
    on_timeout: Annotated[float, Field(ge=-1, le=1)] = -0.2
    on_reject: Annotated[float, Field(ge=-1, le=1)] = 0
    on_success: Annotated[float, Field(ge=-1, le=1)] = 0.02
    minimum: Probability = 0.3
