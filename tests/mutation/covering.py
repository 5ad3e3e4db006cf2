"""Which statements of the mutated modules a piece of work executes.

The modules are imported with a probe before each statement, which sets a byte. That takes a few per cent of the time,
where a trace function would take several times the time.
"""

import ast
from array import array
from functools import cache
from types import CodeType
from typing import Final

from tests.mutation.mutants import compiled, modules, parsed, source

PROBES: Final = "__probes__"
"""The name of the bytes in an instrumented module."""


@cache
def offsets() -> dict[str, int]:
    """The number of each mutated module's line 0, if the lines of all modules are numbered one after the other."""
    found, offset = {}, 0
    for module in modules():
        found[module] = offset
        offset += len(source(module).splitlines()) + 1
    found[""] = offset
    return found


class Probes:
    """The probes of all modules."""

    def __init__(self) -> None:
        self._bytes = bytearray(offsets()[""])

    def numbers(self) -> "array[int]":
        """The numbers of the first lines of the statements that have been executed since the last call."""
        found = array("i", (number for number, is_set in enumerate(self._bytes) if is_set))
        self._bytes[:] = bytes(len(self._bytes))
        return found

    def instrumented(self, module: str) -> tuple[CodeType, dict[str, object]]:
        """The code of a module with probes, and the names that it needs."""
        tree = parsed(module)
        offset = offsets()[module]
        for node in list(ast.walk(tree)):
            for field in ("body", "orelse", "finalbody"):
                statements = getattr(node, field, None)
                if isinstance(statements, list):
                    setattr(node, field, [part for each in statements for part in _probed(each, offset)])
        return compiled(tree, module), {PROBES: self._bytes}


def _probed(statement: ast.stmt, offset: int) -> list[ast.stmt]:
    """A statement after its probe; a docstring and an import from the future stay at their places."""
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    if is_text or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
        return [statement]
    (probe,) = ast.parse(f"{PROBES}[{offset + statement.lineno}] = 1").body
    for node in ast.walk(probe):
        ast.copy_location(node, statement)
    return [probe, statement]
