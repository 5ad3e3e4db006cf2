"""The parts of a recommendation's text other than the settings and their bounds."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import icnsim
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Measured, goal
from icnsim.recommendation.findings import Findings
from icnsim.recommendation.screening import Screening, Search
from icnsim.recommendation.selection import Selection
from icnsim.recommendation.sentence import sentence
from icnsim.recommendation.verdict import Verdict
from icnsim.recommendation.wording import shown
from icnsim.sweeps.work import Outcome

KEY = "manager.timeout"
GOAL = goal("manager.ticks", ["detection_total.p99<60s"])
SURE, NONE = Measured(50.0, 50.0, 50.0, 6, "order"), Measured(50.0, float("nan"), float("nan"), 6, "order")
TICKS = Measured(1.0, 1.0, 1.0, 6, "student")
SCENARIO = """
name: small
drain: 3min
executors: [{group: a, count: 4}, {group: silent, count: 2, behavior: unresponsive}]
actors: {count: 1000}
record: {timeline: null, manager: false}
workload: {migrations: 60, arrivals: {rate: 5/s}}
"""


def tried(value: str, *, held: bool) -> Try:
    return Try(0, (value,), range(7, 19), 0.01, TICKS, (SURE,), (held,), 0, {})


def answered(
    levels: object, *tries: Try, of: Measured = SURE, failed: int = 0, samples: int | None = None, factor: int = 1
) -> str:
    """The answer for a single key and points with the values of the tries."""
    reason = "BudgetError: enough" if failed else None
    candidates = tuple(
        Candidate(number, each.values, (TICKS,), (of,), 6, failed, reason) for number, each in enumerate(tries)
    )
    plan: Any = SimpleNamespace(
        keys=(KEY,), scenario=SimpleNamespace(sweep=SimpleNamespace(vary={KEY: levels}, samples=samples))
    )
    where = Search(plan, samples is not None, None, factor)
    selection = Selection(0.05, 0, 0, (), None, 1.0) if tries[-1].confirmed else None
    return sentence(Findings(where, Screening(plan, candidates, ()), Verdict(GOAL, candidates), tries, selection, None))


@pytest.mark.parametrize(("value", "at"), [("10s", True), ("5min", True), ("300s", True), ("18981ms", False)])
def test_a_value_at_an_end_of_its_range_is_reported(value: str, at: bool) -> None:
    end = f"{KEY} is at an end of its range: a wider one may hold better settings."
    assert (end in answered("10s..5min", tried(value, held=True))) == at
    assert end not in answered([value, "400s"], tried(value, held=True))


def test_three_points_that_were_not_confirmed_are_named_with_their_missed_limits() -> None:
    one = answered("1s..9s", tried("2s", held=False), tried("3s", held=True))
    assert f"Tried before and not confirmed: {KEY}=2s missed detection_total.p99 < 60 s." in one
    many = answered("1s..9s", *(tried(f"{n}s", held=False) for n in range(2, 7)), tried("7s", held=True))
    assert f"{KEY}=4s missed detection_total.p99 < 60 s; 2 more." in many
    assert f"{KEY}=5s" not in many


def unmet(value: str = "2s", **more: Any) -> str:
    """The answer if no point meets the limit."""
    made = Candidate(0, (value,), (TICKS,), (more.pop("of"),), 6, more.pop("failed", 0), more.pop("reason", None))
    plan: Any = SimpleNamespace(keys=(KEY,), scenario=SimpleNamespace(sweep=SimpleNamespace(vary={}, samples=None)))
    screening = Screening(plan, (made,), ())
    return sentence(Findings(Search(plan, False, None), screening, Verdict(GOAL, [made]), (), None, None))


def test_failed_runs_are_counted_with_the_first_reason() -> None:
    some = unmet(of=Measured(*[float("nan")] * 3, 0, "order"), failed=2, reason="BudgetError: enough")
    assert "null in every run that did not fail" in some
    assert "2 of 6 runs failed, the first: BudgetError: enough." in some


def test_a_quantile_of_too_few_values_requires_larger_runs_and_not_more_replications() -> None:
    few = unmet(of=NONE)
    assert "its bound needs 67 values in half of the runs" in few and "replications would" not in few


def test_if_no_point_meets_a_limit_the_best_one_is_named() -> None:
    far = unmet(of=Measured(90.0, 85.0, 95.0, 6, "order"))
    assert "The best detection_total.p99 of the points is at most 95 s in the median run, at manager.timeout=2s." in far
    assert f"It takes other values of {KEY}, or a weaker limit." in far
    near = unmet(of=Measured(58.0, 55.0, 61.0, 6, "order"))
    # The bound is 3 s above the estimate, the limit 2 s; a try has 2.50 standard errors, not 1.96: 6 (1.5 x 1.27)².
    assert "By estimates 1 point would meet it: about 22 replications would show it" in near


def test_larger_runs_are_named() -> None:
    assert answered(["2s"], tried("2s", held=True), factor=7).startswith("Each run is 7 times as large")


def test_fewer_points_than_samples_are_explained() -> None:
    again = "The optimiser drew 9 points, of which 1 differ after rounding."
    assert again in answered("1s..9s", tried("2s", held=True), samples=9)
    assert again not in answered("1s..9s", tried("2s", held=True), samples=1)


@pytest.mark.parametrize(
    ("value", "text"),
    [("18981ms", "18.981s"), ("5min", "300s"), ("1us", "0.000001s"), ("100h", "360000s"), ("10MiB", "10MiB"),
     (5, "5"), ("random", "random"), ({"low": "1s"}, '{"low": "1s"}'),
     ({"kind": "wheel", "tick": "2s"}, "wheel tick=2s")],
)  # fmt: skip
def test_durations_are_shown_in_seconds_and_other_values_unchanged(value: object, text: str) -> None:
    assert shown(value) == text


class Watching:
    """Stores the announced numbers of runs."""

    def __init__(self) -> None:
        self.said: list[int] = []

    def planned(self, runs: int) -> None:
        self.said.append(runs)

    def found(self) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...

    def waiting(self) -> None: ...

    def written(self, points: int, total: int) -> None: ...


def test_the_optimisers_runs_are_announced_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SCENARIO, "utf-8")
    asked: dict[str, Any] = {"minimize": "manager.ticks", "subject_to": "detection_total.max<5min", "samples": 6}
    watch = Watching()
    found = icnsim.recommend(
        tmp_path / "small.yaml", {KEY: "10s..60s"}, replications=6, jobs=1, watch=watch, **asked
    )  # fmt: skip
    assert found.document["search"]["points"] <= 7  # the optimiser's and the design's own point
    assert watch.said[:2] == [42, 42] and watch.said[-1] >= 12
