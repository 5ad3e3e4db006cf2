"""Finds code whose result may depend on something other than its arguments: on the machine, the process or the time.

The rules know the syntax only. They do not know the type of a variable, so `for x in some_set` is not found. The plants
of `tests.plants` show that the same-bytes check finds such code.
"""

import ast
from collections.abc import Iterator
from typing import Final

OF_OS: Final = frozenset(
    {
        "environ", "environb", "getcwd", "getenv", "getlogin", "getpid", "getppid", "getrandom", "getuid", "cpu_count",
        "times", "uname", "urandom",
    }
)  # fmt: skip
"""Names of the module `os` that tell about the machine or the process."""
LISTINGS: Final = frozenset({"glob", "iterdir", "listdir", "rglob", "scandir", "walk"})
PLACES: Final = frozenset({"cwd", "home"})
WITHOUT_ORDER: Final = frozenset({"all", "any", "frozenset", "len", "max", "min", "set", "sorted"})
"""Functions whose results do not depend on the order of their arguments."""
IN_ORDER: Final = frozenset(
    {
        "dict", "enumerate", "extend", "filter", "fromkeys", "iter", "join", "list", "map", "next", "reversed", "sum",
        "tuple", "zip",
    }
)  # fmt: skip
"""Functions and methods whose results depend on it."""

Found = tuple[int, str]
"""A line and a rule with what breaks it, such as ``os.environ``."""


def uses(tree: ast.AST) -> Iterator[Found]:
    """The lines that break a rule."""
    free = set(_order_free(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "os" and node.attr in OF_OS:
                yield node.lineno, f"os.{node.attr}"
            elif node.value.id in ("np", "numpy") and node.attr == "random":
                yield node.lineno, "np.random"
        elif isinstance(node, ast.Call):
            yield from _calls(node, free)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from ((node.lineno, f"os.{alias.name}") for alias in node.names if alias.name in OF_OS)
        if id(node) not in free and any(_is_set(each) for each in _in_order(node)):
            yield node.lineno, "the order of a set"


def _calls(node: ast.Call, free: set[int]) -> Iterator[Found]:
    """The rules about calls: hashes and addresses of objects, listings of directories."""
    function = node.func
    if isinstance(function, ast.Name) and function.id in ("hash", "id"):
        yield node.lineno, f"{function.id}()"
    for keyword in node.keywords:
        if keyword.arg == "key" and isinstance(keyword.value, ast.Name) and keyword.value.id in ("hash", "id"):
            yield node.lineno, f"{keyword.value.id}()"
    if isinstance(function, ast.Attribute):
        if function.attr in LISTINGS and id(node) not in free:
            yield node.lineno, "the order of a directory"
        if function.attr in PLACES and isinstance(function.value, ast.Name) and function.value.id == "Path":
            yield node.lineno, f"Path.{function.attr}()"


def _order_free(tree: ast.AST) -> Iterator[int]:
    """The addresses of the nodes whose order has no effect: arguments of `sorted` and the like, and their sources."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WITHOUT_ORDER:
            if any(keyword.arg == "key" for keyword in node.keywords) and node.func.id != "sorted":
                continue
            for argument in node.args:
                yield from _sources(argument)
        elif isinstance(node, ast.SetComp):
            yield from _sources(node)


def _sources(node: ast.AST) -> Iterator[int]:
    yield id(node)
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        for generator in node.generators:
            yield id(generator)
            yield from _sources(generator.iter)
    elif isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            yield from _sources(element)
    elif isinstance(node, ast.Starred):
        yield from _sources(node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("map", "filter"):
        for argument in node.args:
            yield from _sources(argument)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions that a node reads in order."""
    if isinstance(node, ast.For):
        yield node.iter
    elif isinstance(node, ast.GeneratorExp | ast.ListComp | ast.DictComp):
        yield from (generator.iter for generator in node.generators)
    elif isinstance(node, ast.Starred):
        yield node.value
    elif isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in IN_ORDER:
            yield from node.args


def _is_set(node: ast.AST) -> bool:
    """Whether an expression is a set by its form."""
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _is_set(node.left) or _is_set(node.right)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id in ("set", "frozenset")
        return isinstance(node.func, ast.Attribute) and _is_set(node.func.value) and node.func.attr != "pop"
    return False
