"""Opens existing results of a run or of a sweep, by the path of their folder."""

from pathlib import Path
from typing import Final

from icnsim import experiment
from icnsim.errors import ResultsError
from icnsim.experiment import Run
from icnsim.recording import folder
from icnsim.sweeps.listed import listed, results_in
from icnsim.sweeps.sides import is_results
from icnsim.sweeps.sweep import Sweep

SHOWN: Final = 10
"""The most results that are named if a folder holds several."""


def load(results: str | Path, *, allow_large: bool = False) -> Run | Sweep:
    """Open the results of a run or of a sweep.

    Parameters
    ----------
    results : their folder, or one such as results/week4 if it holds exactly one result.
    allow_large : open also results whose scenario is estimated to need more than 4 GiB.

    Raises
    ------
    ResultsError : the folder holds no results, several, or those of a recommendation.
    ScenarioError : their scenario cannot be used.
    """
    if not is_results(results):
        what = "a file" if Path(results).exists() else "no such folder"
        raise ResultsError(f"{results}: {what}; give the folder of a run's or a sweep's results")
    place = only(Path(results))
    summary = folder.read_summary(place)
    if "run_id" in summary:
        return experiment.load(place, allow_large=allow_large)
    if "recommend_id" in summary:
        raise ResultsError(f"{place}: a recommendation's folder, neither a run's nor a sweep's; use icnsim report")
    if "sweep_id" in summary:
        return Sweep(summary, place, reused=True)
    raise ResultsError(f"{place}: neither a run's results nor a sweep's")


def only(place: Path) -> Path:
    """The folder itself if it holds results, else the one folder in it that does; drafts are no results."""
    for parent in (place.parent, place):
        folder.recover(parent)
    if (place / "manifest.json").exists():
        return place
    found = results_in(place)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ResultsError(f"{place}: no complete results here; run the scenario again with --force")
    several = list(listed([place]))
    named = "\n".join(each.line() for each in several[-SHOWN:])
    which = f"the newest {SHOWN} are" if len(several) > SHOWN else "they are"
    raise ResultsError(
        f"{place}: {len(found)} results are here; give the folder of one of them, or --last for the newest. "
        f"By date, {which}\n{named}"
    )
