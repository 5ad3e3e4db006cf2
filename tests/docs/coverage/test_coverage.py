"""The intervals within a run contain the truth: 24 seeds, every section, at least 79 %, and none is much too wide.

The cases of `docs.programs.coverage` are run here with fewer migrations and seeds; `python -m docs.programs.coverage`
measures them in full, with 300 seeds. The seeds are fixed, so that the result does not vary. With other seeds, an
interval with a coverage of 95 % is below the bound with a probability of 0.1 % (binomial, 24 runs). For a coverage of
60 %, as of intervals that assume independent values of a crash or of a source, the probability is 96 %.
"""

from typing import Final

import pytest

from docs.programs.coverage.cases import FOLDER
from docs.programs.coverage.measuring import covered, runs
from docs.programs.coverage.page import figure_of
from icnsim import experiment
from icnsim.recording.uncertainty import RULES
from icnsim.scenario import Scenario

SEEDS: Final = range(1, 25)
LEAST, WIDEST = 0.79, 1.5
"""The share of intervals that contain the truth, and the mean width as a multiple of the ideal one."""
CRASHES: Final = [{"random": {"kinds": ["crash"], "mtbf": "5min", "mttr": "30s"}}]
DRAINS: Final = [{"kind": "drain", "executors": "drained-*", "at": "30s", "for": "1min", "rolling": "10s"}]

SMALL: Final[dict[str, dict[str, object]]] = {
    "bursts": {"duration": "15min", "drain": "5min", "actors.count": 400},
    "records": {"duration": "12min", "actors.count": 1000, "workload.arrivals.rate": "0.3/s"},
    "crashes": {"duration": "20min", "drain": "2min", "actors.count": 36, "faults": CRASHES},
    "candidates": {"duration": "5min", "drain": "10s"},
    "quorum": {"duration": "2min", "drain": "30s", "actors.count": 400},
    "pre-copy": {"duration": "12min", "drain": "1min", "actors.count": 100},
    "post-copy": {"duration": "8min", "drain": "1min", "actors.count": 100},
    "stores": {"duration": "3min", "drain": "1min"},
    "drains": {"duration": "6min", "drain": "1min", "actors.count": 96, "faults": DRAINS},
    "tasks": {"drain": "1s"},
    "mistakes": {"duration": "10min"},
}
"""The overrides that make each case small."""
SECTIONS: Final = {
    "bursts": ("detection_latency", "detection_total"),
    "records": ("migration_duration", "migration_total", "downtime", "record_life", "records", "manager.cycle"),
    "crashes": ("recoveries.time", "recoveries.work_lost"),
    "candidates": ("policy.staleness", "policy.error"),
    "quorum": ("quorum.decision_time", "checkpoint_quorum.decision_time"),
    "pre-copy": ("wasm.rounds", "wasm.final_pages", "wasm.live_copy", "wasm.total"),
    "post-copy": ("wasm.post_copy",),
    "stores": ("checkpoint_writes.time",),
    "drains": ("drains.time",),
    "tasks": ("tasks.detection_latency",),
    "mistakes": ("qos.detection_time", "qos.mistake_duration", "qos.mistake_recurrence", "qos.query_accuracy"),
}
"""The case in which the interval of each section is measured."""


def small(name: str) -> Scenario:
    return experiment.prepare(FOLDER / f"{name}.yaml", SMALL[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_the_intervals_of_24_runs_contain_the_truth_and_are_not_much_wider_than_the_ideal_ones(name: str) -> None:
    found = {row.figure: row for row in covered(name, runs(small(name), SEEDS).found)}
    rows = [found[figure_of(section)] for section in SECTIONS[name]]
    assert [row for row in rows if row.intervals < len(SEEDS) / 2 or row.share < LEAST or row.width > WIDEST] == []


def test_every_section_is_measured_unless_it_has_no_interval_in_any_case() -> None:
    never = {section for section, rules in RULES.items() if all(rule.unit is None for rule in rules)}
    assert sorted(section for sections in SECTIONS.values() for section in sections) == sorted(set(RULES) - never)
    assert set(SMALL) == set(SECTIONS)
