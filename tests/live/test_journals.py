"""The temporary folder of a live run."""

import os
import tempfile
import time

import pytest

from icnsim.errors import ResultsError
from icnsim.live.journals import PREFIX, journals
from icnsim.recording.folder import STALE_S


@pytest.fixture
def above(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_is_removed_with_its_files(above):
    with journals() as place:
        (place / "place-0").mkdir()
        (place / "place-0" / "journal").write_text("[]")
    assert list(above.iterdir()) == []


def test_only_the_folders_that_killed_runs_left_a_day_ago_are_removed(above):
    names = (f"{PREFIX}old", f"{PREFIX}new", "old")
    for name in names:
        (above / name).mkdir()
        (above / name / "journal").write_text("[]")
    (above / f"{PREFIX}link").symlink_to(above / "old")
    before = time.time() - STALE_S - 60
    for name in ("old", f"{PREFIX}old"):
        os.utime(above / name, (before, before))
    with journals():
        pass
    assert {path.name for path in above.iterdir()} == {f"{PREFIX}new", f"{PREFIX}link", "old"}
    assert (above / "old" / "journal").exists()


def test_where_no_folder_can_be_created_the_error_says_what_to_do(above, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(above / "missing"))
    expected = "cannot be created: no such file or directory; free space or set TMPDIR"
    with pytest.raises(ResultsError, match=expected), journals():
        pytest.fail("there is no folder")
