"""A replay of some arrivals: only its own actors are set up, and their events are the same as among all others."""

import numpy as np

from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from icnsim.simulation.replay import Replay

LOSSY = """
name: lossy
executors: [{group: e, count: 4}]
actors: {count: 40}
network: {loss: 0.1}
workload: {migrations: 120, arrivals: {rate: 5/s}}
"""
ACTORS = [3, 7, 20]


def some_of_all() -> tuple[Replay, dict[str, Column]]:
    """The replay of the arrivals that picked `ACTORS`, and their attempts in the whole run."""
    whole = simulate(loads(LOSSY)).attempts
    rows = np.flatnonzero(np.isin(whole["actor"], ACTORS))
    assert len(rows) >= 3
    numbers, actors = (whole[name][rows].astype(np.int64) for name in ("migration", "actor"))
    return Replay(numbers, actors), {name: whole[name][rows] for name in whole}


def test_a_replay_settles_the_actors_that_occur_and_no_others() -> None:
    replay, _ = some_of_all()
    federation = Federation(loads(LOSSY), replay=replay)
    settled = [actor for executor in federation.executors for actor in executor.manager.runtime.copies]
    assert sorted(settled) == replay.distinct_actors() == sorted(set(replay.actors.tolist()))


def test_replayed_actors_migrate_as_they_do_among_all_others() -> None:
    replay, expected = some_of_all()
    found = simulate(loads(LOSSY), replay=replay).attempts
    assert {name for name in expected if not np.array_equal(found[name], expected[name])} <= {"reason"}
    assert (found["completed"] != NEVER).any()
