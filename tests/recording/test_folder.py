"""The results' folder: it is written completely or not at all."""

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from icnsim.errors import ResultsError
from icnsim.recording.folder import (
    MANIFEST,
    digest,
    dumps,
    found,
    intact,
    put_folder,
    read_document,
    read_summary,
    recover,
    write_folder,
)

OUTSIDE = json.dumps({"files": {"../x": hashlib.sha256(b"").hexdigest()}})


def writing(text: str) -> Callable[[Path], None]:
    def write(draft: Path) -> None:
        (draft / "summary.json").write_text(dumps({"figure": text}))
        (draft / "data").mkdir()
        (draft / "data" / "matrix.csv").write_text(text)

    return write


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def before_the_draft_gets_its_name(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something before the rename of a draft, the second rename where an older result is replaced."""
    really = os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(source).name.startswith(".unfinished-"):
            act()
        really(source, target)

    monkeypatch.setattr(os, "replace", replace)


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_written_folder_is_intact_and_lists_every_other_file(tmp_path: Path) -> None:
    folder = tmp_path / "week4" / "0123"
    write_folder(folder, writing("one"), {"command": ["x"]})
    assert intact(folder)
    assert read_summary(folder) == {"figure": "one"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert list(manifest["files"]) == ["data/matrix.csv", "summary.json"]
    assert manifest["command"] == ["x"]
    assert names(folder.parent) == ["0123"], "no draft is left"


@pytest.mark.parametrize("name", ["summary.json", "data/matrix.csv", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "gone", "empty"])
def test_a_damaged_file_makes_the_folder_no_result(tmp_path: Path, name: str, damage: str) -> None:
    folder = tmp_path / "run"
    write_folder(folder, writing("one"), {})
    file = folder / name
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-2] if damage == "cut" else b"")
    assert not intact(folder)
    with pytest.raises(ResultsError, match="--force"):
        read_summary(folder)
    write_folder(folder, writing("two"), {})
    assert read_summary(folder) == {"figure": "two"}


@pytest.mark.parametrize("name", ["summary.json", "data/matrix.csv"])
def test_a_file_with_another_byte_makes_the_folder_no_result(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    write_folder(folder, writing("one"), {})
    file = folder / name
    file.write_bytes(file.read_bytes().replace(b"one", b"two"))
    assert not intact(folder)


@pytest.mark.parametrize(
    "manifest", ["[]", "{}", "null", '{"files": {}}', '{"files": []}', '{"files": {".": "x"}}', OUTSIDE]
)
def test_a_strange_manifest_makes_no_result(tmp_path: Path, manifest: str) -> None:
    (tmp_path.parent / "x").touch()
    (tmp_path / "manifest.json").write_text(manifest)
    assert not intact(tmp_path)


def test_a_file_of_another_size_is_not_read_to_its_end(tmp_path: Path) -> None:
    write_folder(tmp_path / "run", writing("one"), {})
    os.truncate(tmp_path / "run" / "data" / "matrix.csv", 2**42)
    began = time.monotonic()
    assert not intact(tmp_path / "run")
    assert time.monotonic() - began < 5


def test_a_folder_of_more_bytes_than_any_result_is_no_result_even_without_sizes(tmp_path: Path) -> None:
    (tmp_path / "summary.json").touch()
    os.truncate(tmp_path / "summary.json", 2**42)
    (tmp_path / MANIFEST).write_text(dumps({"files": {"summary.json": "x"}}))
    assert not intact(tmp_path)


def test_a_folder_may_have_as_many_bytes_as_a_result_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path / "run", writing("one"), {})
    size = 3 + len(dumps({"figure": "one"}))
    for limit in (size, size - 1):
        monkeypatch.setattr("icnsim.recording.folder.FOLDER_BYTES", limit)
        assert intact(tmp_path / "run") is (limit == size)


def test_a_manifest_without_sizes_is_accepted(tmp_path: Path) -> None:
    write_folder(tmp_path / "run", writing("one"), {})
    manifest = json.loads((tmp_path / "run" / MANIFEST).read_text())
    assert manifest.pop("sizes") == {"data/matrix.csv": 3, "summary.json": len(dumps({"figure": "one"}))}
    (tmp_path / "run" / MANIFEST).write_text(dumps(manifest))
    assert intact(tmp_path / "run")


@pytest.mark.parametrize("name", [MANIFEST, "summary.json"])
def test_a_huge_document_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    os.truncate(tmp_path / name, 2**42)
    assert not intact(tmp_path)
    with pytest.raises(ResultsError, match="file too large"):
        read_document(tmp_path / name)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 50_000, "\x00", '{"a": 1}\n{"a": 2}'])
def test_an_invalid_summary_gives_one_line_whatever_its_hash(tmp_path: Path, text: str) -> None:
    def write(draft: Path) -> None:
        (draft / "summary.json").write_text(text)

    write_folder(tmp_path / "run", write, {})
    with pytest.raises(ResultsError, match=r"summary\.json: not .*, so icnsim did not write this file$"):
        read_summary(tmp_path / "run")
    assert found(tmp_path / "run", {}, ()) is None


def test_a_result_is_found_only_if_it_is_the_one_that_is_wanted_and_has_what_is_needed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_folder(folder, writing("one"), {})
    assert found(folder, {"figure": "one"}, ["data/matrix.csv"]) == {"figure": "one"}
    assert found(folder, {"figure": "two"}, []) is None
    assert found(folder, {"run_id": None}, []) is None, "nothing is not the same as a null"
    (folder / "stray.csv").touch()
    assert found(folder, {}, ["stray.csv"]) is None, "the manifest lists the files of a result"
    assert found(tmp_path / "none", {}, []) is None


def test_a_folder_that_was_made_elsewhere_is_put_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "there", writing("one"), {"command": ["x"]})
    files = [path for path in (tmp_path / "there").rglob("*") if path.is_file()]
    put_folder(tmp_path / "here", {str(path.relative_to(tmp_path / "there")): path.read_bytes() for path in files})
    assert (tmp_path / "here" / MANIFEST).read_bytes() == (tmp_path / "there" / MANIFEST).read_bytes()
    assert intact(tmp_path / "here")


def test_files_of_killed_processes_are_removed_after_a_day_and_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").touch()
    for name, age in ((".unfinished-a", 2), (".replaced-b", 2), (".unfinished-c", 0.5), (".other", 2), ("run-d", 2)):
        (tmp_path / name / "old").mkdir(parents=True)
        os.utime(tmp_path / name, (time.time() - age * 86_400,) * 2)
    (tmp_path / ".replaced-link").symlink_to(tmp_path / "mine")
    os.utime(tmp_path / ".replaced-link", (0, 0), follow_symlinks=False)
    write_folder(tmp_path / "run", writing("one"), {})
    assert names(tmp_path) == [".other", ".unfinished-c", "mine", "run", "run-d"]
    assert names(tmp_path / "mine") == ["kept"]


def test_a_kill_between_the_two_renames_leaves_the_older_result_to_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    write_folder(folder, writing("one"), {})
    process = os.fork()
    if not process:
        before_the_draft_gets_its_name(monkeypatch, lambda: os._exit(9))  # as SIGKILL, nothing is cleaned up
        write_folder(folder, writing("two"), {})
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9
    assert not folder.exists()
    (draft,) = tmp_path.glob(".unfinished-*")
    with pytest.raises(ResultsError, match="a draft that an interrupted command left"):
        read_summary(draft)
    (old,) = tmp_path.glob(".replaced-*/run")
    assert not intact(draft) and not intact(old)
    assert found(folder, {"figure": "one"}, []) == read_summary(folder) == {"figure": "one"}
    write_folder(folder, writing("three"), {})
    assert read_summary(folder) == {"figure": "three"}


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (KeyboardInterrupt(), pytest.raises(KeyboardInterrupt)),
        (OSError(errno.EIO, "input/output error"), pytest.raises(ResultsError, match="input/output error")),
    ],
    ids=["Ctrl-C", "error"],
)
def test_an_interruption_and_an_error_between_the_two_renames_put_the_older_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, raised: AbstractContextManager[object]
) -> None:
    folder = tmp_path / "run"
    write_folder(folder, writing("one"), {})
    before_the_draft_gets_its_name(monkeypatch, raising(error))
    with raised:
        write_folder(folder, writing("two"), {})
    assert names(tmp_path) == ["run"] and read_summary(folder) == {"figure": "one"}


def test_a_damaged_replaced_result_and_one_whose_name_exists_are_not_moved_back(tmp_path: Path) -> None:
    write_folder(tmp_path / "whole", writing("new"), {})
    for name in ("whole", "damaged"):
        write_folder(tmp_path / ".replaced-x" / name, writing("old"), {})
    (tmp_path / ".replaced-x" / "damaged" / "summary.json").write_text("{}")
    recover(tmp_path)
    assert read_summary(tmp_path / "whole") == {"figure": "new"} and not (tmp_path / "damaged").exists()


def test_a_link_in_place_of_a_result_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").touch()
    (tmp_path / "run").symlink_to(tmp_path / "mine")
    write_folder(tmp_path / "run", writing("one"), {})
    assert intact(tmp_path / "run") and not (tmp_path / "run").is_symlink()
    assert names(tmp_path / "mine") == ["kept"]


def test_a_whole_folder_is_replaced_by_a_whole_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_folder(folder, writing("one"), {})
    (folder / "note.txt").write_text("mine")
    write_folder(folder, writing("two"), {})
    assert read_summary(folder) == {"figure": "two"}
    assert names(folder) == ["data", "manifest.json", "summary.json"]
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("existing", [False, True])
def test_a_full_disk_leaves_everything_as_it_was_and_says_what_to_do(tmp_path: Path, existing: bool) -> None:
    folder = tmp_path / "run"
    if existing:
        write_folder(folder, writing("one"), {})

    def full(draft: Path) -> None:
        (draft / "half").write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ResultsError, match=r"no space left on device.*--out"):
        write_folder(folder, full, {})
    assert names(tmp_path) == (["run"] if existing else [])
    assert not existing or read_summary(folder) == {"figure": "one"}


def test_a_run_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(draft: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "run", interrupted, {})
    assert names(tmp_path) == []


def test_a_place_that_cannot_be_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ResultsError, match="cannot write the results"):
        write_folder(tmp_path / "file" / "run", writing("one"), {})


def test_the_draft_of_a_killed_run_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-dead").mkdir()
    (tmp_path / ".unfinished-dead" / "half").write_text("half")
    write_folder(tmp_path / "run", writing("one"), {})
    assert intact(tmp_path / "run")


def test_two_runs_that_end_at_once_leave_one_whole_result(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def overtaken(draft: Path) -> None:
        writing("mine")(draft)
        write_folder(folder, writing("theirs"), {})

    write_folder(folder, overtaken, {})
    assert intact(folder)
    assert names(tmp_path) == ["run"]


def test_a_result_that_another_run_writes_at_the_last_moment_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = tmp_path / "run", tmp_path / "other"
    write_folder(other, writing("theirs"), {})
    before_the_draft_gets_its_name(monkeypatch, lambda: shutil.copytree(other, folder))
    write_folder(folder, writing("mine"), {})
    assert read_summary(folder) == {"figure": "theirs"}
    assert names(tmp_path) == ["other", "run"]


def test_a_file_is_opened_for_its_digest_without_a_wait_for_the_writer_of_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some").write_bytes(b"abc")
    given: list[int] = []
    opened = os.open

    def noted(path: str, flags: int) -> int:
        given.append(flags)
        return opened(path, flags)

    monkeypatch.setattr(os, "open", noted)
    assert digest(tmp_path / "some") == hashlib.sha256(b"abc").hexdigest()
    assert given == [os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK]


def test_json_holds_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        dumps({"figure": float("nan")})
