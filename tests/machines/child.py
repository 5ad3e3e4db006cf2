"""Runs scenarios in this interpreter and prints the SHA-256 of every result file except the manifest, as JSON.

Usage: ``python -m tests.machines.child DOCUMENTS``. DOCUMENTS is a JSON file: a list of [name, YAML, data folder,
jobs]. The scenarios are given as text, because the random generator of another version of Python could draw others.
With a number of jobs, the sweep of the scenario is run in as many processes; with 0, the scenario is run once.

The output has the versions of the packages and, for each scenario and file, the digest of its bytes and the digest of
its contents: the rows of a table, or the summary without its identity. A refused scenario has the text of the error.

The C library gets the locale of the environment, so that code which formats or reads numbers by it is found.
"""

import hashlib
import json
import locale
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

import icnsim
from icnsim import experiment
from icnsim.errors import IcnsimError
from icnsim.scenario import loads

LEFT_OUT: Final = "manifest.json"
"""The file with the wall-clock times and the versions of a run."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def contents(file: Path) -> bytes:
    """The contents of a result file, without what depends on the version of pyarrow."""
    if file.suffix == ".parquet":
        return repr(pq.read_table(file).to_pydict()).encode()
    if file.name == "summary.json":
        return json.dumps({**json.loads(file.read_text("utf-8")), "run_id": "", "sweep_id": ""}).encode()
    return file.read_bytes()


def results(text: str, data: Path, jobs: int, place: Path) -> Path:
    """Run a scenario or its sweep; returns the folder of the results."""
    if jobs:
        (place / "sweep.yaml").write_text(text, "utf-8")
        folder = icnsim.sweep(place / "sweep.yaml", out=place / "results", jobs=jobs).folder
    else:
        folder = experiment.run(experiment.alone(loads(text, data)), out=place).folder
    assert folder is not None
    return folder


def digests(text: str, data: Path, jobs: int) -> dict[str, tuple[str, str]]:
    """The digests of each result file of a scenario, by its name in the results folder."""
    with tempfile.TemporaryDirectory() as place:
        try:
            folder = results(text, data, jobs, Path(place))
        except IcnsimError as refused:
            return {"error": (str(refused), str(refused))}
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LEFT_OUT)
        return {
            path.relative_to(folder).as_posix(): (digest(path.read_bytes()), digest(contents(path))) for path in files
        }


def main() -> None:
    locale.setlocale(locale.LC_ALL, "")
    documents = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pyarrow"))
    found = {name: digests(text, Path(data), jobs) for name, text, data, jobs in documents}
    json.dump({"versions": f"Python {platform.python_version()}, {versions}", "digests": found}, sys.stdout)


if __name__ == "__main__":
    main()
