"""Runs the supervisor's coroutine to its end, also in a notebook: a loop of asyncio runs in its thread already."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait

from icnsim.recording.columns import Recording


def to_end(work: Coroutine[None, None, Recording]) -> Recording:
    """The result of a coroutine; if a loop runs in this thread, another thread runs it.

    An interrupt of this thread, such as Ctrl-C or the stop button of a notebook, cancels the coroutine and waits until
    it has ended its processes.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    begun: Future[asyncio.Task[Recording]] = Future()

    async def announced() -> Recording:
        begun.set_result(asyncio.create_task(work))
        return await begun.result()

    with ThreadPoolExecutor(1, "icnsim-live") as pool:
        future = pool.submit(asyncio.run, announced())
        try:
            return future.result()
        except BaseException:
            wait([begun])
            task = begun.result()
            if not future.done():
                task.get_loop().call_soon_threadsafe(task.cancel)
            raise
