"""The plan of a comparison of detectors: settings, conditions, seeds. No test simulates."""

from pathlib import Path
from typing import Any

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import Scenario, loads
from icnsim.scenario.detector import KINDS
from icnsim.sweeps.detectors.conditions import CONDITIONS, PROFILE, Change
from icnsim.sweeps.detectors.planning import Prepared, prepare
from icnsim.sweeps.detectors.settings import Tail, curve, timeouts

SHIPPED = Path(__file__).parents[2] / "scenarios" / "detectors.yaml"
SMALL = """
name: small
duration: 10min
drain: 10min
executors: [{group: a, count: 4}, {group: b, count: 4}, {group: silent, count: 1, behavior: unresponsive}]
workload: {arrivals: {rate: 1/s}}
"""


def small(**more: Any) -> Scenario:
    return loads(SMALL, overrides={key.replace("__", "."): value for key, value in more.items()})


def prepared(*arguments: Any, **named: Any) -> Prepared:
    return prepare(SHIPPED, *arguments, **named)


PAIRS = [{"from": "eu", "to": "eu", "latency": "1s"}]


# Settings


def test_the_tail_of_the_reply_time_is_that_of_the_sum_of_its_parts() -> None:
    # 200 ms there and back, 100 ms of evaluation, gossip of the request uniform on 1 to 2 s.
    tail = Tail(small(), 600.0)
    assert tail.mean == pytest.approx(2.0, abs=1e-3)
    for share in (0.5, 0.1, 0.001):
        assert tail.beyond(share) == pytest.approx(2.5 - share, abs=2e-3)


def test_timeouts_cover_the_tail_and_go_beyond_the_scenario_s_own() -> None:
    found = timeouts(small(network__latency={"distribution": "lognormal", "mean": "2s", "std": "6s"}), 7)
    assert len(found) == 7 and list(found) == sorted(found)
    assert found[0] < 15 and 60 in found and found[-1] > 60
    assert timeouts(small(), 1) == (60.0,)


def test_timeouts_are_short_enough_for_the_drain_but_the_scenario_keeps_its_own() -> None:
    assert timeouts(small(drain="100s"), 7)[-1] == 70
    assert timeouts(small(drain="40s"), 7)[-1] == 60


def test_each_kind_varies_its_own_parameter_and_keeps_the_scenario_s_others() -> None:
    own = small(manager__detector={"kind": "adaptive", "by": "all"})
    assert curve(own, "adaptive", 3).levels == tuple(
        {"kind": "adaptive", "by": "all", "margin": margin} for margin in (1.0, 8.0, 64.0)
    )
    assert curve(own, "phi-accrual", 2).levels[0] == {"kind": "phi-accrual", "threshold": 1.0}
    wheel = curve(small(manager__detector={"kind": "wheel", "tick": "2s"}), "wheel", 3)
    assert wheel.fixed == {"manager.detector": {"kind": "wheel", "tick": "2s"}} and wheel.key == "manager.timeout"
    chen = curve(own, "chen", 4)
    assert chen.values == tuple(sorted(chen.values)) and chen.values[0] >= 0.1 and chen.unit == "s"


def test_where_states_have_timeouts_of_their_own_that_of_requesting_varies() -> None:
    own = small(manager__timeout={"requesting": "20s", "transferring": "5min"})
    found = curve(own, "deadline", 3)
    assert found.key == "manager.timeout.requesting" and 20 in found.values


def test_a_timeout_that_grows_with_the_state_keeps_its_form_at_the_scenario_s_own_point() -> None:
    own = small(manager__timeout="10s + 2s/MiB", actors__state_size="5MiB")
    found = curve(own, "deadline", 3)
    assert found.levels[found.values.index(20.0)] == "10s + 2s/MiB"


# Conditions


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_applies_to_the_shipped_scenario(name: str) -> None:
    found = prepared(["poll"], [name], points=2)
    assert not found.skipped and [each.condition.name for each in found.curves] == [name]


def test_a_condition_adds_its_faults_to_those_of_the_scenario() -> None:
    own = small(faults=[{"kind": "crash", "at": "1min", "executors": "a-0"}])
    for name, kind in (("partition", "partition"), ("stall", "pause"), ("slow", "slow")):
        change = CONDITIONS[name].change(own)
        assert isinstance(change, Change)
        assert [fault["kind"] for fault in change.keys["faults"]] == ["crash", kind]
    steps = CONDITIONS["clock-step"].change(own)
    assert isinstance(steps, Change) and [fault["by"] for fault in steps.keys["faults"][1:]] == ["5min", "-5min"]


@pytest.mark.parametrize(
    ("name", "more", "why"),
    [
        ("regions", {"executors__0__region": "eu", "network__pairs": PAIRS}, "regions of its own"),
        ("regions", {"executors": [{"group": "a", "count": 3}]}, "two groups"),
        ("heavy-tail", {"network__latency": "0s"}, "no mean above 0"),
        ("heavy-tail", {"network__latency": {"distribution": "pareto", "minimum": "1s", "alpha": 1.0}}, "no mean"),
        ("load", {"workload__arrivals": {"process": "burst", "size": 5, "every": "10s"}}, "no rate"),
    ],
)
def test_a_condition_that_does_not_apply_says_why(name: str, more: dict[str, Any], why: str) -> None:
    found = CONDITIONS[name].change(small(**more))
    assert isinstance(found, str) and why in found


def test_the_load_doubles_in_the_middle_of_the_arrivals() -> None:
    change = CONDITIONS["load"].change(small())
    assert isinstance(change, Change)
    assert change.files[PROFILE] == b"at_s,factor\n0,1\n300.000000,2\n"
    (planned,) = prepared(["poll"], ["load"], points=1).curves
    profile = planned.plan.at(0).profile
    assert profile is not None and profile.factors == (1, 2) and PROFILE in planned.plan.scenario.files


# Plans


def test_every_curve_has_the_same_seeds_and_the_reference_has_its_point() -> None:
    found = prepared(["adaptive", "chen"], points=3, replications=5, seed=7)
    assert [each.curve.kind for each in found.curves] == ["adaptive", "chen", "poll"]
    assert found.kinds == ("adaptive", "chen") and len(found.curves[-1].plan.points) == 1
    assert len({tuple(each.plan.seed(number) for number in range(1, 6)) for each in found.curves}) == 1
    assert all(each.plan.scenario.sweep.replications == 5 for each in found.curves)


def test_without_names_every_kind_is_compared_under_no_condition() -> None:
    found = prepared(points=2)
    assert found.kinds == KINDS and list(found.changes) == ["as-it-is"]
    assert [each.plan.at(0).manager.detector.kind for each in found.curves] == list(KINDS)


def test_the_user_s_settings_hold_but_for_what_a_curve_or_a_condition_sets() -> None:
    own = {
        "manager.detector.kind": "adaptive",
        "manager.timeout": "20s",
        "network.latency.std": "1s",
        "network.loss": 0.1,
    }
    fixed, learning = prepared(["deadline", "adaptive"], ["heavy-tail"], own, points=3).curves[:2]
    scenario = fixed.plan.at(0)
    assert scenario.manager.detector.kind == "deadline" and scenario.network.loss == 0.1
    assert scenario.network.latency.variance() == pytest.approx((1.5e6) ** 2)
    assert 20 in fixed.curve.values
    assert learning.plan.at(0).manager.timeout == 20_000_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["sundial"],), "--detectors: found 'sundial', expected some of poll, deadline"),
        (([], ["rain"]), "--conditions: found 'rain', expected some of as-it-is, loss"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ScenarioError) as told:
        prepared(*arguments)
    assert message in str(told.value)


def test_a_condition_that_is_alone_and_does_not_apply_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL + "network: {latency: 0s}", "utf-8")
    with pytest.raises(ScenarioError, match=r"--conditions: heavy-tail: found no curve.*no mean above 0"):
        prepare(path, conditions=["heavy-tail"])
    assert prepare(path, ["poll"], conditions=["as-it-is", "heavy-tail"]).skipped.keys() == {"heavy-tail"}


def test_the_number_of_points_is_limited() -> None:
    with pytest.raises(ScenarioError, match="1 to 100 points"):
        prepared(points=0)
