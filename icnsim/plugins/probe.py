"""One process of a trial: `python -m icnsim.plugins.probe KIND NAME ROUND` prints a JSON document.

Every call of the trial runs twice, in an order that depends on the round, and the results are hashed. The global random
generators start in a state that depends on the round. A call that changes their state or reads a clock is reported.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from icnsim.errors import PluginError
from icnsim.plugins.bits import digest
from icnsim.plugins.calls import Calls
from icnsim.plugins.trial import TRIALS
from icnsim.scenario.plugins.registry import Kind, installed

CLOCKS: Final = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")


class Reading:
    """Records whether a clock of the module `time` was read."""

    def __init__(self) -> None:
        self.done = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Replace the clocks while a call runs."""
        real = {name: getattr(time, name) for name in CLOCKS}

        def reads(name: str) -> Any:
            def read() -> Any:
                self.done = True
                return real[name]()

            return read

        for name in CLOCKS:
            setattr(time, name, reads(name))
        try:
            yield
        finally:
            for name, clock in real.items():
                setattr(time, name, clock)


def probe(kind: Kind, name: str, number: int) -> dict[str, Any]:
    """The hashes of the results of all calls, and the violations that this process has found."""
    plugin, trial = installed(kind)[name], TRIALS[kind]
    try:
        calls = trial.calls(plugin)
        hashes, found = _called(calls, number)
        if not number:
            found += trial.violations(plugin)
    except PluginError as error:
        return {"hashes": {}, "violations": [str(error)]}
    except Exception as error:
        return {"hashes": {}, "violations": [f"it raises {type(error).__name__}: {error}"]}
    return {"hashes": hashes, "violations": found}


def _called(calls: Calls, number: int) -> tuple[dict[str, str], list[str]]:
    random.seed(number)
    np.random.seed(number)
    before = random.getstate(), digest(list(np.random.get_state()))
    reading, hashes, repeated = Reading(), dict[str, str](), list[str]()
    for name in list(calls) if number % 2 == 0 else list(calls)[::-1]:
        first = digest(calls[name]())  # a first call may import modules, and an import may read a clock
        with reading.noted():
            second = digest(calls[name]())
        hashes[name] = first
        if first != second:
            repeated.append(f"{name}: a second call with the same arguments has another result")
    after = random.getstate(), digest(list(np.random.get_state()))
    found = sorted(repeated)
    if after != before:
        found.append("it uses a global random generator")
    if reading.done:
        found.append("it reads a clock")
    return hashes, found


if __name__ == "__main__":
    kind, name, number = sys.argv[1:]
    print(json.dumps(probe(kind, name, int(number))))  # type: ignore[arg-type]
