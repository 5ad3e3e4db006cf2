"""`icnsim init`: copies the shipped scenarios and notebooks to a folder of the user."""

import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import click

from icnsim import typed, wholefile
from icnsim.errors import ResultsError, printable

SHIPPED: Final = ("scenarios", "notebooks")
INSTALLED: Final = ("share", "icnsim")
"""The place of these folders in an installed wheel, below the folder of the environment."""
SUFFIXES: Final = (".yaml", ".csv", ".jsonl", ".ipynb", ".md")
NOT_OURS: Final = frozenset({"results", ".ipynb_checkpoints"})
"""Folders of a work tree that contain results of the user."""


@click.command("init")
@click.argument("folder", metavar="[FOLDER]", default=".", type=click.Path(file_okay=False))
def command(folder: str) -> None:
    """Copy the shipped scenarios and notebooks to FOLDER, by default the current folder.

    A file that exists is kept. The scenarios are in FOLDER/scenarios. The notebooks are in FOLDER/notebooks and read
    these scenarios.
    """
    target = Path(folder)
    copied = kept = 0
    for name, source in shipped():
        place = target / name
        if place.exists():
            kept += 1
            continue
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            wholefile.write(place, [source.read_bytes()])
        except OSError as error:
            raise ResultsError(f"{place} cannot be written: {(error.strerror or str(error)).lower()}") from None
        copied += 1
    there = f", {kept} existing files kept" if kept else ""
    click.echo(printable(f"{copied} files copied to {target}{there}"))
    if sys.stderr.isatty():
        inside = "" if folder == "." else f"{typed.command(['cd', str(folder)])} && "
        click.echo(printable(f"next: {inside}icnsim run scenarios/week4.yaml"), err=True)


def shipped() -> Iterator[tuple[Path, Path]]:
    """Yields the path below FOLDER and the source of each shipped file.

    Raises
    ------
    ResultsError : the files are not installed.
    """
    tree = Path(__file__).parents[2]
    if (tree / "pyproject.toml").is_file():  # a work tree, not an installed wheel
        found = [(path.relative_to(tree), path) for name in SHIPPED for path in (tree / name).rglob("*")]
    else:
        found = list(_installed())
    files = sorted((name, path) for name, path in found if path.is_file() and _is_ours(name))
    if not files:
        raise ResultsError("the scenarios and notebooks are not part of this installation; install icnsim's wheel")
    yield from files


def _installed() -> Iterator[tuple[Path, Path]]:
    """Yields the files that the wheel's record lists, and those in a folder `share` next to the package.

    `pip install --target` moves the files there and does not change the record.
    """
    for file in metadata.files("icnsim") or ():
        for start in range(len(file.parts) - len(INSTALLED)):
            if file.parts[start : start + len(INSTALLED)] == INSTALLED:
                yield Path(*file.parts[start + len(INSTALLED) :]), Path(str(file.locate()))
    moved = Path(__file__).parents[2].joinpath(*INSTALLED)
    yield from ((path.relative_to(moved), path) for path in moved.rglob("*"))


def _is_ours(name: Path) -> bool:
    """Returns whether a file is shipped. Results and caches of a work tree are not."""
    return name.suffix in SUFFIXES and NOT_OURS.isdisjoint(name.parts)
