"""The workload of a scenario: which migrations begin, when, and with which target; and the trust between executors."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from icnsim.scenario.distributions import Constant
from icnsim.scenario.fields import PositiveDuration, PositiveRate, Probability, RandomNumber, Text
from icnsim.scenario.section import EITHER, MAPPING, SCALAR, Section, file_form

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


class WorkloadOf(Section):
    trigger: Annotated[
        Annotated[FileTrigger, Tag(MAPPING)] | Annotated[Literal["arrivals", "policy"], Tag(SCALAR)], EITHER
    ] = "arrivals"
    migrations: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    arrivals: Arrivals = Arrivals()
    target: Literal["uniform", "trust", "policy"] = "uniform"


class TrustOf(Section):
    initial: Annotated[
        Annotated[FileName, Tag(MAPPING)] | Annotated[RandomNumber, Tag(SCALAR)], Discriminator(file_form)
    ] = Constant(0.7)
    on_timeout: Annotated[float, Field(ge=-1, le=1)] = -0.2
    on_reject: Annotated[float, Field(ge=-1, le=1)] = 0
    on_success: Annotated[float, Field(ge=-1, le=1)] = 0.02
    minimum: Probability = 0.3
