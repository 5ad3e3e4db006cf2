"""Tries one input: reads it as the commands do, runs it within a budget, and checks the results; or calls commands.

An error of the hierarchy of `icnsim.errors` is a correct answer to a bad input. Anything else is a failure: another
exception, a result that contradicts itself (the engines check the laws of conservation in every run, and raise), a
NaN or an infinity in the summary or in a table, a resolved scenario that is read as another one, a traceback, a draft
that is left, or an exit code that is not one of the documented ones.
"""

import json
import math
import os
import resource
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from icnsim import experiment
from icnsim.cli import COMMANDS
from icnsim.errors import BudgetError, IcnsimError, ScenarioError
from icnsim.recording import arrow, stored
from icnsim.recording.progress import Budget
from icnsim.recording.tables import TABLES
from icnsim.scenario import coherence, loads, resolved
from icnsim.version import VERSION
from tests.fuzz.commandline import called
from tests.fuzz.given import Input

EVENTS: Final = 4_000
WALL_S: Final = 1.0
LARGEST: Final = 256 * 2**20
"""Scenarios whose run is estimated to need more memory, bytes, are read and not run."""
READ_AGAIN: Final = 3
"""Of this number of scenarios, one is written with all its defaults and read again, which takes a fifth of the time."""
MEMORY: Final = 2 * 2**30
"""The most memory that a process may have, bytes."""
FOLDER: Final = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Files in memory, if the machine has a folder of them."""
NAMED: Final = frozenset({*COMMANDS, "--detectors", "--json", "--cause"})
"""The arguments that the text of a failure has."""
DAMAGED: Final = frozenset({"report", "plot", "metrics", "trace", "list"})
"""Commands that only read results, which are damaged if such a command is the first one."""
RUN, REFUSED, STOPPED, LARGE, FAILED = "run", "refused", "stopped", "large", "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of trying an input.

    Attributes
    ----------
    what : RUN, REFUSED with an error, STOPPED by the budget, LARGE, which is valid and not run, or FAILED.
    why : the error and where it was raised, for FAILED.
    keys : the keys of a scenario that were refused.
    """

    what: str
    why: str = ""
    keys: tuple[str, ...] = ()


def limit_memory() -> None:
    """Let this process have no more than `MEMORY`: a request for more raises MemoryError."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def tried(given: Input) -> Outcome:
    """The outcome of an input, in this process."""
    try:
        with tempfile.TemporaryDirectory(prefix="icnsim-fuzz-", dir=FOLDER) as folder:
            place = Path(folder)
            return _called(given, place) if given.commands else Outcome(_what(given, place))
    except BudgetError:
        return Outcome(STOPPED)
    except ScenarioError as error:
        return Outcome(REFUSED, keys=tuple(problem.key for problem in error.problems))
    except IcnsimError as error:
        return Outcome(FAILED, "an empty message") if not str(error).strip() else Outcome(REFUSED)
    except BaseException as error:
        inside = [frame for frame in traceback.extract_tb(error.__traceback__) if "/icnsim/" in frame.filename]
        place_ = f"{Path(inside[-1].filename).name}:{inside[-1].name}" if inside else "the fuzzer"
        return Outcome(FAILED, f"{type(error).__name__} in {place_}: {str(error)[:200]}")


def _called(given: Input, folder: Path) -> Outcome:
    """The outcome of commands: each one ends with an exit code and messages of the documentation."""
    given.write(folder)
    for place, arguments in enumerate(given.commands):
        end = called(arguments, folder)
        what = " ".join(part for part in arguments if part in NAMED)
        said = end.messages.strip().splitlines()
        if end.code not in (0, 1, 2, 3):
            return Outcome(FAILED, f"{what}: exit {end.code}: {said[0] if said else ''}")
        if "Traceback" in end.messages or "Traceback" in end.output:
            return Outcome(FAILED, f"{what}: a traceback: {said[-1]}")
        if "not enough memory" in end.messages:
            return Outcome(FAILED, f"{what}: {said[-1]}")
        if any(".unfinished-" in str(path) or ".replaced-" in str(path) for path in folder.rglob("*")):
            return Outcome(FAILED, f"{what}: a draft is left")
        if end.code == 2:
            if not said:
                return Outcome(FAILED, f"{what}: exit 2 without a message")
            if place and (arguments[0] == "report" or stored.FOREIGN in end.messages):
                return Outcome(FAILED, f"{what} of new results: {said[0]}")
            return Outcome(STOPPED if "budget" in end.messages else REFUSED)
        if "--json" in arguments and end.code in (0, 1):
            json.loads(end.output, parse_constant=_refuse)
    if given.commands[0][0] not in DAMAGED:
        for path in folder.glob("results/*/*/*.json"):
            json.loads(path.read_bytes(), parse_constant=_refuse)
    return Outcome(RUN)


def _refuse(constant: str) -> None:
    raise AssertionError(f"a document has {constant}")


def _what(given: Input, folder: Path) -> str:
    scenario = experiment.prepare(given.write(folder), given.settings)
    again = loads(resolved.to_yaml(scenario), folder) if given.size % READ_AGAIN == 0 else scenario
    if resolved.run_id(again, VERSION) != resolved.run_id(scenario, VERSION):
        raise AssertionError("the resolved scenario is read as another one")
    if coherence.estimate_bytes(scenario) > LARGEST:
        return LARGE
    found = experiment.run(scenario, budget=Budget(EVENTS, WALL_S))
    wrong = next(infinite(found.summary, ""), None) or next(_of_tables(found), None)
    if wrong is not None:
        raise AssertionError(f"{wrong} is not finite")
    return RUN


def _of_tables(found: experiment.Run) -> Iterator[str]:
    """The columns of tables that have a NaN or an infinity."""
    for name in TABLES:
        table = arrow.table(name, found.replayed(), found.scenario)
        columns = [] if table is None else zip(table.column_names, table.columns)
        for column, values in columns:
            if pa.types.is_floating(values.type) and pc.any(pc.invert(pc.is_finite(values))).as_py():
                yield f"{name}.{column}"


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
