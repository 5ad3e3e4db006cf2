"""`icnsim init`: the shipped scenarios and notebooks, as files of the user."""

import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import click

from icnsim import typed
from icnsim.errors import ResultsError, printable

SHIPPED: Final = ("scenarios", "notebooks")
INSTALLED: Final = ("share", "icnsim")
"""Where a wheel puts these folders, below the folder of the environment."""
SUFFIXES: Final = (".yaml", ".csv", ".jsonl", ".ipynb", ".md")
NOT_OURS: Final = frozenset({"results", ".ipynb_checkpoints"})
"""Folders of a work tree that a user's own runs have made."""


@click.command("init")
@click.argument("folder", metavar="[FOLDER]", default=".", type=click.Path(file_okay=False))
def command(folder: str) -> None:
    """Copy the shipped scenarios and notebooks to FOLDER, by default the present one.

    A file that exists is kept. The scenarios are in FOLDER/scenarios, the notebooks, which read them, in
    FOLDER/notebooks.
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
            shutil.copyfile(source, place)
        except OSError as error:
            raise click.UsageError(f"{place} cannot be written: {(error.strerror or str(error)).lower()}") from None
        copied += 1
    there = f", {kept} were there already and are kept" if kept else ""
    click.echo(printable(f"{copied} files copied to {target}{there}"))
    if sys.stderr.isatty():
        inside = "" if folder == "." else f"{typed.command(['cd', str(folder)])} && "
        click.echo(printable(f"next: {inside}icnsim run scenarios/week4.yaml"), err=True)


def shipped() -> Iterator[tuple[Path, Path]]:
    """The path below FOLDER and the source of each shipped file.

    Raises
    ------
    ResultsError : they are not installed.
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
    """The files that the wheel's record lists."""
    for file in metadata.files("icnsim") or ():
        for start in range(len(file.parts) - len(INSTALLED)):
            if file.parts[start : start + len(INSTALLED)] == INSTALLED:
                yield Path(*file.parts[start + len(INSTALLED) :]), Path(str(file.locate()))


def _is_ours(name: Path) -> bool:
    """Whether a file is shipped: results and caches of a work tree are not."""
    return name.suffix in SUFFIXES and NOT_OURS.isdisjoint(name.parts)
