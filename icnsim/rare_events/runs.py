"""The runs that an estimate consists of: a run is simulated from a point, and its score is kept."""

from dataclasses import dataclass

from icnsim.rare_events import scores
from icnsim.rare_events.point import Point, Shift
from icnsim.rare_events.splitting import Moves
from icnsim.scenario import Scenario
from icnsim.simulation import simulate


@dataclass(frozen=True, slots=True)
class Sample:
    """A run.

    Attributes
    ----------
    point : its draws. score : how near it came to the event.
    """

    point: Point
    score: float


@dataclass(frozen=True, slots=True)
class Runs:
    """Simulates a scenario at points.

    Attributes
    ----------
    scenario : what is simulated. event : a key of `scores.EVENTS`.
    """

    scenario: Scenario
    event: str

    @classmethod
    def of(cls, scenario: Scenario, event: str) -> "Runs":
        """The runs of a scenario, without the records that a score does not need."""
        record = scenario.record.model_copy(update={"messages": False, "timeline": None})
        return cls(scenario.model_copy(update={"record": record}), event)

    def moves(self) -> Moves[Sample]:
        """How splitting makes runs."""
        return Moves(self.begin, self.move)

    def begin(self, seed: int, shift: Shift | None = None) -> Sample:
        """An independent run; its coordinates may be shifted."""
        return self._run(Point(seed, shift=shift))

    def move(self, sample: Sample, seed: int, step: float) -> Sample:
        """A run near another one."""
        return self._run(sample.point.moved(seed, step))

    def _run(self, point: Point) -> Sample:
        scenario = self.scenario.model_copy(update={"seed": point})
        return Sample(point, scores.score(scores.EVENTS[self.event], simulate(scenario), scenario))
