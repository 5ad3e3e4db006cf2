"""The files of a place, and the checkpoints that actors make of themselves."""

import json

import pytest

from icnsim.errors import ResultsError
from icnsim.live.disk import Disk
from icnsim.live.image import RUNS
from icnsim.protocol.messages import ActorId
from icnsim.scenario import loads
from icnsim.simulation.federation import Federation
from tests.live.test_host import One, exchange

MODE = "actors: {count: 8, mode: {stateful: {checkpoint_interval: 4s}}}\ncheckpoints: {time: 500ms, flush: 1s}\n"
TEXT = """
name: saving
executors: [{group: a, count: 2}]
duration: 40s
workload: {arrivals: {rate: 0.1/s}}
protocol: {profile: %s}
"""


def test_a_journal_is_read_up_to_the_last_batch_that_was_sent(tmp_path):
    disk = Disk(tmp_path / "place")
    for process, number in ((3, 0), (3, 1), (3, 2), (5, 1)):
        disk.write(json.dumps([process, number, [["moved", number]]]).encode() + b"\n")
    disk.write(b'[5, 2, [["cut o')
    assert disk.changes({3: 1, 5: 9}) == [[["moved", 0]], [["moved", 1]], [["moved", 1]]]


def test_a_disk_has_nothing_before_the_first_write_and_after_it_is_lost(tmp_path):
    disk = Disk(tmp_path / "place")
    assert (disk.changes({}), disk.checkpoints()) == ([], {})
    disk.write(b"[1, 0, []]\n")
    disk.save(ActorId(3), 2, 1)
    disk.lose()
    again = Disk(tmp_path / "place")
    assert (again.changes({}), again.checkpoints()) == ([], {})


def test_a_checkpoint_file_is_replaced_as_a_whole(tmp_path):
    disk = Disk(tmp_path / "place")
    for actor, sequence in ((12, 1), (3, 7), (12, 2)):
        disk.save(ActorId(actor), sequence, 1_000_000)
    (tmp_path / "place" / "actor-3.draft").write_bytes(b'{"act')  # a kill has cut it off
    assert disk.checkpoints() == {12: 2, 3: 7}
    disk.remove(ActorId(3))
    disk.remove(ActorId(4))
    assert disk.checkpoints() == {12: 2}


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    (place / "journal").symlink_to("/dev/full")
    (place / "actor-1.draft").symlink_to("/dev/full")
    with pytest.raises(ResultsError, match="the journal cannot be written: no space left on device"):
        Disk(place).write(b"line\n")
    with pytest.raises(ResultsError, match="the checkpoint cannot be written: no space left on device"):
        Disk(place).save(ActorId(1), 1, 1)


def saving(folder, profile="hardened", more=""):
    """A worker of executor 0 that keeps its files in a folder."""
    return One(profile, text=TEXT, more=MODE + more, disk=Disk(folder))


def restored(folder, profile="hardened"):
    """The worker that replaces it; its actors do not run yet."""
    again, disk = saving_again(folder, profile), Disk(folder)
    again.host.restore(disk.changes({1: 1 << 40}), disk.checkpoints())
    return again


def saving_again(folder, profile):
    return One(profile, text=TEXT, more=MODE, disk=Disk(folder), process=5, restarts=True)


@pytest.mark.parametrize(("until", "made"), [(5_499_999, 0), (5_500_001, 1), (9_500_001, 2), (29_500_001, 7)])
def test_a_checkpoint_is_on_the_disk_when_its_time_and_its_flush_have_passed(tmp_path, until, made):
    one = saving(tmp_path / "place")
    one.env.catch_up(until)
    found = Disk(tmp_path / "place").checkpoints()
    assert found == (dict.fromkeys(one.executor.manager.runtime.copies, made) if made else {})


def test_a_restarted_worker_has_the_checkpoints_that_the_simulation_computes(tmp_path):
    crash = "faults: [{kind: crash, executors: a-0, at: 15s, restart_after: 5s}]\n"
    federation = Federation(loads(TEXT % "hardened" + MODE + crash))
    rows = federation.run().recoveries
    simulated = dict(zip(rows["actor"].tolist(), rows["sequence"].tolist(), strict=True))
    one = saving(tmp_path / "place")
    one.host.keep_actors()
    one.env.catch_up(15_000_000)
    again = restored(tmp_path / "place")
    at_rest = {actor for actor in again.executor.manager.runtime.copies if simulated.get(actor) == 3}
    assert len(at_rest) >= 2
    again.host.restart()
    again.host.reporter.flush()
    (event,) = again.reported("restored")
    assert {actor: sequence for actor, sequence in event[2] if actor in at_rest} == dict.fromkeys(at_rest, 3)
    assert {again.executor.manager.runtime.copies[actor].content for actor in at_rest} == {(3, 0)}


def test_the_next_checkpoints_continue_the_numbers_after_a_restart(tmp_path):
    one = saving(tmp_path / "place")
    one.host.keep_actors()
    one.env.catch_up(15_000_000)
    again = restored(tmp_path / "place")
    again.env.catch_up(20_000_000)
    again.host.restart()
    again.env.catch_up(25_600_000)
    assert set(Disk(tmp_path / "place").checkpoints().values()) == {4}


def test_a_slow_process_makes_its_checkpoints_later(tmp_path):
    one = saving(tmp_path / "place", more="faults: [{kind: slow, executors: a-0, at: 0s, factor: 2}]\n")
    one.env.catch_up(10_900_000)
    assert Disk(tmp_path / "place").checkpoints() == {}
    one.env.catch_up(11_100_000)
    assert set(Disk(tmp_path / "place").checkpoints().values()) == {1}


def test_the_file_of_an_actor_that_has_left_is_removed(tmp_path):
    source = saving(tmp_path / "place")
    target = One("hardened", text=TEXT, more=MODE, own=1, process=2)
    source.env.catch_up(6_000_000)
    target.env.catch_up(6_000_000)
    actor = source.begin()
    assert actor in Disk(tmp_path / "place").checkpoints()
    exchange(source, target)
    assert target.executor.manager.runtime.copies[actor].running
    assert actor not in Disk(tmp_path / "place").checkpoints()
    assert set(Disk(tmp_path / "place").checkpoints()) == set(source.executor.manager.runtime.copies)


def test_the_journal_has_the_actors_that_live_there_at_the_start(tmp_path):
    one = saving(tmp_path / "place")
    one.host.keep_actors()
    (changes,) = Disk(tmp_path / "place").changes({})
    assert [(name, executor) for name, executor, *_ in changes] == [(RUNS, 0)] * len(changes)
    assert [event[2] for event in changes] == list(one.executor.manager.runtime.copies)
