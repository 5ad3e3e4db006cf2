"""What a scenario says of submitted tasks: how long they run, how their state grows, who looks at their deadlines."""

from typing import Literal

from icnsim.scenario.distributions import Constant
from icnsim.scenario.fields import Bandwidth, Milliseconds, PositiveDuration, RandomDuration
from icnsim.scenario.section import Section

S = 1_000_000


class TasksOf(Section):
    """Submitted tasks, where their bodies do not tell."""

    run_time: RandomDuration = Constant(10.0 * S)
    deadline: Milliseconds | None = None
    growth: Bandwidth | None = None
    window: Literal["first-result", "submission"] = "first-result"


class TaskChecker(Section):
    enabled: bool = True
    check_interval: PositiveDuration = 10 * S
