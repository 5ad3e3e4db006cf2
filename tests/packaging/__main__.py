"""Builds the package, installs it on every Python of this machine, and uses it there.

Usage: ``python -m tests.packaging [--newest] [--keep FOLDER]``.

The command builds the source archive, and the wheel from the unpacked archive. `twine check --strict` judges both.
Then each version of Python from 3.11 to 3.14 that this machine has makes an empty environment, installs the locked
dependencies and the wheel, and runs `icnsim init`, `run`, `sweep`, `report` and `plot` from an unrelated folder. Every
file that these commands write must have the same bytes on every version, except the manifests.

With ``--newest``, the newest permitted versions of the dependencies are installed instead. They may differ from one
version of Python to the next, so that the bytes are not compared. The exit code is 1 if anything fails. The command
prints each part that it could not run.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.packaging import interpreters
from tests.packaging.artefacts import Artefacts, build
from tests.packaging.tools import tool
from tests.packaging.trial import TrialError, installed, targeted, used


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packaging", description="Install and use the package.")
    parser.add_argument("--newest", action="store_true", help="install the newest permitted dependencies")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="copy the source archive and the wheel here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="icnsim-packaging-") as name:
        folder = Path(name)
        made = build(folder)
        print(f"built {made.sdist.name} and {made.wheel.name}", flush=True)
        if given.keep is not None:
            given.keep.mkdir(parents=True, exist_ok=True)
            for each in made:
                shutil.copy2(each, given.keep)
        held = [_judged(made, folder), _tried(made.wheel, folder, locked=not given.newest)]
    return 0 if all(held) else 1


def _judged(made: Artefacts, folder: Path) -> bool:
    """Whether `twine check` accepts the metadata, or cannot be had."""
    twine = tool("twine", folder)
    if isinstance(twine, str):
        print(f"twine check: not run: {twine}", flush=True)
        return True
    done = subprocess.run(
        [twine, "check", "--strict", *map(str, made)], capture_output=True, text=True, check=False, cwd=folder
    )
    print(f"twine check: {'passed' if done.returncode == 0 else done.stdout + done.stderr}", flush=True)
    return done.returncode == 0


def _tried(wheel: Path, folder: Path, *, locked: bool) -> bool:
    """Whether the wheel works on every version of Python that there is, with the same results."""
    first: dict[str, str] | None = None
    held = True
    for version in interpreters.wanted():
        python = interpreters.found(version)
        if python is None:
            print(f"Python {version}: not run: this machine does not have it", flush=True)
            continue
        place = folder / version
        place.mkdir()
        try:
            environment = installed(python, wheel, place, locked=locked)
            digests = used(environment, place)
            targeted(environment, wheel, place)
        except (TrialError, subprocess.TimeoutExpired) as error:
            held = False
            print(f"Python {version}: FAILED: {error}", flush=True)
            continue
        finally:
            shutil.rmtree(place)
        first = first or digests
        differ = sorted(name for name in first.keys() | digests.keys() if first.get(name) != digests.get(name))
        held = held and not (locked and differ)
        told = "; ".join(differ[:10]) if locked and differ else "none" if locked else "not compared"
        print(f"Python {version}: passed: {len(digests)} files; files that differ: {told}", flush=True)
    return held and first is not None


if __name__ == "__main__":
    sys.exit(main())
