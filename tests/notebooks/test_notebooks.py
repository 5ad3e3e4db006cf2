"""Each notebook runs unchanged from top to bottom, and is committed without outputs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from jupyter_client.manager import KernelManager

SMALL = """
import gc
gc.freeze()
%reset -f
import os
os.chdir({folder!r})
import icnsim
NAMES = ("run", "sweep", "compare", "recommend", "compare_detectors")
if not hasattr(icnsim, "as_it_is"):
    icnsim.as_it_is = {{name: getattr(icnsim, name) for name in NAMES}}
def small(name):
    def smaller(*arguments, **named):
        overrides = dict(named.pop("overrides", None) or {{}})
        if overrides.get("workload.migrations", 0) > {most}:
            overrides |= {{"workload.migrations": {most}, "actors.count": 10 * {most}}}
        if "duration" in overrides:
            overrides |= {{"warmup": "0s", "duration": "2min", "actors.count": 10 * {most}}}
            if "choose-parameters" in str(arguments[0]):
                overrides["executors.0.count"] = 10
        if name == "compare_detectors":
            named["points"] = 1
            arguments = arguments[0], ["poll", "adaptive"], *arguments[2:]
        if name != "run":
            named |= {{"jobs": 1, "replications": 2 if name == "compare" else 1}}
        if name == "sweep":
            scenario, keys = arguments
            arguments = scenario, {{key: [*dict.fromkeys((values[0], values[-1]))] for key, values in keys.items()}}
        if name == "recommend":
            scenario, keys = arguments
            arguments = scenario, {{key: values[:1] for key, values in keys.items()}}
            named |= {{"replications": 6, "scale": True}}
        return icnsim.as_it_is[name](*arguments, overrides=overrides, **named)
    return smaller
for name in icnsim.as_it_is:
    setattr(icnsim, name, small(name))
"""
"""The code that the kernel runs before a notebook. It removes the names of the previous notebook.

`%reset` collects garbage. Without `gc.freeze`, each collection visits the objects of all imported modules: 0.2 s.
Runs are in one process: a pool takes longer to start than the few runs. Runs are small. A sweep has the first and the
last value of each key. A recommendation compares one point with the scenario's own settings. A comparison of detectors
has two of them with one setting each. The tests check the calls of a notebook; tests/statistical checks the figures.
"""
MOST = 150
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs_and_in_a_valid_format(path: Path) -> None:
    text = path.read_text("utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelManager]:
    """One kernel for all notebooks: a kernel takes seconds of imports to start."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_each_plot(path: Path, kernel: KernelManager) -> None:
    notebook = nbformat.read(path, as_version=4)
    first = SMALL.format(folder=str(path.parent), most=MOST)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    client = nbclient.NotebookClient(notebook, km=kernel, timeout=120)
    client.execute()
    client.kc.stop_channels()
    outputs: list[tuple[str, Any]] = [
        (cell.source, output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert [output.text for _, output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    bars = [html for _, output in outputs if (html := output.get("data", {}).get("text/html", "")).count("<progress")]
    assert len(bars) >= sum(cell.source.count("icnsim.sweep(") for cell in notebook.cells[1:])
    assert all(re.search(r'max="(\d+)" value="\1"></progress> \1 of \1 runs', html) for html in bars)
    plotted = [cell.source for cell in notebook.cells if ".plot" in cell.source and cell.cell_type == "code"]
    assert [source for source, output in outputs if "image/png" in output.get("data", {})] == plotted


def test_there_is_a_notebook_for_each_question() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "1-first-steps", "2-detection-latency", "3-choosing-parameters", "4-timeout-attack", "5-hazards",
        "6-your-own-latencies", "7-failure-detectors",
    ]  # fmt: skip
