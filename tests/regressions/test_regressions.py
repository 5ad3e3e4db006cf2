"""Scenarios that `icnsim check` has found and reduced: each violation must be found again.

Each file says in its description which run of which search it comes from. One whose name begins
with an invariant violates it, as its `expect` says, with the protocol that it has; with every fix on none is
violated. One that begins with `held` violated something with every fix on: the protocol, or the
watching where nothing was wrong, was mended, and nothing is violated any more.
"""

from pathlib import Path

import pytest

from icnsim.recording.expectations import check
from icnsim.recording.summary import summarise
from icnsim.scenario import load
from icnsim.simulation import simulate

FOUND = sorted(Path(__file__).parent.glob("*.yaml"))
VIOLATING = [path for path in FOUND if not path.stem.startswith("held-")]
every_one = pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)


@every_one
def test_the_violation_is_found_again(path: Path) -> None:
    scenario = load(path)
    results = check(scenario.expect, summarise(simulate(scenario), scenario))
    assert [result["held"] for result in results] == [True]
    assert "found by icnsim check" in scenario.description


@every_one
def test_with_every_fix_on_nothing_is_violated(path: Path) -> None:
    recording = simulate(load(path, {"protocol": {"profile": "hardened"}}))
    assert {name: count for name, count in recording.observed.counts.items() if count} == {}


@pytest.mark.parametrize("path", VIOLATING, ids=lambda path: path.stem)
def test_the_violations_name_the_hazards_in_the_file_s_name(path: Path) -> None:
    invariant, _, numbers = path.stem.partition("-hazards-")
    wanted = () if numbers == "none" else tuple(map(int, numbers.split("-")))
    recording = simulate(load(path))
    assert (invariant, wanted) in {(each.invariant, each.hazards) for each in recording.observed.violations}
