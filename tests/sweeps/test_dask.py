"""Sweeps on a real Dask cluster: the same bytes, with and without TLS, when workers or the scheduler die."""

import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from icnsim.errors import EngineError
from icnsim.sweeps import engines, execution
from icnsim.sweeps.engines import Dask, Tls
from icnsim.sweeps.execution import DIED
from tests.command import icnsim
from tests.sweeps import stage
from tests.sweeps.cluster import PEER, TLS, Cluster, addresses
from tests.sweeps.stage import RUNS, Counted, Started, Through, rows, stored, swept, until

LOOPBACK = {"127.0.0.1"}
STRANGER = ("--tls-ca-file", str(TLS / "stranger.pem"), "--tls-cert", str(TLS / "stranger.pem"),
            "--tls-key", str(TLS / "stranger-key.pem"))  # fmt: skip
UNKNOWN = (*PEER[:2], *STRANGER[2:])
"""Trusts the scheduler, which does not trust it."""
slow = pytest.mark.slow


Living = Callable[[int], Cluster]


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """Gives the cluster that the tests share, with at least as many workers as a test needs.

    Each of its processes takes a second to start. A killed process is started again when a test needs it.
    """
    with ExitStack() as stack:
        started: list[Cluster] = []

        def cluster(workers: int) -> Cluster:
            if not started or not started[-1].has_scheduler:
                started.append(stack.enter_context(Cluster(tmp_path_factory.mktemp("cluster"))))
            started[-1].need(workers)
            return started[-1]

        yield cluster


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with TLS, without workers at first."""
    with Cluster(tmp_path_factory.mktemp("guarded"), tls=True) as started:
        yield started


@slow
def test_a_cluster_gives_the_bytes_of_one_process_though_a_worker_is_killed(
    tiny: Path, undisturbed: dict[str, bytes], living: Living
) -> None:
    cluster, seen = living(2), set[str]()

    def look_and_kill_one(ended: int) -> None:
        seen.update(cluster.connections() | addresses(psutil.Process()))
        if ended == RUNS // 4:
            cluster.kill_worker()

    watch = Counted(look_and_kill_one)
    swept(tiny, tiny.parent / "results", Dask(scheduler_file=cluster.file), watch=watch)
    assert watch.ended_now == RUNS
    assert stage.of_sweep(tiny.parent / "results") == undisturbed
    assert seen == LOOPBACK


@slow
def test_ctrl_c_is_told_without_a_traceback(tmp_path: Path, living: Living, start: Callable[..., Started]) -> None:
    stage.scenario(tmp_path, migrations=10_000)
    sweep = start("sweep", "tiny.yaml", "--scheduler", living(1).address, cwd=tmp_path)
    assert until(lambda: stored(tmp_path / "results"))
    code, said = sweep.interrupt()
    assert code == 3 and "runs are stored; the same command with --resume continues" in said
    assert "Traceback" not in said and "ERROR" not in said


class Deadly(Dask):
    """A cluster whose workers some runs kill."""

    def open(self, *, alone: bool = False) -> Executor:
        return Through(super().open(alone=alone), stage.perform_or_die)


@slow
def test_of_a_cluster_too_only_the_run_that_kills_its_worker_when_alone_has_failed(tiny: Path, living: Living) -> None:
    # Two of three workers die: one as the run's first, with what waited there behind it, one when it is alone.
    whole = swept(tiny, tiny.parent / "whole", sweep={"replications": 1})
    cluster = living(3)
    before = cluster.forgive(0)
    sweep = swept(tiny, tiny.parent / "results", Deadly(cluster.address), {"replications": 1})
    cluster.forgive(before)
    assert list(sweep.points["failed"].dropna()) == [DIED]
    for row, right in zip(rows(sweep), rows(whole), strict=True):
        if (row["manager.timeout"], row["manager.check_interval"]) == (45, 15):
            assert row["failed"] == DIED
        else:
            assert repr(row) == repr(right)


@slow
def test_when_the_scheduler_dies_this_is_told_without_a_traceback_and_what_has_ended_is_kept(
    tmp_path: Path, living: Living, start: Callable[..., Started]
) -> None:
    cluster, tiny, out = living(1), stage.scenario(tmp_path, migrations=10_000), tmp_path / "results"
    sweep = start("sweep", tiny, "--scheduler", cluster.address, cwd=tmp_path)
    assert until(lambda: stored(out))
    cluster.kill_scheduler()
    code, said = sweep.end()
    assert code == 2 and "the workers do no more runs (the scheduler is gone); finished runs are kept" in said
    assert "Traceback" not in said and "ERROR" not in said
    before, watch = stored(out), Counted()
    assert 1 <= len(before) < RUNS
    swept(tiny, out, watch=watch)
    assert watch.ended_now == RUNS - len(before)
    after = stored(out)
    assert {run: after[run] for run in before} == before


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_where_no_scheduler_answers_this_is_said_soon(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "ANSWERS_S", 0.3)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(EngineError, match=f"{address}: no scheduler answers: .+"):
        swept(tiny, tiny.parent / "results", Dask(address))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "nonsense://127.0.0.1:1", "tcp://127.0.0.1:many", "tls://127.0.0.1:1"]
)
def test_an_address_that_is_none_is_a_clear_error(tiny: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "ANSWERS_S", 0.3)
    with pytest.raises(EngineError, match=f"{address}: no scheduler answers: .+"):
        swept(tiny, tiny.parent / "results", Dask(address))


@pytest.mark.parametrize(
    "content", [None, "", "{}", "[]", "null", '{"address": 3}', "[" * 50_000, '{"address": "tcp://a"}' + " " * 65_536]
)
def test_a_scheduler_file_that_is_none_is_a_clear_error(tiny: Path, content: str | None) -> None:
    file = tiny.parent / "scheduler.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(EngineError, match="not a scheduler file of Dask: "):
        swept(tiny, tiny.parent / "results", Dask(scheduler_file=file))


def test_a_pipe_in_place_of_a_scheduler_file_is_not_waited_for(tiny: Path) -> None:
    file = tiny.parent / "scheduler.json"
    os.mkfifo(file)
    with pytest.raises(EngineError, match="not a scheduler file of Dask: not a regular file"):
        swept(tiny, tiny.parent / "results", Dask(scheduler_file=file))


def test_without_dask_it_is_said_how_to_get_it(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EngineError, match=re.escape("pip install 'icnsim[cluster]'")):
        swept(tiny, tiny.parent / "results", Dask("tcp://127.0.0.1:1"))


# TLS


@slow
def test_over_tls_the_bytes_are_the_same(tiny: Path, undisturbed: dict[str, bytes], guarded: Cluster) -> None:
    assert guarded.address.startswith("tls://")
    guarded.need(1)
    done = icnsim("sweep", tiny, "--scheduler-file", guarded.file, *PEER, cwd=tiny.parent)
    assert done.returncode == 0, done.stderr
    assert stage.of_sweep(tiny.parent / "results") == undisturbed


@slow
@pytest.mark.parametrize("files", [STRANGER, UNKNOWN, ()], ids=["does not trust", "is not trusted", "none"])
def test_over_tls_a_wrong_certificate_or_none_is_a_clear_error(
    tiny: Path, guarded: Cluster, files: tuple[str, ...]
) -> None:
    done = icnsim("sweep", tiny, "--scheduler", guarded.address, *files, cwd=tiny.parent)
    assert done.returncode == 2
    assert f"error: {guarded.address}: no scheduler answers: " in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


@slow
def test_a_cluster_without_workers_is_not_waited_for_without_end(
    tiny: Path, guarded: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PATIENCE_S", 1.0)
    monkeypatch.setattr(engines, "LOOKS_S", 0.1)
    monkeypatch.setattr(execution, "LOOKS_S", 0.1)
    guarded.need(1)
    out, tls = tiny.parent / "results", Tls(TLS / "authority.pem", TLS / "peer.pem", TLS / "peer-key.pem")

    def kill(ended: int) -> None:
        if ended == 3:
            guarded.kill_workers()

    with pytest.raises(EngineError, match="no worker for 1 s; finished runs are kept"):
        swept(tiny, out, Dask(guarded.address, tls=tls), watch=Counted(kill))
    assert len(stored(out)) >= 3
    monkeypatch.setattr(engines, "ANSWERS_S", 0.3)
    with pytest.raises(EngineError, match="the scheduler has no workers; start some"):
        swept(tiny, out, Dask(guarded.address, tls=tls))


def test_files_that_are_no_certificates_are_a_clear_error(tiny: Path) -> None:
    with pytest.raises(EngineError, match=r"no scheduler answers: .*(certificate|PEM)"):
        swept(tiny, tiny.parent / "results", Dask("tls://127.0.0.1:1", tls=Tls(tiny, tiny, tiny)))
