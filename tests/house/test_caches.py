"""No cache grows with the number of runs of a process, except where the reason is given here."""

import ast
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2] / "icnsim"
FEW: Final = {
    "columns/compiler/translating.py:_definitions": "the files of the kernel",
    "report/embedding.py:asset": "the files of the package",
    "scenario/plugins/registry.py:installed": "the kinds of plug-ins",
    "statistics/intervals.py:_enough": "the levels of a command",
    "statistics/intervals.py:_rank": "the numbers of replications of a sweep",
    "statistics/intervals.py:_z": "the levels of a command",
    "sweeps/engines.py:_connecting": "the clients of clusters",
}
"""Functions with arguments whose results are kept without a limit, each with the arguments that it gets."""


def unlimited(tree: ast.Module) -> list[str]:
    """The functions with arguments that `functools.cache` decorates, or `lru_cache` with `maxsize=None`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (node.args.args or node.args.kwonlyargs):
            texts = map(ast.unparse, node.decorator_list)
            if any(text in ("cache", "functools.cache") or "maxsize=None" in text for text in texts):
                found.append(node.name)
    return found


def test_every_cache_has_a_limit_or_few_keys() -> None:
    names = {
        f"{path.relative_to(ROOT)}:{name}"
        for path in sorted(ROOT.rglob("*.py"))
        for name in unlimited(ast.parse(path.read_text("utf-8")))
    }
    assert names - {*FEW} == set(), "give lru_cache a maxsize, or a reason here"
    assert {*FEW} - names == set(), "these need no reason any more"


def test_a_cache_without_a_limit_is_found() -> None:
    some = ("@cache\ndef f(x): ...", "@lru_cache(maxsize=None)\ndef g(x): ...")
    none = ("@lru_cache(maxsize=9)\ndef h(x): ...", "@cache\ndef i(): ...")
    assert unlimited(ast.parse("\n".join(some + none))) == ["f", "g"]
