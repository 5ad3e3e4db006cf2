"""The real simulator against the naive one, migration by migration, to the microsecond."""

import pytest

from icnsim import columns
from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from tests.reference.generator import generated
from tests.reference.model import TIMES, Reference

COLUMNS = ("actor", "source", "target", *TIMES, "failure", "late_reply")


@pytest.mark.parametrize("seed", range(80))
def test_the_naive_model_agrees_migration_by_migration(seed: int) -> None:
    scenario = generated(seed)
    agrees(simulate(scenario), scenario)


DETECTORS: tuple[dict[str, object], ...] = (
    {"manager.detector.kind": "deadline"},
    {"manager.detector.kind": "wheel"},
    {"manager.detector.kind": "wheel", "manager.detector.tick": "700ms"},
    {"manager.detector.kind": "wheel", "manager.detector.tick": "41s"},
    {"manager.timeout": "500ms + 2s/MiB"},
    {
        "manager.detector.kind": "deadline",
        "manager.timeout": {"requesting": "1s + 1ms/KiB", "restoring": "2s + 1s/MiB"},
    },
)


@pytest.mark.parametrize("seed", range(1000, 1030))
def test_the_naive_model_has_the_same_timers_and_timing_wheels(seed: int) -> None:
    scenario = generated(seed, DETECTORS[seed % len(DETECTORS)])
    recording = columns.simulate(scenario).recording
    reference = agrees(recording, scenario)
    if scenario.manager.detector.kind == "poll":
        return
    names = ("at", "executor", "active", "records", "timed_out")
    rows = list(zip(*(recording.firings[name].tolist() for name in names), strict=True))
    assert rows == [(*look, *found) for look, found in sorted(reference.firings.items())]


def agrees(recording: Recording, scenario: Scenario) -> Reference:
    """The run of the naive model, which must have the same attempts as a recording."""
    federation = Federation(scenario)
    phases = federation.phases.tolist() if federation.phases is not None else []
    reference = Reference(scenario, federation.streams, federation.first_homes, phases, federation.state_sizes)
    rows = reference.run(federation.streams.times.tolist(), federation.span.horizon)
    attempts = recording.attempts
    assert len(attempts["migration"]) + len(recording.skipped) > 0
    assert attempts["migration"].tolist() == sorted(rows)
    assert recording.skipped.tolist() == reference.skipped
    for name in COLUMNS:
        assert attempts[name].tolist() == [int(rows[number][name]) for number in sorted(rows)], name
    return reference
