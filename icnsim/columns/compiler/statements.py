"""Statements of the kernel as LLVM instructions: assignments, `if`, `while`, `for … in range`, `break`, `return`."""

import ast
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from icnsim.columns.compiler.expressions import Expressions, Function
from icnsim.columns.compiler.operations import WHOLE, converted, operation


class Body(Expressions):
    """Emits the body of one function.

    Parameters
    ----------
    tree : the definition of the function.
    """

    def __init__(
        self,
        tree: ast.FunctionDef,
        function: Function,
        emitted: ir.Function,
        declared: Callable[[Function], ir.Function],
    ) -> None:
        super().__init__(function, emitted, declared)
        self._tree = tree
        self._start = emitted.append_basic_block("start")
        self._exits: list[ir.Block] = []

    def translate(self) -> None:
        """Emit the instructions of the body.

        Raises
        ------
        Untranslatable : the body contains a construct that is not supported.
        """
        entry = self._build.block
        self._build.position_at_end(self._start)
        for parameter, argument in zip(self._tree.args.args, self._function.args):
            if isinstance(argument.type, ir.PointerType):
                self._variables[parameter.arg] = argument
            else:
                self._store(parameter.arg, argument)
        self._statements(self._tree.body)
        if not self._build.block.is_terminated:
            if isinstance(self._function.return_value.type, ir.VoidType):
                self._build.ret_void()
            else:
                self._build.unreachable()
        self._build.position_at_end(entry)
        self._build.branch(self._start)

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
                self._build.branch(self._exits[-1])
            case ast.Return(None):
                self._build.ret_void()
            case ast.Return(ast.expr() as value):
                self._build.ret(converted(self._build, self._function.return_value.type, self._value(value)))
            case _:
                raise self._untranslatable(statement)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            assert isinstance(value, ast.Tuple)
            values = [self._value(element) for element in value.elts]
            for variable, element in zip(target.elts, values, strict=True):
                self._put(variable, element)
        else:
            self._put(target, self._value(value))

    def _put(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self._store(target.id, value)
        elif isinstance(target, ast.Subscript):
            element = self._element(target)
            self._build.store(converted(self._build, element.type.pointee, value), element)
        else:
            raise self._untranslatable(target)

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

    def _loop(self, inside: ir.Block, body: list[ast.stmt], head: ir.Block, after: ir.Block) -> None:
        """Emit the body of a loop, which continues at `head` and ends at `after`."""
        self._exits.append(after)
        self._build.position_at_end(inside)
        self._statements(body)
        if not self._build.block.is_terminated:
            self._build.branch(head)
        self._exits.pop()
        self._build.position_at_end(after)

    def _for(self, name: str, bounds: list[Any], body: list[ast.stmt]) -> None:
        start, stop = (WHOLE(0), bounds[0]) if len(bounds) == 1 else bounds
        counter = f"{name} counts"  # the body may assign to the loop variable
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
