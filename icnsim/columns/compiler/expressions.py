"""Expressions of the kernel as LLVM values.

The type of a value is known where the value is made: an operation determines the type of its result, and a variable
has the type of the first value that is stored in it. `statements` translates statements.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from llvmlite import ir

from icnsim.columns.compiler.operations import REAL, TRUTH, WHOLE, compare, converted, operation

COMPARISONS: Final = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}

Function = Callable[..., Any]


class Untranslatable(Exception):
    """The kernel contains a construct that the translator does not support."""


class Expressions:
    """Emits expressions into one LLVM function.

    Parameters
    ----------
    function : the Python function; its globals give constants and called functions.
    emitted : the LLVM function that receives the instructions.
    declared : returns the LLVM function of a Python function and declares it on first use.
    """

    def __init__(self, function: Function, emitted: ir.Function, declared: Callable[[Function], ir.Function]) -> None:
        self._globals: Mapping[str, Any] = function.__globals__
        self._function = emitted
        self._declared = declared
        self._build = ir.IRBuilder(emitted.append_basic_block("entry"))
        self._variables: dict[str, Any] = {}

    def _block(self) -> ir.Block:
        block: ir.Block = self._function.append_basic_block()
        return block

    def _store(self, name: str, value: Any) -> None:
        """Store a value in a local variable; the first store allocates the variable in the entry block."""
        variable = self._variables.get(name)
        if variable is None:
            with self._build.goto_block(self._function.entry_basic_block):
                variable = self._variables[name] = self._build.alloca(value.type, name=name)
        self._build.store(converted(self._build, variable.type.pointee, value), variable)

    def _value(self, node: ast.expr) -> Any:
        """The value of an expression."""
        match node:
            case ast.Constant(value):
                return self._constant(value)
            case ast.Name(name):
                return self._named(name)
            case ast.Subscript():
                return self._build.load(self._element(node))
            case ast.BinOp(left, operator, right):
                return operation(self._build, operator, self._value(left), self._value(right))
            case ast.UnaryOp(ast.USub(), operand):
                value = self._value(operand)
                return self._build.fneg(value) if value.type == REAL else self._build.neg(value)
            case ast.UnaryOp(ast.Not()) | ast.BoolOp() | ast.Compare():
                return self._truth(node)
            case ast.IfExp(test, body, otherwise):
                return self._either(test, body, otherwise)
            case ast.Call(ast.Name(name), arguments, []):
                return self._call(name, arguments)
        raise self._untranslatable(node)

    def _constant(self, value: object) -> Any:
        if isinstance(value, bool):
            return TRUTH(int(value))
        if isinstance(value, int):
            return WHOLE(int(value))
        if isinstance(value, float):
            return REAL(value)
        raise Untranslatable(f"the constant {value!r} in {self._function.name} is not a number")

    def _named(self, name: str) -> Any:
        """The value of a local variable or of a global constant."""
        variable = self._variables.get(name)
        if variable is None:
            return self._constant(self._globals[name])
        return self._build.load(variable)

    def _element(self, node: ast.Subscript) -> Any:
        """A pointer to an element of a sequence."""
        if not isinstance(node.value, ast.Name):
            raise self._untranslatable(node)
        return self._build.gep(self._variables[node.value.id], [self._value(node.slice)])

    def _either(self, test: ast.expr, body: ast.expr, otherwise: ast.expr) -> Any:
        """The value of a conditional expression; a whole number is converted if the other branch is a float."""
        then, other, after = self._block(), self._block(), self._block()
        self._build.cbranch(self._truth(test), then, other)
        branches = []
        for block, node in ((then, body), (other, otherwise)):
            self._build.position_at_end(block)
            branches.append((self._value(node), self._build.block))
        kind = REAL if REAL in (value.type for value, _ in branches) else branches[0][0].type
        incoming = []
        for value, block in branches:
            self._build.position_at_end(block)
            incoming.append((converted(self._build, kind, value), self._build.block))
            self._build.branch(after)
        self._build.position_at_end(after)
        chosen = self._build.phi(kind)
        for value, block in incoming:
            chosen.add_incoming(value, block)
        return chosen

    def _truth(self, node: ast.expr) -> Any:
        """The truth value of an expression."""
        match node:
            case ast.BoolOp(operator, values):
                return self._junction(values, conjunction=isinstance(operator, ast.And))
            case ast.UnaryOp(ast.Not(), operand):
                return self._build.not_(self._truth(operand))
            case ast.Compare(left, operators, rights):
                return self._comparison(left, operators, rights)
        return converted(self._build, TRUTH, self._value(node))

    def _junction(self, values: list[ast.expr], *, conjunction: bool) -> Any:
        """The truth value of `and` or `or`; operands after the deciding one are not evaluated."""
        after = self._block()
        incoming = []
        for number, node in enumerate(values):
            value = self._truth(node)
            incoming.append((value, self._build.block))
            if number == len(values) - 1:
                self._build.branch(after)
            else:
                following = self._block()
                self._build.cbranch(value, *((following, after) if conjunction else (after, following)))
                self._build.position_at_end(following)
        self._build.position_at_end(after)
        chosen = self._build.phi(TRUTH)
        for value, block in incoming:
            chosen.add_incoming(value, block)
        return chosen

    def _comparison(self, left: ast.expr, operators: list[ast.cmpop], rights: list[ast.expr]) -> Any:
        """The truth value of a chain of comparisons. All operands are evaluated, unlike in Python."""
        result, value = TRUTH(1), self._value(left)
        for operator, right in zip(operators, rights):
            if isinstance(operator, ast.In | ast.NotIn):
                assert isinstance(right, ast.Tuple)
                member = TRUTH(0)
                for element in right.elts:
                    member = self._build.or_(member, compare(self._build, "==", value, self._value(element)))
                holds = member if isinstance(operator, ast.In) else self._build.not_(member)
            else:
                other = self._value(right)
                holds = compare(self._build, COMPARISONS[type(operator)], value, other)
                value = other
            result = self._build.and_(result, holds)
        return result

    def _call(self, name: str, arguments: list[ast.expr]) -> Any:
        """The result of a call of a function of the kernel or of a supported built-in function."""
        if name in self._globals:
            function = self._declared(self._globals[name])
            values = [
                self._argument(argument, parameter.type)
                for argument, parameter in zip(arguments, function.args, strict=True)
            ]
            return self._build.call(function, values)
        values = [self._value(argument) for argument in arguments]
        match name:
            case "bool":
                return converted(self._build, TRUTH, values[0])
            case "int":
                return converted(self._build, WHOLE, values[0])
            case "round":
                nearest = self._function.module.declare_intrinsic("llvm.rint", [REAL])
                return self._build.fptosi(self._build.call(nearest, [converted(self._build, REAL, values[0])]), WHOLE)
            case "min" | "max":
                chosen = values[0]
                for value in values[1:]:
                    better = compare(self._build, "<" if name == "min" else ">", value, chosen)
                    chosen = self._build.select(better, value, chosen)
                return chosen
        raise Untranslatable(f"the call of {name} in {self._function.name} is not supported")

    def _argument(self, node: ast.expr, kind: Any) -> Any:
        if isinstance(kind, ir.PointerType):
            assert isinstance(node, ast.Name)
            return self._variables[node.id]
        return converted(self._build, kind, self._value(node))

    def _untranslatable(self, node: ast.AST) -> Untranslatable:
        return Untranslatable(f"`{ast.unparse(node)}` in {self._function.name} is not supported")
