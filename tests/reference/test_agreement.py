"""The real simulator against the naive one, migration by migration, to the microsecond."""

import pytest

from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from tests.reference.generator import generated
from tests.reference.model import TIMES, Reference

COLUMNS = ("actor", "source", "target", *TIMES, "failure", "late_reply")


@pytest.mark.parametrize("seed", range(240))
def test_the_naive_model_agrees_migration_by_migration(seed: int) -> None:
    scenario = generated(seed)
    federation = Federation(scenario)
    phases = federation.phases.tolist() if federation.phases is not None else []
    reference = Reference(scenario, federation.streams, federation.first_homes, phases, federation.state_sizes)
    rows = reference.run(federation.streams.times.tolist(), federation.span.horizon)
    recording = simulate(scenario)
    attempts = recording.attempts
    assert len(attempts["migration"]) + len(recording.skipped) > 0
    assert attempts["migration"].tolist() == sorted(rows)
    assert recording.skipped.tolist() == reference.skipped
    for name in COLUMNS:
        assert attempts[name].tolist() == [int(rows[number][name]) for number in sorted(rows)], name
