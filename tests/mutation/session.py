"""A session of pytest that collects the tests once and forks a child per test or per mutant.

The children share the collected tests and the imported modules. A mutant is put into a child by replacing the code of
functions, which takes milliseconds. That has no effect on code that has been executed before the fork: the statements
of modules and classes, and the functions that they call. A mutant of such a line is imported (`import_instead`) in a
process that has not imported icnsim, which then collects the tests.
"""

import gc
import importlib.abc
import importlib.util
import os
import sys
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any, Final

import hypothesis
import pytest

from tests.mutation.children import forked, limit_time
from tests.mutation.covering import Probes
from tests.mutation.kept import Kept, Mapped
from tests.mutation.mutants import ROOT, Mutant, dotted, functions, modules

ARGUMENTS: Final = (
    "-q", "-s", "-x", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-p", "no:xdist",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",  # Hypothesis is imported before
    "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"),
)  # fmt: skip
ALLOWED_S: Final = 3.0
ALLOWED_TIMES: Final = 3.0
"""A test may use `ALLOWED_S` more than `ALLOWED_TIMES` the processor time that it has used when it was mapped."""
LONGEST_S: Final = 3
"""A test that uses more processor time is left out when the tests are mapped: it shows too little per second."""
PHASES: Final = 3
"""A test that runs reports its setup, its call and its teardown."""


class Collected:
    """A plug-in of pytest: it collects the tests, notes the lines that this executes, and then calls `work`.

    Attributes
    ----------
    items : the tests by their ids. imported : the numbers of the lines that the imports have executed.
    result, error : the result of `work`, or the error that it has raised.
    """

    def __init__(self, work: Callable[["Collected"], object], probes: Probes | None) -> None:
        self._probes = probes
        self.items: dict[str, pytest.Item] = {}
        self.imported = array("i")
        self.result: object = None
        self.error: Exception | None = None
        self._functions: list[FunctionType] = []
        self._work = work

    def pytest_configure(self) -> None:
        """Make Hypothesis repeat its examples, and not search for a smaller one when a test fails."""
        hypothesis.settings.register_profile(
            "mutation", deadline=None, derandomize=True, database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        hypothesis.settings.load_profile("mutation")

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Any:
        found = yield
        from icnsim.columns.compiler import compiling

        if self._probes is not None:
            self.imported = self._probes.numbers()
        # The kernel is interpreted, so that its mutants need no compilation.
        vars(compiling)["compiled"] = lambda: None
        return found

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        gc.unfreeze()
        self._functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
        gc.freeze()  # a collection in a child would copy all of the memory that it shares
        try:
            self.result = self._work(self)
        except Exception as error:
            self.error = error
        return True

    def replace_code(self, mutant: Mutant) -> bool:
        """Put a mutant into this process by replacing the code of functions; whether that was possible."""
        changed = functions(mutant.code())
        file = str(ROOT / mutant.name.module)
        for function in self._functions:
            code = function.__code__
            if code.co_filename == file:
                new = changed.get((code.co_qualname, code.co_firstlineno))
                if new is None or len(new.co_freevars) != len(code.co_freevars):
                    return False
                function.__code__ = new
        return True

    def mapped_all(self, kept: Kept, jobs: int, tell: Callable[[str], object]) -> dict[str, Mapped]:
        """The tests that pass. Each runs in a child of its own, because one may keep what another has computed.

        Parameters
        ----------
        kept : the maps of earlier runs. The map of a file is kept as soon as all of its tests have ended.
        """
        files: dict[str, list[str]] = {}
        for name in self.items:
            files.setdefault(file_of(name), []).append(name)
        found = {file: kept.of(file) for file in files}
        names = [name for file, its in files.items() if found[file] is None for name in its]
        maps: dict[str, dict[str, Mapped | None]] = {file: each or {} for file, each in found.items()}
        tasks = ((number, partial(self._mapped, name)) for number, name in enumerate(names))
        for done, ended in enumerate(forked(tasks, jobs), 1):
            name = names[ended.key]
            file = file_of(name)
            maps[file][name] = ended.result if isinstance(ended.result, Mapped) else None
            if len(maps[file]) == len(files[file]):
                kept.keep(file, maps[file])
            tell(f"{done} of {len(names)} tests mapped")
        every = {name: each for file in files for name, each in maps[file].items()}
        return {name: mapped for name in self.items if (mapped := every[name]) is not None}

    def killer(self, names: Sequence[str], seconds: Mapping[str, float]) -> str:
        """The first of some tests that fails, "" if none does. A test that takes too long ends the process."""
        for name, after in zip(names, [*names[1:], None], strict=True):
            limit_time(ALLOWED_S + ALLOWED_TIMES * seconds[name])
            if not self._passes(name, after):
                return name
        return ""

    def _mapped(self, name: str) -> Mapped | None:
        """Run a test; None if it fails, is skipped or needs the compiled kernel. A long test ends the process."""
        assert self._probes is not None
        limit_time(LONGEST_S)
        began = time.process_time()
        passed = self._passes(name)
        return Mapped(time.process_time() - began, self._probes.numbers()) if passed else None

    def _passes(self, name: str, after: str | None = None) -> bool:
        """Whether a test runs and all its phases pass. `after` is the next test, which may share fixtures with it."""
        reports: list[pytest.TestReport] = []

        class Reports:
            def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
                reports.append(report)

        item, plugin = self.items[name], Reports()
        item.config.pluginmanager.register(plugin)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None if after is None else self.items[after])
        item.config.pluginmanager.unregister(plugin)
        return len(reports) == PHASES and all(report.passed for report in reports)


def file_of(test: str) -> str:
    """The file of a test, by the test's id."""
    return test.split("::", maxsplit=1)[0]


def collected(tests: Sequence[str], work: Callable[[Collected], object], *, probed: bool = False) -> object:
    """Collect tests in this process and return the result of `work`; this can be done once per process.

    Parameters
    ----------
    probed : whether the mutated modules are imported with probes, so that tests can be mapped.

    Raises
    ------
    RuntimeError : the tests cannot be collected.
    """
    os.environ["ICNSIM_INTERPRETED"] = "1"
    probes = Probes() if probed else None
    if probes is not None:
        for module in modules():
            import_instead(module, *probes.instrumented(module))
    plugin = Collected(work, probes)
    status = pytest.main([*ARGUMENTS, *(str(ROOT / test) for test in tests)], [plugin])
    if not plugin.items:
        raise RuntimeError(f"pytest ended with {status} before it had collected {', '.join(tests)}")
    if plugin.error is not None:
        raise plugin.error
    return plugin.result


def import_instead(module: str, code: CodeType, names: Mapping[str, object] = MappingProxyType({})) -> None:
    """Make the next import of a module execute this code, with some names defined before."""
    sys.meta_path.insert(0, _Finder(module, code, names))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and executes a given code for it."""

    def __init__(self, module: str, code: CodeType, names: Mapping[str, object]) -> None:
        self._name, self._file, self._code, self._names = dotted(module), ROOT / module, code, names

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name != self._name:
            return None
        places = [str(self._file.parent)] if self._file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(name, self._file, loader=self, submodule_search_locations=places)

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self._names)
        exec(self._code, vars(module))
