"""From the kernel's Python to LLVM: the few constructs that it uses, and an error for every other.

Theory of operation. The kernel is written in a small part of Python: functions of whole numbers and floats, three
sequences that are read and written by index, `if`, `while`, `for … in range`, comparisons and arithmetic. Every name
is a local variable, a number or a function. So a type is known where a value is made: an annotation tells a
parameter's and a result's, an operation tells its own, and a variable has that of its first value. `//` and `%`
round as Python's do, `round` rounds halves to even, and no floating-point operation is contracted or reordered, so
compiled and interpreted kernels compute the same bits.

Numba takes 17 s to compile the same functions; this takes 1.1 s (docs/decisions).
"""

import ast
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from llvmlite import ir

from icnsim.columns.operations import REAL, TRUTH, WHOLE, compare, converted, operation

TYPES: Final = {
    "int": WHOLE, "float": REAL, "bool": TRUTH, "Whole": WHOLE.as_pointer(), "Floats": REAL.as_pointer(),
    "None": ir.VoidType(),
}  # fmt: skip
COMPARISONS: Final = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}

Function = Callable[..., Any]


class Untranslatable(Exception):
    """The kernel uses what is not translated."""


def translate(entry: Function) -> ir.Module:
    """The function and all that it calls; the entry is the only one that is seen from outside."""
    module = ir.Module("kernel")
    known: dict[Function, ir.Function] = {}
    waiting = [entry]

    def declared(function: Function) -> ir.Function:
        if function not in known:
            known[function] = _declare(module, function, seen=function is entry)
            waiting.append(function)
        return known[function]

    declared(entry)
    done = set()
    while waiting:
        function = waiting.pop()
        if function not in done:
            done.add(function)
            _Body(function, known[function], declared).translate()
    return module


def _tree(function: Function) -> ast.FunctionDef:
    return _functions(function.__code__.co_filename)[function.__name__]


@cache
def _functions(file: str) -> dict[str, ast.FunctionDef]:
    """The functions of a file by name."""
    tree = ast.parse(Path(file).read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _declare(module: ir.Module, function: Function, *, seen: bool) -> ir.Function:
    tree = _tree(function)
    assert tree.returns is not None
    parameters = [TYPES[ast.unparse(each.annotation)] for each in tree.args.args if each.annotation is not None]
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    made = ir.Function(module, ir.FunctionType(TYPES[ast.unparse(tree.returns)], parameters), name)
    made.linkage = "external" if seen else "internal"
    for argument in made.args:
        if isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    return made


class _Body:
    """The body of one function."""

    def __init__(self, function: Function, made: ir.Function, declared: Callable[[Function], ir.Function]) -> None:
        self._tree = _tree(function)
        self._globals: Mapping[str, Any] = function.__globals__
        self._function = made
        self._declared = declared
        self._build = ir.IRBuilder(made.append_basic_block("entry"))
        self._start = made.append_basic_block("start")
        self._variables: dict[str, Any] = {}
        self._after: list[ir.Block] = []

    def translate(self) -> None:
        """Emit it."""
        entry = self._build.block
        self._build.position_at_end(self._start)
        for argument, given in zip(self._tree.args.args, self._function.args):
            if isinstance(given.type, ir.PointerType):
                self._variables[argument.arg] = given
            else:
                self._store(argument.arg, given)
        self._statements(self._tree.body)
        if not self._build.block.is_terminated:
            if isinstance(self._function.return_value.type, ir.VoidType):
                self._build.ret_void()
            else:
                self._build.unreachable()
        self._build.position_at_end(entry)
        self._build.branch(self._start)

    # Statements

    def _statements(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            if not self._build.block.is_terminated:
                self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Expr(ast.Constant()):
                pass
            case ast.Expr(value):
                self._value(value)
            case ast.Assign([target], value):
                self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.AugAssign(target, operator, value):
                self._put(target, operation(self._build, operator, self._value(target), self._value(value)))
            case ast.If(test, body, otherwise):
                self._if(test, body, otherwise)
            case ast.While(test, body, []):
                self._while(test, body)
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), bounds), body, []):
                self._for(name, [self._value(bound) for bound in bounds], body)
            case ast.Break():
                self._build.branch(self._after[-1])
            case ast.Return(None):
                self._build.ret_void()
            case ast.Return(ast.expr() as value):
                self._build.ret(converted(self._build, self._function.return_value.type, self._value(value)))
            case _:
                raise self._untranslatable(statement)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            assert isinstance(value, ast.Tuple)
            values = [self._value(each) for each in value.elts]
            for place, each in zip(target.elts, values, strict=True):
                self._put(place, each)
        else:
            self._put(target, self._value(value))

    def _put(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self._store(target.id, value)
        elif isinstance(target, ast.Subscript):
            place = self._place(target)
            self._build.store(converted(self._build, place.type.pointee, value), place)
        else:
            raise self._untranslatable(target)

    def _store(self, name: str, value: Any) -> None:
        variable = self._variables.get(name)
        if variable is None:
            with self._build.goto_block(self._function.entry_basic_block):
                variable = self._variables[name] = self._build.alloca(value.type, name=name)
        self._build.store(converted(self._build, variable.type.pointee, value), variable)

    def _block(self) -> ir.Block:
        block: ir.Block = self._function.append_basic_block()
        return block

    def _if(self, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt]) -> None:
        then, other, after = self._block(), self._block(), self._block()
        self._build.cbranch(self._truth(test), then, other)
        reached = False
        for block, statements in ((then, body), (other, otherwise)):
            self._build.position_at_end(block)
            self._statements(statements)
            if not self._build.block.is_terminated:
                reached = True
                self._build.branch(after)
        self._build.position_at_end(after)
        if not reached:
            self._build.unreachable()

    def _while(self, test: ast.expr, body: list[ast.stmt]) -> None:
        head, inside, after = self._block(), self._block(), self._block()
        self._build.branch(head)
        self._build.position_at_end(head)
        self._build.cbranch(self._truth(test), inside, after)
        self._loop(inside, body, head, after)

    def _loop(self, inside: ir.Block, body: list[ast.stmt], again: ir.Block, after: ir.Block) -> None:
        self._after.append(after)
        self._build.position_at_end(inside)
        self._statements(body)
        if not self._build.block.is_terminated:
            self._build.branch(again)
        self._after.pop()
        self._build.position_at_end(after)

    def _for(self, name: str, bounds: list[Any], body: list[ast.stmt]) -> None:
        start, stop = (WHOLE(0), bounds[0]) if len(bounds) == 1 else bounds
        counter = f"{name} counts"
        self._store(counter, start)
        head, inside, step, after = (self._block() for _ in range(4))
        self._build.branch(head)
        self._build.position_at_end(head)
        now = self._build.load(self._variables[counter])
        self._build.cbranch(self._build.icmp_signed("<", now, stop), inside, after)
        self._build.position_at_end(inside)
        self._store(name, now)
        self._loop(self._build.block, body, step, after)
        self._build.position_at_end(step)
        self._store(counter, self._build.add(self._build.load(self._variables[counter]), WHOLE(1)))
        self._build.branch(head)
        self._build.position_at_end(after)

    # Values

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value):
                return self._constant(value)
            case ast.Name(name):
                return self._named(name)
            case ast.Subscript():
                return self._build.load(self._place(node))
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
        raise Untranslatable(f"{value!r} in {self._function.name}")

    def _named(self, name: str) -> Any:
        variable = self._variables.get(name)
        if variable is None:
            return self._constant(self._globals[name])
        return self._build.load(variable)

    def _place(self, node: ast.Subscript) -> Any:
        if not isinstance(node.value, ast.Name):
            raise self._untranslatable(node)
        return self._build.gep(self._variables[node.value.id], [self._value(node.slice)])

    def _either(self, test: ast.expr, body: ast.expr, otherwise: ast.expr) -> Any:
        then, other, after = self._block(), self._block(), self._block()
        self._build.cbranch(self._truth(test), then, other)
        ends = []
        for block, node in ((then, body), (other, otherwise)):
            self._build.position_at_end(block)
            ends.append((self._value(node), self._build.block))
        kind = REAL if REAL in (value.type for value, _ in ends) else ends[0][0].type
        found = []
        for value, block in ends:
            self._build.position_at_end(block)
            found.append((converted(self._build, kind, value), self._build.block))
            self._build.branch(after)
        self._build.position_at_end(after)
        chosen = self._build.phi(kind)
        for value, block in found:
            chosen.add_incoming(value, block)
        return chosen

    def _truth(self, node: ast.expr) -> Any:
        match node:
            case ast.BoolOp(operator, values):
                return self._all_or_any(values, every=isinstance(operator, ast.And))
            case ast.UnaryOp(ast.Not(), operand):
                return self._build.not_(self._truth(operand))
            case ast.Compare(left, operators, rights):
                return self._comparison(left, operators, rights)
        return converted(self._build, TRUTH, self._value(node))

    def _all_or_any(self, values: list[ast.expr], *, every: bool) -> Any:
        after = self._block()
        found = []
        for number, node in enumerate(values):
            value = self._truth(node)
            found.append((value, self._build.block))
            if number == len(values) - 1:
                self._build.branch(after)
            else:
                following = self._block()
                self._build.cbranch(value, *((following, after) if every else (after, following)))
                self._build.position_at_end(following)
        self._build.position_at_end(after)
        chosen = self._build.phi(TRUTH)
        for value, block in found:
            chosen.add_incoming(value, block)
        return chosen

    def _comparison(self, left: ast.expr, operators: list[ast.cmpop], rights: list[ast.expr]) -> Any:
        held, value = TRUTH(1), self._value(left)
        for operator, right in zip(operators, rights):
            if isinstance(operator, ast.In | ast.NotIn):
                assert isinstance(right, ast.Tuple)
                among = TRUTH(0)
                for each in right.elts:
                    among = self._build.or_(among, compare(self._build, "==", value, self._value(each)))
                holds = among if isinstance(operator, ast.In) else self._build.not_(among)
            else:
                other = self._value(right)
                holds = compare(self._build, COMPARISONS[type(operator)], value, other)
                value = other
            held = self._build.and_(held, holds)
        return held

    def _call(self, name: str, arguments: list[ast.expr]) -> Any:
        if name in self._globals:
            function = self._declared(self._globals[name])
            given = [self._argument(each, wanted.type) for each, wanted in zip(arguments, function.args, strict=True)]
            return self._build.call(function, given)
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
        raise Untranslatable(f"{name} in {self._function.name}")

    def _argument(self, node: ast.expr, kind: Any) -> Any:
        if isinstance(kind, ir.PointerType):
            assert isinstance(node, ast.Name)
            return self._variables[node.id]
        return converted(self._build, kind, self._value(node))

    def _untranslatable(self, node: ast.AST) -> Untranslatable:
        return Untranslatable(f"{ast.unparse(node)} in {self._function.name}")
