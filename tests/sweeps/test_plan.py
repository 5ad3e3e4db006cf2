"""Plans: what can vary, what its columns hold, which seeds and identities the runs have, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from icnsim.cli.sweep import command
from icnsim.errors import ScenarioError
from icnsim.experiment import prepare
from icnsim.scenario import resolved
from icnsim.scenario.variation import Range
from icnsim.sweeps import designs
from icnsim.sweeps.plan import Plan, plan, seed_of
from icnsim.sweeps.tables import Key, keys_of
from icnsim.version import VERSION

SCENARIO = """\
name: planned
executors:
  - {group: a, count: 3}
stages: {checkpoint: {distribution: uniform, low: 1s, high: 5s}}
workload: {migrations: 10}
"""
TIMEOUT = "manager.timeout"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, more: str = "") -> Path:
    path = folder / "planned.yaml"
    path.write_text(SCENARIO + more, "utf-8")
    return path


def varied(scenario: Path, key: str, levels: Any, **more: Any) -> Plan:
    return plan(scenario, sweep={"vary": {key: levels}, **more})


def at(made: Plan, key: str) -> list[Any]:
    """The values that a key has at the points, as a resolved scenario's file has them."""
    found = []
    for point in range(len(made.points)):
        value: Any = resolved.plain(made.at(point))
        for part in key.split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
        found.append(value)
    return found


def refused(*arguments: Any, **named: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        plan(*arguments, **named)
    return str(caught.value)


# Keys that can vary

WORDS = ("null", "true", "no", "010", "1e3", "60", "y")
LATE = {"distribution": "exponential", "mean": "3s"}


@pytest.mark.parametrize(
    ("key", "levels", "unit", "column"),
    [
        (TIMEOUT, ["30s", "1min", "1500ms"], "s", [30, 60, 1.5]),
        ("stages.checkpoint.high", ["2s", "9s"], "s", [2, 9]),
        ("actors.state_size", ["1kB", "1MiB"], "B", [1000, 2**20]),
        ("network.bandwidth", ["1MiB/s", None], "B/s", [2**20, None]),
        ("workload.arrivals.rate", ["2/s", "30/min"], "1/s", [2, 0.5]),
        ("executors.0.count", [2, 30], "", [2, 30]),
        ("network.loss", [0, 0.25], "", [0, 0.25]),
        ("record.timeline", ["10s", None], "s", [10, None]),
        ("record.timeline", [None], None, [None]),
        ("record.manager", [True, False], None, ["true", "false"]),
        ("manager.phase", ["random", "aligned"], None, ["random", "aligned"]),
        ("manager.tracked_states", [[], ["requesting"]], None, ["[]", '["requesting"]']),
        ("stages.checkpoint", ["2s", LATE], None, ["2s", json.dumps(LATE)]),
        (TIMEOUT, ["30s", {"requesting": "1min"}], None, ["30s", '{"requesting": "1min"}']),
        ("executors", [[{"group": "x", "count": 4}]], None, ['[{"group": "x", "count": 4}]']),
        ("executors.0.group", [*WORDS], None, [*WORDS]),
    ],
)  # fmt: skip
def test_any_key_can_vary_and_has_a_column_of_its_kind(
    scenario: Path, key: str, levels: list[Any], unit: str | None, column: Any
) -> None:
    made = varied(scenario, key, levels)
    assert made.keys == (key,) and len(made.points) == len(levels)
    alone = [prepare(scenario, {key: json.dumps(v) if isinstance(v, str) else v}) for v in levels]
    for point, run in enumerate(alone):
        assert made.at(point).model_copy(update={"sweep": run.sweep}) == run
        assert made.run_id(point, 1) == resolved.run_id(run, VERSION)
    (of_key,) = keys_of(made)
    assert (of_key.name, of_key.unit) == (key, unit)
    assert [of_key.value(point[0]) for point in made.points] == column
    assert (of_key.field.metadata or {}).get(b"unit", b"").decode() == (unit or "")


def test_a_text_that_looks_like_something_else_in_yaml_stays_itself(scenario: Path) -> None:
    assert at(varied(scenario, "executors.0.group", [*WORDS]), "executors.0.group") == [*WORDS]


def test_a_range_s_column_has_the_unit_of_its_ends(scenario: Path) -> None:
    made = varied(scenario, "workload.arrivals.rate", "6/min..1/s", samples=3)
    (key,) = keys_of(made)
    assert (key.unit, [key.value(point[0]) for point in made.points]) == ("1/s", pytest.approx([0.1, 0.55, 1]))


def test_an_own_value_of_another_kind_than_the_range_makes_a_column_of_texts(scenario: Path) -> None:
    made = varied(scenario, "stages.checkpoint", "1s..3s", samples=3, design="one-at-a-time")
    (key,) = keys_of(made)
    own = json.dumps({"distribution": "uniform", "low": "1s", "high": "5s"})
    assert key.unit is None and [key.value(point[0]) for point in made.points] == [own, "1s", "2s", "3s"]


@settings(max_examples=40)
@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()), min_size=1))
def test_a_column_of_numbers_holds_numbers_and_any_other_texts(values: list[Any]) -> None:
    key = Key.of("key", values)
    found = [key.value(value) for value in values]
    assert all((a is None) == (b is None) for a, b in zip(values, found))
    kinds = {type(value) for value in found if value is not None}
    assert kinds <= ({str} if key.unit is None else {float})


def test_one_at_a_time_begins_with_the_scenario_itself(scenario: Path) -> None:
    vary = {
        TIMEOUT: ["30s", "60s"],
        "stages.checkpoint.high": ["5000ms", "6s"],
        "manager.tracked_states": [[], ["requesting"]],
    }
    made = plan(scenario, sweep={"vary": vary, "design": "one-at-a-time"})
    assert made.run_id(0, 1) == resolved.run_id(prepare(scenario), VERSION)
    assert len(made.points) == len({made.run_id(point, 1) for point in range(len(made.points))}) == 4


# The section and the flags


def test_the_section_and_the_flags_are_the_same_sweep(tmp_path: Path, scenario: Path) -> None:
    section = """
sweep:
  vary: {manager.timeout: [30s, 60s], stages.checkpoint.high: 2s..4s, manager.tracked_states: [[], [requesting]]}
  samples: 3
  replications: 4
  precision: 5%
  metrics: [success_rate]
  max_replications: 9
"""
    states = [[], ["requesting"]]
    flags = {
        "vary": {TIMEOUT: ["30s", "60s"], "stages.checkpoint.high": "2s..4s", "manager.tracked_states": states},
        "samples": 3, "replications": 4, "precision": "5%", "metrics": ["success_rate"], "max_replications": 9,
    }  # fmt: skip
    by_flags = plan(scenario, sweep=flags)
    folder = tmp_path / "section"
    folder.mkdir()
    by_section = plan(written(folder, section))
    assert by_section.sweep_id == by_flags.sweep_id
    assert by_section.points == by_flags.points and len(by_section.points) == 12
    told = CliRunner().invoke(
        command,
        [str(scenario), "--vary", "manager.timeout=30s,60s", "--vary", "stages.checkpoint.high=2s..4s",
         "--vary", "manager.tracked_states=[],[requesting]", "--samples", "3", "--replications", "4",
         "--precision", "5%", "--metric", "success_rate", "--max-replications", "9", "--dry-run", "--json"],
        standalone_mode=False,
    )  # fmt: skip
    assert told.exception is None
    document = json.loads(told.stdout)
    assert document["sweep_id"] == by_flags.sweep_id and len(document["points"]) == 12
    assert document["points"][0] == {TIMEOUT: 30, "stages.checkpoint.high": 2, "manager.tracked_states": "[]"}
    assert (document["runs"], document["most_runs"]) == (48, 108)


def test_flags_take_the_place_of_the_section_s_keys_and_vary_is_added_to_it(tmp_path: Path) -> None:
    path = written(tmp_path, "sweep: {vary: {manager.timeout: [30s, 60s], executors.0.count: [3]}, replications: 7}\n")
    made = plan(path, sweep={"vary": {TIMEOUT: ["5s"], "network.loss": [0, 0.1]}})
    assert made.points == (("5s", 3, 0), ("5s", 3, 0.1))
    assert made.scenario.sweep.replications == 7
    assert plan(path, sweep={"replications": 2}).points == plan(path).points


@pytest.mark.parametrize(
    "other",
    [
        {"sweep": {"vary": {TIMEOUT: ["30s", "90s"]}}},
        {"sweep": {"replications": 9}},
        {"sweep": {"design": "one-at-a-time"}},
        {"overrides": {"network.loss": 0.5}},
        {"seed": 5},
    ],
)  # fmt: skip
def test_what_changes_a_sweep_changes_its_identity(tmp_path: Path, other: dict[str, Any]) -> None:
    path = written(tmp_path, "sweep: {vary: {manager.timeout: [30s, 60s]}}\n")
    assert plan(path, **other).sweep_id != plan(path).sweep_id == plan(path).sweep_id


# Identities and seeds


@pytest.mark.parametrize(("design", "changes"), [("grid", False), ("sobol", True), ("lhs", True), ("saltelli", True)])
def test_the_version_of_scipy_is_part_of_the_identity_if_scipy_draws_the_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, design: str, changes: bool
) -> None:
    path = written(tmp_path)
    made = plan(
        path,
        sweep={
            "vary": {TIMEOUT: "30s..60s", "network.loss": "0..0.5"},
            "design": design,
            "samples": 8,
            "replications": 4,
        },
    )
    before, known = made.sweep_id, resolved.metadata.version
    monkeypatch.setattr(resolved.metadata, "version", lambda name: "0" if name == "scipy" else known(name))
    assert (made.sweep_id != before) == changes


def test_a_run_is_what_icnsim_run_makes_of_the_same_values_whatever_the_sweep(tmp_path: Path) -> None:
    path = written(tmp_path, "sweep: {vary: {manager.timeout: [30s, 90s], executors.0.count: [4]}, replications: 3}\n")
    made, wider = plan(path), plan(path, sweep={"vary": {TIMEOUT: ["10s", "90s"]}, "replications": 30})
    for replication in (1, 2, 3):
        alone = prepare(path, {TIMEOUT: "90s", "executors.0.count": "4"}, made.seed(replication))
        assert made.run_id(1, replication) == wider.run_id(1, replication) == resolved.run_id(alone, VERSION)
    assert made.run_id(0, 1) != made.run_id(1, 1) != made.run_id(1, 2)


def test_other_overrides_hold_at_every_point(scenario: Path) -> None:
    made = plan(scenario, {"network.loss": "0.5"}, {"vary": {TIMEOUT: ["8s", "9s"]}})
    assert at(made, TIMEOUT) == ["8s", "9s"] and at(made, "network.loss") == [0.5, 0.5]


def test_replication_1_has_the_scenario_s_seed_and_neighbouring_seeds_share_no_other(scenario: Path) -> None:
    assert plan(scenario, seed=42).seed(1) == 42 == plan(scenario, {"seed": 42}).seed(1)
    seeds = [seed_of(base, replication) for base in range(200) for replication in range(1, 51)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**53 for seed in seeds)


@given(st.integers(0, 2**63 - 1), st.integers(2, 10**6))
def test_every_further_seed_is_one_that_a_data_frame_holds_exactly(base: int, replication: int) -> None:
    seed = seed_of(base, replication)
    assert 0 <= seed < 2**53 and int(float(seed)) == seed
    assert seed == seed_of(base, replication)


# Refusals


def test_all_mistakes_of_points_are_reported_at_once_with_the_flag_or_the_line_that_has_them(tmp_path: Path) -> None:
    path = written(tmp_path, "sweep:\n  vary:\n    executors.0.count: [3, -1, x]\n    network.loss: [0, 2]\n")
    said = refused(path, sweep={"vary": {TIMEOUT: ["5", "6s", 7], "manager.retention": ["1d", "1week"]}}).splitlines()
    # A list whose only group cannot be used is reported as well.
    told = {line.partition(", expected")[0] for line in said if " executors: found" not in line}
    assert told == {
        f"{path}:8: executors.0.count: found -1", f"{path}:8: executors.0.count: found 'x'",
        f"{path}:9: network.loss: found 2", f"--vary: {TIMEOUT}: found '5'", f"--vary: {TIMEOUT}: found 7",
        "--vary: manager.retention: found '1week'",
    }  # fmt: skip


def test_a_misspelt_key_is_told_with_what_was_meant(scenario: Path) -> None:
    assert "did you mean 'timeout'" in refused(scenario, sweep={"vary": {"manager.timeot": ["1s"]}})
    assert "the unknown key 'manger'" in refused(scenario, sweep={"vary": {"manger.timeout": ["1s"]}})


@pytest.mark.parametrize("key", ["name", "seed", "description", "expect.success_rate.at_least", "sweep.replications"])
def test_what_is_no_parameter_of_a_run_cannot_vary(scenario: Path, key: str) -> None:
    assert "keys that are a run's parameters" in refused(scenario, sweep={"vary": {key: [1, 2]}})


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("network.latency", "network.latency.mean"),
        ("executors", "executors.0.count"),
        ("executors.0.count", "executors.00.count"),
        ("manager", "manager.costs.tick"),
    ],
)
def test_no_key_may_be_part_of_another_for_one_would_undo_the_other(scenario: Path, outer: str, inner: str) -> None:
    for keys in ((outer, inner), (inner, outer)):
        said = refused(scenario, sweep={"vary": {key: [1] for key in keys}})
        assert "none is part of another" in said
    assert "none is part" not in refused(scenario, sweep={"vary": {"manager.timeout": [1], "manager.time": [1]}})


def test_what_only_several_values_contradict_is_told_with_their_point(scenario: Path) -> None:
    vary = {"workload.migrations": [10, 3], TIMEOUT: ["1s", "2s"]}
    said = refused(scenario, {"warmup": "500ms"}, {"vary": vary})
    assert f"at workload.migrations=3, {TIMEOUT}=1s" in said and "=10" not in said and "=2s" not in said
    said = refused(scenario, sweep={"vary": {"stages.checkpoint.low": ["1s", "2s"], "stages.checkpoint.high": ["2s"]}})
    assert "low below high" in said and "at stages.checkpoint.low=2s, stages.checkpoint.high=2s" in said


@pytest.mark.parametrize(
    "sweep",
    [
        {"vary": {TIMEOUT: "1ms..1d", "manager.retention": "1ms..1d"}, "samples": 10**6},
        {"vary": {f"key{number}": "1..1000000000" for number in range(32)}, "samples": 10**6},
        {"vary": {"workload.migrations": [*range(1, 2001)], TIMEOUT: [f"{n}s" for n in range(1, 2001)]}},
        {"vary": {TIMEOUT: "1s..9s"}, "samples": 2**19, "design": "saltelli"},
        {"vary": {"workload.migrations": [*range(1, 101)]}, "precision": "5%", "metrics": ["events"],
         "max_replications": 10**6},
        {"vary": {"workload.migrations": [*range(1, 1001)]}, "replications": 10**5},
    ],
)  # fmt: skip
def test_a_sweep_of_too_many_points_or_runs_is_refused_before_one_is_made(
    scenario: Path, sweep: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Range, "at", lambda *_: pytest.fail("a value was made"))
    monkeypatch.setattr(designs, "points", lambda *_: pytest.fail("points were made"))
    assert "at most 1,000,000 points and 10,000,000 runs" in refused(scenario, sweep=sweep)


def test_no_other_setting_undoes_what_varies(scenario: Path) -> None:
    settings = {"manager": {"timeout": "60s", "retention": "1min"}, "sweep.replications": 3}
    made = plan(scenario, settings, {"vary": {TIMEOUT: ["10s", "20s"]}})
    assert [made.at(point).manager.timeout for point in (0, 1)] == [10_000_000, 20_000_000]
    assert made.at(1).manager.retention == 60_000_000
    assert made.scenario.sweep.replications == 3


def test_a_key_that_varies_is_not_set_as_well(scenario: Path) -> None:
    with pytest.raises(ScenarioError, match=r"--set: manager\.timeout: found a value of a key that varies"):
        plan(scenario, {TIMEOUT: "90s"}, {"vary": {TIMEOUT: ["10s", "20s"]}})


def test_mistakes_of_the_section_and_of_its_values_are_told_together_where_each_was_written(tmp_path: Path) -> None:
    more = "sweep:\n  vary:\n    manager.timeot: [30s]\n    manager.retention: [5]\n  replications: 0\n"
    path = written(tmp_path, more)
    with pytest.raises(ScenarioError) as failed:
        plan(path, sweep={"design": "sobol"})
    told = str(failed.value)
    for text in ("manager.timeot", "manager.retention", "sweep.replications"):
        assert text in told, text
    assert f"{path}:10: sweep.replications" in told and f"{path}:8: manager.timeot" in told


def test_the_data_files_of_all_points_are_the_sweep_s_and_part_of_its_identity(tmp_path: Path) -> None:
    latency = {"distribution": "empirical", "file": "l.csv", "column": "x"}
    vary = {"vary": {"network.latency": ["1s", latency]}}
    identities = []
    for value in ("0.1", "9.1"):
        (tmp_path / "l.csv").write_text(f"x\n{value}\n", "utf-8")
        made = plan(written(tmp_path), sweep=vary)
        assert list(made.scenario.files) == ["l.csv"]
        identities.append(made.sweep_id)
    assert identities[0] != identities[1]


def test_a_key_below_a_value_that_is_no_mapping_does_not_undo_it(tmp_path: Path) -> None:
    path = written(tmp_path, "manager: {timeout: 5min}\n")
    with pytest.raises(ScenarioError, match="found '5min' where 'requesting' is to be set"):
        plan(path, sweep={"vary": {"manager.timeout.requesting": ["10s", "30s"]}})
