"""Writes the results folder of a run: its scenario, its summary, its tables and its manifest."""

import platform
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from icnsim.recording import folder
from icnsim.scenario import Scenario, resolved
from icnsim.version import VERSION

if TYPE_CHECKING:
    from icnsim.recording.columns import Recording

NO_PLUGINS: Final[Mapping[str, str]] = {}
NO_FILES: Final[Mapping[str, bytes]] = {}


def write_run(
    place: Path,
    scenario: Scenario,
    summary: dict[str, Any],
    recording: "Recording",
    began: float,
    engine: Mapping[str, str],
    more: Mapping[str, bytes] = NO_FILES,
) -> None:
    """Write the results folder of a run.

    Parameters
    ----------
    began : the wall-clock time at the start of the run, s.
    engine : the engine that computed the run and the reason, for the manifest.
    more : the names and the contents of further files.

    Raises
    ------
    ResultsError : the results cannot be written.
    """
    from icnsim.recording import arrow, parquet

    def fill(draft: Path) -> dict[str, str]:
        write_scenario(draft, scenario)
        (draft / "summary.json").write_text(folder.dumps(summary), "utf-8")
        for name, content in more.items():
            (draft / name).write_bytes(content)
        tables = arrow.tables(recording, scenario)

        def written(name: str) -> str:
            path = draft / f"{name}.parquet"
            parquet.write(path, name, tables[name]())
            return folder.digest(path)

        # Arrow's compression and SHA-256 release the interpreter's lock: two tables are written at once.
        with ThreadPoolExecutor(max_workers=2) as pool:
            return {f"{name}.parquet": found for name, found in zip(tables, pool.map(written, tables), strict=True)}

    made = manifest(summary["run_id"], began, scenario.plugins)
    folder.write_folder(place, fill, {**made, "engine": dict(engine)})


def write_scenario(draft: Path, scenario: Scenario) -> None:
    """Write the resolved scenario and its data files. A run of them gives the same results."""
    (draft / "scenario.yaml").write_text(resolved.to_yaml(scenario), "utf-8")
    for name, content in scenario.files.items():
        copy = draft / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)


def manifest(run_id: str, began: float, plugins: Mapping[str, str] = NO_PLUGINS) -> dict[str, Any]:
    """The manifest's entries about the making of the results; `plugins` has the version of each package of plug-ins."""
    import numpy
    import pyarrow
    import simpy

    ended = time.time()
    return {
        "run_id": run_id,
        "versions": {
            "icnsim": VERSION,
            "python": platform.python_version(),
            **{module.__name__: module.__version__ for module in (simpy, numpy, pyarrow)},
            **plugins,
        },
        "command": [argument.encode("utf-8", "replace").decode() for argument in sys.argv],
        "began": _written(began),
        "ended": f"{_written(ended).removesuffix('Z')}.{int(ended * 1000) % 1000:03}Z",
        "took_s": round(ended - began, 3),
    }


def _written(instant: float) -> str:
    """An instant of the wall clock, UTC, in whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instant))
