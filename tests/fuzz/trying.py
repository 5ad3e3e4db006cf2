"""Tries one input: reads it as the commands do, runs it within a budget, and checks the results.

An error of the hierarchy of `icnsim.errors` is a correct answer to a bad input. Anything else is a failure: another
exception, a result that contradicts itself (the engines check the laws of conservation in every run, and raise), a
NaN or an infinity, or a resolved scenario that is read as another one.
"""

import math
import resource
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from icnsim import experiment
from icnsim.errors import BudgetError, IcnsimError
from icnsim.recording.progress import Budget
from icnsim.scenario import coherence, loads, resolved
from icnsim.version import VERSION
from tests.fuzz.inputs import Input

EVENTS: Final = 30_000
WALL_S: Final = 5.0
LARGEST: Final = 256 * 2**20
"""Scenarios whose run is estimated to need more memory, bytes, are read and not run."""
MEMORY: Final = 2 * 2**30
"""The most memory that a process may have, bytes."""
RUN, REFUSED, STOPPED, LARGE, FAILED = "run", "refused", "stopped", "large", "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of trying an input.

    Attributes
    ----------
    what : RUN, REFUSED with an error, STOPPED by the budget, LARGE, which is valid and not run, or FAILED.
    why : the error and where it was raised, for FAILED.
    """

    what: str
    why: str = ""


def limit_memory() -> None:
    """Let this process have no more than `MEMORY`: a request for more raises MemoryError."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def tried(given: Input) -> Outcome:
    """The outcome of an input, in this process."""
    try:
        with tempfile.TemporaryDirectory(prefix="icnsim-fuzz-") as folder:
            return Outcome(_what(given, Path(folder)))
    except BudgetError:
        return Outcome(STOPPED)
    except IcnsimError as error:
        return Outcome(FAILED, "an empty message") if not str(error).strip() else Outcome(REFUSED)
    except Exception as error:
        inside = [frame for frame in traceback.extract_tb(error.__traceback__) if "/icnsim/" in frame.filename]
        place = f"{Path(inside[-1].filename).name}:{inside[-1].name}" if inside else "the fuzzer"
        return Outcome(FAILED, f"{type(error).__name__} in {place}: {str(error)[:200]}")


def _what(given: Input, folder: Path) -> str:
    scenario = experiment.prepare(given.write(folder), given.settings)
    again = loads(resolved.to_yaml(scenario), folder)
    if resolved.run_id(again, VERSION) != resolved.run_id(scenario, VERSION):
        raise AssertionError("the resolved scenario is read as another one")
    if coherence.estimate_bytes(scenario) > LARGEST:
        return LARGE
    found = experiment.run(scenario, budget=Budget(EVENTS, WALL_S))
    wrong = next(infinite(found.summary, ""), None)
    if wrong is not None:
        raise AssertionError(f"{wrong} is not finite")
    return RUN


def infinite(value: Any, name: str) -> Iterator[str]:
    """The names of the numbers in a document that are NaN or infinite."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from infinite(item, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from infinite(item, name)
    elif isinstance(value, float) and not math.isfinite(value):
        yield name
