"""Tasks in order, whatever does them."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from icnsim.errors import EngineError
from icnsim.search.crew import in_order
from icnsim.sweeps.engines import Engine, Pool, Serial


def squared(number: int) -> int:
    time.sleep(0.01 * (number % 3))
    return number * number


def killed_at_3_and_5(task: tuple[int, Path]) -> int:
    """Its process dies at the task 5, and once at the task 3."""
    number, mark = task
    if number == 5 or (number == 3 and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def failing(number: int) -> int:
    raise ValueError(f"no {number}")


class Threads(Serial):
    """Several tasks at once in this process."""

    slots = 4

    def open(self, *, alone: bool = False) -> Executor:
        return ThreadPoolExecutor(max_workers=3)


@dataclass
class Watched(Serial):
    """One process, of which is known whether it was let go of."""

    closed: list[bool] = field(default_factory=list)

    def close(self, *, at_once: bool) -> None:
        self.closed.append(at_once)


@pytest.mark.parametrize("engine", [Serial(), Threads()], ids=["serial", "threads"])
def test_results_come_in_the_order_of_the_tasks(engine: Engine) -> None:
    assert list(in_order(engine, squared, range(20))) == [number * number for number in range(20)]


def test_no_more_tasks_are_taken_than_can_be_in_hand() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    results = in_order(Serial(), squared, tasks())
    next(results)
    assert taken == [0]
    results.close()


def test_an_engine_is_let_go_of_at_the_end_and_at_once_where_it_ends_early() -> None:
    engine = Watched()
    list(in_order(engine, squared, range(2)))
    results = in_order(engine, squared, range(5))
    next(results)
    results.close()
    assert engine.closed == [False, True]


def test_where_a_worker_dies_its_tasks_are_done_again_and_one_that_kills_every_worker_is_named(tmp_path: Path) -> None:
    results = in_order(Pool(1), killed_at_3_and_5, [(number, tmp_path / "died") for number in range(8)])
    assert [next(results) for _ in range(5)] == list(range(5))
    assert (tmp_path / "died").exists()
    with pytest.raises(EngineError, match=r"twice.*: \(5, "):
        list(results)


def test_what_fails_in_a_task_is_the_engines_error() -> None:
    with pytest.raises(EngineError, match="ValueError: no 0"):
        list(in_order(Serial(), failing, range(2)))


def test_an_engine_that_does_not_start_leaves_nothing_open() -> None:
    class Broken(Watched):
        def open(self, *, alone: bool = False) -> Executor:
            raise EngineError("no worker")

    engine = Broken()
    with pytest.raises(EngineError, match="no worker"):
        list(in_order(engine, squared, range(2)))
    assert engine.closed == [True]
