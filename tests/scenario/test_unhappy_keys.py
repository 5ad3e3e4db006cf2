"""The keys of switches, retries, trust, overrides and adjustments; and the scenarios that are plain."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from icnsim.errors import ScenarioError
from icnsim.protocol.profile import PROFILES, TRACKED, Switches
from icnsim.protocol.states import State
from icnsim.scenario import Scenario, load, loads
from icnsim.scenario.coherence import attempts_expected, estimate_bytes
from icnsim.scenario.profiles import ProtocolOf
from icnsim.scenario.resolved import json_schema, plain, run_id, to_yaml
from icnsim.scenario.variation import Range, measured
from icnsim.sweeps.plan import plan
from icnsim.sweeps.tables import keys_of

BASE = "name: x\nexecutors: [{group: a, count: 5}]\nactors: {count: 20}\nworkload: {migrations: 10}\n"
S = 1_000_000


def made(**values: Any) -> Scenario:
    """A scenario with these keys; `__` is read as a dot."""
    return loads(BASE, overrides={key.replace("__", "."): value for key, value in values.items()})


def problems(**values: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        made(**values)
    return str(caught.value)


SWITCHES = [field.name for field in fields(Switches)]


# The protocol


def test_there_is_a_key_for_each_switch() -> None:
    others = {"profile", "detection_gap", "retransmit_after", "message_lifetime"}
    assert set(ProtocolOf.model_fields) - others == set(SWITCHES)
    assert all(ProtocolOf.model_fields[name].default is None for name in SWITCHES)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_sets_its_switches_and_its_tracked_states(profile: str) -> None:
    scenario = made(protocol__profile=profile)
    assert scenario.protocol.switches == PROFILES[profile]
    assert scenario.manager.tracked_states == TRACKED[profile]
    assert set(scenario.timeouts_ms) == {State[name.upper()] for name in TRACKED[profile]}
    assert plain(scenario)["manager"]["tracked_states"] == list(TRACKED[profile])
    assert loads(to_yaml(scenario)) == scenario


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_switch_overrides_the_profile(profile: str, name: str) -> None:
    for value in (True, False):
        switches = made(protocol__profile=profile, **{f"protocol__{name}": value}).protocol.switches
        assert switches == replace(PROFILES[profile], **{name: value})
    assert made(protocol__profile=profile, **{f"protocol__{name}": None}).protocol.switches == PROFILES[profile]


def test_given_tracked_states_override_the_profile() -> None:
    for states in ([], ["restoring"], ["requesting", "transferring"]):
        scenario = made(protocol__profile="hardened", manager__tracked_states=states)
        assert list(scenario.manager.tracked_states) == states
    assert (
        made(protocol__profile="hardened", manager__tracked_states=None).manager.tracked_states == TRACKED["hardened"]
    )
    # A resolved scenario gives them explicitly, so another profile does not change them.
    again = loads(to_yaml(made()), overrides={"protocol.profile": "hardened"})
    assert again.manager.tracked_states == ("requesting",)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("protocol__profile", "hardend", "did you mean 'hardened'?"),
        ("protocol__profile", 3, "one of 'as-committed'"),
        ("protocol", 3, "a mapping with some of the keys"),
        ("protocol__completion_akc", True, "did you mean 'completion_ack'?"),
        ("protocol__fencing_epochs", 1, "a valid boolean"),
        ("protocol__fencing_epochs", "no", "a valid boolean"),
        ("protocol__detection_gap", 3, "has no unit"),
        ("protocol__retransmit_after", "0s", "above 0"),
        ("protocol__retransmit_after", "1us", "whole milliseconds"),
        ("protocol__message_lifetime", "0s", "above 0"),
        ("manager__tracked_states", ["requestng"], "one of 'requesting'"),
        ("manager__tracked_states", "requesting", "a list"),
        ("retry__max_retries", -1, "greater than or equal to 0"),
        ("retry__max_retries", 1.5, "a valid integer"),
        ("retry__backoff__base", "0s", "above 0"),
        ("retry__backoff__factor", 0.5, "greater than or equal to 1"),
        ("retry__backoff__max", "500ms", "at least the base, 1s"),
        ("retry__backoff__jitter", "ful", "did you mean 'full'?"),
        ("retry__on", ["time_out"], "one of 'timed_out' or 'rejected'"),
        ("retry__alternative_target_after", 0, "greater than or equal to 1"),
        ("trust__initial", 1.1, "a number from 0 to 1"),
        ("trust__initial", -0.1, "a number of at least 0"),
        ("trust__initial", {"file": "x.csv"}, "this scenario has no folder"),
        ("trust__initial", {"fil": "x.csv"}, "did you mean 'file'?"),
        ("trust__on_timeout", -1.1, "greater than or equal to -1"),
        ("trust__on_success", 1.1, "less than or equal to 1"),
        ("trust__minimum", 1.1, "less than or equal to 1"),
        ("workload__target", "trsut", "did you mean 'trust'?"),
        ("actors__message_rate", 3, "has no unit of time"),
        ("manager__overrides", [{"timeout": "1s"}], "actors is required"),
        ("manager__overrides", [{"actors": "actor-1"}], "a timeout, a retention, tracked_states, a detector"),
        ("runtime__queueing", "paused", "actors.message_rate above 0"),
        ("runtime__queueing", "never", "runtime.queueing"),
        ("manager__detector", {"kind": "wheel", "margin": 2}, "none: it is a parameter of adaptive, not of wheel"),
        ("manager__detector", "wheel", "a mapping with some of the keys kind, tick, "),
        ("manager__detector", "wheel", "did you mean {kind: wheel}?"),
        ("manager__heartbeat", "1s", "a mapping with the key every (did you mean {every: 1s}?)"),
        ("manager__detector", {"kind": "phi-accrual", "window": 1}, "at least 2: phi-accrual learns from two times"),
        ("manager__overrides", [{"actors": "*", "detector": {"kind": "phi"}}], "'adaptive', 'chen' or 'phi-accrual'"),
        ("manager__overrides", [{"actors": "*", "tracked_states": ["idle"]}], "tracked_states"),
        ("manager__overrides", [{"actors": "*", "retry": {"backoff": {"max": "1ms"}}}], "at least the base, 1s"),
        ("manager__adjustments", [{"at": "1s", "retry": {"backoff": {"base": "2min"}}}], "at least the base, 2min"),
        ("manager__overrides", [{"actors": "actor-20", "timeout": "1s"}], "actor-0 … actor-19"),
        ("manager__overrides", [{"actors": "actor-01", "timeout": "1s"}], "which no actor is"),
        ("manager__overrides", [{"actors": "db-*", "timeout": "1s"}], "which no actor is"),
        ("manager__overrides", [{"actors": "actor-1", "timeot": "1s"}], "did you mean 'timeout'?"),
        ("manager__overrides", [{"actors": "actor-1", "timeout": "1s"}] * 101, "a list of at most 100"),
        ("manager__adjustments", [{"timeout": "1s"}], "at is required"),
        ("manager__adjustments", [{"at": "1s"}], "nothing that changes"),
        ("manager__adjustments", [{"at": "1h", "timeout": "1s"}], "before the end of the simulation, 901 s"),
        ("manager__adjustments", [{"at": "2s", "timeout": "1s"}, {"at": "1s", "timeout": "2s"}], "2s or later"),
        ("manager__adjustments", [{"at": "1s", "check_interval": "1500us"}], "whole milliseconds"),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(key: str, value: Any, expected: str) -> None:
    assert expected in problems(**{key: value})


def test_a_window_of_heartbeats_has_the_two_silences_that_phi_needs() -> None:
    def short(window: int) -> dict[str, Any]:
        return {"manager__detector": {"kind": "phi-accrual", "window": window}, "manager__heartbeat": {"every": "1s"}}

    assert "manager.detector.window: 2, expected at least 3" in problems(**short(2)).replace("found ", "")
    assert made(**short(3)) and made(manager__detector={"kind": "phi-accrual", "window": 2})


def test_detection_that_is_not_atomic_ends_before_the_next_tick() -> None:
    assert made(protocol__detection_gap="30s")
    assert "less than manager.check_interval, 30s" in problems(
        protocol__atomic_detection=False, protocol__detection_gap="30s"
    )
    faster = [{"at": "1s", "check_interval": "1s"}]
    assert "1s: a tick" in problems(
        protocol__profile="as-implemented", protocol__detection_gap="1s", manager__adjustments=faster
    )


VALID: dict[str, dict[str, Any]] = {
    "hardened": {"protocol__profile": "hardened"},
    "as implemented": {"protocol__profile": "as-implemented"},
    "a switch": {"protocol__retransmission": True},
    "a switch off": {"protocol__bounded_retries": False},
    "faults": {"faults": [{"kind": "crash", "executors": "a-1", "at": "1s"}]},
    "random faults": {"faults": {"random": {"kinds": ["pause"]}}},
    "retries": {"retry": {"max_retries": 3, "backoff": {"base": "2s", "jitter": "full"}, "on": ["rejected"]}},
    "trust": {"workload__target": "trust", "trust__initial": {"distribution": "uniform", "low": 0.5, "high": 0.9}},
    "messages": {"actors__message_rate": "5/min"},
    "overrides": {"manager__overrides": [{"actors": "actor-1*", "timeout": "2min"},
                                         {"actors": "actor-3", "retention": "1s"}]},
    "adjustments": {"manager__adjustments": [{"at": "0s", "check_interval": "1s"},
                                             {"at": "0s", "timeout": "1s", "retention": "1s"}]},
}  # fmt: skip


@pytest.mark.parametrize("case", VALID)
def test_a_setting_that_is_not_plain_is_read_and_written_again_and_gives_another_run(case: str) -> None:
    scenario = made(**VALID[case])
    assert not scenario.plain
    text = to_yaml(scenario)
    again = loads(text)
    assert again == scenario and to_yaml(again) == text
    assert run_id(scenario, "1") != run_id(made(), "1")
    assert estimate_bytes(scenario) > estimate_bytes(made())


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"protocol": {**dict.fromkeys(SWITCHES, None), "profile": "as-designed"}},
        {"protocol": {f.name: getattr(PROFILES["as-designed"], f.name) for f in fields(Switches)}},
        {"protocol": {**{f.name: getattr(PROFILES["as-designed"], f.name) for f in fields(Switches)},
                      "profile": "hardened"}},
        {"protocol__detection_gap": "1s", "protocol__retransmit_after": "1s", "protocol__message_lifetime": "1s"},
        {"retry__backoff__base": "3s", "retry__on": []},
        {"trust__initial": 0.1, "trust__minimum": 0.9},
        {"manager__tracked_states": ["requesting", "transferring"], "manager__enabled": False},
        {"network__loss": 0.5, "network__duplication": 0.5},
        {"faults": [], "manager__overrides": [], "manager__adjustments": [], "actors__message_rate": "0/s"},
    ],
)  # fmt: skip
def test_a_scenario_without_any_of_these_settings_is_plain(values: dict[str, Any]) -> None:
    assert made(**values).plain


def test_only_switches_without_an_effect_leave_a_scenario_plain() -> None:
    for name in SWITCHES:
        for value in (True, False):
            same = getattr(PROFILES["as-designed"], name) is value
            assert made(**{f"protocol__{name}": value}).plain is same


def test_a_copy_with_other_values_is_not_confused_with_the_original() -> None:
    scenario = made()
    assert scenario.plain and len(scenario.executor_names) == 5
    assert not scenario.model_copy(update={"faults": made(**VALID["faults"]).faults}).plain
    switches = scenario.protocol.model_copy(update={"retransmission": True}).switches
    assert switches.retransmission and not scenario.protocol.switches.retransmission


# Trust from a file


def trusting(tmp_path: Path, rows: str) -> Scenario:
    (tmp_path / "trust.csv").write_text(rows, "utf-8")
    (tmp_path / "x.yaml").write_text(BASE + "trust: {initial: {file: trust.csv}}\n", "utf-8")
    return load(tmp_path / "x.yaml")


ROWS = "executor,trust\na-1,0.5\na-0,0\na-4,1\na-3,0.25\na-2,0.7\n"


def test_trust_is_read_from_a_file_which_is_part_of_the_run(tmp_path: Path) -> None:
    scenario = trusting(tmp_path, ROWS)
    assert scenario.trust_file == (0, 0.5, 0.7, 0.25, 1)
    assert scenario.files == {"trust.csv": ROWS.encode()}
    assert run_id(scenario, "1") != run_id(trusting(tmp_path, ROWS.replace("0.5", "0.6")), "1")
    assert trusting(tmp_path, "trust,executor\n" + "".join(f"0.5,a-{k}\n" for k in range(5))).trust_file == (0.5,) * 5
    assert made().trust_file is None


def test_attaching_again_keeps_the_trust(tmp_path: Path) -> None:
    scenario = trusting(tmp_path, ROWS)
    copy = scenario.model_copy()
    copy.attach(scenario.origin, scenario.matrix, scenario.trace, scenario.files)
    assert copy.trust_file == scenario.trust_file


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("", "a CSV file with a header"),
        ("executor\na-0\n", "the columns executor and trust"),
        ("executor,trust,more\na-0,1,2\n", "the columns executor and trust"),
        (ROWS.replace("a-1", "a-9"), "the name of an executor, of a-0 … a-4, not 'a-9', line 2"),
        (ROWS + "a-1,0.5\n", "the name of an executor, once, not 'a-1', line 7"),
        (ROWS.replace("0.5", "1.5"), "a number from 0 to 1 in trust, line 2"),
        (ROWS.replace("0.5", "nan"), "a number from 0 to 1 in trust, not 'nan', line 2"),
        (ROWS.replace(",0.5", ""), "a row of 2 cells, one for each column, not 1, line 2"),
        (ROWS.replace("a-1,0.5\n", ""), "no row for a-1"),
    ],
)
def test_a_bad_file_of_trust_is_refused(tmp_path: Path, rows: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        trusting(tmp_path, rows)
    (problem,) = caught.value.problems
    assert expected in problem.expected and (problem.key, problem.line) == ("trust.initial.file", 5)


# Memory, and sweeps over these keys


def test_more_retries_are_expected_if_more_requests_fail() -> None:
    deaf = [{"group": "a", "count": 5}, {"group": "deaf", "count": 5, "behavior": "unresponsive"}]
    assert attempts_expected(made()) == 10
    assert attempts_expected(made(retry__max_retries=1)) == 15
    few = attempts_expected(made(retry__max_retries=9))
    most = attempts_expected(made(retry__max_retries=9, network__loss=1))
    assert 15 < few < 20 and most == 100
    assert attempts_expected(made(retry__max_retries=9, executors=[*deaf[:1], {**deaf[1], "count": 50}])) > 2 * few
    endless = {"retry__max_retries": 1, "protocol__bounded_retries": False, "network__loss": 1}
    assert attempts_expected(made(**endless)) == pytest.approx(10 * (1 + 901 / 60))
    # Only a detector that polls waits for the manager's next tick.
    quick = endless | {"manager__timeout": "2s"}
    for kind, wait in (("poll", 30), ("deadline", 2), ("chen", 0.5)):
        expected = 10 * (1 + 901 / wait)
        assert attempts_expected(made(**quick, manager__detector={"kind": kind})) == pytest.approx(expected), kind
    heeding = {"manager__detector": {"kind": "chen"}, "manager__heartbeat": {"every": "1s"}}
    assert attempts_expected(made(**quick, **heeding, drain="1s")) == pytest.approx(10 * (1 + 2 / 0.001))


@pytest.mark.parametrize(
    "values",
    [
        {"retry__max_retries": 1000, "network__loss": 1, "workload__migrations": 100_000, "drain": "100h"},
        {"actors__message_rate": "1000000/s", "actors__count": 10_000},
        {"workload__target": "trust", "executors": [{"group": "a", "count": 50_000}],
         "trust__initial": {"distribution": "uniform", "low": 0, "high": 1}},
    ],
)  # fmt: skip
def test_a_scenario_that_would_not_fit_into_memory_is_refused(values: dict[str, Any]) -> None:
    assert "GiB of memory" in problems(**values)


@pytest.mark.parametrize(
    ("key", "levels", "unit", "column"),
    [
        ("protocol.profile", ["as-designed", "hardened"], None, ["as-designed", "hardened"]),
        ("protocol.completion_ack", [True, False, None], None, ["true", "false", None]),
        ("protocol.message_lifetime", ["1min", "500ms"], "s", [60, 0.5]),
        ("retry.max_retries", [0, 3], "", [0, 3]),
        ("retry.backoff.base", ["1s", "2s"], "s", [1, 2]),
        ("retry.backoff.jitter", ["none", "full"], None, ["none", "full"]),
        ("trust.on_timeout", [-0.2, 0], "", [-0.2, 0]),
        ("workload.target", ["uniform", "trust"], None, ["uniform", "trust"]),
        ("actors.message_rate", ["0/s", "30/min"], "1/s", [0, 0.5]),
        ("manager.adjustments.0.at", ["1s", "2s"], "s", [1, 2]),
        ("faults.0.random.mtbf", ["1h", "2h"], "s", [3600, 7200]),
        ("faults.1.by", ["-2s", "2s"], "s", [-2, 2]),
        ("faults.1.executors", ["a-1", "a-*"], None, ["a-1", "a-*"]),
        ("faults", [[], [{"random": {}}]], None, ["[]", '[{"random": {}}]']),
    ],
)  # fmt: skip
def test_a_sweep_reaches_each_key(tmp_path: Path, key: str, levels: list[Any], unit: str | None, column: Any) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        BASE + "manager: {adjustments: [{at: 1s, timeout: 3s}]}\n"
        "faults: [{random: {}}, {kind: clock_step, executors: a-0, at: 1s, by: 1s}]\n",
        "utf-8",
    )
    varied = plan(file, sweep={"vary": {key: levels}})
    (of_key,) = keys_of(varied)
    assert (of_key.unit, [of_key.value(level) for (level,) in varied.points]) == (unit, column)
    runs = [varied.at(point) for point in range(len(varied.points))]
    alone = [load(file, overrides={key: level}) for level in levels]
    assert [run.model_copy(update={"sweep": other.sweep}) for run, other in zip(runs, alone)] == alone
    assert len({run_id(run, "1") for run in runs}) == len(levels)


def test_negative_steps_have_a_column_of_seconds_and_ranges_do_not_accept_them() -> None:
    assert measured("-2min") == ("s", -120) and measured("2min") == ("s", 120)
    with pytest.raises(ValueError, match="of one unit"):
        Range.read("-5s..5s")


def test_the_schema_accepts_each_form() -> None:
    schema = json_schema()
    listed, alone = schema["properties"]["faults"]["anyOf"]
    assert len(listed["items"]["oneOf"]) == 17 and listed["maxItems"] == 1000
    assert alone == {"$ref": "#/$defs/RandomFaults"}
    assert set(schema["$defs"]["Partition"]["required"]) == {"kind", "at"}
    assert {"type": "null"} in schema["$defs"]["Manager"]["properties"]["tracked_states"]["anyOf"]
