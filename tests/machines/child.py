"""Runs scenarios in this interpreter and prints the SHA-256 of every result file except the manifest, as JSON.

Usage: ``python -m tests.machines.child DOCUMENTS``. DOCUMENTS is a JSON file: a list of [name, YAML, data folder].
The scenarios are given as text, because the random generator of another version of Python could draw others.

The output has the versions of the packages and, for each scenario and file, the digest of its bytes and the digest of
its contents: the rows of a table, or the summary without the run-id. A refused scenario has the text of the error.
"""

import hashlib
import json
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

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
        return json.dumps({**json.loads(file.read_text("utf-8")), "run_id": ""}).encode()
    return file.read_bytes()


def digests(text: str, data: Path) -> dict[str, tuple[str, str]]:
    """The digests of each result file of a scenario, by its name in the results folder."""
    with tempfile.TemporaryDirectory() as place:
        try:
            run = experiment.run(experiment.alone(loads(text, data)), out=place)
        except IcnsimError as refused:
            return {"error": (str(refused), str(refused))}
        assert run.folder is not None
        files = sorted(path for path in run.folder.rglob("*") if path.is_file() and path.name != LEFT_OUT)
        return {
            path.relative_to(run.folder).as_posix(): (digest(path.read_bytes()), digest(contents(path)))
            for path in files
        }


def main() -> None:
    documents = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pyarrow"))
    found = {name: digests(text, Path(data)) for name, text, data in documents}
    json.dump({"versions": f"Python {platform.python_version()}, {versions}", "digests": found}, sys.stdout)


if __name__ == "__main__":
    main()
