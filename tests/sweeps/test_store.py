"""Nothing is done twice; what is damaged is done again."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import icnsim
from icnsim.errors import ResultsError
from icnsim.sweeps.store import Store
from tests.sweeps import stage
from tests.sweeps.stage import REPLICATIONS, RUNS, Counted, stored, swept

Damage = Callable[[Path], None]


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "more").mkdir(parents=True)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def huge(path: Path) -> None:
    os.truncate(path, 2**40)


def endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def a_link_to_a_folder(path: Path) -> None:
    path.unlink()
    (path.parents[3] / "mine").mkdir()
    (path.parents[3] / "mine" / "kept").touch()
    path.symlink_to(path.parents[3] / "mine", target_is_directory=True)


def of_another_run(path: Path) -> None:
    other = next(file for file in sorted(path.parents[1].glob("??/*.json")) if file != path)
    shutil.copyfile(other, path)


@pytest.fixture
def out(tiny: Path, finished: Path) -> Path:
    """A copy of the results of the small sweep."""
    return shutil.copytree(finished, tiny.parent / "results")


def sweep_folder(out: Path) -> Path:
    (folder,) = (out / stage.NAME).glob("sweep-*")
    return folder


def test_a_wider_sweep_runs_only_what_is_new(tiny: Path) -> None:
    out = tiny.parent / "results"
    narrow = {"vary": {"manager.timeout": ["20s", "45s"], "manager.check_interval": ["5s"]}, "replications": 2}
    watch = Counted()
    swept(tiny, out, sweep=narrow, watch=watch)
    assert (watch.found_before, watch.ended_now) == (0, 4)
    before, watch = stored(out), Counted()
    swept(tiny, out, watch=watch)
    assert (watch.found_before, watch.ended_now) == (4, RUNS - 4)
    after = stored(out)
    assert {run: after[run] for run in before} == before


def test_a_wider_sweep_has_the_bytes_of_one_that_began_so_wide(tiny: Path, undisturbed: dict[str, bytes]) -> None:
    out = tiny.parent / "results"
    swept(tiny, out, sweep={"vary": {"manager.timeout": ["45s"]}, "replications": 2})
    whole = swept(tiny, out)
    assert whole.folder is not None and stage.files(whole.folder) == undisturbed


def test_an_equal_sweep_runs_nothing_even_where_its_tables_are_gone(
    tiny: Path, out: Path, undisturbed: dict[str, bytes]
) -> None:
    watch, before = Counted(), stored(out)
    assert swept(tiny, out, watch=watch).reused
    assert (watch.found_before, watch.ended_now) == (0, 0)
    shutil.rmtree(sweep_folder(out))
    assert not swept(tiny, out, watch=watch).reused
    assert (watch.found_before, watch.ended_now) == (RUNS, 0)
    assert stored(out) == before
    assert stage.of_sweep(out) == undisturbed


def test_a_sweep_over_values_of_every_kind_is_found_again(tiny: Path) -> None:
    mixture = {"distribution": "uniform", "low": "1ms", "high": "9ms"}
    sweep = {"vary": {"network.latency": ["8ms", mixture], "actors.count": [10, 20]}, "replications": 1}
    assert [swept(tiny, tiny.parent / "results", sweep=sweep).reused for _ in range(2)] == [False, True]


@pytest.mark.parametrize("what", ["sweep", "run"])
def test_a_folder_of_that_name_that_is_of_something_else_is_not_believed_but_replaced(
    tiny: Path, out: Path, undisturbed: dict[str, bytes], what: str
) -> None:
    place, elsewhere = sweep_folder(out), tiny.parent / "elsewhere"
    other = swept(tiny, elsewhere, overrides={"seed": 7}) if what == "sweep" else icnsim.run(tiny, out=elsewhere)
    assert other.folder is not None
    shutil.rmtree(place)
    shutil.copytree(other.folder, place)
    watch = Counted()
    assert not swept(tiny, out, watch=watch).reused
    assert watch.ended_now == 0 and stage.of_sweep(out) == undisturbed


DAMAGES: tuple[Damage, ...] = (of_another_run, flipped, cut, emptied, gone, a_folder, a_pipe, huge, endless)


def test_damaged_runs_are_done_again_and_the_bytes_are_the_same(
    tiny: Path, out: Path, undisturbed: dict[str, bytes]
) -> None:
    before = stored(out)
    hit = sorted(before)[1 : 1 + len(DAMAGES)]
    for run, damage in zip(hit, DAMAGES, strict=True):
        damage(out / stage.NAME / "runs" / run[:2] / f"{run}.json")
    shutil.rmtree(sweep_folder(out))
    watch = Counted()
    swept(tiny, out, watch=watch)
    assert (watch.found_before, watch.ended_now) == (RUNS - len(DAMAGES), len(DAMAGES))
    after = stored(out)
    assert {run for run in after if after[run] != before[run]} <= set(hit), "the others are not touched"
    assert sorted(after) == sorted(before)
    assert stage.of_sweep(out) == undisturbed


def test_a_link_in_place_of_a_run_is_replaced_and_not_followed(
    tiny: Path, out: Path, undisturbed: dict[str, bytes]
) -> None:
    hit = sorted(stored(out))[0]
    path = out / stage.NAME / "runs" / hit[:2] / f"{hit}.json"
    a_link_to_a_folder(path)
    shutil.rmtree(sweep_folder(out))
    swept(tiny, out)
    assert path.is_file() and not path.is_symlink() and (out / "mine" / "kept").exists()
    assert stage.of_sweep(out) == undisturbed


def test_a_draft_has_a_name_that_nobody_can_plant_a_link_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = []
    really = os.replace

    def replace(draft: Path, path: Path) -> None:
        drafts.append(draft)
        really(draft, path)

    monkeypatch.setattr(os, "replace", replace)
    store = Store(tmp_path / "runs")
    for _ in range(2):
        store.put("abcd", {"events": 1.0})
    assert len(set(drafts)) == 2
    (tmp_path / "victim").write_text("mine")
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    (tmp_path / "runs" / "ab" / ".unfinished-abcd-guessed").symlink_to(tmp_path / "victim")
    with pytest.raises(ResultsError, match="file exists"):
        store.put("abcd", {"events": 2.0})
    assert (tmp_path / "victim").read_text() == "mine"


def test_drafts_of_a_killed_process_are_removed_after_a_day(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    for name, age in ((".unfinished-old", 2), (".unfinished-new", 0), ("old.json", 2)):
        (tmp_path / "ab" / name).touch()
        os.utime(tmp_path / "ab" / name, (time.time() - age * 86_400,) * 2)
    Store(tmp_path).put("abcd", {"events": 1.0})
    assert sorted(path.name for path in (tmp_path / "ab").iterdir()) == [".unfinished-new", "abcd.json", "old.json"]


def test_a_changed_byte_of_a_stored_run_is_found(out: Path) -> None:
    run = sorted(stored(out))[0]
    path = out / stage.NAME / "runs" / run[:2] / f"{run}.json"
    store, whole = Store(path.parents[1]), path.read_bytes()
    ends = 50
    inside = range(ends, len(whole) - ends, 37)
    for place in (*range(ends), *inside, *range(len(whole) - ends, len(whole))):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        assert not store.whole(run), place
    path.write_bytes(whole)
    assert store.whole(run)


@pytest.mark.parametrize("name", ["points.parquet", "summary.json"])
def test_a_damaged_table_is_made_again_from_the_stored_runs(
    tiny: Path, out: Path, undisturbed: dict[str, bytes], name: str
) -> None:
    flipped(sweep_folder(out) / name)
    watch = Counted()
    assert not swept(tiny, out, watch=watch).reused
    assert watch.ended_now == 0
    assert stage.of_sweep(out) == undisturbed


def test_force_runs_everything_again(tiny: Path, out: Path, undisturbed: dict[str, bytes]) -> None:
    before, watch = stored(out), Counted()
    swept(tiny, out, force=True, watch=watch)
    assert (watch.found_before, watch.ended_now) == (0, RUNS)
    after = stored(out)
    assert not set(after.values()) & set(before.values())
    assert stage.of_sweep(out) == undisturbed


def test_equal_points_of_one_sweep_are_run_once(tiny: Path) -> None:
    watch = Counted()
    sweep = swept(tiny, tiny.parent / "results", sweep={"design": "lhs", "samples": 8}, watch=watch)
    different = sweep.aggregate.drop_duplicates(["manager.timeout", "manager.check_interval"])
    assert len(sweep.aggregate) == 8 > len(different)
    assert watch.ended_now == len(different) * REPLICATIONS
    assert sweep.points["success_rate"].notna().all()


def test_a_run_that_vanishes_while_the_sweep_goes_on_is_told_and_not_taken_for_null(tiny: Path) -> None:
    out = tiny.parent / "results"

    def lose_one(ended: int) -> None:
        if ended == RUNS:
            next((out / stage.NAME / "runs").glob("??/*.json")).unlink()

    with pytest.raises(ResultsError, match="was removed or damaged since"):
        swept(tiny, out, watch=Counted(lose_one))
    assert not list((out / stage.NAME).glob("sweep-*"))
    watch = Counted()
    swept(tiny, out, watch=watch)
    assert watch.ended_now == 1
