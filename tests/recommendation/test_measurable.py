"""The check before any run that runs of a size can measure a figure."""

import time
from pathlib import Path

import pytest

import icnsim
from icnsim.errors import ScenarioError
from icnsim.recommendation.constraints import goal
from icnsim.recommendation.measurable import TRIALS, VALUES, Counts, shortfall, trials_needed
from icnsim.recommendation.screening import search
from icnsim.scenario import load
from icnsim.statistics.intervals import PROPORTIONS
from icnsim.sweeps.figures import names
from icnsim.sweeps.plan import plan

SCENARIO = """
name: small
drain: 5min
executors: [{group: a, count: 90}, {group: silent, count: 10, behavior: unresponsive}]
actors: {count: 5000}
record: {timeline: null, manager: false}
workload: {migrations: 300, arrivals: {rate: 5/s}}
"""
VARY = {"manager.timeout": ["20s", "60s"]}
LATE = goal("records.mean", ["detection_total.p99<2min"])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SCENARIO, "utf-8")
    return tmp_path / "small.yaml"


def test_the_expected_numbers_of_values_are_those_of_the_closed_forms(small: Path) -> None:
    counts = Counts(load(small))
    # 300 migrations from the 90 executors with actors to 99 others, 10 of which never answer.
    assert counts.detections == pytest.approx(300 * 10 / 99)
    assert counts.completed == counts.willing == pytest.approx(300 * 89 / 99)
    assert (counts.migrations, counts.attempts, counts.tasks) == (300, 300, 0)


def test_every_counted_section_has_quantiles_and_every_counted_share_is_a_share() -> None:
    assert {f"{section}.p99" for section in VALUES} <= set(names())
    assert set(TRIALS) <= set(PROPORTIONS)


@pytest.mark.parametrize(
    ("limit", "settings", "said"),
    [
        ("downtime.p99<1min", {"workload.migrations": 30}, "about 27.0 completed migrations .* at least 67, which do"),
        ("downtime.p95<1min", {"workload.migrations": 12}, "about 10.8 completed migrations .* at least 14, which"),
        ("record_life.p99<10min", {"workload.migrations": 30}, "about 60.0 removed records .* at least 67, which rec"),
        # With duplicated messages the closed forms do not apply, and the number of attempts is the bound.
        ("downtime.p99<1min", {"workload.migrations": 30, "network.duplication": 0.1},
         "about 30.0 completed migrations .* at least 67"),
        ("wasm.total.p99<1min", {"workload.migrations": 30}, "about 30.0 attempts .* at least 67, which wasm"),
        ("quorum.decision_time.p99<9s", {"workload.migrations": 30, "quorum.enabled": True}, "about 30.0 attempts"),
        ("success_rate>=99.9%", {"workload.migrations": 16}, "about 16.0 migrations .* at least 48, which success"),
        ("completed_share>=99.9%", {"workload.migrations": 16}, "about 16.0 migrations .* at least 48, which complet"),
        ("quorum.wrong_rate<0.1%", {"workload.migrations": 16, "quorum.enabled": True}, "about 16.0 attempts .* 48"),
        ("success_rate>=100%", {}, "no number of trials"),
        ("false_positives.rate<=0%", {}, "no number of trials"),
    ],
)  # fmt: skip
def test_a_limit_that_a_run_of_this_size_cannot_show_is_refused(
    small: Path, limit: str, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(ScenarioError, match=said):
        search(small, goal("records.mean", [limit]), settings, {"vary": VARY, "replications": 10}, None)


@pytest.mark.parametrize("limit", ["success_rate>=99%", "success_rate<99.9%", "downtime.p99<1min", "downtime.max<1min"])
def test_a_limit_that_a_run_of_this_size_can_show_is_accepted(small: Path, limit: str) -> None:
    search(small, goal("records.mean", [limit]), None, {"vary": VARY, "replications": 10}, None)


def test_runs_with_too_few_values_are_refused_with_a_sufficient_size(small: Path) -> None:
    lack = shortfall(plan(small, sweep={"vary": VARY}), LATE, 80)
    assert lack is not None and (lack.needs, lack.has) == (67, pytest.approx(30.3, abs=0.1))
    began = time.perf_counter()
    with pytest.raises(ScenarioError, match=r"about 30\.3 detections .* at least 67, which detection_total\.p99 needs "
                                           r"\(set workload\.migrations=900, or give --scale"):  # fmt: skip
        search(small, LATE, None, {"vary": VARY}, None)
    assert time.perf_counter() - began < 30  # nothing has run; this wide bound is no measure of speed


def test_scaled_runs_measure_every_figure(small: Path) -> None:
    where = search(small, LATE, None, {"vary": VARY}, None, scaled=True)
    assert (where.factor, where.plan.scenario.workload.migrations) == (3, 900)
    assert shortfall(where.plan, LATE, 80) is None
    found = icnsim.recommend(
        small, VARY, minimize="records.mean", subject_to="detection_total.p99<2min", scale=True, replications=6, jobs=1
    )
    assert found.document["scale"] == 3 and found.sentence.startswith("Each run is 3 times as large")


def test_mistakes_do_not_make_a_point_measurable_that_the_others_are_not(tmp_path: Path) -> None:
    slow = SCENARIO.replace("actors:", "network: {latency: {distribution: uniform, low: 1s, high: 20s}}\nactors:")
    (tmp_path / "slow.yaml").write_text(slow, "utf-8")
    vary = {"manager.timeout": ["2s", "60s"], "manager.check_interval": ["2s"]}
    lack = shortfall(plan(tmp_path / "slow.yaml", sweep={"vary": vary}), LATE, 80)
    assert lack is not None and "manager.timeout=60s" in lack.at
    assert (
        shortfall(plan(tmp_path / "slow.yaml", sweep={"vary": {**vary, "manager.timeout": ["2s"]}}), LATE, 80) is None
    )


def test_a_rate_needs_enough_trials_to_show_its_limit(small: Path) -> None:
    rare = goal("records.mean", ["false_positives.rate<0.001%"])
    assert trials_needed(rare.constraints[0]) == pytest.approx(1.96**2 / 1e-5, rel=1e-3)
    lack = shortfall(plan(small, sweep={"vary": VARY}), rare, 80)
    assert lack is not None and lack.needs == pytest.approx(384_146 / 80, rel=1e-3)
    assert shortfall(plan(small, sweep={"vary": VARY}), goal("records.mean", ["false_positives.rate<1%"]), 80) is None


def test_a_workload_whose_size_varies_cannot_be_scaled(small: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be made 3 times larger"):
        search(small, LATE, None, {"vary": {"workload.migrations": [300, 400]}}, None, scaled=True)
