"""Batch means: by hand, and their coverage with paths whose values depend on each other."""

import math
from itertools import pairwise

import numpy as np
import pytest

from icnsim.recording.batches import BATCHES, batch_of, edges, of_batches
from icnsim.recording.clusters import student


def test_each_time_of_the_window_is_in_one_batch() -> None:
    cuts = edges(100, 100 + 64 * 7 + 3)
    assert (cuts[0], cuts[-1], len(cuts)) == (100, 551, BATCHES + 1)
    assert {after - before for before, after in pairwise(cuts)} == {7, 8}
    times = np.arange(0, 6401)
    assert np.bincount(batch_of(times, 0, 6400)).tolist() == [100] * 63 + [101]
    assert batch_of(np.array([5]), 5, 5).tolist() == [0]


def test_uncorrelated_batches_have_the_variance_of_their_means_and_a_little_more() -> None:
    # The residuals 1, 1, -1, -1, … have a lag-1 correlation of -1 / 64, and 1 / 64 is added.
    sums = np.tile([11.0, 11, 9, 9], 16)
    found = of_batches(sums, np.full(64, 2.0), "time batches")
    assert not isinstance(found, str)
    correlation = max(0, (32 - 31) / 64 + 1 / 64)
    assert found.error == pytest.approx(math.sqrt(64 / 63 * 64 * (1 + 2 * correlation)) / 128, rel=1e-12)
    assert found.freedom == pytest.approx(64 / (1 + 2 * correlation) - 1, rel=1e-12)


def test_correlated_batches_are_merged() -> None:
    pairs = np.repeat(np.tile([11.0, 11, 9, 9], 8), 2)
    merged = of_batches(np.tile([22.0, 22, 18, 18], 8), np.full(32, 2.0), "time batches")
    assert of_batches(pairs, np.ones(64), "time batches") == merged


def test_a_path_with_a_trend_has_no_interval() -> None:
    """Merged to 16 batches, the residuals are -7.5, -6.5, …: their correlation is 276.25 / 340 + 1 / 16 = 0.875."""
    found = of_batches(np.arange(64.0), np.ones(64), "time batches")
    assert isinstance(found, str)
    effective = 16 / (1 + 2 * 0.875)
    assert found.startswith(f"fewer than 10 uncorrelated time batches ({effective:.1f}): ")


def test_a_constant_path_has_an_interval_without_width() -> None:
    found = of_batches(np.full(64, 6.0), np.full(64, 2.0), "time batches")
    assert not isinstance(found, str)
    assert found.error == 0


@pytest.mark.parametrize("memory", [0.0, 0.9, 0.97])
def test_ninety_five_percent_of_the_intervals_of_an_autoregressive_path_contain_its_mean(memory: float) -> None:
    # 1 500 paths: 5 standard errors of a share of 95 % are 2.8 percentage points. An interval of independent values
    # would contain the mean of the path with a memory of 0.97 in 19 % of all cases.
    generator = np.random.default_rng(19)
    noise = generator.normal(size=(6_400, 1_500))
    path = np.empty_like(noise)
    path[0] = noise[0] / math.sqrt(1 - memory**2)
    for at in range(1, len(path)):
        path[at] = memory * path[at - 1] + noise[at]
    means = path.mean(axis=0)
    found = [of_batches(sums, np.full(64, 100.0), "time batches") for sums in path.reshape(64, 100, -1).sum(axis=1).T]
    known = [
        abs(mean) <= student(each.freedom) * each.error
        for mean, each in zip(means.tolist(), found, strict=True)
        if not isinstance(each, str)
    ]
    assert len(known) > 1_400
    assert 0.922 < np.mean(known) < 0.978
