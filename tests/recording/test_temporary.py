"""Files of results are closed after they are read, and temporary folders are removed."""

import os
from pathlib import Path

import pytest

from icnsim.recording.folder import read_regular, remove_with, temporary


def test_a_file_that_is_read_or_refused_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")

    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = opened()
    assert read_regular(file, 5) == b"12345"
    with pytest.raises(OSError, match="File too large"):
        read_regular(file, 4)
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(tmp_path, 4)
    assert opened() == before


def test_a_temporary_folder_is_removed_with_its_reader_and_at_once_after_an_error() -> None:
    class Reader:
        pass

    places = []

    def fails() -> None:
        with temporary() as place:
            places.append(place)
            assert place.is_dir()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not places[0].exists()
    with temporary() as place:
        (place / "file").write_text("text")
    assert place.name.startswith("icnsim-")
    reader = Reader()
    remove_with(reader, place)
    assert place.exists()
    del reader
    assert not place.exists()
