"""What a results folder holds of a run: its scenario, its summary, its tables, and how it was made."""

import platform
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icnsim.recording import folder
from icnsim.scenario import Scenario, resolved
from icnsim.version import VERSION

if TYPE_CHECKING:
    from icnsim.recording.columns import Recording


def write_run(
    place: Path,
    scenario: Scenario,
    summary: dict[str, Any],
    recording: "Recording",
    began: float,
    engine: Mapping[str, str],
) -> None:
    """Write the folder of a run's results.

    Parameters
    ----------
    began : the time of the wall clock at the start of the run, s.
    engine : the engine that computed the run and why, for the manifest.

    Raises
    ------
    ResultsError : the results cannot be written.
    """
    from icnsim.recording import arrow

    def fill(draft: Path) -> None:
        write_scenario(draft, scenario)
        (draft / "summary.json").write_text(folder.dumps(summary), "utf-8")
        # Arrow compresses without the interpreter's lock: on two cores, two tables at once.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for written in [
                pool.submit(arrow.write, draft / f"{name}.parquet", name, pieces())
                for name, pieces in arrow.tables(recording, scenario).items()
            ]:
                written.result()

    folder.write_folder(place, fill, {**manifest(summary["run_id"], began), "engine": dict(engine)})


def write_scenario(draft: Path, scenario: Scenario) -> None:
    """Write the resolved scenario and its data files, which give the same results again."""
    (draft / "scenario.yaml").write_text(resolved.to_yaml(scenario), "utf-8")
    for name, content in scenario.files.items():
        copy = draft / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)


def manifest(run_id: str, began: float) -> dict[str, Any]:
    """What a results folder tells of how it was made."""
    import numpy
    import pyarrow
    import simpy

    return {
        "run_id": run_id,
        "versions": {
            "icnsim": VERSION,
            "python": platform.python_version(),
            **{module.__name__: module.__version__ for module in (simpy, numpy, pyarrow)},
        },
        "command": [argument.encode("utf-8", "replace").decode() for argument in sys.argv],
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
        "took_s": round(time.time() - began, 3),
    }
