"""The intervals within a run contain the truth: 300 seeds, every section, 90 to 98 %.

The cases of `icnsim.coverage` are run here with fewer migrations. The seeds are fixed, so the test holds always or
never. An interval with a coverage of 95 % is outside the band with a probability of 0.3 % (binomial, 300 runs), one
with 93 % or 97 % with 3 % or 12 %. The interval with the lowest possible coverage that passes half of the time has
90 %; intervals that take the values of a crash or of a source as independent have less than 60 % in these cases.
"""

import math
from typing import Final

import pytest

from icnsim import experiment
from icnsim.coverage.cases import CASES, FOLDER
from icnsim.coverage.measuring import Coverage, covered, runs
from icnsim.recording.uncertainty import RULES, rule_of
from icnsim.scenario import Scenario

SEEDS: Final = range(1, 301)
LOW, HIGH = 0.90, 0.98
CRASHES: Final = [{"random": {"kinds": ["crash"], "mtbf": "8min", "mttr": "1min"}}]

SMALL: Final[dict[str, dict[str, object]]] = {
    "bursts": {"duration": "20min", "drain": "6min"},
    "records": {"duration": "30min", "workload.arrivals.rate": "0.3/s"},
    "crashes": {"duration": "20min", "drain": "3min", "actors.count": 36, "faults": CRASHES},
    "policy": {"duration": "12min", "drain": "1s", "policy.report_every": "30s"},
    "quorum": {"duration": "5min", "drain": "1min"},
    "pre-copy": {"duration": "10min", "drain": "2min"},
    "post-copy": {"duration": "10min", "drain": "2min"},
    "shared": {"duration": "6min", "drain": "2min"},
    "drains": {"duration": "22min", "drain": "1min", "workload.arrivals.rate": "3/min", "actors.count": 96},
    "tasks": {"drain": "1s"},
}
"""The overrides that make each case small."""


def small(name: str) -> Scenario:
    return experiment.prepare(FOLDER / f"{name}.yaml", SMALL[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_the_intervals_of_300_runs_contain_the_truth_in_90_to_98_percent(name: str) -> None:
    scenario = small(name)
    found = list(covered(name, runs(scenario, SEEDS).found))
    assert found
    assert [row for row in found if not _valid(row, scenario)] == []


def _valid(row: Coverage, scenario: Scenario) -> bool:
    """Whether the coverage is in the band; a figure without a unit has no interval in any run."""
    section = row.figure.rpartition(".")[0]
    if rule_of(section, scenario).unit is None or not row.intervals:
        return row.intervals == 0 and bool(row.why)
    return math.isnan(row.width) or LOW <= row.share <= HIGH


def test_every_section_has_an_interval_in_some_case_unless_it_never_has_one() -> None:
    scenarios = [small(name) for name in SMALL]
    without = {section for section in RULES if all(rule_of(section, scenario).unit is None for scenario in scenarios)}
    assert without == {"policy.load", "tasks.time", "tasks.wait"}
    assert set(SMALL) <= {case.name for case in CASES}
