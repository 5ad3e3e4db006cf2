"""What holds for all tests."""

import gc
import signal

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # a timing never decides a test
settings.load_profile("house")

# A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that: the tests that
# interrupt them would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first: what is left at the end, for one process while the other has nothing, is short."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Exempt the modules and the collected tests from garbage collection: a full collection would visit them all."""
    gc.collect()
    gc.freeze()
