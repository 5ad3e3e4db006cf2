"""The example package and broken ones, made known to the process of the test."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from icnsim.scenario.plugins import registry
from tests.once import once
from tests.plugins import packages


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once(tmp_path_factory, "example", lambda place: packages.install_example(place / "installed")) / "installed"


@pytest.fixture
def known() -> Iterator[Callable[[Path], None]]:
    """A function that makes the packages of a folder known until the test ends."""
    before, modules = list(sys.path), set(sys.modules)

    def add(folder: Path) -> None:
        sys.path.append(str(folder))
        registry.installed.cache_clear()

    yield add
    sys.path[:] = before
    registry.installed.cache_clear()
    for name in {"broken", "other"} - modules:
        sys.modules.pop(name, None)


@pytest.fixture
def example(example_folder: Path, known: Callable[[Path], None]) -> Path:
    known(example_folder)
    return example_folder
