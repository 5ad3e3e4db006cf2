"""A folder of regressions: the smallest scenario of every class that any search has found, each as a test."""

from pathlib import Path
from typing import NamedTuple

from icnsim import wholefile
from icnsim.errors import ResultsError
from icnsim.search.check import Check


class Kept(NamedTuple):
    """Files of a folder of regressions: those that a search has added, and those that were there for its classes."""

    new: tuple[str, ...]
    known: tuple[str, ...]


def keep(found: Check, regressions: Path) -> Kept:
    """Copy the small scenarios of a search to a folder; a class that has a file there keeps it.

    Raises
    ------
    ResultsError : it cannot be written there.
    """
    small = [each["scenario"] for each in found.document["classes"] if "smallest" in each]
    known = tuple(name for name in small if (regressions / name).exists())
    new = tuple(name for name in small if name not in known)
    try:
        regressions.mkdir(parents=True, exist_ok=True)
        for name in new:
            for file in (Path(name).with_suffix(".jsonl").name, name):  # the scenario comes after its tasks
                if (found.folder / file).exists():
                    wholefile.write(regressions / file, [(found.folder / file).read_bytes()])
    except OSError as error:
        raise ResultsError(f"{regressions}: cannot keep the scenarios: {(error.strerror or str(error)).lower()}; "
                           f"they are in {found.folder}") from None  # fmt: skip
    return Kept(new, known)
