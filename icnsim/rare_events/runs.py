"""Simulates the runs of an estimate: each starts from a point, and only its score is kept."""

from dataclasses import dataclass

from icnsim.errors import BudgetError
from icnsim.rare_events import scores
from icnsim.rare_events.point import Point, Shift
from icnsim.rare_events.splitting import Moves
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario
from icnsim.simulation import simulate


@dataclass(frozen=True, slots=True)
class Sample:
    """A run.

    Attributes
    ----------
    point : its draws. score : its nearness to the event.
    """

    point: Point
    score: float


@dataclass(frozen=True, slots=True)
class Runs:
    """Simulates a scenario at points.

    Attributes
    ----------
    scenario : the scenario of the runs. event : a key of `scores.EVENTS`. budget : of each run.
    """

    scenario: Scenario
    event: str
    budget: Budget

    @classmethod
    def of(cls, scenario: Scenario, event: str, budget: Budget | None = None) -> "Runs":
        """Returns the runs of a scenario. They do not record columns that the score does not need."""
        record = scenario.record.model_copy(update={"messages": False, "timeline": None})
        return cls(scenario.model_copy(update={"record": record}), event, budget or Budget())

    def moves(self) -> Moves[Sample]:
        """The functions with which splitting makes runs."""
        return Moves(self.begin, self.move)

    def begin(self, seed: int, shift: Shift | None = None) -> Sample:
        """Returns an independent run. Its coordinates may be shifted."""
        return self._run(Point(seed, shift=shift))

    def move(self, sample: Sample, seed: int, step: float) -> Sample:
        """Returns a run near another one."""
        return self._run(sample.point.moved(seed, step))

    def _run(self, point: Point) -> Sample:
        """Returns the run from a point; raises BudgetError at the end of its budget."""
        scenario = self.scenario.model_copy(update={"seed": point})
        try:
            recording = within(self.budget, lambda: simulate(scenario, budget=self.budget))
        except BudgetError as error:
            raise BudgetError(str(error)) from None  # a worker process cannot send the error of an engine
        return Sample(point, scores.score(scores.EVENTS[self.event], recording, scenario))
