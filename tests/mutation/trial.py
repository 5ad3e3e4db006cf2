"""Trials of mutants: first those that are put into forked children, then those that must be imported."""

import marshal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import CodeType
from typing import Any, Final, NamedTuple

from tests.mutation import mutants as source
from tests.mutation.children import Ended, forked
from tests.mutation.kept import Kept
from tests.mutation.mutants import Mutant, Name
from tests.mutation.selection import Selection, few_files
from tests.mutation.session import Collected, collected, file_of, import_instead

TESTS: Final = (
    "tests/protocol", "tests/columns", "tests/recording", "tests/engines", "tests/hazards", "tests/regressions",
    "tests/reference", "tests/metrics", "tests/plugins/test_metrics.py", "tests/docs/test_reference.py",
)  # fmt: skip
"""The tests that try mutants: those of the mutated parts, and those that show the most per second."""
SAME: Final = "the same code"
UNTESTED: Final = "no test executes its lines"
THIRD_PARTY: Final = (
    "numpy", "scipy.stats", "scipy.special", "scipy.optimize", "pandas", "pyarrow.parquet", "hypothesis", "pytest",
    "simpy", "pydantic", "yaml", "llvmlite.binding", "matplotlib.figure", "jsonschema", "click", "rich.progress",
)  # fmt: skip
"""The modules that are imported once, before the processes that import icnsim are forked."""
FOREVER_S: Final = 1e9


class Verdict(NamedTuple):
    """The outcome of a mutant.

    Attributes
    ----------
    name, number : the mutant, and the number of its line.
    survived : whether no test noticed the change.
    why : the test that failed or the reason why the process ended; for survivors "", `SAME` or `UNTESTED`.
    """

    name: Name
    number: int
    survived: bool
    why: str


class Imported(NamedTuple):
    """A mutant that must be imported: its compiled module, and the tests that try it with their times."""

    name: Name
    number: int
    code: bytes
    tests: list[str]
    seconds: Mapping[str, float]


Choose = Callable[[int], Sequence[int]]
"""Chooses places among a number of mutants, in ascending order."""
Tell = Callable[[str], object]


def verdicts(chosen: Choose, modules: Sequence[str], tests: Sequence[str], jobs: int, tell: Tell) -> Iterator[Verdict]:
    """Try the chosen mutants of some modules with some tests; yield the outcome of each.

    Raises
    ------
    RuntimeError : the tests cannot be collected.
    """
    for name in THIRD_PARTY:
        __import__(name)

    def session() -> object:
        return collected(tests, lambda it: _of_session(it, chosen, modules, jobs, tell), probed=True)

    (end,) = forked([(0, session)], patience_s=FOREVER_S)
    if not isinstance(end.result, tuple):
        raise RuntimeError(f"the tests cannot be collected: {end.reason}")
    known, waiting = end.result
    yield from known
    yield from _of_imported(waiting, jobs, tell)


def _of_session(
    session: Collected, chosen: Choose, modules: Sequence[str], jobs: int, tell: Tell
) -> tuple[list[Verdict], list[Imported]]:
    """The verdicts of the mutants that need no import, and the mutants that need one."""
    every = [mutant for module in modules for mutant in source.mutants(module)]
    selection = Selection(session.mapped_all(Kept(), jobs, tell), session.imported)
    known: list[Verdict] = []
    waiting: list[Imported] = []
    trials: list[tuple[Mutant, list[str]]] = []
    unchanged: dict[str, CodeType] = {}
    for mutant in (every[place] for place in chosen(len(every))):
        module, names = mutant.name.module, selection.tests(mutant)
        if module not in unchanged:
            unchanged[module] = source.compiled(mutant.tree, module)
        if mutant.code() == unchanged[module]:
            known.append(Verdict(mutant.name, mutant.number, True, SAME))
        elif not names:
            known.append(Verdict(mutant.name, mutant.number, True, UNTESTED))
        elif selection.is_imported(mutant):
            waiting.append(_waiting(mutant, names, selection))
        else:
            trials.append((mutant, names))

    def trial(mutant: Mutant, names: Sequence[str]) -> str | None:
        return session.killer(names, selection.seconds) if session.replace_code(mutant) else None

    tasks = ((number, partial(trial, *each)) for number, each in enumerate(trials))
    for ended in _told(tasks, len(trials), jobs, tell):
        mutant, names = trials[ended.key]
        if ended.result is None and not ended.reason:
            waiting.append(_waiting(mutant, names, selection))
        else:
            known.append(_verdict(mutant.name, mutant.number, ended))
    return known, waiting


def _of_imported(waiting: Sequence[Imported], jobs: int, tell: Tell) -> Iterator[Verdict]:
    """The verdicts of mutants that must be imported: the tests of few files try them first, then all of their tests."""
    for last in (False, True):
        trials = [each if last else each._replace(tests=few_files(each.tests, each.name.module)) for each in waiting]
        tasks = ((number, partial(_imported_trial, each)) for number, each in enumerate(trials))
        survivors = []
        for ended in _told(tasks, len(trials), jobs, tell):
            mutant = waiting[ended.key]
            found = _verdict(mutant.name, mutant.number, ended)
            if found.survived and not last and trials[ended.key].tests != mutant.tests:
                survivors.append(mutant)
            else:
                yield found
        waiting = survivors


def _imported_trial(mutant: Imported) -> str:
    """Import a mutant in this process, collect its tests and return the one that fails, "" if none does."""
    import_instead(mutant.name.module, marshal.loads(mutant.code))
    files = list(dict.fromkeys(file_of(test) for test in mutant.tests))

    def trial(session: Collected) -> str:
        return session.killer([name for name in mutant.tests if name in session.items], mutant.seconds)

    return str(collected(files, trial))


def _waiting(mutant: Mutant, names: list[str], selection: Selection) -> Imported:
    seconds = {name: selection.seconds[name] for name in names}
    return Imported(mutant.name, mutant.number, marshal.dumps(mutant.code()), names, seconds)


def _verdict(name: Name, number: int, ended: Ended) -> Verdict:
    return Verdict(name, number, ended.result == "", str(ended.result or ended.reason))


def _told(tasks: Iterable[tuple[int, Callable[[], Any]]], count: int, jobs: int, tell: Tell) -> Iterator[Ended]:
    """Perform tasks in children and report their number."""
    began = time.monotonic()
    for done, ended in enumerate(forked(tasks, jobs), 1):
        tell(f"{done} of {count} mutants tried in {time.monotonic() - began:.0f} s")
        yield ended
