"""Submitted bodies: old ones stay valid, unknown fields are kept, and each bad one is refused with its line."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from icnsim.errors import ScenarioError
from icnsim.protocol.task import ComputeTask, Mode
from icnsim.recording import arrow
from icnsim.recording.figures import figures
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.scenario.resolved import to_yaml
from icnsim.scenario.submissions import MOST_PROBLEMS
from icnsim.simulation import simulate

TEXT = """
name: s
executors: [{group: a, count: 3}]
workload: {trigger: {submissions: {file: b.jsonl}}}
"""
MODE = {"checkpoint_interval_secs": 60, "max_state_size_bytes": 10485760}


def read(folder: Path, content: str | bytes, text: str = TEXT) -> Scenario:
    data = content.encode() if isinstance(content, str) else content
    (folder / "b.jsonl").write_bytes(data)
    return loads(text, folder)


def bodies(folder: Path, *given: dict[str, Any]) -> Scenario:
    lines = [json.dumps({"at_s": 0, "id": f"t{number}", "code": "x", **body}) for number, body in enumerate(given)]
    return read(folder, "\n".join(lines) + "\n")


def problems(folder: Path, content: str | bytes, text: str = TEXT) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        read(folder, content, text)
    return [str(problem) for problem in error.value.problems]


def tasks(scenario: Scenario) -> tuple[ComputeTask, ...]:
    assert scenario.submissions is not None
    return scenario.submissions.tasks


def test_the_modes_of_a_body(tmp_path: Path) -> None:
    modes = [{}, {"actor_mode": None}, {"actor_mode": {"Stateful": MODE}}, {"actor_mode": {"WasmStateful": MODE}}]
    found = tasks(bodies(tmp_path, *modes))
    assert [task.mode for task in found] == [Mode.EPHEMERAL, Mode.EPHEMERAL, Mode.STATEFUL, Mode.WASM_STATEFUL]
    assert found[2] == ComputeTask("t2", Mode.STATEFUL, 60, 10485760)


def test_the_other_fields_of_a_body_are_read(tmp_path: Path) -> None:
    body = {"deadline_ms": 5000, "estimated_value": 700, "resource_profile": {"duration_estimate_secs": 30}}
    assert tasks(bodies(tmp_path, body)) == (ComputeTask("t0", Mode.EPHEMERAL, 0, 0, 5000, 700, 30),)


def test_the_body_of_the_gateway(tmp_path: Path) -> None:
    content = [
        {"at_s": 0, "task_id": "w", "wasm_bytes": "AGFzbQ==", "code_type": "wasm", "fuel_limit": 5000},
        {"at_s": 0, "task_id": "r", "wasm_hash": "ab" * 32, "payment_rate": 7, "submitter": "did:icn:alice"},
        {"at_s": 0, "code": "(job)", "payment_rate": 7, "payment_currency": "hours"},
    ]
    scenario = read(tmp_path, "\n".join(map(json.dumps, content)))
    assert [(task.id, task.fuel_limit, task.payment_rate) for task in tasks(scenario)] == [
        ("w", 5000, 0), ("r", 10_000, 7), ("task-2", 10_000, 0)
    ]  # fmt: skip
    assert scenario.submissions is not None and scenario.submissions.fields == {}


def test_the_task_itself_as_serde_writes_it(tmp_path: Path) -> None:
    """The deadline is absolute: a time on the clock of `created_at`, or else of the simulation."""
    body = {
        "submitter": "did:icn:alice", "code": {"Ccl": "(job)"}, "fuel_limit": 100, "required_capabilities": ["Ccl"],
        "created_at": 1_700_000_000_000, "deadline": 1_700_000_060_000, "payment_rate": None, "actor_mode": "Ephemeral",
        "verification": {"threshold": 0.5, "executors": 4},
    }  # fmt: skip
    others = [{"code": code} for code in (
        {"CclRef": {"hash": [1] * 32, "rule": "main"}}, {"WasmRef": [255] * 32}, {"WasmInline": [0, 97]},
    )]  # fmt: skip
    found = tasks(bodies(tmp_path, body, *others, {"at_s": 2, "deadline": 5000}))
    assert found[0] == ComputeTask("t0", deadline=60_000, fuel_limit=100, executors=4, threshold=0.5)
    assert [task.deadline for task in found] == [60_000, None, None, None, 3000]


def test_all_problems_of_a_body_and_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    bad = {"at_s": 1, "id": "b", "code": "x", "fuel_limit": 1, "payment_rate": -1, "submitter": "alice"}
    found = problems(tmp_path, "\n".join((GOOD, json.dumps(bad), '{"at_s": 2, "id": "c"}')))
    assert [line.split(": found")[0] for line in found] == [
        "b.jsonl:2: fuel_limit", "b.jsonl:2: payment_rate", "b.jsonl:2: submitter", "b.jsonl:3: code"
    ]  # fmt: skip


def test_unknown_fields_are_kept_and_counted(tmp_path: Path) -> None:
    scenario = bodies(
        tmp_path,
        {"colour": "high", "inputs": {"a": [1, None]}},
        {"colour": "low", "actor_mode": {"Stateful": {**MODE, "replicas": 3}}},
        {},
        {"resource_profile": {"cpu_cores": 2.5}},
    )
    recording = simulate(scenario)
    summary = summarise(recording, scenario)
    assert summary["unknown_fields"] == {
        "actor_mode.Stateful.replicas": 1, "colour": 2, "inputs": 1, "resource_profile.cpu_cores": 1
    }  # fmt: skip
    table = arrow.table("tasks", recording, scenario)
    assert table is not None
    kept = [None if text is None else json.loads(text) for text in table.column("unknown_fields").to_pylist()]
    assert kept == [
        {"colour": "high", "inputs": {"a": [1, None]}},
        {"colour": "low", "actor_mode.Stateful": {"replicas": 3}},
        None,
        {"resource_profile": {"cpu_cores": 2.5}},
    ]


def test_other_fields_are_a_single_figure(tmp_path: Path) -> None:
    scenario = bodies(tmp_path, {"a": 1}, {"b": 2, "a": 3})
    summary = {**summarise(simulate(scenario), scenario)}
    assert figures(summary)["unknown_fields"] == 3


def test_empty_lines_and_a_byte_order_mark_are_ignored(tmp_path: Path) -> None:
    content = "\ufeff" + '\n{"at_s": 1, "id": "a", "code": "x"}\r\n\n{"at_s": 1.5, "id": "b", "code": "x"}\n\n'
    scenario = read(tmp_path, content)
    assert scenario.given_times == (1_000_000, 1_500_000)
    assert scenario.actors.count == 0


def test_the_resolved_scenario_gives_the_same(tmp_path: Path) -> None:
    scenario = bodies(tmp_path, {})
    again = loads(to_yaml(scenario), tmp_path)
    assert to_yaml(again) == to_yaml(scenario)
    assert tasks(again) == tasks(scenario)


GOOD = '{"at_s": 1, "id": "a", "code": "x"}'
BAD: dict[str, tuple[str, str]] = {
    "not JSON": ("{", "a line that is not JSON"),
    "a list": ("[1]", "a JSON object"),
    "a number": ("3", "a JSON object"),
    "trailing": (GOOD + " x", "a line that is not JSON"),
    "NaN": ('{"at_s": NaN, "id": "b", "code": "x"}', "NaN is not a number in JSON"),
    "a key twice": ('{"at_s": 1, "id": "b", "id": "c", "code": "x"}', "a key that occurs twice"),
    "deep": ('{"at_s": 1, "id": "b", "code": "x", "y": ' + "[" * 100_000 + "]" * 100_000 + "}", "too many levels"),
    "a number that JSON cannot represent": (
        '{"at_s": 1, "id": "b", "code": "x", "y": 1e400}', "a number that is out of range"
    ),
    "a huge number": ('{"at_s": ' + "9" * 5000 + ', "id": "b", "code": "x"}', "a line that is not JSON"),
    "no code": ('{"at_s": 1, "id": "b"}', "code is required"),
    "no time": ('{"id": "b", "code": "x"}', "at_s is required"),
    "empty id": ('{"at_s": 1, "id": "", "code": "x"}', "at least 1 character"),
    "long id": ('{"at_s": 1, "id": "' + "i" * 257 + '", "code": "x"}', "an id of at most 256 bytes"),
    "half of a pair": ('{"at_s": 1, "id": "\\ud800", "code": "x"}', "unicode string"),
    "empty code": ('{"at_s": 1, "id": "b", "code": ""}', "code of 1 to 1,000,000 bytes, not of 0"),
    "code that is a number": ('{"at_s": 1, "id": "b", "code": 3}', 'a text, or one of {"Ccl": …}'),
    "the same id": (GOOD, "another one: line 1 has it, too"),
    "earlier": ('{"at_s": 0.5, "id": "b", "code": "x"}', "in the order of their times"),
    "a negative time": ('{"at_s": -1, "id": "b", "code": "x"}', "greater than or equal to 0"),
    "a text for a time": ('{"at_s": "1", "id": "b", "code": "x"}', "valid number"),
    "a truth value for a time": ('{"at_s": true, "id": "b", "code": "x"}', "valid number"),
    "an endless time": ('{"at_s": 1e400, "id": "b", "code": "x"}', "finite number"),
    "an unknown mode": ('{"at_s": 1, "id": "b", "code": "x", "actor_mode": {"Sateful": {}}}', "unknown mode"),
    "a mode in a text": ('{"at_s": 1, "id": "b", "code": "x", "actor_mode": "Stateful"}', 'null, "Ephemeral", {"St'),
    "no mode in a mode": ('{"at_s": 1, "id": "b", "code": "x", "actor_mode": {}}', "neither"),
    "both modes": (
        json.dumps({"at_s": 1, "id": "b", "code": "x", "actor_mode": {"Stateful": MODE, "WasmStateful": MODE}}), "both"
    ),
    "a mode without its maximum": (
        '{"at_s": 1, "id": "b", "code": "x", "actor_mode": {"Stateful": {"checkpoint_interval_secs": 60}}}',
        "actor_mode.Stateful.max_state_size_bytes: found nothing",
    ),
    "an interval of 0": (
        '{"at_s": 1, "id": "b", "code": "x", "actor_mode": {"Stateful": {"checkpoint_interval_secs": 0, '
        '"max_state_size_bytes": 1}}}',
        "actor_mode.Stateful.checkpoint_interval_secs: found 0, expected greater than or equal to 1",
    ),
    "half a second": (
        '{"at_s": 1, "id": "b", "code": "x", "actor_mode": {"Stateful": {"checkpoint_interval_secs": 0.5, '
        '"max_state_size_bytes": 1}}}',
        "valid integer",
    ),
    "a deadline of 0": ('{"at_s": 1, "id": "b", "code": "x", "deadline_ms": 0}', "greater than or equal to 1"),
    **{
        f"{name} {value!r}"[:40]: (json.dumps({"at_s": 1, "id": "b", "code": "x", name: value}), expected)
        for name, value, expected in (
            ("fuel_limit", 99, "fuel_limit: found 99, expected greater than or equal to 100"),
            ("fuel_limit", 10_000_001, "fuel_limit: found 10000001, expected less than or equal to 10000000"),
            ("submitter", "did:key:alice", "submitter: found \"did:key:alice\", expected a DID that begins with did:"),
            ("payment_rate", 1_000_001, "payment_rate: found 1000001, expected less than or equal to 1000000"),
            ("required_capabilities", [], "required_capabilities: found [], expected"),
            ("required_capabilities", ["Gpu"], "required_capabilities.0: found \"Gpu\", expected \"Ccl\", \"Wasm\""),
            ("code", "x" * 1_000_001, "code of 1 to 1,000,000 bytes, not of 1,000,001"),
            ("code", {"Ccl": "x" * 1_000_001}, "code of 1 to 1,000,000 bytes, not of 1,000,001"),
            ("code", {"Python": "x"}, "a text, or one of {\"Ccl\": …}"),
            ("code", {"WasmRef": [1] * 31}, "a hash of 32 bytes"),
            ("code", {"WasmInline": [256]}, "whole numbers from 0 to 255"),
            ("code", {"CclRef": {"hash": [0] * 32, "rule": ""}}, "a rule's name of 1 to 256 bytes"),
            ("id", "é" * 129, "an id of at most 256 bytes"),
            ("inputs", "i" * 1_000_000, "inputs: found 1,000,002 bytes, expected at most 1,000,000 bytes"),
            ("deadline", 1000, "a time after its submission"),
            ("verification", {"threshold": 1.5, "executors": 3}, "verification.threshold: found 1.5, expected less"),
            ("verification", {"threshold": 0.5, "executors": 0}, "verification.executors: found 0, expected greater"),
            ("wasm_hash", "00" * 31, "a hash of 64 hexadecimal digits"),
            ("wasm_bytes", "%", "a module in base64"),
            ("code_type", "wasm", "wasm_bytes or wasm_hash with it"),
            ("task_id", "c", "id or task_id, not both"),
        )
    },
    "a module that is too large": (
        json.dumps({"at_s": 1, "wasm_bytes": base64.b64encode(bytes(5_000_001)).decode()}), "1 to 5,000,000 bytes"
    ),
    "two deadlines": (
        '{"at_s": 1, "id": "b", "code": "x", "deadline": 2000, "deadline_ms": 5}', "deadline (absolute) or deadline_ms"
    ),
    "a negative value": ('{"at_s": 1, "id": "b", "code": "x", "estimated_value": -1}', "greater than or equal to 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_body_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    body, expected = BAD[case]
    found = problems(tmp_path, f"{GOOD}\n\n{body}\n")
    assert len(found) == 1
    assert found[0].startswith("b.jsonl:3: ")
    assert expected in found[0]


def test_bad_bodies_are_reported_up_to_a_limit(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "{\n" * 3)) == 3
    assert len(problems(tmp_path, "{\n" * 1000)) == MOST_PROBLEMS


def test_bad_bodies_are_reported_together_with_problems_of_the_scenario(tmp_path: Path) -> None:
    found = problems(tmp_path, "{\n", TEXT + "retry: {max_retries: 3}\nsed: 1\n")
    assert [part for part in ("sed", "b.jsonl:1") if not any(part in line for line in found)] == []


@pytest.mark.parametrize(("content", "expected"), [
    ("", "at least one body"), ("\n \n", "at least one body"), (b"\xff\xfe", "a file in UTF-8"),
])  # fmt: skip
def test_a_file_without_bodies_is_refused(tmp_path: Path, content: str | bytes, expected: str) -> None:
    (found,) = problems(tmp_path, content)
    assert "workload.trigger.submissions.file" in found
    assert expected in found


@pytest.mark.parametrize(("name", "expected"), [
    ("b.csv", "a file whose name ends in .jsonl"), ("../b.jsonl", "inside of the scenario's own folder"),
    ("c.jsonl", "there is no c.jsonl"),
])  # fmt: skip
def test_only_json_lines_in_the_scenario_s_folder_are_read(tmp_path: Path, name: str, expected: str) -> None:
    (found,) = problems(tmp_path, GOOD, TEXT.replace("b.jsonl", name))
    assert expected in found


UNREAD: dict[str, tuple[str, str]] = {
    "actors": ("actors: {count: 3}\n", "actors.count"),
    "messages to actors": ("actors: {message_rate: 1/s}\n", "actors.message_rate"),
    "a mode of all": ("actors: {mode: {wasm_stateful: {}}}\n", "actors.mode"),
    "retries": ("retry: {max_retries: 2}\n", "retry.max_retries"),
    "stages": ("stages: {restore: 3s}\n", "stages"),
    "a bandwidth": ("network: {bandwidth: 1MiB/s}\n", "network.bandwidth"),
    "a forger": ("faults: [{kind: forge, executors: a-0, at: 0s, for: 1s}]\n", "faults.0"),
    "credits of a quorum": ("quorum: {enabled: true, credits: 50}\n", "quorum.credits"),
    "a vote on final checkpoints": ("quorum: {enabled: true, executors: 2, on: [checkpoint]}\n", "quorum.on"),
    "a window without a quorum": ("tasks: {window: submission}\n", "tasks.window"),
    "byzantine": ("seed: 3\nexecutors: [{group: b, count: 2, behavior: byzantine}]\n", "quorum.enabled"),
}


@pytest.mark.parametrize("case", UNREAD)
def test_a_key_without_an_effect_is_refused(tmp_path: Path, case: str) -> None:
    more, expected = UNREAD[case]
    text = TEXT.replace("executors: [{group: a, count: 3}]\n", "") + more if "executors" in more else TEXT + more
    assert any(expected in line for line in problems(tmp_path, GOOD, text))


@pytest.mark.parametrize(("executors", "expected"), [
    ("[{group: a, count: 2, behavior: rejecting}]", "executors get tasks without a Request"),
    ("[{group: a, count: 2, weight: 3}]", "1, or 0 for executors that get no tasks"),
    ("[{group: a, count: 2, weight: 0}]", "one, so that tasks have an executor"),
    ("[{group: a, count: 2, hosts_actors: false}]", "hosts_actors: true"),
])  # fmt: skip
def test_executors_that_cannot_run_tasks_are_refused(tmp_path: Path, executors: str, expected: str) -> None:
    found = problems(tmp_path, GOOD, TEXT.replace("[{group: a, count: 3}]", executors))
    assert any(expected in line for line in found)


def test_a_quorum_has_only_executors_that_get_tasks(tmp_path: Path) -> None:
    text = TEXT.replace("count: 3}]", "count: 3}, {group: b, count: 9, weight: 0}]")
    (found,) = problems(tmp_path, GOOD, text + "quorum: {enabled: true, executors: 4}\n")
    assert "at most the 3 that get tasks" in found


def test_tasks_keys_without_submissions_are_refused() -> None:
    with pytest.raises(ScenarioError, match="a value that has no effect"):
        loads("name: s\nworkload: {migrations: 1}\ntasks: {run_time: 3s}\n")
    with pytest.raises(ScenarioError, match=r"without actors nothing migrates"):
        loads("name: s\nworkload: {migrations: 1}\nactors: {count: 0}\n")
