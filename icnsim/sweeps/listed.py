"""The results that are in a folder: the kind of each, its date, and what distinguishes it from its neighbours."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from icnsim import typed
from icnsim.errors import IcnsimError, ResultsError
from icnsim.live import wording
from icnsim.recording import folder
from icnsim.scenario import yamlfile
from icnsim.sweeps.differences import ABSENT, differences

RUN: Final = "run"
LIVE: Final = "live"
KINDS: Final = (LIVE, "sweep", "detectors", "recommend", "check", "rare")
"""Kinds of results whose folders have the kind as a prefix, such as sweep-0123; a run's folder has no prefix."""
COMPARED: Final = 50
"""The newest results of a scenario whose keys are compared: to read a scenario takes some milliseconds."""
KEYS: Final = 4
"""Keys of a result that are printed."""
WIDEST: Final = 40
"""Characters of a value that are printed."""
UNTOLD: Final = ("name", "description")


@dataclass(frozen=True, slots=True)
class Listed:
    """One result.

    Attributes
    ----------
    began : the wall clock at its start, UTC, as the manifest has it; empty if the manifest is damaged.
    ended : the same at its end; the start if the manifest has no end, as manifests of older versions.
    changed : its values of the keys in which the results of its scenario differ, such as ``manager.timeout=90s``.
    caution : why its figures must not be relied on; empty if nothing speaks against them.
    """

    place: Path
    kind: str
    began: str
    ended: str
    changed: tuple[str, ...] = ()
    caution: str = ""

    def line(self) -> str:
        """The result in one line: folder, date, kind, what was changed, and the caution."""
        date = self.began.replace("T", " ").removesuffix("Z")[:16]
        more = " …" if len(self.changed) > KEYS else ""
        changed = " ".join(self.changed[:KEYS]) + more
        parts = (str(self.place), f"{date} UTC" if date else "", self.kind, changed, self.caution)
        return "  ".join(filter(None, parts))


def listed(scenarios: Sequence[Path]) -> Iterator[Listed]:
    """The results in the folders of these scenarios, such as results/week4; the oldest of each scenario first."""
    for scenario in scenarios:
        dated = sorted(map(_dated, results_in(scenario)), key=_age)
        found = [replace(result, caution=_caution(result.place)) for result in dated]
        compared = found[-COMPARED:]
        yield from found[: len(found) - len(compared)]
        yield from _with_changes(compared)


def newest(place: Path, count: int = 1, kinds: Collection[str] = (RUN, *KINDS)) -> list[Path]:
    """The newest results of some kinds in a folder such as results or results/week4, the newest one last.

    Raises
    ------
    ResultsError : there are fewer than `count`.
    """
    every = [_dated(each) for scenario in (place, *scenarios_of(place)) for each in results_in(scenario)]
    found = sorted((each for each in every if each.kind in kinds), key=_age)
    if not found:
        raise ResultsError(f"{place}: no results here; `icnsim run SCENARIO` makes some")
    if len(found) < count:
        raise ResultsError(f"{place}: {len(found)} result of a run or sweep is here, and {count} are needed")
    return [each.place for each in found[-count:]]


def scenarios_of(place: Path) -> list[Path]:
    """The folders of scenarios in a folder such as results."""
    return sorted(each for each in place.glob("*") if each.is_dir() and not each.name.startswith("."))


def results_in(scenario: Path) -> list[Path]:
    """The results in the folder of a scenario, without drafts and links to drafts."""
    folder.recover(scenario)
    found = sorted(each.parent for each in scenario.glob("*/manifest.json"))
    return [place for place in found if not place.name.startswith(".") and not folder.is_temporary(place)]


def _dated(place: Path) -> Listed:
    try:
        manifest = json.loads(folder.read_regular(place / folder.MANIFEST, folder.DOCUMENT_BYTES))
        began = str(manifest["began"])
        ended = str(manifest.get("ended", began))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        began = ended = ""
    prefix = place.name.partition("-")[0]
    return Listed(place, prefix if prefix in KINDS else RUN, began, ended)


def _caution(place: Path) -> str:
    """The caution of a result; empty if its document is damaged, which the commands that open the result report."""
    try:
        return wording.caution(place)
    except (ResultsError, LookupError, TypeError, ValueError, ArithmeticError):
        return ""


def _age(result: Listed) -> tuple[str, float, str]:
    """A key that sorts results by their end: a comparison of detectors ends after the sweeps of its curves."""
    try:
        changed = (result.place / folder.MANIFEST).stat().st_mtime
    except OSError:
        changed = 0.0
    return result.ended, changed, str(result.place)


def _with_changes(results: Sequence[Listed]) -> Iterator[Listed]:
    """The results of one scenario with their values of the keys in which they differ from the oldest of them."""
    scenarios = [_scenario(result.place) for result in results] if len(results) > 1 else []
    found = [{d.key: d for d in differences(scenarios[0], other)} for other in scenarios]
    keys = [key for key in dict.fromkeys(key for each in found for key in each) if key not in UNTOLD]
    own = {d.key: d.a for each in found for d in each.values()}
    for place, result in enumerate(results):
        values = [(key, found[place][key].b if key in found[place] else own[key]) for key in keys]
        changed = tuple(f"{key}={_written(value)}" for key, value in values if value is not ABSENT)
        yield replace(result, changed=changed)


def _scenario(place: Path) -> dict[str, Any]:
    """The resolved scenario of a result; empty if it cannot be read."""
    try:
        text = folder.read_regular(place / "scenario.yaml", yamlfile.MAX_BYTES).decode()
        data = _lists(yamlfile.read(text, str(place)).data)
    except (OSError, ValueError, IcnsimError):
        return {}
    return data if isinstance(data, dict) else {}


def _lists(value: Any) -> Any:
    """Lists for the tuples of the reader: `differences` compares the items of lists."""
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple) else value


def _written(value: Any) -> str:
    text = typed.value(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
