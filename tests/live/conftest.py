"""Live runs begin an event loop in the thread of the tests."""

import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def no_other_loop() -> Iterator[None]:
    """Hides the loop of the browser's driver, which is suspended in this thread while it has nothing to do."""
    suspended = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(suspended)
