"""Creates the folder of all results, with a README that describes its contents."""

import logging
from pathlib import Path
from typing import Final

from icnsim import wholefile

LOG: Final = logging.getLogger(__name__)
README: Final = "README.md"
TEXT: Final = """\
# Results of icnsim

icnsim wrote this folder. Each scenario has a folder, and each result has a folder in it, whose name ends in a hash of
what was asked. The same command finds its result again and runs nothing.

| path | contents |
|---|---|
| `NAME/HASH/` | a run (`icnsim run`) |
| `NAME/live-HASH/` | a run with real processes (`icnsim live`) |
| `NAME/sweep-HASH/` | a sweep (`icnsim sweep`, and each scenario of `icnsim compare`) |
| `NAME/detectors-HASH/` | a comparison of failure detectors (`icnsim compare --detectors`) |
| `NAME/recommend-HASH/` | a recommendation (`icnsim recommend`) |
| `NAME/check-HASH/` | a search for violated invariants (`icnsim check`) |
| `NAME/rare-HASH/` | the probability of a rare event (`icnsim rare`) |
| `NAME/runs/` | the figures of all finished runs of sweeps, which later sweeps use again |

Each result has these files:

| file | contents |
|---|---|
| `summary.json` | the figures of a run, or a description of any other result |
| `scenario.yaml` | the scenario with all defaults filled in; running it again gives the same bytes |
| `*.parquet` | tables; the columns of times end in `_s` and are in seconds |
| `manifest.json` | versions, command, date, and the SHA-256 of every other file |

Useful commands:

- `icnsim list` lists the results with their dates.
- `icnsim report RESULT` writes a result as one HTML page; `icnsim report --last` takes the newest one.
- `icnsim.load(RESULT)` opens it in Python.
- `icnsim figures` explains the names of the figures.

You can delete any folder here. The command that is in its `manifest.json` makes it again, so results need no version
control. icnsim writes this file when it creates the folder, and never changes it afterwards.
"""


def make(home: Path) -> None:
    """Create the folder of a scenario's results, such as results/week4, with all its parents.

    The process that creates the folder of all results, here results, also writes its README. A folder that exists gets
    no README, because it may be a folder of the user's.

    Raises
    ------
    OSError : a folder cannot be created.
    """
    results = home.parent
    try:
        results.mkdir(parents=True)  # of several processes, exactly one succeeds
    except FileExistsError:
        pass
    else:
        _describe(results / README)
        LOG.info("%s: folder of results created", results)
    home.mkdir(exist_ok=True)


def _describe(path: Path) -> None:
    """Write the README whole or not at all. If the disk is full, the result that follows reports the error."""
    try:
        wholefile.write(path, [TEXT.encode()])
    except OSError:
        LOG.info("%s: cannot be written", path)
