"""Translation of the kernel from Python to LLVM.

Theory of operation. The kernel uses a small part of Python: functions of whole numbers and floats, three sequences that
are read and written by index, `if`, `while`, `for … in range`, comparisons and arithmetic. Each name is a local
variable, a number or a function. Therefore a type is known where a value is made: an annotation gives the types of
parameters and results, an operation gives the type of its result, and a variable has the type of its first value. Any
other construct raises `Untranslatable`.

`//` and `%` round down and `round` rounds halves to even, as in Python. No floating-point operation is contracted or
reordered. Therefore the compiled and the interpreted kernel compute the same bits.

Numba compiles the same functions in 17 s, this translator in 1.1 s (docs/decisions/0007-a-kernel-in-columns.md).
"""

import ast
from functools import cache
from pathlib import Path
from typing import Final

from llvmlite import ir

from icnsim.columns.compiler.expressions import Function
from icnsim.columns.compiler.operations import REAL, TRUTH, WHOLE
from icnsim.columns.compiler.statements import Body

TYPES: Final = {
    "int": WHOLE, "float": REAL, "bool": TRUTH, "Whole": WHOLE.as_pointer(), "Floats": REAL.as_pointer(),
    "None": ir.VoidType(),
}  # fmt: skip
"""The LLVM type of each annotation that the kernel uses."""


def translate(entry: Function) -> ir.Module:
    """Translate a function and all functions that it calls.

    Returns
    -------
    a module in which only the entry has external linkage; its name is ``module.function``.

    Raises
    ------
    Untranslatable : a function contains a construct that is not supported.
    """
    module = ir.Module("kernel")
    functions: dict[Function, ir.Function] = {}
    pending = [entry]

    def declared(function: Function) -> ir.Function:
        if function not in functions:
            functions[function] = _declare(module, function, external=function is entry)
            pending.append(function)
        return functions[function]

    declared(entry)
    translated = set()
    while pending:
        function = pending.pop()
        if function not in translated:
            translated.add(function)
            Body(_definition(function), function, functions[function], declared).translate()
    return module


def _definition(function: Function) -> ast.FunctionDef:
    return _definitions(function.__code__.co_filename)[function.__name__]


@cache
def _definitions(file: str) -> dict[str, ast.FunctionDef]:
    """The functions of a source file by name."""
    tree = ast.parse(Path(file).read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _declare(module: ir.Module, function: Function, *, external: bool) -> ir.Function:
    """Declare a function with the types of its annotations; its sequences do not overlap."""
    tree = _definition(function)
    assert tree.returns is not None
    parameters = [TYPES[ast.unparse(each.annotation)] for each in tree.args.args if each.annotation is not None]
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    declared = ir.Function(module, ir.FunctionType(TYPES[ast.unparse(tree.returns)], parameters), name)
    declared.linkage = "external" if external else "internal"
    for argument in declared.args:
        if isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    return declared
