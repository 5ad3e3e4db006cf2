"""Submitted tasks in a scenario: run time, growth of the state, deadlines."""

from typing import Literal

from icnsim.scenario.distributions import Constant
from icnsim.scenario.fields import Bandwidth, Milliseconds, PositiveDuration, RandomDuration
from icnsim.scenario.section import Section

S = 1_000_000


class TasksOf(Section):
    """Values for submitted tasks whose bodies do not give them."""

    run_time: RandomDuration = Constant(10.0 * S)
    deadline: Milliseconds | None = None
    growth: Bandwidth | None = None
    window: Literal["first-result", "submission"] = "first-result"


class TaskChecker(Section):
    enabled: bool = True
    check_interval: PositiveDuration = 10 * S
