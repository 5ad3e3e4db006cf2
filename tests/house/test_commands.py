"""The table of commands in CONTRIBUTING has each command of the repository, and no other."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
TABLE: Final = [line for line in TEXT.splitlines() if line.startswith("| `")]
NOT_IN_THE_TABLE: Final = {
    "icnsim": "the command itself",
    "icnsim.plugins.probe": "a child process of `icnsim check-plugin`",
    "tests.command": "the server of commands of the tests",
    "tests.machines.child": "a child process of `tests.machines`",
    "tests.plants.child": "a child process of `tests.plants`",
    "benchmarks": "make bench",
    "benchmarks.measure": "a child process of `benchmarks`",
    "benchmarks.naive": "a child process of `benchmarks`",
}


def programs() -> list[str]:
    """The modules that `python -m` runs."""
    found = []
    for folder in ("icnsim", "tests", "docs", "benchmarks"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            if file.name == "__main__.py":
                found.append(module.removesuffix(".__main__"))
            elif re.search(r'^if __name__ == "__main__":', file.read_text("utf-8"), re.MULTILINE):
                found.append(module)
    return found


def targets() -> set[str]:
    """The targets of the Makefile that are commands."""
    line = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert line is not None
    return set(line[1].split())


@pytest.mark.parametrize("module", [name for name in programs() if name not in NOT_IN_THE_TABLE])
def test_every_program_is_in_the_table(module: str) -> None:
    assert any(re.search(rf"`python -m {re.escape(module)}[` ]", line) for line in TABLE), module


def test_the_table_has_existing_programs_and_targets_only() -> None:
    named = {name for line in TABLE for name in re.findall(r"`python -m ([a-z0-9_.]+)", line)}
    assert named <= set(programs()) and len(named) > 20
    made = {name for line in TABLE for name in re.findall(r"`make ([a-z]+)`", line)}
    assert {"proofs", "package", "audit", "lock"} <= made <= targets()


def test_what_is_left_out_of_the_table_exists() -> None:
    assert set(NOT_IN_THE_TABLE) <= set(programs())


def test_the_proofs_are_commands_of_the_table() -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nproofs:")[2].partition("\n\n")[0]
    proofs = re.findall(r"-m (tests\.\w+)", recipe)
    assert proofs == ["tests.machines", "tests.plants", "tests.engines", "tests.fuzz", "tests.mutation"]
    table = "\n".join(TABLE)
    assert all(f"`python -m {name}" in table for name in proofs)
