"""The changes that make a mutant: small changes of one node of a syntax tree, each a mistake that people make.

Not mutated: docstrings, annotations, decorators, imports, assertions, `__all__`, the arguments of `raise`, the names of
type variables and of casts, code that runs only while types are checked, texts inside f-strings, and texts of four
words or more. A text of that length is meant for people. A sum with a constant of the module that is 0, such as the
index of a row's first field, is not made a difference, because both are equal. Calls of a logger and `strict=True` of
`zip` are not mutated either: the former is for people (PIT, too, leaves out such calls), the latter is an assertion.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import EnumMeta
from typing import Any, Final

COMPARISONS: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
EXACT: Final = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
"""The comparisons whose replacement is their negation."""
ARITHMETIC: Final[Mapping[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.MatMult: ast.Mult,
}  # fmt: skip
BUILTINS: Final = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "sum": "len"}
REMOVED: Final = (ast.Expr, ast.AugAssign, ast.Raise, ast.Break, ast.Continue, ast.Delete)
LOGGER: Final = "LOG"
"""The name of a module's logger."""
CHECKS: Final = ("strict",)
"""Keywords that only check what holds."""
UNTYPED: Final = ("NewType", "TypeVar", "cast")
"""Functions whose arguments are types and names of types."""
PROSE: Final = 4
"""The number of words from which a text is meant for people."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of one field of one node.

    Attributes
    ----------
    node, field, index : the field, and the place in it if it is a list.
    new : the value that replaces the value of the field.
    statement : the statement with the change. function : the qualified name of its function, "" outside of functions.
    words : the change in words.
    """

    node: ast.AST
    field: str
    index: int | None
    new: object
    statement: ast.stmt
    function: str
    words: str

    @property
    def old(self) -> object:
        """The present value of the field."""
        values = getattr(self.node, self.field)
        return values if self.index is None else values[self.index]

    def swap(self, value: object) -> object:
        """Put a value into the field; returns the value that was there."""
        old = self.old
        if self.index is None:
            setattr(self.node, self.field, value)
        else:
            getattr(self.node, self.field)[self.index] = value
        return old


def mutations(tree: ast.Module, names: Mapping[str, Any]) -> list[Mutation]:
    """The mutations of a module, in the order of its text.

    Parameters
    ----------
    names : the names that the module defines; they say which names are enumerations.
    """
    return list(_Walk(names).of_body(tree, "body", ""))


class _Walk:
    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._statement: ast.stmt = ast.Pass()
        self._function = ""

    def of_body(self, owner: ast.AST, field: str, scope: str) -> Iterator[Mutation]:
        """The mutations of the statements in a field of their owner; `scope` is the name of the class or function."""
        for index, statement in enumerate(getattr(owner, field)):
            if _is_skipped(statement):
                continue
            outer = self._statement
            self._statement = statement
            yield from self._removed(owner, field, index, statement)
            yield from self._of_statement(statement, scope)
            self._statement = outer

    def _of_statement(self, statement: ast.stmt, scope: str) -> Iterator[Mutation]:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from self._definition(statement, scope)
            return
        if isinstance(statement, ast.Raise | ast.Assert):
            return
        if isinstance(statement, ast.If | ast.While):
            yield from self._negated(statement, statement.test)
        if isinstance(statement, ast.Return) and not isinstance(statement.value, ast.Constant | None):
            yield self._change(statement, "value", None, ast.Constant(None), f"return {_text(statement.value)} → None")
        if isinstance(statement, ast.AugAssign):
            yield from self._operator(statement, statement.op)
        for name, value in ast.iter_fields(statement):
            if name == "annotation":
                continue
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from self.of_body(statement, name, scope)
            elif isinstance(value, list):
                for part in value:
                    yield from self._part(part, scope)
            elif isinstance(value, ast.expr):
                yield from self._expression(value)
        yield from self._fields_of_value(statement)

    def _part(self, part: object, scope: str) -> Iterator[Mutation]:
        """The mutations of an exception handler, a case, an item of `with` or an expression."""
        if isinstance(part, ast.ExceptHandler):
            yield from self.of_body(part, "body", scope)
        elif isinstance(part, ast.match_case):
            yield from self._expression(part.pattern)
            if part.guard is not None:
                yield from self._expression(part.guard)
            yield from self.of_body(part, "body", scope)
        elif isinstance(part, ast.withitem):
            yield from self._expression(part.context_expr)
        elif isinstance(part, ast.expr):
            yield from self._expression(part)

    def _definition(
        self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: str
    ) -> Iterator[Mutation]:
        name = f"{scope}.{statement.name}".lstrip(".")
        if isinstance(statement, ast.ClassDef):
            yield from self.of_body(statement, "body", name)
            return
        arguments = statement.args
        for field in ("defaults", "kw_defaults"):
            for index, default in enumerate(getattr(arguments, field)):
                if default is not None:
                    yield from self._constants(arguments, field, index, default)
                    yield from self._expression(default)
        outer = self._function
        self._function = outer or name
        yield from self.of_body(statement, "body", f"{name}.<locals>")
        self._function = outer

    def _removed(self, owner: ast.AST, field: str, index: int, statement: ast.stmt) -> Iterator[Mutation]:
        """The removal of a statement that has an effect; `break` and `continue` also replace each other."""
        stored = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript | ast.Attribute)
        waits = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield | ast.YieldFrom | ast.Await)
        if stored or (isinstance(statement, REMOVED) and not waits):
            yield self._change(owner, field, index, ast.Pass(), f"{_text(statement)} → pass")
        if isinstance(statement, ast.Break | ast.Continue):
            other = ast.Continue() if isinstance(statement, ast.Break) else ast.Break()
            yield self._change(owner, field, index, other, f"{_text(statement)} → {_text(other)}")

    def _expression(self, node: ast.AST) -> Iterator[Mutation]:
        """The mutations of an expression and of everything in it."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in UNTYPED:
            return
        if isinstance(node, ast.keyword) and node.arg in CHECKS:
            return
        for kind, mutate in self._mutators.items():
            if isinstance(node, kind):
                yield from mutate(self, node)
        yield from self._fields_of_value(node)
        for child in ast.iter_child_nodes(node):
            if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
                yield from self._expression(child)

    def _fields_of_value(self, node: ast.AST) -> Iterator[Mutation]:
        """The changes of constants, and removed `not`, in the fields of a node."""
        if isinstance(node, ast.JoinedStr | ast.FormattedValue):
            return
        for field, value in ast.iter_fields(node):
            if field == "annotation":
                continue
            for index, part in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(part, ast.expr):
                    yield from self._constants(node, field, index, part)

    def _constants(self, node: ast.AST, field: str, index: int | None, part: ast.expr) -> Iterator[Mutation]:
        if isinstance(part, ast.Constant):
            new = _other_constant(part.value)
            if new is not None:
                yield self._replaced(node, field, index, part, ast.Constant(new))
        elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            yield self._replaced(node, field, index, part, part.operand)
        elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            if not isinstance(part.operand, ast.Constant):
                yield self._replaced(node, field, index, part, part.operand)
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            other = self._other_member(part.value.id, part.attr)
            if other is not None:
                yield self._replaced(node, field, index, part, ast.Attribute(part.value, other, part.ctx))

    def _other_member(self, name: str, member: str) -> str | None:
        """The next member of an enumeration; None if the name is no enumeration."""
        kind = self._names.get(name)
        members = list(kind.__members__) if isinstance(kind, EnumMeta) else []
        if member not in members or len(members) < 2:
            return None
        return members[(members.index(member) + 1) % len(members)]

    def _compare(self, node: ast.Compare) -> Iterator[Mutation]:
        for index, operator in enumerate(node.ops):
            new = COMPARISONS[type(operator)]()
            left, right = ([node.left, *node.comparators][place] for place in (index, index + 1))
            words = _text(ast.Compare(left, [operator], [right])), _text(ast.Compare(left, [new], [right]))
            yield self._change(node, "ops", index, new, " → ".join(words))

    def _operator(self, node: ast.BinOp | ast.AugAssign, operator: ast.operator) -> Iterator[Mutation]:
        if isinstance(operator, ast.Add | ast.Sub) and self._is_zero(
            node.right if isinstance(node, ast.BinOp) else node.value
        ):
            return
        new = ARITHMETIC[type(operator)]()
        before = _text(node)
        old, node.op = node.op, new
        after = _text(node)
        node.op = old
        yield self._change(node, "op", None, new, f"{before} → {after}")

    def _is_zero(self, node: ast.expr) -> bool:
        """Whether an expression is the name of a constant of the module, in capitals, that is 0."""
        return isinstance(node, ast.Name) and node.id.isupper() and self._names.get(node.id, 1) == 0

    def _binary(self, node: ast.BinOp) -> Iterator[Mutation]:
        yield from self._operator(node, node.op)

    def _boolean(self, node: ast.BoolOp) -> Iterator[Mutation]:
        new = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield self._change(node, "op", None, new, f"{_text(node)} → {_text(ast.BoolOp(new, node.values))}")

    def _choice(self, node: ast.IfExp) -> Iterator[Mutation]:
        yield from self._negated(node, node.test)

    def _condition(self, node: ast.comprehension) -> Iterator[Mutation]:
        for index, test in enumerate(node.ifs):
            if not _has_negation(test):
                yield self._change(node, "ifs", index, _not(test), f"if {_text(test)} → if not")

    def _call(self, node: ast.Call) -> Iterator[Mutation]:
        if isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
            other = ast.Name(BUILTINS[node.func.id], ast.Load())
            words = f"{_text(node)} → {other.id}(…)"
            yield self._change(node, "func", None, other, words)
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg not in CHECKS:
                rest = [each for each in node.keywords if each is not keyword]
                yield self._change(node, "keywords", None, rest, f"{_text(node)} → without {keyword.arg}")

    def _negated(self, node: ast.AST, test: ast.expr) -> Iterator[Mutation]:
        if not _has_negation(test):
            yield self._change(node, "test", None, _not(test), f"if {_text(test)} → if not")

    def _replaced(self, node: ast.AST, field: str, index: int | None, old: ast.expr, new: ast.expr) -> Mutation:
        return self._change(node, field, index, new, f"{_text(old)} → {_text(new)}")

    def _change(self, node: ast.AST, field: str, index: int | None, new: object, words: str) -> Mutation:
        return Mutation(node, field, index, new, self._statement, self._function, words)

    _mutators: Final[Mapping[type[ast.AST], Callable[..., Iterator[Mutation]]]] = {
        ast.Compare: _compare, ast.BinOp: _binary, ast.BoolOp: _boolean, ast.IfExp: _choice,
        ast.comprehension: _condition, ast.Call: _call,
    }  # fmt: skip


def _is_skipped(statement: ast.stmt) -> bool:
    """Whether nothing of a statement is mutated."""
    if isinstance(statement, ast.Expr) and _text(statement.value).startswith(f"{LOGGER}."):
        return True
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True  # a docstring or an ellipsis
    if isinstance(statement, ast.If) and "TYPE_CHECKING" in _text(statement.test):
        return True
    return isinstance(statement, ast.Assign) and _text(statement.targets[0]) == "__all__"


def _other_constant(value: object) -> bool | float | str | None:
    """Another constant of the same type; None if the constant is not mutated."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and len(value.split()) < PROSE:
        return f"{value}~"
    return None


def _has_negation(test: ast.expr) -> bool:
    """Whether another mutation negates a test."""
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not)
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], EXACT)


def _not(test: ast.expr) -> ast.UnaryOp:
    return ast.UnaryOp(ast.Not(), test)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())
