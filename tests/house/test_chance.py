"""No module reads the environment, an address, a hash or an unsorted listing, except where the reason is given here.

The contracts of import-linter in pyproject.toml have the modules that may import clocks, generators, `os` and threads.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.house.chance import uses

ROOT: Final = Path(__file__).parents[2] / "icnsim"

TERMINAL: Final = "the width and the colours of the terminal, and messages"
PROCESSES: Final = "the processes of sweeps and plug-ins"
SEEDED: Final = "a generator whose key is a hash of the seed and a name"
SAME: Final = "the key of an object that is alive as long as the key; looked up, never sorted"
BY_KEY: Final = "a dict whose order has no effect, because values are taken by their keys"
EXCEPTIONS: Final = {
    ("analysis/hazards.py", "the order of a directory"): "one file",
    ("cli/__init__.py", "os.environ"): TERMINAL,
    ("cli/init.py", "the order of a directory"): "sorted in the next statement",
    ("cli/terminal.py", "os.environ"): TERMINAL,
    ("cli/watch.py", "os.environ"): TERMINAL,
    ("columns/compiler/compiling.py", "Path.home()"): "the folder of the compiled kernel",
    ("columns/compiler/compiling.py", "os.environ"): "the folder of the compiled kernel, and whether it is used",
    ("draws/streams.py", "np.random"): SEEDED,
    ("memory.py", "os.cpu_count"): "the memory of the threads of a library",
    ("live/reporter.py", "id()"): SAME,
    ("memory.py", "os.environ"): "the settings of allocators, before a library is imported",
    ("plugins/check.py", "os.environ"): PROCESSES,
    ("plugins/probe.py", "np.random"): "finds plug-ins that use the global generator",
    ("rare_events/point.py", "np.random"): SEEDED,
    ("rare_events/splitting.py", "np.random"): SEEDED,
    ("rare_events/tilting.py", "np.random"): SEEDED,
    ("recommendation/optimiser.py", "np.random"): "a constant seed",
    ("recording/folder.py", "the order of a directory"): "each entry is removed or kept by its own age",
    ("report/run_violations.py", "id()"): SAME,
    ("scenario/plugins/parameters.py", "hash()"): "the method `__hash__`",
    ("scenario/plugins/schema.py", "id()"): "the method `__hash__`",
    ("simulation/assembly.py", "id()"): SAME,
    ("simulation/faults/supervisor.py", "id()"): SAME,
    ("simulation/faults/supervisor.py", "the order of a set"): BY_KEY,
    ("simulation/watching/messagelog.py", "id()"): SAME,
    ("statistics/paired.py", "the order of a set"): BY_KEY,
    ("sweeps/engines.py", "os.environ"): PROCESSES,
    ("sweeps/engines.py", "os.getpid"): PROCESSES,
    ("sweeps/tables.py", "the order of a set"): BY_KEY,
    ("sweeps/work.py", "os.getpid"): PROCESSES,
    ("sweeps/work.py", "os.getppid"): PROCESSES,
    ("sweeps/work.py", "the order of a directory"): "files that are written one by one under their own names",
    ("wholefile.py", "the order of a directory"): "each draft is removed or kept by its own age",
}
"""The file and what it uses, with the reason why no result depends on it."""


def found_in(path: Path, root: Path) -> dict[tuple[str, str], list[int]]:
    """The lines of a file of the package that break a rule, by file and rule."""
    found: dict[tuple[str, str], list[int]] = {}
    for line, what in uses(ast.parse(path.read_text("utf-8"))):
        found.setdefault((path.relative_to(root).as_posix(), what), []).append(line)
    return found


@cache
def found_here() -> dict[tuple[str, str], list[int]]:
    """The lines of all files of this package that break a rule."""
    return {where: lines for path in ROOT.rglob("*.py") for where, lines in found_in(path, ROOT).items()}


def test_every_module_depends_on_its_arguments_alone():
    assert {where: lines for where, lines in found_here().items() if where not in EXCEPTIONS} == {}


def test_each_exception_is_needed():
    assert EXCEPTIONS.keys() - found_here().keys() == set()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("os.environ['A']", "os.environ"),
        ("from os import getpid", "os.getpid"),
        ("hash(text)", "hash()"),
        ("sorted(x, key=id)", "id()"),
        ("np.random.rand()", "np.random"),
        ("Path.cwd()", "Path.cwd()"),
        ("list(place.glob('*'))", "the order of a directory"),
        ("for name in os.listdir('.'): pass", "the order of a directory"),
        ("for name in set(names): pass", "the order of a set"),
        ("[f(name) for name in {a, b} | others]", "the order of a set"),
        ("list({a, b})", "the order of a set"),
        ("(*a, *{b for b in a})", "the order of a set"),
        ("', '.join(set(names))", "the order of a set"),
        ("sum(map(float, {repr(x) for x in y}))", "the order of a set"),
        ("{name: 1 for name in set(names)}", "the order of a set"),
    ],
)
def test_a_use_is_found(text: str, what: str):
    assert what in [found for _, found in uses(ast.parse(text))]


@pytest.mark.parametrize(
    "text",
    [
        "sorted(set(names))",
        "sorted(place.glob('*'))",
        "sorted(p for p in place.rglob('*') if p.is_file())",
        "len({x for x in set(y)})",
        "sorted((*a, *{b for b in a}))",
        "x in set(y)",
        "any(x > 1 for x in set(y))",
        "{f(x) for x in set(y)}",
    ],
)
def test_what_has_no_order_is_allowed(text: str):
    assert list(uses(ast.parse(text))) == []
