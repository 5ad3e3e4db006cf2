"""Runs scenarios in one world and prints the SHA-256 of every result file except the manifest, as JSON.

Usage: ``python -m tests.plants.child WORLD PACKAGE SCENARIO …``. WORLD is 0 or 1, see `worlds`. PACKAGE is the folder
that contains the copy of icnsim. The present folder is empty: the scenarios are copied into it, and their results
are written there.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.plants import surroundings

SCENARIOS: Final = Path(__file__).parent / "scenarios"
DATA: Final = Path(__file__).parents[1] / "engines" / "data"
LEFT_OUT: Final = "manifest.json"
"""The file with the wall-clock times of a run."""
THREADED: Final = "crowd"
"""The scenario that has threads only if the kernel is compiled."""
CHUNK: Final = 1 << 13
"""The arrivals that the columnar engine draws at once: fewer than usual, so that a small run has many chunks."""
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


def produce(world: int, names: Sequence[str]) -> None:
    """Run these scenarios, and write their results to ./results."""
    import icnsim
    from icnsim.columns import engine
    from icnsim.columns.compiler import compiling
    from icnsim.recording import summary
    from icnsim.scenario import load

    if THREADED in names:
        compiling.compiled()
    engine.CHUNK = CHUNK
    summary.LARGE = world * sys.maxsize  # type: ignore[misc]  # one world computes the parts of a summary in threads
    shutil.copytree(DATA, "scenarios")
    for name in names:
        file = Path(shutil.copy(SCENARIOS / f"{name}.yaml", "scenarios"))
        surroundings.scatter_objects(world)
        if load(file).sweep.vary:
            icnsim.sweep(file, out="results", jobs=1 + world)
        else:
            icnsim.run(file, out="results")


def listing() -> str:
    """The output of `icnsim list`, without dates."""
    from click.testing import CliRunner

    from icnsim.cli.list import command

    done = CliRunner().invoke(command, ["--out", "results"], catch_exceptions=False)
    return DATE.sub("", done.output)


def digests() -> dict[str, str]:
    """The digest of each file of results, by its path."""
    files = sorted(path for path in Path("results").rglob("*") if path.is_file() and path.name != LEFT_OUT)
    return {path.relative_to("results").as_posix(): _digest(path.read_bytes()) for path in files}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> None:
    world, package, names = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    surroundings.enter(world)
    import icnsim

    assert Path(icnsim.__file__).is_relative_to(package), icnsim.__file__
    produce(world, names)
    json.dump({**digests(), "icnsim list": _digest(listing().encode())}, sys.stdout)


if __name__ == "__main__":
    main()
