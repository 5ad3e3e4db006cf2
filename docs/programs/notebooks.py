"""Runs the notebooks for the site: `python -m docs.programs.notebooks`. `make docs` runs it before the build.

The notebooks in `notebooks/` are stored without outputs. This program writes copies with outputs to `build/notebooks`.
`docs/programs/site_hook.py` makes pages from these. The program takes about two minutes of CPU time.
"""

import sys
from pathlib import Path
from typing import Final

import nbclient
import nbformat

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = ROOT / "notebooks"
RUN: Final = ROOT / "build" / "notebooks"


def run(source: Path, target: Path) -> None:
    """Run a notebook in its folder from top to bottom and write it with its outputs.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raises an exception.
    """
    notebook = nbformat.read(source, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=1800, kernel_name="python3", resources={"metadata": {"path": str(source.parent)}}
    )
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # the wall clock
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


if __name__ == "__main__":
    for source in sorted(SOURCES.glob("*.ipynb")):
        print(f"running {source.name}", file=sys.stderr)
        run(source, RUN / source.name)
