"""Runs tasks on an engine and yields their results in the order of the tasks.

A sweep stores its runs one by one. A search needs less, because its tasks are pure and can be done
again. If a worker dies, the tasks in progress are done again, each alone, and a task that kills its
worker once more ends the search with an error.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from icnsim.errors import EngineError
from icnsim.sweeps.engines import Engine, given_up, lost, same_version
from icnsim.sweeps.interruption import Interruptions
from icnsim.version import VERSION

T = TypeVar("T")
R = TypeVar("R")

LOOKS_S: Final = 0.5
"""The time between two checks, s, whether workers exist for the tasks in progress, while none ends."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """A result, and the version of icnsim that the worker has."""

    result: R
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class _Versioned(Generic[T, R]):
    """The function that a worker calls."""

    function: Callable[[T], R]

    def __call__(self, task: T) -> Answer[R]:
        return Answer(self.function(task))


def in_order(engine: Engine, function: Callable[[T], R], tasks: Iterable[T]) -> Generator[R, None, None]:
    """The result of each task, in the order of the tasks; at most `Engine.slots` are in progress.

    Raises
    ------
    EngineError : no worker exists for them, or a task kills its worker.
    """
    call, waiting, ended = _Versioned(function), iter(tasks), False
    in_hand: deque[tuple[T, Future[Answer[R]]]] = deque()
    try:
        with Interruptions() as interruptions:
            executor = engine.open()
            while True:
                while len(in_hand) < engine.slots and (task := next(waiting, None)) is not None:
                    in_hand.append((task, _submitted(executor.submit, call, task)))
                if not in_hand:
                    break
                task, future = in_hand.popleft()
                try:
                    result = _result(future, engine, interruptions)
                except BrokenExecutor:
                    again = [task, *(other for other, _ in in_hand)]
                    in_hand.clear()
                    for suspect in again:
                        yield _alone(engine, call, suspect, interruptions)
                    executor = engine.open()
                    continue
                yield result
            interruptions.check()
        ended = True
    finally:
        engine.close(at_once=not ended)


def _submitted(submit: Callable[..., "Future[Answer[R]]"], call: _Versioned[T, R], task: T) -> "Future[Answer[R]]":
    try:
        return submit(call, task)
    except BrokenExecutor as error:
        future: Future[Answer[R]] = Future()
        future.set_exception(error)
        return future
    except Exception as error:
        raise lost(error) from None


def _alone(engine: Engine, call: _Versioned[T, R], task: T, interruptions: Interruptions) -> R:
    """The result of a task in its own process."""
    try:
        return _result(_submitted(engine.open(alone=True).submit, call, task), engine, interruptions)
    except BrokenExecutor:
        told = "a worker process died in the same runs twice; most often there was not enough memory"
        raise EngineError(f"{told}: {task}") from None


def _result(future: "Future[Answer[R]]", engine: Engine, interruptions: Interruptions) -> R:
    while True:
        interruptions.check()
        try:
            answer = future.result(timeout=LOOKS_S)
            break
        except (NotYet, TimeoutError):
            engine.check()
        except BrokenExecutor:
            raise
        except (Exception, CancelledError) as error:
            if given_up(error):
                raise BrokenExecutor from None
            raise lost(error) from None
    same_version(answer.version)
    return answer.result
