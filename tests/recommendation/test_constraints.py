"""Limits in their written form, and the comparison of bounds with them."""

import math

import numpy as np
import pytest

from icnsim.errors import ScenarioError
from icnsim.recommendation.constraints import Constraint, Measured, goal, measure
from icnsim.recommendation.wording import bound, limit, said, unit_of
from icnsim.sweeps.figures import names


def figures(**of: list[float]) -> np.ndarray:
    """Runs × figures with these values, by name with _ for the dot; all others are NaN."""
    runs = len(next(iter(of.values())))
    found = np.full((runs, len(names())), math.nan)
    for name, values in of.items():
        found[:, names().index(name.replace("__", "."))] = values
    return found


@pytest.mark.parametrize(
    ("text", "relation", "value"),
    [
        ("detection_total.p99<60s", "<", 60.0),
        ("detection_total.p99 <= 1.5min", "<=", 90.0),
        ("false_positives.rate<0.1%", "<", 0.001),
        ("success_rate>=.99", ">=", 0.99),
        ("records.peak_bytes<10MiB", "<", 10 * 2**20),
        ("manager.cpu_share>1e-5", ">", 1e-5),
    ],
)
def test_a_limit_is_a_figure_a_relation_and_a_quantity(text: str, relation: str, value: float) -> None:
    (found,) = goal("manager.ticks", [text]).constraints
    assert (found.relation, found.value) == (relation, pytest.approx(value))


def test_all_errors_of_a_goal_are_reported_together() -> None:
    wrong = ["records.peak=3", "success_rat>0.1", "records.peak<3x", "records.peak<nan", "records.peak<1",
             "records.peak<=4", "seed<3", "<3", ""]  # fmt: skip
    with pytest.raises(ScenarioError) as raised:
        goal("manager.cpushare", wrong)
    assert len(raised.value.problems) == len(wrong)
    assert "did you mean 'manager.cpu_share'" in str(raised.value)
    assert "did you mean 'success_rate'" in str(raised.value)
    with pytest.raises(ScenarioError, match="at least one limit"):
        goal("manager.ticks", [])


@pytest.mark.parametrize("value", ["1e28", "-1e16", "1e300"])
def test_a_limit_that_no_figure_can_reach_is_refused(value: str) -> None:
    with pytest.raises(ScenarioError, match=r"expected one of at most 1e\+15"):
        goal("manager.ticks", [f"records.mean<{value}"])
    (largest,) = goal("manager.ticks", ["records.mean<1e15"]).constraints
    assert limit(largest) == "records.mean < 1,000,000,000,000,000"
    assert bound(largest, Measured(1.0, 1.0, 9.9e14, 9, "student")).startswith("at most 990,000,000,000,000")


def test_a_limit_is_met_by_the_bound_and_not_by_the_estimate() -> None:
    unsure = Measured(50.0, 40.0, 61.0, 10, "student")
    assert not Constraint("records.peak", "<", 60.0, "60").met(unsure)
    assert not Constraint("records.peak", ">", 45.0, "45").met(unsure)
    assert Constraint("records.peak", "<", 62.0, "62").met(unsure)
    assert Constraint("records.peak", ">=", 40.0, "40").met(unsure)
    assert not Constraint("records.peak", ">", 40.0, "40").met(unsure)


def test_a_figure_without_an_interval_meets_no_limit() -> None:
    nothing = measure("detection_total.p99", figures(records__mean=[1.0, 2.0]))
    assert nothing.runs == 0
    few = measure("detection_total.p99", figures(detection_total__p99=[1.0] * 5))
    for found in (nothing, few):
        assert not Constraint("detection_total.p99", "<", 60.0, "60s").met(found)
        assert not Constraint("detection_total.p99", ">", 0.0, "0s").met(found)


def test_an_estimate_and_its_interval_are_of_the_same_quantity() -> None:
    rows = figures(
        records__mean=[1, 2, 6], detection_total__p99=[1, 2, 6],
        false_positives__count=[0, 1, 2], false_positives__willing=[10, 10, 100],
        false_positives__rate=[0, 0.1, 0.02],
    )  # fmt: skip
    assert measure("records.mean", rows).estimate == 3
    assert measure("detection_total.p99", rows).estimate == 2
    assert measure("false_positives.rate", rows).estimate == 3 / 120


def test_runs_that_agree_have_an_interval_of_their_median_only_and_only_if_there_are_many() -> None:
    few = measure("false_positives.count", figures(false_positives__count=[0] * 3))
    assert math.isnan(few.high)
    many = measure("false_positives.count", figures(false_positives__count=[0] * 8))
    assert (many.high, many.kind) == (0, "order")
    assert bound(goal("manager.ticks", ["false_positives.count<1"]).constraints[0], many).endswith("in the median run")


def test_bounds_are_rounded_outwards_but_not_across_the_limit() -> None:
    (below, above) = goal("manager.ticks", ["detection_total.p99<60s", "success_rate>=99%"]).constraints
    assert bound(below, Measured(50.0, 40.0, 59.12341, 9, "order")) == "at most 59.13 s in the median run"
    assert bound(below, Measured(50.0, 40.0, 59.99999, 9, "order")) == "at most 59.99999 s in the median run"
    assert bound(below, Measured(50.0, 40.0, 60.00001, 9, "order")) == "at most 60.01 s in the median run"
    assert bound(above, Measured(1.0, 0.990019, 1.0, 9, "wilson")) == "at least 99 %"
    assert (limit(below), limit(above)) == ("detection_total.p99 < 60 s", "success_rate >= 99 %")


def test_figures_are_written_in_their_units() -> None:
    assert [unit_of(name) for name in ("downtime.mean", "downtime.count", "manager.cpu_share", "records.peak_bytes",
                                       "predicted.success_rate.value", "simulated_s", "records.peak")] == [
        "s", "", "µs/s", "B", "%", "s", ""]  # fmt: skip
    assert [said(0.0, "s"), said(1234567.0, "B"), said(0.00005, "%"), said(1.23456e-9, "")] == [
        "0 s", "1,234,567 B", "0.005 %", "1.235e-9"]  # fmt: skip


def test_a_wrong_indifference_zone_is_the_only_error() -> None:
    with pytest.raises(ScenarioError) as error:
        goal("records.mean", [], "5x")
    assert [problem.file for problem in error.value.problems] == ["--indifference"]
