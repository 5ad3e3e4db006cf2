"""What the sentence of a recommendation tells beside the settings and their bounds."""

from pathlib import Path
from typing import Any

import pytest

import icnsim
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Measured, goal
from icnsim.recommendation.verdict import Verdict
from icnsim.recommendation.wording import sentence, shown
from icnsim.sweeps.work import Outcome

KEY = "manager.timeout"
GOAL = goal("manager.ticks", ["detection_total.p99<60s"])
SURE, NONE = Measured(50.0, 50.0, 50.0, 6, "order"), Measured(50.0, float("nan"), float("nan"), 6, "order")
TICKS = Measured(1.0, 1.0, 1.0, 6, "student")
SCENARIO = """
name: small
drain: 3min
executors: [{group: a, count: 4}, {group: silent, count: 2, behavior: unresponsive}]
record: {timeline: null, manager: false}
workload: {migrations: 60, arrivals: {rate: 5/s}}
"""


def tried(value: str, *, held: bool) -> Try:
    return Try(0, (value,), range(7, 19), 0.01, TICKS, (SURE,), (held,), 0, {})


def told(levels: object, *tries: Try, of: Measured = SURE, failed: int = 0, samples: int | None = None) -> str:
    reason = "BudgetError: enough" if failed else None
    candidates = [
        Candidate(number, (each.values), TICKS, (of,), 6, failed, reason) for number, each in enumerate(tries)
    ]
    return sentence(Verdict(GOAL, candidates), {KEY: levels}, tries, samples)


@pytest.mark.parametrize(("value", "at"), [("10s", True), ("5min", True), ("300s", True), ("18981ms", False)])
def test_a_value_at_an_end_of_its_range_is_told(value: str, at: bool) -> None:
    end = f"{KEY} is at an end of its range: a wider one may hold better settings."
    assert (end in told("10s..5min", tried(value, held=True))) == at
    assert end not in told([value, "400s"], tried(value, held=True))


def test_of_points_that_were_not_confirmed_three_are_told_and_what_they_missed() -> None:
    one = told("1s..9s", tried("2s", held=False), tried("3s", held=True))
    assert f"Not confirmed: {KEY}=2s missed detection_total.p99 < 60 s. More replications may confirm it." in one
    many = told("1s..9s", *(tried(f"{n}s", held=False) for n in range(2, 7)), tried("7s", held=True))
    assert f"{KEY}=4s missed detection_total.p99 < 60 s; 2 more. More replications may confirm them." in many
    assert f"{KEY}=5s" not in many


def test_failed_runs_are_counted_with_the_first_reason() -> None:
    some = told(["2s"], tried("2s", held=True), of=Measured(*[float("nan")] * 3, 0, "order"), failed=2)
    assert "null in every run that did not fail" in some
    assert "2 of 18 runs failed, the first: BudgetError: enough." in some


def test_a_quantile_of_too_few_values_asks_for_longer_runs_and_not_for_more_replications() -> None:
    few = told(["2s"], tried("2s", held=True), of=NONE)
    assert "its bound takes 67 values in half of the runs" in few and "more replications" not in few


def test_fewer_points_than_samples_are_explained() -> None:
    again = "The optimiser looked 9 times, but at 1 point: values are rounded, and some came again."
    assert again in told("1s..9s", tried("2s", held=True), samples=9)
    assert again not in told("1s..9s", tried("2s", held=True), samples=1)


@pytest.mark.parametrize(
    ("value", "text"),
    [("18981ms", "18.981s"), ("5min", "300s"), ("1us", "0.000001s"), ("100h", "360000s"), ("10MiB", "10MiB"),
     (5, "5"), ("random", "random"), ({"low": "1s"}, '{"low": "1s"}')],
)  # fmt: skip
def test_durations_are_shown_in_seconds_and_all_else_as_it_is(value: object, text: str) -> None:
    assert shown(value) == text


class Watching:
    """Keeps how many runs were said to be planned."""

    def __init__(self) -> None:
        self.said: list[int] = []

    def planned(self, runs: int) -> None:
        self.said.append(runs)

    def found(self) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...

    def waiting(self) -> None: ...


def test_the_optimisers_runs_are_planned_from_the_beginning(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SCENARIO, "utf-8")
    asked: dict[str, Any] = {"minimize": "manager.ticks", "subject_to": "detection_total.max<5min", "samples": 10}
    watch = Watching()
    found = icnsim.recommend(
        tmp_path / "small.yaml", {KEY: "10s..60s"}, replications=6, jobs=1, watch=watch, **asked
    )  # fmt: skip
    assert found.document["search"]["points"] == 10
    assert watch.said[:2] == [60, 60] and watch.said[-1] > 60
