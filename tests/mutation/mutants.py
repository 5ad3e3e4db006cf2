"""The mutants of the package: each is a module with one change, and has a name that survives changes of other lines."""

import ast
import importlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Final, NamedTuple

from tests.mutation.mutators import Mutation, mutations

ROOT: Final = Path(__file__).parents[2]
PARTS: Final = ("icnsim/protocol", "icnsim/columns/kernel", "icnsim/recording")
"""The folders whose modules are mutated."""


class Name(NamedTuple):
    """The identity of a mutant.

    Attributes
    ----------
    module : the file, relative to the repository. line : its line, without indentation. change : the change in words;
    equal changes of equal lines of one module are numbered from the second on.
    """

    module: str
    line: str
    change: str

    def __str__(self) -> str:
        return f"{self.module}: {self.line}\n    {self.change}"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant. `name` identifies it, and `number` is the number of the line."""

    name: Name
    number: int
    mutation: Mutation
    tree: ast.Module

    def code(self) -> CodeType:
        """The compiled module with the change."""
        old = self.mutation.swap(self.mutation.new)
        try:
            ast.fix_missing_locations(self.tree)
            return compiled(self.tree, self.name.module)
        finally:
            self.mutation.swap(old)


def compiled(tree: ast.Module, module: str) -> CodeType:
    """The code of a module; `module` is its file, relative to the repository."""
    return compile(tree, str(ROOT / module), "exec", dont_inherit=True)


def source(module: str) -> str:
    """The text of a file."""
    return (ROOT / module).read_text("utf-8")


def parsed(module: str) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(source(module))


def modules(chosen: Sequence[str] = ()) -> list[str]:
    """The files that are mutated and whose names contain one of the chosen texts; all files without a text."""
    files = sorted(str(path.relative_to(ROOT)) for part in PARTS for path in (ROOT / part).rglob("*.py"))
    return [file for file in files if not chosen or any(text in file for text in chosen)]


def mutants(module: str) -> Iterator[Mutant]:
    """The mutants of a file, in the order of its text."""
    tree, lines = parsed(module), source(module).splitlines()
    names = vars(importlib.import_module(dotted(module)))
    seen: Counter[Name] = Counter()
    for mutation in mutations(tree, names):
        places = (mutation.old, mutation.node, mutation.statement)
        number: int = next(each.lineno for each in places if isinstance(each, ast.expr | ast.stmt))
        name = Name(module, lines[number - 1].strip(), mutation.words)
        seen[name] += 1
        if seen[name] > 1:
            name = name._replace(change=f"{name.change} ({seen[name]})")
        yield Mutant(name, number, mutation, tree)


def dotted(module: str) -> str:
    """The name by which a file is imported."""
    return module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def functions(code: CodeType) -> dict[tuple[str, int], CodeType | None]:
    """All code objects in a module by their qualified names and first lines; None if two have both in common."""
    found: dict[tuple[str, int], CodeType | None] = {}
    for part in code.co_consts:
        if isinstance(part, CodeType):
            for key, each in (((part.co_qualname, part.co_firstlineno), part), *functions(part).items()):
                found[key] = None if key in found else each
    return found
