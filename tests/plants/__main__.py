"""Plants nondeterminism into copies of icnsim and shows that each plant is caught.

Usage: ``python -m tests.plants [NAME …] [--jobs N]``. NAME is a part of the names of some plants.

First every scenario is run with the package as it is, in two worlds (see `worlds`): no byte may differ. Then each plant
(see `plants`) is put into a copy of the package, the scenarios that it names are run in both worlds, and their files
must differ. The other scenarios could only show more differences. A plant may also name a linter, which must find it: a
contract of import-linter, or the rules of `tests.house.chance`. A plant whose child process fails is not caught,
because a crash does not show what the check finds. The exit code is 1 if the package is not deterministic or a plant
survives.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.house.test_chance import EXCEPTIONS, found_in
from tests.plants.child import SCENARIOS
from tests.plants.plants import HOUSE, PLANTS, Plant, apply
from tests.plants.worlds import ROOT, FailedError, differences

LINT: Final = "from importlinter.cli import lint_imports_command; lint_imports_command()"
SURVIVES: Final = "SURVIVES"


def copied(place: Path) -> Path:
    """Copy icnsim, with its compiled modules, and the linters' settings into a folder; returns the folder."""
    shutil.copytree(ROOT / "icnsim", place / "icnsim")
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def shown(package: Path, scenarios: Sequence[str]) -> str:
    """The result of the same-bytes check in words; empty if no file differs."""
    try:
        found = differences(package, scenarios)
    except FailedError as failed:
        return f"{SURVIVES}: a child failed: {failed}"
    return f"{len(found)} files, such as {Path(found[0]).name}" if found else ""


def ruled(plant: Plant, package: Path) -> str:
    """The rules that a plant breaks, as its linter names them; empty if the linter finds nothing."""
    if plant.rule == HOUSE:
        found = found_in(package / "icnsim" / plant.file, package / "icnsim")
        return ", ".join(sorted({what for _, what in found.keys() - EXCEPTIONS.keys()}))
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"], cwd=package, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    broken = [line.split(" BROKEN")[0] for line in done.stdout.splitlines() if " BROKEN" in line]
    return ", ".join(broken)


def caught(plant: Plant) -> tuple[bool, str]:
    """Whether every check that must catch a plant does, and a line about it."""
    with tempfile.TemporaryDirectory(prefix="plant-") as place:
        package = copied(Path(place))
        apply(plant, package)
        checks = [("bytes", shown(package, plant.scenarios))] if plant.scenarios else []
        checks += [(plant.rule, ruled(plant, package))] if plant.rule else []
    told = "; ".join(f"{name}: {found or SURVIVES}" for name, found in checks)
    return SURVIVES not in told, told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.plants", description="Plant nondeterminism.")
    parser.add_argument("name", nargs="*", help="a part of the names of some plants; by default all are tried")
    parser.add_argument("--jobs", type=int, default=1, help="the number of plants that are tried at once")
    given = parser.parse_args()
    chosen = [each for each in PLANTS if not given.name or any(part in each.name for part in given.name)]
    began, every = time.monotonic(), sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
    wrong = [] if given.name else differences(ROOT, every)
    print(f"without a plant: {len(every)} scenarios, {len(wrong)} files differ", *wrong[:10], sep="\n  ", flush=True)
    survived = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for plant, (held, told) in zip(chosen, pool.map(caught, chosen), strict=True):
            survived += not held
            print(f"{'caught  ' if held else SURVIVES}  {plant.name} ({plant.file})\n          {told}", flush=True)
    print(f"{len(chosen) - survived} of {len(chosen)} plants are caught, in {time.monotonic() - began:.0f} s")
    return 1 if wrong or survived else 0


if __name__ == "__main__":
    sys.exit(main())
