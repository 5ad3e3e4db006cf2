"""The tests that try a mutant: those that execute its lines. The tests of its own module are first, then those in files
that import the module, then the cheapest.

The lines of modules and classes are executed when they are imported, before any test. A mutant of such a line is tried
by the tests in files that import its module or have a name that the line defines, and by the tests that execute a
statement with such a name. Without such tests, those that execute any statement of its module try it, and if its module
has no functions, all tests do.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from tests.mutation.covering import offsets
from tests.mutation.kept import Mapped
from tests.mutation.mutants import Mutant, dotted, modules, parsed, source
from tests.mutation.session import file_of

BUDGET_S: Final = 10.0
"""The processor time, as mapped, of the tests that try one mutant; the cost of a mutant that survives."""
FILES: Final = 3
"""The number of files whose tests first try a mutant that must be imported."""


class Selection:
    """The tests of each mutant.

    Parameters
    ----------
    tests : the tests by their ids. imported : the numbers of the lines that the imports execute.

    Attributes
    ----------
    seconds : the processor time of each test, as mapped.
    """

    def __init__(self, tests: Mapping[str, Mapped], imported: Iterable[int]) -> None:
        ordered = sorted(tests.items(), key=lambda test: (test[1].seconds, test[0]))
        self.seconds = {name: each.seconds for name, each in ordered}
        self._imported = frozenset(imported)
        self._names = list(self.seconds)
        self._executes = np.zeros((len(tests), offsets()[""]), np.bool_)
        for row, (_, each) in enumerate(ordered):
            self._executes[row, each.lines] = True
        self._uses = _uses()

    def is_imported(self, mutant: Mutant) -> bool:
        """Whether an import executes the statement of the mutant."""
        return offsets()[mutant.name.module] + mutant.mutation.statement.lineno in self._imported

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that try a mutant, within the budget."""
        module, mutation = mutant.name.module, mutant.mutation
        rows = self._executing([offsets()[module] + mutation.statement.lineno])
        defined = set() if mutation.function else _defined(mutation.statement)
        words = {*defined, dotted(module)}
        naming = {name for name in self._names if not words.isdisjoint(_words(file_of(name)))}
        if not mutation.function:
            executing = set(self._executing({line for name in defined for line in self._uses[name]}))
            rows = [row for row, name in enumerate(self._names) if name in naming or row in executing]
        if not rows and not mutation.function:
            rows = self._executing(range(offsets()[module], offsets()[module] + len(source(module).splitlines()) + 1))
            rows = rows or list(range(len(self._names)))
        chosen: list[str] = []
        seconds = 0.0
        names = (self._names[row] for row in rows)
        for name in sorted(names, key=lambda name: (not _is_of(name, module), name not in naming)):
            seconds += self.seconds[name]
            if chosen and seconds > BUDGET_S:
                break
            chosen.append(name)
        return chosen

    def _executing(self, lines: Iterable[int]) -> list[int]:
        """The rows of the tests that execute one of these lines."""
        rows: list[int] = np.flatnonzero(self._executes[:, list(lines)].any(axis=1)).tolist()
        return rows


def few_files(tests: Sequence[str], module: str) -> list[str]:
    """The tests of a few files: first the file that is named as the module, then those with the most tests."""
    count = Counter(file_of(test) for test in tests)
    files = sorted(count, key=lambda file: (not _is_of(file, module), -count[file], file))[:FILES]
    return [test for test in tests if file_of(test) in files]


def _is_of(test: str, module: str) -> bool:
    """Whether a test, or a file of tests, has the name of the module."""
    return Path(file_of(test)).name == f"test_{Path(module).stem}.py"


@cache
def _words(file: str) -> frozenset[str]:
    """The words in a file, and the names of the modules that it imports."""
    text = source(file)
    return frozenset(re.findall(r"\w+", text)) | frozenset(re.findall(r"^from (\S+) import", text, re.MULTILINE))


def _defined(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module or class defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    nodes = (node for target in targets if target is not None for node in ast.walk(target))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _uses() -> dict[str, set[int]]:
    """The numbers of the statements inside of functions that read a name or an attribute, by the name."""
    found: dict[str, set[int]] = defaultdict(set)
    for module in modules():
        functions = (each for each in ast.walk(parsed(module)) if isinstance(each, ast.FunctionDef))
        statements = (each for function in functions for each in ast.walk(function) if isinstance(each, ast.stmt))
        for statement in statements:
            number = offsets()[module] + statement.lineno
            for part in (part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr)):
                for node in ast.walk(part):
                    if isinstance(node, ast.Name):
                        found[node.id].add(number)
                    elif isinstance(node, ast.Attribute):
                        found[node.attr].add(number)
    return found
