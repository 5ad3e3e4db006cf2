"""A recording that is stored is read as it was, and nothing else is accepted."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from icnsim.engines import simulate
from icnsim.errors import ResultsError
from icnsim.recording import kept
from icnsim.scenario import loads
from tests.recording.builder import recording

SCENARIO = """
name: kept
executors: [{group: a, count: 5}]
actors: {count: 20}
duration: 5min
protocol: {profile: as-implemented}
workload: {arrivals: {rate: 10/min}}
retry: {max_retries: 1}
record: {messages: true}
faults: [{kind: crash, executors: a-1, at: 1min, restart_after: 30s}]
"""


def same(one, other):
    """Whether two parts of a recording are equal."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return one == other


def test_a_recording_is_read_as_it_was(tmp_path):
    recording = simulate(loads(SCENARIO), "events")[0]
    assert recording.observed.violations
    (tmp_path / kept.NAME).write_bytes(kept.packed(recording))
    assert same(recording, kept.read(tmp_path / kept.NAME))


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / kept.NAME
    path.write_bytes(content)
    with pytest.raises(ResultsError, match="not the recording"):
        kept.read(path)


def test_an_archive_without_a_recording_is_refused(tmp_path):
    path = tmp_path / kept.NAME
    np.savez(path, tree=np.frombuffer(b'{"is": "Path", "of": ["/etc"]}', np.uint8))
    with pytest.raises(ResultsError, match="Path"):
        kept.read(path)


def test_an_archive_of_another_object_and_a_part_of_another_type_are_refused(tmp_path: Path) -> None:
    file = tmp_path / kept.NAME
    np.savez_compressed(file, **{kept.TREE: np.frombuffer(b"[1, 2]", np.uint8)})
    with pytest.raises(ResultsError, match="not a recording"):
        kept.read(file)
    with pytest.raises(TypeError, match="a recording has no complex"):
        kept.packed(dataclasses.replace(recording(), heartbeats=1j))  # type: ignore[arg-type]
