"""The parts of ``python -m tests.machines``; the test of `tests.plants` compares two worlds, one without wide SIMD."""

import json
import sys

from tests.machines import __main__ as suite
from tests.machines.__main__ import ALONE, SWEEPS, TOGETHER, Machine
from tests.machines.child import contents, digests


def test_a_file_that_differs_or_is_missing_is_reported():
    one = {"a": {"x": ["1", "1"], "y": ["2", "2"]}}
    other = {"a": {"x": ["3", "1"]}}
    assert suite.differences(one, other, contents=False) == ["a/x", "a/y"]
    assert suite.differences(one, other, contents=True) == ["a/y"]


def test_only_the_identity_of_a_drawn_sweep_may_depend_on_the_versions_of_its_packages():
    one = {name: {"summary.json": ["1", "1"], "x": ["1", "1"]} for name in ("grid", f"latin{ALONE}")}
    other = {name: {"summary.json": ["2", "1"], "x": ["1", "1"]} for name in one}
    assert suite.differences(one, other, other_sweep_ids=True) == ["grid/summary.json"]
    other[f"latin{ALONE}"] = {"summary.json": ["2", "2"], "x": ["2", "1"]}
    assert suite.differences(one, other, other_sweep_ids=True)[1:] == [f"latin{ALONE}/summary.json", f"latin{ALONE}/x"]


def test_a_sweep_whose_files_depend_on_the_number_of_processes_is_reported():
    found = {f"a{ALONE}": {"x": ["1", "1"]}, f"a{TOGETHER}": {"x": ["2", "1"]}, "b": {}}
    assert suite.between_processes(found) == [f"a{ALONE}/x"]
    found[f"a{TOGETHER}"] = found[f"a{ALONE}"]
    assert suite.between_processes(found) == []


def test_a_machine_whose_locale_is_missing_is_not_available(capsys):
    assert not suite.compared(Machine("far", sys.executable, {"LC_ALL": "xx_XX.UTF-8"}), [], "", {})
    assert "far: not available: the locale xx_XX.UTF-8 is not installed" in capsys.readouterr().out


def test_the_documents_have_generated_and_shipped_scenarios_and_each_sweep_twice():
    names = [each.name for each in suite.documents(3, shipped=True)]
    assert names[:3] == ["generated-0", "generated-1", "events-0"]
    assert {"week4", "hardened", "wasm-precopy"} <= set(names)
    assert names[-2 * len(SWEEPS) :] == [name + kind for name in SWEEPS for kind in (ALONE, TOGETHER)]


def test_every_file_of_a_sweep_but_the_manifest_has_a_digest():
    text = next(each.text for each in suite.documents(0, shipped=True) if each.name == f"latin{ALONE}")
    found = digests(text, suite.ROOT, 1)
    assert set(found) == {"scenario.yaml", "summary.json", "points.parquet", "aggregate.parquet"}


def test_the_contents_of_a_summary_lack_its_identity(tmp_path):
    file = tmp_path / "summary.json"
    file.write_text(json.dumps({"run_id": "a", "events": 3}))
    one = contents(file)
    file.write_text(json.dumps({"run_id": "b", "events": 3}))
    assert contents(file) == one
    file.write_text(json.dumps({"run_id": "b", "events": 4}))
    assert contents(file) != one
