"""No module uses a function whose last bits differ between machines, except where the reason is given here."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2] / "icnsim"

LIBRARY: Final = frozenset(
    {
        "cos", "erf", "erfc", "exp", "exp2", "expm1", "float_power", "gamma", "hypot", "lgamma", "log", "log10",
        "log1p", "log2", "pow", "power", "sin", "tan", "tanh",
    }
)  # fmt: skip
"""Functions of `math` and `numpy` that are not rounded exactly."""
SUMS: Final = frozenset(
    {"average", "dot", "einsum", "matmul", "mean", "nanmean", "nansum", "std", "sum", "trapezoid", "var"}
)
"""Functions of `numpy` whose order of additions depends on its version."""

ROUNDED: Final = "its figures are rounded by `theory.prediction` or `elementary.digits`"
PICTURE: Final = "a picture or a page, which is not compared between machines"
SEARCHED: Final = "a guess of a size or a step, which no figure depends on"
WHOLE: Final = "sums of whole numbers"
EXCEPTIONS: Final = {
    "theory": ROUNDED,
    "scenario/distributions.py": "`cdf`, `mean` and `variance` are for closed forms; no draw uses them",
    "plots": PICTURE,
    "analysis": SEARCHED,
    "scenario/variation.py": SEARCHED,
    "recommendation/unmet.py": SEARCHED,
    "recommendation/rounding.py": "the number of digits of a rounded value",
    "plugins/distributions.py": "a check of a plug-in's moments, with tolerances",
    "live/comparison.py": "compares a measured run, which differs at every execution",
    "statistics/intervals.py": ROUNDED,
    "statistics/paired.py": ROUNDED,
    "statistics/verdicts.py": ROUNDED,
    "sweeps/designs.py": "points of a design; the versions of NumPy and SciPy are part of the identity of a sweep",
    "recording/occupancy.py": WHOLE,
    "recording/distribution.py": WHOLE,
    "simulation/heartbeats/memory.py": WHOLE,
}
"""The files and folders that may use these functions, with the reason."""


def uses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The lines that use a function of `LIBRARY` or `SUMS`, with its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = node.value.id, node.attr
            if (module in ("math", "np") and name in LIBRARY) or (module == "np" and name in SUMS):
                yield node.lineno, f"{module}.{name}"
        elif isinstance(node, ast.ImportFrom) and node.module in ("math", "numpy"):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names if alias.name in LIBRARY)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scipy"):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("std", "var"):
            yield node.lineno, f".{node.func.attr}()"


def excused(file: str) -> bool:
    return any(file == each or file.startswith(f"{each}/") for each in EXCEPTIONS)


def test_every_module_has_the_same_bits_on_every_machine():
    files = {str(path.relative_to(ROOT)): path for path in ROOT.rglob("*.py")}
    found = {file: list(uses(ast.parse(path.read_text("utf-8")))) for file, path in files.items() if not excused(file)}
    assert {file: each for file, each in found.items() if each} == {}


def test_each_exception_is_needed():
    def is_needed(place: Path) -> bool:
        files = place.rglob("*.py") if place.is_dir() else [place]
        return any(list(uses(ast.parse(file.read_text("utf-8")))) for file in files)

    assert [each for each in EXCEPTIONS if not is_needed(ROOT / each)] == []


@pytest.mark.parametrize(
    "text",
    [
        "np.log(x)",
        "math.exp(x)",
        "from math import log1p",
        "from scipy.special import ndtr",
        "np.sum(x)",
        "x.std(ddof=1)",
        "np.dot(x, y)",
    ],
)
def test_a_new_use_is_found(text):
    assert list(uses(ast.parse(text)))
