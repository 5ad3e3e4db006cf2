"""Each hazard in its own scenario: with its fix off it occurs, and with its fix on it does not."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from icnsim.analysis.hazards import HAZARDS, Hazard
from icnsim.recording.columns import Recording
from icnsim.recording.expectations import check, flatten
from icnsim.recording.summary import summarise
from icnsim.scenario import load
from icnsim.simulation import simulate

FOLDER = Path(__file__).parents[2] / "scenarios" / "hazards"
LESS_IS_WORSE = {"migrations.completed"}

every_hazard = pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: f"{hazard.number}-{hazard.name}")


@lru_cache
def run(hazard_number: int, *, fixed: bool) -> Recording:
    (hazard,) = (hazard for hazard in HAZARDS if hazard.number == hazard_number)
    return simulate(load(hazard.scenario(FOLDER), hazard.overrides if fixed else {}))


def figures(hazard: Hazard, *, fixed: bool) -> dict[str, Any]:
    scenario = load(hazard.scenario(FOLDER))
    return dict(flatten(summarise(run(hazard.number, fixed=fixed), scenario)))


def violated(recording: Recording) -> set[str]:
    return {invariant for invariant, count in recording.observed.counts.items() if count}


def test_every_hazard_has_its_scenario_and_every_scenario_its_hazard() -> None:
    files = sorted(path.name for path in FOLDER.glob("*.yaml"))
    assert files == [hazard.scenario(FOLDER).name for hazard in HAZARDS]
    assert [hazard.number for hazard in HAZARDS] == [*range(1, 25)]


@every_hazard
def test_with_the_fix_off_the_invariants_are_violated_and_the_hazard_is_named(hazard: Hazard) -> None:
    found = run(hazard.number, fixed=False)
    assert violated(found) >= set(hazard.breaks)
    for invariant in hazard.breaks:
        named = [violation.hazards for violation in found.observed.violations if violation.invariant == invariant]
        assert any(hazard.number in hazards for hazards in named)


@every_hazard
def test_with_the_fix_on_they_are_not_violated(hazard: Hazard) -> None:
    assert violated(run(hazard.number, fixed=True)) & set(hazard.breaks) == set()


@pytest.mark.parametrize("hazard", [h for h in HAZARDS if h.figure], ids=lambda h: f"{h.number}-{h.name}")
def test_a_hazard_that_costs_costs_less_with_the_fix_on(hazard: Hazard) -> None:
    assert hazard.figure is not None
    off, on = (figures(hazard, fixed=fixed)[hazard.figure] for fixed in (False, True))
    assert off is not None
    if hazard.figure in LESS_IS_WORSE:
        assert on > off
    else:
        assert on is None or on < off / 2


@every_hazard
def test_the_first_event_of_a_hazard_happens_also_with_a_fix_that_only_makes_it_harmless(
    hazard: Hazard,
) -> None:
    off, on = (run(hazard.number, fixed=fixed).observed for fixed in (False, True))
    assert off is not None and on is not None
    assert off.hazards.get(hazard.number, 0) >= 1
    assert (on.hazards.get(hazard.number, 0) >= 1) == hazard.persists


@every_hazard
def test_the_expectations_of_the_file_hold_with_the_fix_off(hazard: Hazard) -> None:
    scenario = load(hazard.scenario(FOLDER))
    results = check(scenario.expect, summarise(run(hazard.number, fixed=False), scenario))
    assert results
    assert [result for result in results if not result["held"]] == []
