"""The values of the metrics: exact for a run with known times, and equal to the summary for every other run."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

import icnsim
from icnsim.metrics import dashboard, families
from icnsim.metrics.exposition import latest, series
from icnsim.metrics.families import FAMILIES, OUTCOMES, Family
from icnsim.metrics.readings import Readings
from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario
from tests.simulation.small import STEPS, S, simulated

RUNS = {
    "week4": {"workload.migrations": 500, "expect": {}},
    "timeout-attack-retries": {"workload.migrations": 300, "expect": {}},
    "as-implemented": {"expect": {}},
    "hardened": {"expect": {}},
}
PROMQL = {"histogram_quantile", "rate_interval", "__rate_interval"}


def week4() -> Scenario:
    return icnsim.run("scenarios/week4.yaml", {"workload.migrations": 1}).scenario


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest) -> icnsim.Run:
    return icnsim.run(f"scenarios/{request.param}.yaml", RUNS[request.param])


def read(recording: Recording, scenario: Scenario, family: Family, *instants: float) -> dict[str, list[float]]:
    found = Readings(recording, scenario, np.array([round(at * S) for at in instants])).of(family)
    return {each.label: each.values.tolist() for each in found}


# exact


def test_a_migration_with_known_times_is_counted_from_its_own_instants_on() -> None:
    recording, scenario = simulated({}), week4()

    def of(family: Family, *instants: float) -> list[float]:
        return read(recording, scenario, family, *instants)[""]

    assert of(families.STARTED, 0) == [1]
    done = STEPS["completed"]
    assert read(recording, scenario, families.ENDED, done - 1e-6, done)["completed"] == [0, 1]
    assert of(families.ACTIVE, 0, 0.3, STEPS["restored"] - 1e-6, STEPS["restored"], done) == [1, 2, 2, 1, 0]
    assert of(families.RECORDS, 0, 1, 329, 330, 331) == [1, 2, 2, 0, 0]  # 5 min after their ends, at the next tick
    assert of(families.CLEANED_UP, 329.999, 330) == [0, 2]
    success = of(families.SUCCESS, done - 1e-6, done)
    assert np.isnan(success[0]) and success[1] == 1
    took = Readings(recording, scenario, np.array([0, 10 * S])).of(families.DURATION)[0]
    assert took.buckets is not None and took.sums is not None
    edges = (*families.DURATION.buckets, float("inf"))
    assert took.buckets[0].tolist() == [0] * len(edges)
    assert took.buckets[1].tolist() == [int(edge >= done) for edge in edges]
    assert took.sums.tolist() == [0, done]


def test_a_time_out_is_counted_at_its_detection_with_its_latency() -> None:
    silent = {"executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}]}
    recording, scenario = simulated(silent), week4()
    assert read(recording, scenario, families.TIMED_OUT, 89.999999, 90)[""] == [0, 1]
    assert read(recording, scenario, families.ENDED, 90)["timed_out"] == [1]
    found = Readings(recording, scenario, np.array([90 * S])).of(families.LATENCY)[0]
    assert found.sums is not None and found.sums.tolist() == [30]


def test_every_tick_is_in_the_cycle_s_histogram_the_idle_ones_too() -> None:
    recording, scenario = simulated({}), week4()  # two executors that tick at 0, 30 s, …
    for at, ticks in ((0, 2), (29.999, 2), (30, 4), (300, 22)):
        found = Readings(recording, scenario, np.array([round(at * S)])).of(families.CYCLE)[0]
        assert found.values.tolist() == [ticks]


def test_a_migration_is_counted_once_and_its_records_each() -> None:
    """The request at 0 times out at 90 s; the retry at 91 s is detected at 180 s: two attempts, one migration."""
    silent = {
        "executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}],
        "retry.max_retries": 1,
    }
    recording, scenario = simulated(silent), week4()
    assert read(recording, scenario, families.RECORDS_TIMED_OUT, 89, 90, 180)[""] == [0, 1, 2]
    assert read(recording, scenario, families.TIMED_OUT, 90, 179, 180)[""] == [0, 0, 1]
    assert read(recording, scenario, families.SEED[0], 90, 179, 180)[""] == [0, 0, 1]


def test_the_design_document_s_durations_are_in_milliseconds() -> None:
    recording, scenario = simulated({}), week4()
    seconds, milliseconds = (
        Readings(recording, scenario, np.array([300 * S])).of(family)[0]
        for family in (families.CYCLE, families.SEED[3])
    )
    assert milliseconds.values.tolist() == seconds.values.tolist() == [22]
    assert milliseconds.sums is not None and seconds.sums is not None
    assert milliseconds.sums.tolist() == [pytest.approx(1000 * seconds.sums[0])]
    assert milliseconds.buckets is not None and seconds.buckets is not None
    assert milliseconds.buckets.tolist() == seconds.buckets.tolist()


def test_a_final_checkpoint_is_counted_when_it_is_made_with_its_size() -> None:
    recording, scenario = simulated({}), week4()
    made = STEPS["checkpointed"]
    assert read(recording, scenario, families.CHECKPOINTS, made - 1e-6, made)[""] == [0, 1]
    sizes = Readings(recording, scenario, np.array([10 * S])).of(families.CHECKPOINT_SIZE)[0]
    assert sizes.sums is not None and sizes.sums.tolist() == [2**20]


# against the summary


def test_at_the_end_they_are_the_summary_s_figures(run: icnsim.Run) -> None:
    recording, summary = run.replayed(), run.summary
    end = recording.horizon / S
    of = {family: read(recording, run.scenario, family, end) for family in FAMILIES}
    assert of[families.STARTED][""] == [summary["attempts"]["total"]]
    assert of[families.RETRIES][""] == [summary["attempts"]["retried"]]
    assert {name: value for name, (value,) in of[families.ENDED].items()} == {
        name: summary["attempts"][name] for name in OUTCOMES
    }
    assert of[families.CLEANED_UP][""] == [summary["records"]["removed"]]
    assert of[families.RECORDS][""] == [summary["records"]["unremoved"]]
    assert of[families.DURATION][""] == [summary["migration_duration"]["count"]]
    assert of[families.LATENCY][""] == [summary["detection_latency"]["count"]]
    migrations = summary["migrations"]
    assert of[families.TIMED_OUT][""] == [migrations["timed_out"]]
    assert of[families.FAILED][""] == [migrations["rejected"] + migrations["failed"]]
    assert of[families.SUCCESS][""] == [pytest.approx(summary["success_rate"])]
    assert of[families.RECORDS_TIMED_OUT][""][0] >= summary["attempts"]["timed_out"]
    assert sum(value for (value,) in of[families.MIGRATED].values()) == summary["attempts"]["completed"]
    assert all(of[seed] == of[same] for seed, same in families.BOTH.items())
    assert of[families.CYCLE][""] == [summary["manager"]["ticks"]]
    cost = Readings(recording, run.scenario, np.array([recording.horizon])).of(families.CYCLE)[0].sums
    assert cost is not None and cost.tolist() == [pytest.approx(summary["manager"]["cost_s"])]


def test_counters_never_fall_and_buckets_are_cumulative(run: icnsim.Run) -> None:
    recording = run.replayed()
    instants = np.linspace(0, recording.horizon, 40).astype(np.int64)
    readings = Readings(recording, run.scenario, instants)
    for family in FAMILIES:
        for each in readings.of(family):
            if family.type != "gauge":
                assert (np.diff(each.values) >= 0).all()
            if each.buckets is not None:
                assert (np.diff(each.buckets, axis=0) >= 0).all() and (np.diff(each.buckets, axis=1) >= 0).all()
                assert (each.buckets[:, -1] == each.values).all()


# as text


def test_both_formats_are_what_prometheus_client_reads_back(run: icnsim.Run) -> None:
    recording, at = run.replayed(), 600 * S
    plain = latest(recording, run.scenario, at, "prometheus").decode()
    opened = latest(recording, run.scenario, at, "openmetrics").decode()
    back = {sample.name: sample for family in parser.text_string_to_metric_families(plain) for sample in family.samples}
    for text, read_back in ((plain, parser), (opened, openmetrics)):
        names = [family.name for family in read_back.text_string_to_metric_families(text)]
        assert names == [family.name for family in FAMILIES]
        assert all(f"# HELP {name}" in text for name in names)
    units = dict(re.findall(r"# UNIT (\S+) (\S+)", opened))
    assert units == {family.name: family.unit for family in FAMILIES if family.unit}
    (started,) = read(recording, run.scenario, families.STARTED, 600)[""]
    assert back["icn_compute_migrations_started_total"].value == started
    assert opened.endswith("# EOF\n") and opened.count("# EOF") == 1


def test_a_series_is_each_of_its_scrapes_with_a_time(run: icnsim.Run) -> None:
    """Instant by instant, because prometheus-client's parser takes the second point of a histogram for a copy."""
    recording, epoch = run.replayed(), 1_767_225_600 * S
    instants = np.arange(0, 900 * S, 300 * S)
    lines = b"".join(series(recording, run.scenario, instants, epoch)).decode().splitlines()
    comments = [line for line in lines if line.startswith("# ") and line != "# EOF"]
    assert len(comments) == len(set(comments)) and lines[-1] == "# EOF"
    for at in instants.tolist():
        stamp = f" {(epoch + at) // S}.000000000"
        once = [line.removesuffix(stamp) for line in lines if line.endswith(stamp) or line.startswith("#")]
        text = "\n".join(once) + "\n"
        assert text == latest(recording, run.scenario, at, "openmetrics").decode()
        assert len(list(openmetrics.text_string_to_metric_families(text))) == len(FAMILIES)


# the dashboard


def test_the_dashboard_asks_for_declared_names_alone_and_for_all_of_them() -> None:
    kept = Path("docs/grafana-dashboard.json").read_text("utf-8")
    assert kept == dashboard.text()
    asked = [target["expr"] for panel in json.loads(kept)["panels"] for target in panel["targets"]]
    declared = {name for family in FAMILIES for name in family.samples}
    names = {name for expression in asked for name in re.findall(r"\b[a-z]+_[a-z_]+", expression)} - PROMQL
    assert names <= declared
    assert all(names & set(family.samples) for family in FAMILIES)


def test_names_are_those_of_the_design_document_and_of_the_code_and_otherwise_follow_the_rules() -> None:
    names = {name.removesuffix("_bucket") for family in FAMILIES for name in family.samples}
    assert names >= {
        "migrations_timed_out_total", "migrations_cleaned_up_total", "migrations_active",
        "migration_manager_cycle_duration", "timeout_detection_duration", "cleanup_duration", "migration_success_rate",
        "icn_compute_migrations_timed_out_total", "icn_compute_migrations_cleaned_up_total",
    }  # fmt: skip
    of_the_code = """tasks_submitted_total tasks_claimed_total tasks_completed_total tasks_failed_total
        tasks_timeout_total tasks_pending tasks_executing task_duration_seconds quorum_consensus_total
        quorum_divergent_total quorum_timeout_total quorum_collection_seconds quorum_active_verifications
        actors_running actors_migrated_total checkpoints_created_total checkpoint_size_bytes"""
    assert names >= {f"icn_compute_{name}" for name in of_the_code.split()}
    for family in FAMILIES:
        assert re.fullmatch(r"[a-z_]+" if family in families.SEED else r"icn_compute_[a-z_]+", family.name)
        assert not family.unit or family.name.endswith(f"_{family.unit}")
        assert list(family.buckets) == sorted(family.buckets)
    page = Path("docs/metrics.md").read_text("utf-8")
    assert all(f"| `{name}" in page for family in FAMILIES for name in family.samples[:1])
