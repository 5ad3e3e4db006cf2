"""Totals of independent actors: exact sums, and the variance of a compound Poisson sum."""

import math
from typing import Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording import actorgroups
from icnsim.recording.actorgroups import GROUPS
from icnsim.recording.clusters import Certainty
from icnsim.recording.distribution import bounds
from tests.recording.builder import HORIZON, recording, records, some_records

RUNS: Final = 1500


@given(some_records, st.integers(0, HORIZON), st.integers(0, HORIZON))
def test_a_group_has_the_areas_of_its_actors_within_the_window(
    rows: list[tuple[int, int, int, int]], start: int, end: int
) -> None:
    found = actorgroups.areas(records(rows), start, end)
    expected = [sum(created <= at < gone for at in range(start, end)) for _, created, _, gone in rows]
    assert found.tolist() == expected + [0] * (GROUPS - len(rows))


def test_groups_have_all_actors() -> None:
    assert actorgroups.sizes(300).tolist() == [3] * 44 + [2] * 84
    assert actorgroups.sizes(5).tolist() == [1] * 5


def test_a_migration_contributes_if_it_begins_in_the_window() -> None:
    rows = [{"requested": 1}, {"requested": 5}, {"requested": 7, "attempt": 2}, {"requested": 9}, {"requested": 10}]
    assert actorgroups.contributing(recording(rows).attempts, 5, 9) == 2


def test_few_migrations_or_actors_have_no_interval() -> None:
    sums = np.ones(GROUPS)
    assert actorgroups.certainty(sums, 1000, 1.0, 9) == "fewer than 10 migrations (9)"
    assert actorgroups.certainty(sums, 9, 1.0, 100) == "fewer than 10 actors (9)"


def test_the_degrees_of_freedom_are_those_of_the_groups_or_of_the_migrations_if_they_are_fewer() -> None:
    sums = np.arange(float(GROUPS))
    for migrations, freedom in ((10, 9), (100, 99), (127, 126), (1000, 127)):
        found = actorgroups.certainty(sums, GROUPS, 1.0, migrations)
        assert isinstance(found, Certainty)
        assert round(found.freedom, 9) == freedom


def test_each_group_weighs_as_many_actors_as_it_has() -> None:
    """Groups of 3 and 2 actors with the same total of each actor do not differ."""
    found = actorgroups.certainty(7 * actorgroups.sizes(300), 300, 10.0, 1000)
    assert isinstance(found, Certainty)
    assert found.error == 0
    other = actorgroups.certainty(np.append([1.0], np.zeros(GROUPS - 1)), GROUPS, 1.0, 1000)
    assert isinstance(other, Certainty)
    # One migration: a variance of 1, of which the mean of the groups leaves 127 / 128, and 128 / 127 restores it.
    assert other.error == 1.0


def test_ninety_five_percent_of_the_intervals_of_a_compound_poisson_sum_contain_its_mean() -> None:
    """1 500 sums of 60 contributions: 5 standard errors of a share of 95 % are 2.8 percentage points."""
    draw, held = np.random.default_rng(7), 0
    for _ in range(RUNS):
        count = draw.poisson(60)
        sums = np.bincount(draw.integers(0, GROUPS, count), draw.uniform(0, 2, count), GROUPS)
        low, high = bounds(float(sums.sum()), actorgroups.certainty(sums, 10 * GROUPS, 1.0, count))["ci95"]
        held += low <= 60 <= high
    assert abs(held / RUNS - 0.95) < 5 * math.sqrt(0.95 * 0.05 / RUNS)
