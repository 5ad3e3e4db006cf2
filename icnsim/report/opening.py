"""The page of stored results of any kind: of a run, a sweep, a recommendation, a search, an estimate, or detectors.

The entry of summary.json that identifies the results tells their kind. The files may be of another version of
icnsim, see `recording.stored`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from icnsim.errors import ResultsError
from icnsim.recording import folder, stored
from icnsim.sweeps.opening import only
from icnsim.sweeps.sides import is_results

if TYPE_CHECKING:
    from icnsim.report.page import Page


def page_of(results: str | Path, *, allow_large: bool = False) -> "tuple[Page, str]":
    """Return the page of the results in a folder, and a name for its file without the suffix.

    Parameters
    ----------
    results : their folder, or one such as results/week4 that contains exactly one.
    allow_large : open also a run whose scenario is estimated to need more than 4 GiB.

    Raises
    ------
    ResultsError : the folder has no or several results, or the files lack a needed entry. ScenarioError : their
    scenario cannot be used.
    """
    if not is_results(results):
        found = "a file" if Path(results).exists() else "no such folder"
        raise ResultsError(f"{results}: {found}; give the folder of the results of a command of icnsim")
    place = only(Path(results))
    summary = folder.read_summary(place)
    for identifier, (kind, make) in KINDS.items():
        if identifier in summary:
            with stored.readable(place, summary.get("version")):
                name = f"{summary['scenario']}-{kind}{summary[identifier]}"
                return make(place, allow_large), name
    expected = ", ".join(KINDS)
    raise ResultsError(f"{place}: summary.json lacks an entry such as {expected}; run the command again with --force")


def html_of(results: str | Path, *, allow_large: bool = False) -> tuple[str, str]:
    """Return the HTML of the results in a folder, and a name for its file without the suffix; raises as `page_of`."""
    from icnsim.report.rendering import html

    page, name = page_of(results, allow_large=allow_large)
    place = only(Path(results))
    with stored.readable(place, folder.read_document(place / "summary.json").get("version")):
        return html(page), name


def _run(place: Path, allow_large: bool) -> "Page":
    from icnsim import experiment
    from icnsim.report import run

    return run.page(experiment.load(place, allow_large=allow_large))


def _sweep(place: Path, allow_large: bool) -> "Page":
    from icnsim.report import sweep
    from icnsim.sweeps.opening import load
    from icnsim.sweeps.sweep import Sweep

    found = load(place, allow_large=allow_large)
    assert isinstance(found, Sweep)
    return sweep.page(found)


def _recommendation(place: Path, allow_large: bool) -> "Page":
    from icnsim.recommendation.recommend import opened
    from icnsim.report import recommendation

    found = opened(place)
    assert found is not None
    return recommendation.page(found)


def _search(place: Path, allow_large: bool) -> "Page":
    from icnsim.report import search

    return search.page(place)


def _rare(place: Path, allow_large: bool) -> "Page":
    from icnsim.report import rare

    return rare.page(place)


def _detectors(place: Path, allow_large: bool) -> "Page":
    from icnsim.report import detectors
    from icnsim.sweeps.detectors.comparison import opened

    return detectors.page(opened(place))


KINDS: Final[Mapping[str, tuple[str, Callable[[Path, bool], "Page"]]]] = {
    "run_id": ("", _run),
    "recommend_id": ("recommend-", _recommendation),
    "sweep_id": ("sweep-", _sweep),
    "check_id": ("check-", _search),
    "rare_id": ("rare-", _rare),
    "detectors_id": ("detectors-", _detectors),
}
"""For the entry of summary.json that identifies each kind of results: the prefix of the file's name, and what makes the
page. A recommendation also has a sweep_id, so its own entry is first."""
