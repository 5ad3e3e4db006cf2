"""The small sweep, undisturbed: what all others are compared with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sweeps import stage


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of the small sweep, written by one undisturbed process. Tests use copies."""
    place = tmp_path_factory.mktemp("undisturbed")
    stage.swept(stage.scenario(place), place / "results")
    return place / "results"


@pytest.fixture(scope="session")
def undisturbed(finished: Path) -> dict[str, bytes]:
    """The files of that sweep."""
    return stage.of_sweep(finished)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A scenario with the small sweep."""
    return stage.scenario(tmp_path)


@pytest.fixture
def start() -> Iterator[Callable[..., stage.Started]]:
    """Starts the command in the background; its processes end with the test."""
    started: list[stage.Started] = []

    def begin(*arguments: str | Path, cwd: Path) -> stage.Started:
        started.append(stage.Started(*arguments, cwd=cwd))
        return started[-1]

    yield begin
    for each in started:
        each.clear()
