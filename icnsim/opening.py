"""`icnsim.load`: opens each kind of result by the path of its folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from icnsim.rare_events import rare
from icnsim.rare_events.rare import Rare
from icnsim.recommendation.recommend import Recommendation, opened
from icnsim.recording import folder
from icnsim.search import report
from icnsim.search.check import Check
from icnsim.sweeps import opening
from icnsim.sweeps.detectors import comparison as detectors
from icnsim.sweeps.listed import newest
from icnsim.sweeps.sides import is_results

if TYPE_CHECKING:
    from icnsim.experiment import Run
    from icnsim.sweeps.detectors.comparison import DetectorComparison
    from icnsim.sweeps.sweep import Sweep


def load(
    results: str | Path = "results", *, last: bool = False, allow_large: bool = False
) -> "Run | Sweep | Recommendation | Check | Rare | DetectorComparison":
    """Open the results of a run, a sweep, a recommendation, a search, an estimate or a comparison of detectors.

    Parameters
    ----------
    results : the folder of a result, or one such as results/week4 if it holds exactly one.
    last : open the newest result in that folder, which may hold several.
    allow_large : open a result whose scenario is estimated to need more than 4 GiB, too.

    Raises
    ------
    ResultsError : the folder holds no result, several, or damaged ones.
    ScenarioError : the scenario of a run cannot be used.
    """
    place = newest(Path(results))[0] if last else Path(results)
    if is_results(place) and place.is_dir():
        advice = opened(place)
        if advice is not None:
            return advice
        place = opening.only(place)
        summary = folder.read_summary(place)
        if "check_id" in summary:
            return Check(folder.read_document(place / report.FILE), place, reused=True)
        if "detectors_id" in summary:
            return detectors.opened(place)
        if "rare_id" in summary:
            return Rare(folder.read_document(place / rare.FILE), place, reused=True)
    return opening.load(place, allow_large=allow_large)
