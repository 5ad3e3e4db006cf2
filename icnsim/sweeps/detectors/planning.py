"""The plan of a comparison of detectors: for each condition a curve of each kind, each of them a sweep.

Every curve has the same seeds, so that all detectors see the same arrivals, targets and latencies. Each curve is a
separate sweep: its runs are stored, it resumes, and its folder can be opened and plotted like that of any sweep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from icnsim.errors import Problem, ScenarioError
from icnsim.scenario import Scenario
from icnsim.scenario.detector import KINDS, DetectorKind
from icnsim.sweeps.detectors.conditions import AS_IT_IS, CONDITIONS, Change, Condition
from icnsim.sweeps.detectors.settings import DETECTOR, Curve, curve, own_timeout_s
from icnsim.sweeps.plan import Plan, plan

REFERENCE: Final[DetectorKind] = "poll"
"""The detector of the design, with which the others are compared."""
EVERY: Final = "all"
POINTS: Final = 7
"""Points of each curve, unless the caller says otherwise."""
MOST_POINTS: Final = 100
ALONE: Final[Mapping[str, Any]] = {"design": "grid", "samples": None, "precision": None}
"""Keys of the section `sweep` that do not apply to a curve."""


@dataclass(frozen=True, slots=True)
class PlannedCurve:
    """The curve of one kind of detector under one condition.

    Attributes
    ----------
    compared : whether the user asked for it; otherwise it is only the reference.
    """

    condition: Condition
    curve: Curve
    plan: Plan
    compared: bool


class Prepared(NamedTuple):
    """All curves that will be run.

    Attributes
    ----------
    scenario : as it is. kinds : that are compared.
    changes : the keys that each condition sets. skipped : why a condition does not apply, by its name.
    """

    scenario: Scenario
    kinds: tuple[DetectorKind, ...]
    curves: tuple[PlannedCurve, ...]
    changes: Mapping[str, Change]
    skipped: Mapping[str, str]


def prepare(
    path: str | Path,
    detectors: Sequence[str] = (),
    conditions: Sequence[str] = (),
    overrides: Mapping[str, object] | None = None,
    points: int = POINTS,
    replications: int | None = None,
    seed: int | None = None,
    *,
    allow_large: bool = False,
) -> Prepared:
    """Read a scenario and plan every curve; nothing is run.

    Parameters
    ----------
    detectors : kinds; all kinds if it is empty. conditions : names, or "all"; the unchanged scenario if it is empty.
    points : the most points of each curve.

    Raises
    ------
    ScenarioError : an unknown kind or condition, or the scenario or a point of a curve cannot be used.
    """
    kinds = tuple(kind for kind in KINDS if kind in _known("--detectors", detectors, KINDS))
    names = _known("--conditions", conditions, tuple(CONDITIONS)) if len(conditions) else [AS_IT_IS]
    if not 1 <= points <= MOST_POINTS:
        wanted = f"1 to {MOST_POINTS} points of each curve"
        raise ScenarioError([Problem("--points", None, "", str(points), wanted)])
    question = _Question(path, dict(overrides or {}), replications, seed, allow_large)
    base = question.base()
    return question.prepared(base, [curve(base, kind, points) for kind in kinds], names)


def prepare_settings(
    path: str | Path,
    curves: Sequence[Curve],
    conditions: Sequence[str],
    overrides: Mapping[str, object] | None = None,
    replications: int | None = None,
    seed: int | None = None,
) -> Prepared:
    """Plan the same settings of detectors under several conditions. See `prepare`."""
    question = _Question(path, dict(overrides or {}), replications, seed, allow_large=False)
    return question.prepared(question.base(), curves, _known("--conditions", conditions, tuple(CONDITIONS)))


def _known(option: str, given: Sequence[str], known: Sequence[str]) -> list[str]:
    """The names that are given, in the order of all of them; "all" or nothing is all."""
    wanted = list(map(str, given))  # an array, too
    if not wanted or EVERY in wanted:
        return list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        expected = f"some of {', '.join(known)}, separated by commas, or {EVERY}"
        raise ScenarioError([Problem(option, None, "", repr(name), expected) for name in unknown])
    return [name for name in known if name in wanted]


@dataclass(frozen=True, slots=True)
class _Question:
    """The scenario file and the user's settings that hold for all curves."""

    path: str | Path
    own: Mapping[str, object]
    replications: int | None
    seed: int | None
    allow_large: bool

    def base(self) -> Scenario:
        """The scenario as it is."""
        return self._plan(_merged(self.own, {"sweep.vary": {}}), {}, {}).at(0)

    def prepared(self, base: Scenario, curves: Sequence[Curve], names: Sequence[str]) -> Prepared:
        """Plan curves, and the reference if it is on none of them, under every condition that applies."""
        kinds = tuple(dict.fromkeys(each.kind for each in curves))
        own = own_timeout_s(base)
        there = any(each.kind == REFERENCE and own in each.values for each in curves)
        wanted = [*curves, *([] if there else [curve(base, REFERENCE, 1)])]
        planned: list[PlannedCurve] = []
        changes: dict[str, Change] = {}
        skipped: dict[str, str] = {}
        for name in names:
            change = CONDITIONS[name].change(base)
            if isinstance(change, str):
                skipped[name] = change
                continue
            changes[name] = change
            planned += [
                PlannedCurve(CONDITIONS[name], each, self._of_curve(change, each), compared=place < len(curves))
                for place, each in enumerate(wanted)
            ]
        if not planned:
            raise ScenarioError([Problem("--conditions", None, name, "no curve", why) for name, why in skipped.items()])
        return Prepared(base, kinds, tuple(planned), changes, skipped)

    def _of_curve(self, change: Change, wanted: Curve) -> Plan:
        """The sweep of one curve: its detector and the keys of the condition replace those of the user."""
        settings = _merged(self.own, {**change.keys, "sweep.vary": {}, **wanted.fixed})
        replaced = (wanted.key, DETECTOR)
        settings = {key: value for key, value in settings.items() if key in wanted.fixed or not _inside(key, replaced)}
        return self._plan(settings, {"vary": {wanted.key: list(wanted.levels)}}, change.files)

    def _plan(self, settings: Mapping[str, object], vary: Mapping[str, object], files: Mapping[str, bytes]) -> Plan:
        section = {**ALONE, **({} if self.replications is None else {"replications": self.replications}), **vary}
        return plan(self.path, settings, section, self.seed, files=files, allow_large=self.allow_large)


def _merged(own: Mapping[str, object], keys: Mapping[str, object]) -> dict[str, object]:
    """The user's settings with these in place of those that they replace."""
    return {**{key: value for key, value in own.items() if not _inside(key, tuple(keys))}, **keys}


def _inside(key: str, others: Sequence[str]) -> bool:
    return any(key == other or key.startswith(f"{other}.") for other in others)
