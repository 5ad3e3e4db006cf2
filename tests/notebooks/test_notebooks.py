"""The notebooks: each runs from top to bottom as it stands, and is kept without what it has printed."""

import json
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

ONE_PROCESS = """
import functools
import icnsim
for name in ("sweep", "compare", "recommend"):
    setattr(icnsim, name, functools.partial(getattr(icnsim, name), jobs=1))
"""
"""What a notebook's kernel does first: a pool of processes takes longer to start than its few runs, and tests/sweeps/
has many."""
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_in_the_form_of_its_format(path: Path) -> None:
    text = path.read_text("utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_each_plot_is_seen(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(ONE_PROCESS))
    place = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
    outputs: list[tuple[str, Any]] = [
        (cell.source, output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert [output.text for _, output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    plotted = [cell.source for cell in notebook.cells if ".plot" in cell.source and cell.cell_type == "code"]
    assert [source for source, output in outputs if "image/png" in output.get("data", {})] == plotted


def test_there_is_a_notebook_for_each_question() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "1-first-steps", "2-detection-latency", "3-choosing-parameters", "4-timeout-attack", "5-hazards",
        "6-your-own-latencies",
    ]  # fmt: skip
