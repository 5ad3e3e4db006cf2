"""Settings of all tests."""

import contextlib
import gc
import importlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A timing never decides a test. Each run of the suite tries other examples.
settings.register_profile("house", deadline=None, max_examples=50, derandomize=False)
settings.load_profile("house")

BROWSER = shutil.which("chromium")
SILENT = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--in-process-gpu", "--no-zygote",
]  # fmt: skip

# A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that: the tests that
# interrupt them would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# `nohup` does the same with SIGHUP.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection(session: pytest.Session) -> None:
    """Import the modules of a whole run backwards in every second process.

    The rewriting of their assertions takes a third of the collection. Its result is stored in a file for all
    processes. If both go through the modules in the same order, each of them rewrites them all.
    """
    whole = session.config.args == ["tests"]
    if whole and os.environ.get("PYTEST_XDIST_WORKER", "gw0")[-1] in "13579":
        root = Path(__file__).parents[1]
        for path in sorted(Path(__file__).parent.rglob("test_*.py"), reverse=True):
            # An error is reported by the collection, which imports the module again.
            with contextlib.suppress(Exception, pytest.skip.Exception):
                importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first: what is left at the end, for one process while the other has nothing, is short."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser; without one the test is skipped."""
    if BROWSER is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=SILENT)
        yield browser
        browser.close()


def pytest_collection_finish() -> None:
    """Exempt the modules and the collected tests from garbage collection: a full collection would visit them all.

    With Python's thresholds, it would still take 5 % of the time of all tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
