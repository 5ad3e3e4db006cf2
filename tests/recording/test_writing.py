"""The times in a manifest, and the data files of a scenario."""

from pathlib import Path

import pytest

from icnsim.recording import writing
from icnsim.scenario import load
from tests.recording.builder import recording, scenario


def test_a_manifest_has_the_begin_in_seconds_the_end_in_ms_and_the_time_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing.time, "time", lambda: 1_000_000_000.0625)
    found = writing.manifest("0123", 999_999_990.0)
    assert (found["began"], found["ended"]) == ("2001-09-09T01:46:30Z", "2001-09-09T01:46:40.062Z")
    assert (found["run_id"], found["took_s"]) == ("0123", 10.062)


def test_a_command_that_is_no_utf_8_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing.sys, "argv", ["icnsim", "caf\udce9.yaml"])
    assert writing.manifest("0123", 0.0)["command"] == ["icnsim", "caf?.yaml"]


def test_the_resolved_scenario_can_be_run_again_with_its_data(tmp_path: Path) -> None:
    given, draft = tmp_path / "given", tmp_path / "draft"
    (given / "data" / "of" / "times").mkdir(parents=True)
    draft.mkdir()
    (given / "data" / "of" / "times" / "times.csv").write_text("at_s\n1\n2.5\n")
    (given / "data" / "took.csv").write_text("took_s\n1.5\n")
    text = "name: small\nexecutors: [{group: a, count: 2}]\nactors: {count: 3}\n"
    text += "network: {latency: {distribution: empirical, file: data/took.csv, column: took_s}}\n"
    (given / "s.yaml").write_text(f"{text}workload: {{trigger: {{trace: {{file: data/of/times/times.csv}}}}}}\n")
    made, path = load(given / "s.yaml"), "data/of/times/times.csv"
    writing.write_scenario(draft, made)
    assert (draft / path).read_bytes() == (given / path).read_bytes()
    assert load(draft / "scenario.yaml").trace == made.trace


def test_further_files_are_written_with_their_contents(tmp_path: Path) -> None:
    made, place = scenario(), tmp_path / "run"
    writing.write_run(place, made, {"run_id": "0123"}, recording(), 0.0, {}, {"note.txt": b"text"})
    assert (place / "note.txt").read_bytes() == b"text"
