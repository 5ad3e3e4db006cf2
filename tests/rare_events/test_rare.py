"""`icnsim rare` from a scenario to its results."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import icnsim
from icnsim.cli import icnsim as icnsim_command
from icnsim.errors import ScenarioError
from icnsim.rare_events import closed_form, estimate, impossible, methods, scores
from icnsim.rare_events.runs import Runs
from icnsim.rare_events.tilting import Batch
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.command import icnsim as command

ONE = """
name: one
executors: [{group: node, count: 4}]
actors: {count: 4}
network: {latency: {distribution: lognormal, mean: 1s, std: 3s}}
workload: {migrations: 1, arrivals: {process: poisson, rate: 1/h}}
record: {timeline: null}
"""
RARE = ONE + "manager: {timeout: 15s, check_interval: 5s}\n"
QUICK = ONE + "manager: {timeout: 5s, check_interval: 5s}\n"
SILENT = {"group": "silent", "count": 1, "behavior": "unresponsive"}
PILOT = 200
"""The size of the pilot, which is the largest part of a small estimate."""


@pytest.fixture(scope="module")
def mistake():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(methods, "SMALLEST_PILOT", PILOT)
        return icnsim.rare(loads(RARE), "false_positive", population=20, repetitions=5)


def test_the_estimate_agrees_with_the_closed_form(mistake):
    """Within 4 standard errors."""
    found, form = mistake.document, mistake.document["closed_form"]["value"]
    assert 1e-3 < form < 0.02
    assert found["method"] == "tilting"
    assert abs(found["probability"] - form) < 4 * found["relative_error"] * found["probability"]
    assert found["relative_error"] < 0.5
    assert found["notes"] == []


def test_splitting_also_agrees_with_the_closed_form(mistake, monkeypatch):
    monkeypatch.setattr(methods, "SMALLEST_PILOT", PILOT // 2)
    found = icnsim.rare(loads(RARE), "false_positive", method="splitting", population=30, repetitions=2).document
    assert found["method"] == "splitting"
    error = found["relative_error"] * found["probability"]
    assert abs(found["probability"] - mistake.document["closed_form"]["value"]) < 4 * error
    assert found["relative_error"] < 1


DOUBLE = (
    ONE + "manager: {tracked_states: [requesting, transferring], check_interval: 5s, "
    "timeout: {requesting: 5min, transferring: 5s}}\n"
)


def test_the_closed_form_with_retries_counts_the_willing_targets_that_a_migration_asks():
    """A migration asks targets until it finds a willing one, hence exactly one willing target, as without silent ones.

    Its second attempt begins after a tick and is detected late, so the probability is a little smaller.
    """
    changes = {"retry.max_retries": 3, "executors": [{"group": "node", "count": 4}, SILENT]}
    plain, retried = (closed_form.of_run(loads(RARE, overrides=each), "false_positive") for each in ({}, changes))
    assert 0.8 * plain["value"] < retried["value"] < plain["value"]


@pytest.mark.parametrize("kind", ["poll", "deadline"])
def test_plain_simulation_agrees_if_the_event_is_not_rare(kind: str):
    """The number of 150 plain runs that have the event is within 4 standard deviations of its mean.

    With timers an Ack is late after the timeout. With polling, it is late only after the next tick.
    """
    scenario = loads(DOUBLE, overrides={"manager.detector.kind": kind})
    runs = Runs.of(scenario, "double_run")
    count = sum(runs.begin(seed).score == scores.HAPPENED for seed in range(150))
    form = closed_form.of_run(scenario, "double_run")["value"]
    assert 0.02 < form < 0.3
    assert abs(count - 150 * form) < 4 * (150 * form) ** 0.5


def test_a_run_at_a_point_that_has_not_moved_is_the_run_of_the_seed():
    scenario = loads(ONE)
    for seed in range(20):
        run = simulate(scenario.model_copy(update={"seed": seed}))
        alike = scores.score(scores.EVENTS["false_positive"], run, scenario)
        assert Runs.of(scenario, "false_positive").begin(seed).score == alike


def test_a_score_is_the_ratio_of_the_answers_delay_to_the_time_until_its_tick():
    scenario = loads(
        "name: certain\nexecutors: [{group: node, count: 2}]\nactors: {count: 2}\n"
        "network: {latency: 5s, gossip: {messages: []}}\nstages: {evaluation: 100ms}\n"
        "manager: {phase: aligned, check_interval: 20s, timeout: 30s}\n"
        "workload: {migrations: 1, arrivals: {process: periodic, rate: 1/h}}\n"
    )
    # The Request is sent at 0 s. The record is too old at 30.001 s, and the next tick is at 40 s.
    assert scores.score(scores.EVENTS["false_positive"], simulate(scenario), scenario) == pytest.approx(10.1 / 40)
    assert scores.score(scores.EVENTS["double_run"], simulate(scenario), scenario) == scores.NOWHERE_NEAR


@pytest.fixture
def small_pilot(monkeypatch):
    """Pilots for tests in which the estimate need not be precise."""
    monkeypatch.setattr(methods, "PILOT", 1)
    monkeypatch.setattr(methods, "SMALLEST_PILOT", 30)


@pytest.mark.usefixtures("small_pilot")
def test_an_event_that_the_protocol_excludes_has_a_bound():
    document = icnsim.rare(
        loads(DOUBLE + "protocol: {two_phase_handover: true}\n"), "double_run", population=20, repetitions=2
    ).document
    assert document["probability"] == 0
    assert document["ci95"][0] == 0 < document["ci95"][1] < 1
    assert not document["reached"]
    assert document["plain_runs"] is document["gain"] is None
    assert "impossible" in document["notes"][0]


@pytest.mark.usefixtures("small_pilot")
def test_an_event_without_a_wait_says_so():
    """The bound is that of Clopper and Pearson for the independent runs of the pilot and of the repetitions."""
    document = icnsim.rare(loads(ONE), "double_run", population=20, repetitions=2).document
    assert document["levels"] == []
    assert document["ci95"][1] == pytest.approx(1 - 0.025 ** (1 / (30 + 40)))
    assert "tracks" in document["notes"][0]


BOUNDED = """
name: bounded
executors: [{group: node, count: 4}, {group: silent, count: 1, behavior: unresponsive}]
actors: {count: 4}
network: {latency: {distribution: uniform, low: 1s, high: 2s}, gossip: {messages: []}}
stages: {evaluation: 100ms}
workload: {migrations: 1, arrivals: {process: poisson, rate: 1/h}}
manager: {timeout: 4s, check_interval: 1s, tracked_states: [requesting]}
"""


@pytest.mark.parametrize("event", ["false_positive", "double_run"])
def test_an_impossible_event_is_not_simulated(event, tmp_path):
    """An answer takes at most 4.1 s."""
    document = icnsim.rare(loads(BOUNDED, overrides={"manager.timeout": "5s"}), event, out=tmp_path).document
    assert document["impossible"] == impossible.IN_TIME
    assert document["probability"] == 0 and document["ci95"] == [0, 0]
    assert document["runs"]["total"] == 0
    (tmp_path / "bounded.yaml").write_text(BOUNDED)
    said = command("rare", "bounded.yaml", "--event", event, "--set", "manager.timeout=5s", cwd=tmp_path).stdout
    assert f"probability of a run  0, without a run: {impossible.IN_TIME}" in said


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"manager.timeout": "5s"}, impossible.IN_TIME),
        ({"manager.enabled": False}, impossible.UNTRACKED),
        ({"manager.timeout": "5s", "retry.max_retries": 2}, impossible.IN_TIME),
        ({"manager.timeout": "5s", "manager.detector": {"kind": "chen"}}, None),
        ({"manager.timeout": "5s", "network.loss": 0.01}, None),
        ({"manager.timeout": "5s", "protocol.profile": "as-implemented"}, None),
        ({"manager.timeout": "5s", "manager.tracked_states": ["requesting", "transferring"]}, impossible.IN_TIME),
        ({"manager.timeout": "5s", "manager.tracked_states": ["requesting", "restoring"]}, None),
    ],
)
def test_an_event_is_impossible_only_if_no_wait_can_reach_its_timeout(changes, expected):
    """The Ack comes at most 4.5 s after the checkpoint; the target waits up to 9 s for the Complete."""
    assert impossible.reason(loads(BOUNDED, overrides=changes)) == expected


@pytest.mark.parametrize(
    ("mean", "hits", "suits"), [(1e-6, 40, True), (9e-6, 40, True), (2e-7, 40, False), (1e-6, 9, False)]
)
def test_tilting_is_chosen_if_it_finds_the_event_often_and_not_far_below_the_pilots_probability(mean, hits, suits):
    assert methods._suits(Batch(mean, 1e-10, hits, 200), 1e-6) is suits


def test_the_bound_counts_the_runs_of_the_pilot_with_the_event():
    """Clopper and Pearson 1934: the upper bound of 1 in 10 at 95 % is 0.445."""
    assert estimate.bounded([], 10, 1).high == pytest.approx(0.44502, abs=1e-5)


@pytest.mark.usefixtures("small_pilot")
def test_the_command_writes_what_it_prints_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "one.yaml").write_text(QUICK)
    monkeypatch.chdir(tmp_path)
    asked = ["rare", "one.yaml", "--event", "false_positive", "--population", "20", "--repetitions", "3"]
    first = CliRunner().invoke(icnsim_command, [*asked, "--jobs", "1", "--json"])
    again = CliRunner().invoke(icnsim_command, [*asked, "--jobs", "1"])
    assert first.exit_code == again.exit_code == 0
    document = json.loads(first.stdout)
    assert "the stored estimate was used" in again.stdout
    assert f"{document['probability']:.3g}" in again.stdout
    (file,) = tmp_path.glob("results/one/rare-*/rare.json")
    assert json.loads(file.read_text()) == document
    forced = CliRunner().invoke(icnsim_command, [*asked, "--jobs", "1", "--force"])
    assert forced.exit_code == 0
    assert json.loads(file.read_text()) == document


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["--set", "workload.migrations=5000"], "workload.migrations: found about 5,000 migrations in a run"),
        (["--population", "33"], "population: found 33, expected at least 20, and a multiple of 5"),
        (["--event", "crash"], "crash"),
        (["--out", "one.yaml", "--max-events", "1"], "cannot write the results: not a directory"),
    ],
)
def test_bad_input_exits_with_2(tmp_path: Path, changes, message):
    (tmp_path / "one.yaml").write_text(ONE)
    done = command("rare", "one.yaml", "--event", "false_positive", *changes, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "results").exists()


def test_an_unknown_event_is_an_error_from_python():
    with pytest.raises(ScenarioError, match="event: found 'crash', expected false_positive or double_run"):
        icnsim.rare(loads(ONE), "crash")
