"""A scenario's `expect` section against figures."""

from collections.abc import Mapping
from typing import Any

import pytest

from icnsim.recording.expectations import SHOWN, check, flatten, mistakes

FIGURES = {
    "detection_latency": {"mean": 15.2, "std": None, "ci95": [1, 2]},
    "records": {"peak": 500},
    "simulated_s": 9.0,
}


def test_intervals_and_the_reasons_why_they_are_missing_are_no_figures() -> None:
    names = [f"{figure}{name}" for figure in ("", "mean_", "query_accuracy_") for name in ("ci95", "ci95_why")]
    summary = {"qos": {**dict.fromkeys(names), "trusted": 3}, "events": 4}
    assert flatten(summary) == [("qos.trusted", 3), ("events", 4)]


def held(metric: str, **bounds: Any) -> list[bool]:
    return [result["held"] for result in check({metric: bounds}, FIGURES)]


@pytest.mark.parametrize(
    ("metric", "bounds", "expected"),
    [
        ("detection_latency.mean", {"about": 15, "within": 0.5}, True),
        ("detection_latency.mean", {"about": "15s", "within": "500ms"}, True),
        ("detection_latency.mean", {"about": "15s", "within": "100ms"}, False),
        ("records.peak", {"at_most": 500}, True),
        ("records.peak", {"at_most": 499}, False),
        ("records.peak", {"at_least": 500}, True),
        ("records.peak", {"at_least": 501}, False),
        ("records.peak", {"equals": 500}, True),
        ("records.peak", {"equals": None}, False),
        ("simulated_s", {"equals": "9s"}, True),
        ("detection_latency.std", {"equals": None}, True),
        ("detection_latency.std", {"at_most": 10**9}, False),
        ("detection_latency.std", {"about": 0, "within": 10**9}, False),
    ],
)
def test_a_bound_holds_or_not(metric: str, bounds: Mapping[str, Any], expected: bool) -> None:
    [result] = check({metric: bounds}, FIGURES)
    assert result["held"] is expected
    assert set(result) == {"metric", "expected", "found", "held"}


def test_each_of_several_bounds_is_reported() -> None:
    assert held("records.peak", at_least=1, at_most=499) == [False, True]


def test_a_bound_is_reported_in_full() -> None:
    [result] = check({"records.peak": {"at_most": 1_048_576}}, FIGURES)
    assert result["expected"] == "at most 1048576"
    [result] = check({"detection_latency.mean": {"about": "15s", "within": "500ms"}}, FIGURES)
    assert result["expected"] == "15 ± 0.5"


@pytest.mark.parametrize(("wanted", "text"), [(None, "null"), (500, "500"), ("9s", "9")])
def test_an_equal_bound_is_reported_as_its_value(wanted: object, text: str) -> None:
    [result] = check({"records.peak": {"equals": wanted}}, FIGURES)
    assert (result["metric"], result["expected"], result["found"]) == ("records.peak", text, 500)


def test_the_nearest_figures_are_sought_for_the_first_unknown_metrics_only() -> None:
    expect = {f"records.peek{number}": {"at_most": 1} for number in range(SHOWN + 1)}
    assert [metric for metric, _, _ in mistakes(expect, FIGURES)] == list(expect)[:-1]


def test_a_small_bound_is_reported_without_an_exponent() -> None:
    [result] = check({"manager.cpu_share": {"at_most": 5e-05}}, {"manager": {"cpu_share": 1e-06}})
    assert result["expected"] == "at most 0.00005"


def test_unknown_metrics_are_reported_together_each_with_the_nearest() -> None:
    expect = {"detection_latncy.mean": {"at_most": 1}, "records.peek": {"at_most": 1}}
    first, second = mistakes(expect, FIGURES)
    assert first[0] == "detection_latncy.mean"
    assert "did you mean 'detection_latency.mean'?" in first[2]
    assert "did you mean 'records.peak'?" in second[2]


@pytest.mark.parametrize(
    "bounds", [{"about": 1}, {"within": 1}, {"at_most": None}, {"at_most": "soon"}, {"at_least": True}, {"equals": []}]
)
def test_an_invalid_bound_is_reported(bounds: Mapping[str, Any]) -> None:
    assert [metric for metric, _, _ in mistakes({"records.peak": bounds}, FIGURES)] == ["records.peak"]
