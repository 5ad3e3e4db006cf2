"""Builds the source archive and the wheel, and lists their contents.

The archive is built from the tracked files, and the wheel from the unpacked archive. So the wheel shows that the
archive is complete. The builds use the setuptools of this environment and no network.
"""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
HOOK: Final = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
MADE: Final = ("PKG-INFO", "setup.cfg", "icnsim.egg-info/")
"""Files that setuptools adds to the archive."""
SHARE: Final = "data/share/icnsim/"
"""The folder of scenarios and notebooks, below the wheel's folder of data files."""


class Artefacts(NamedTuple):
    """The files of a release."""

    sdist: Path
    wheel: Path


def tracked() -> list[str]:
    """The names of the files that git tracks and that exist."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def build(folder: Path) -> Artefacts:
    """Build both artefacts in a folder; raises CalledProcessError with the output of setuptools."""
    tree, out = folder / "tree", folder / "dist"
    for name in tracked():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    _hook("build_sdist", tree, out)
    (sdist,) = out.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    _hook("build_wheel", folder / sdist.name.removesuffix(".tar.gz"), out)
    (wheel,) = out.glob("*.whl")
    return Artefacts(sdist, wheel)


def _hook(name: str, tree: Path, out: Path) -> None:
    """Call a function of PEP 517 in a source tree."""
    subprocess.run([sys.executable, "-c", HOOK, name, str(out)], cwd=tree, capture_output=True, text=True, check=True)


def in_sdist(sdist: Path) -> set[str]:
    """The files of the archive, without its top folder and without the files that setuptools adds."""
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    return {name for name in names if not name.startswith(MADE)}


def in_wheel(wheel: Path) -> dict[str, bytes]:
    """The contents of the wheel's files by the name that they have in the tree, without the metadata."""
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            first, _, rest = name.partition("/")
            if first == "icnsim":
                found[name] = archive.read(name)
            elif rest.startswith(SHARE):
                found[rest.removeprefix(SHARE)] = archive.read(name)
    return found
