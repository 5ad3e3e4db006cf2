"""Arithmetic, comparisons and conversions in LLVM, with the results of Python.

`//` and `%` round down. No floating-point operation is contracted or reordered. Therefore compiled and interpreted
code compute the same bits.
"""

import ast
from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir

WHOLE: Final = ir.IntType(64)
REAL: Final = ir.DoubleType()
TRUTH: Final = ir.IntType(1)


def compare(build: ir.IRBuilder, sign: str, left: Any, right: Any) -> Any:
    """The truth value of a comparison; a whole number is converted if the other operand is a float."""
    if REAL in (left.type, right.type):
        return build.fcmp_ordered(sign, converted(build, REAL, left), converted(build, REAL, right))
    return build.icmp_signed(sign, converted(build, WHOLE, left), converted(build, WHOLE, right))


def operation(build: ir.IRBuilder, operator: ast.operator, left: Any, right: Any) -> Any:
    """The result of an arithmetic or bitwise operation; `/` and operations with a float give a float."""
    if REAL in (left.type, right.type) or isinstance(operator, ast.Div):
        left, right = converted(build, REAL, left), converted(build, REAL, right)
        reals = {ast.Add: build.fadd, ast.Sub: build.fsub, ast.Mult: build.fmul, ast.Div: build.fdiv}
        if isinstance(operator, ast.Mod):
            return _rounded_down(build, build.frem(left, right), right, build.fadd)
        return reals[type(operator)](left, right)
    left, right = converted(build, WHOLE, left), converted(build, WHOLE, right)
    if isinstance(operator, ast.FloorDiv):
        rest = build.srem(left, right)
        return build.sub(build.sdiv(left, right), build.zext(_differs(build, rest, right), WHOLE))
    if isinstance(operator, ast.Mod):
        return _rounded_down(build, build.srem(left, right), right, build.add)
    wholes = {
        ast.Add: build.add, ast.Sub: build.sub, ast.Mult: build.mul, ast.BitAnd: build.and_, ast.BitOr: build.or_,
        ast.BitXor: build.xor, ast.LShift: build.shl, ast.RShift: build.ashr,
    }  # fmt: skip
    return wholes[type(operator)](left, right)


def _differs(build: ir.IRBuilder, rest: Any, divisor: Any) -> Any:
    """Whether a remainder is not zero and its sign differs from that of the divisor."""
    zero = rest.type(0)
    negative = build.xor(compare(build, "<", rest, zero), compare(build, "<", divisor, zero))
    return build.and_(compare(build, "!=", rest, zero), negative)


def _rounded_down(build: ir.IRBuilder, rest: Any, divisor: Any, add: Callable[[Any, Any], Any]) -> Any:
    """The remainder of a division that rounds down, from that of a division that rounds towards zero."""
    return build.select(_differs(build, rest, divisor), add(rest, divisor), rest)


def converted(build: ir.IRBuilder, kind: Any, value: Any) -> Any:
    """The value converted to a type; a number is true if it is not zero, and a float loses its fraction."""
    if value.type == kind:
        return value
    if kind == TRUTH:
        return compare(build, "!=", value, value.type(0))
    if kind == WHOLE:
        return build.fptosi(value, WHOLE) if value.type == REAL else build.zext(value, WHOLE)
    return build.sitofp(converted(build, WHOLE, value), REAL)
