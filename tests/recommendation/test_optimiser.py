"""The search of continuous ranges, on a problem with a known optimum."""

import math
from collections.abc import Sequence

import optuna
import pytest

from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.constraints import Goal, Measured, goal
from icnsim.recommendation.optimiser import BATCH, optimise
from icnsim.scenario.variation import SweepOf, measured
from icnsim.sweeps.designs import Point

GOAL = goal("manager.ticks", ["detection_total.p99<60s", "false_positives.rate<0.1%"])
RANGES = {"manager.check_interval": "5s..120s", "manager.timeout": "10s..300s"}
# The number of ticks falls with the interval I, detection takes T + 0.99 I, and mistakes are e^(-T / 4 s). The
# shortest timeout whose mistakes are within their limit allows the largest interval.
LARGEST = (60 - 4 * math.log(1000)) / 0.99


class Judge:
    """Judges points by closed forms, and stores them."""

    def __init__(self, asked: Goal) -> None:
        self.asked = asked
        self.batches: list[int] = []
        self.found: list[Candidate] = []

    def __call__(self, points: Sequence[Point]) -> list[Candidate]:
        self.batches.append(len(points))
        new = [self._judged(number, point) for number, point in enumerate(points, len(self.found))]
        self.found += new
        return new

    def _judged(self, number: int, point: Point) -> Candidate:
        interval, timeout = (found[1] for value in point[:2] if (found := measured(value)))
        figures = (1 / interval, timeout + 0.99 * interval, math.exp(-timeout / 4))
        objective, *others = (Measured(value, value, value, 10, "student") for value in figures)
        return Candidate(number, point, (objective,), tuple(others), 10, 0)

    @property
    def best(self) -> float:
        return min(each.objective.estimate for each in self.found if each.feasible(self.asked))


def searched(samples: int, **more: object) -> Judge:
    found = Judge(GOAL)
    optimise(SweepOf.model_validate({"vary": {**RANGES, **more}, "design": "lhs", "samples": samples}), GOAL, found)
    return found


def test_128_points_end_within_15_percent_of_the_optimum_in_the_corner_of_two_limits() -> None:
    assert 1 <= searched(128).best * LARGEST < 1.15


def test_a_search_evaluates_the_same_points_again_and_each_once() -> None:
    one, other = searched(40), searched(40)
    assert [each.values for each in one.found] == [each.values for each in other.found]
    assert len({each.values for each in one.found}) == len(one.found) == 40
    assert max(one.batches) == BATCH


def test_lists_are_also_searched_and_a_repeated_point_is_not_run_again() -> None:
    found = searched(30, **{"manager.timeout": ["28s", "40s"], "manager.check_interval": "1000ms..1002ms"})
    assert len({each.values for each in found.found}) == len(found.found) <= 6


def test_optuna_prints_nothing_and_its_logging_is_unchanged(capfd: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    searched(16)
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr() == ("", "")
