"""The placement policies at each boundary of PROTOCOL section 5, and against an independent calculation."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol import policy
from icnsim.protocol.policy import Candidate, Choice, Own, Thresholds

USUAL = Thresholds()
NO_BLOBS = {"locality": 0.0, "has_blobs": False}


def other(executor: int = 1, load: float = 0.1, locality: float = 0.0, trust: float = 0.9) -> Candidate:
    return Candidate(executor, load, locality, trust)


def test_the_worked_cases() -> None:
    assert policy.default(Own(0.70, **NO_BLOBS), [other()], USUAL) is None
    found = policy.default(Own(0.90, **NO_BLOBS), [other(7)], USUAL)
    assert found is not None and (found.executor, found.reason) == (7, "LoadBalancing")
    assert found.score == pytest.approx(3.65)
    assert policy.default(Own(0.85, **NO_BLOBS), [other(load=0.30, trust=0.2)], USUAL) is None


@pytest.mark.parametrize(("load", "triggered"), [(0.8, False), (math.nextafter(0.8, 1), True)])
def test_it_is_triggered_above_a_load_of_80_percent(load: float, triggered: bool) -> None:
    assert policy.is_triggered(Own(load, **NO_BLOBS), USUAL) is triggered


@pytest.mark.parametrize(("locality", "triggered"), [(0.5, False), (math.nextafter(0.5, 0), True)])
def test_or_below_a_locality_of_a_half_of_an_actor_with_blobs(locality: float, triggered: bool) -> None:
    assert policy.is_triggered(Own(0.8, locality, has_blobs=True), USUAL) is triggered
    assert not policy.is_triggered(Own(0.8, locality, has_blobs=False), USUAL)


@pytest.mark.parametrize(("load", "reason"), [(0.8, "LocalityOptimization"), (math.nextafter(0.8, 1), "LoadBalancing")])
def test_the_reason_is_the_load_only_if_it_is_above_80_percent(load: float, reason: str) -> None:
    found = policy.default(Own(load, 0.0, has_blobs=True), [other(locality=1.0)], USUAL)
    assert found is not None and found.reason == reason


@pytest.mark.parametrize(("trust", "asked"), [(0.3, True), (math.nextafter(0.3, 0), False)])
def test_a_candidate_is_trusted_by_three_tenths(trust: float, asked: bool) -> None:
    assert (policy.best(Own(1.0, **NO_BLOBS), [other(trust=trust)], USUAL) is not None) is asked


@pytest.mark.parametrize(("load", "asked"), [(0.64, True), (0.8 * 0.8, False), (0.65, False)])
def test_a_candidate_has_a_load_below_eight_tenths_of_80_percent_which_0_64_is(load: float, asked: bool) -> None:
    assert 0.64 < 0.8 * 0.8
    assert (policy.best(Own(2.0, **NO_BLOBS), [other(load=load)], USUAL) is not None) is asked


@pytest.mark.parametrize(("locality", "goes"), [(0.5, True), (math.nextafter(0.5, 0), False)])
def test_the_best_must_reach_a_score_of_3(locality: float, goes: bool) -> None:
    """Loads are equal, and a threshold of 0 admits a trust of 0: the score is six times the gain."""
    trusting = USUAL._replace(minimum_trust=0.0)
    own = Own(0.5, 0.0, has_blobs=True)
    found = policy.default(own, [other(load=0.5, locality=locality, trust=0.0)], trusting)
    assert (found is not None) is goes
    if found is not None:
        assert (found.score, found.reason) == (3.0, "LocalityOptimization")


def test_the_first_of_equals_wins_and_executors_that_are_no_candidates_do_not_count() -> None:
    own = Own(0.9, **NO_BLOBS)
    found = policy.default(own, [other(1, trust=0.2), other(2, load=0.05), other(3, load=0.05)], USUAL)
    assert found is not None and found.executor == 2
    assert policy.default(own, [], USUAL) is None


@pytest.mark.parametrize(("locality", "goes"), [(0.3, True), (math.nextafter(0.3, 0), False)])
def test_locality_first_wants_a_gain_of_three_tenths(locality: float, goes: bool) -> None:
    own = Own(0.0, 0.0, has_blobs=True)
    found = policy.locality_first(own, [other(4, load=5.0, locality=locality)], USUAL)
    assert found == (Choice(4, 0.3, "LocalityOptimization") if goes else None)


def test_locality_first_asks_the_one_with_most_blobs_alone_and_trusts_it_by_three_tenths() -> None:
    own = Own(0.9, 0.0, has_blobs=True)
    most, second = other(1, locality=0.6, trust=0.3), other(2, locality=0.4, trust=0.9)
    found = policy.locality_first(own, [second, most], USUAL)
    assert found is not None and found.executor == 1
    assert policy.locality_first(own, [second, most._replace(trust=0.29)], USUAL) is None
    assert policy.locality_first(Own(0.9, **NO_BLOBS), [most], USUAL) is None
    assert policy.locality_first(own, [], USUAL) is None


@pytest.mark.parametrize(("size", "ms"), [(0, 0), (2**20 - 1, 0), (2**20, 10), (10 * 2**20 + 5, 100)])
def test_a_migration_is_estimated_by_whole_mib(size: int, ms: int) -> None:
    assert policy.estimated_ms(size) == ms


shares = st.sampled_from([0.0, 0.2, 0.3, 0.5, 0.64, 0.8 * 0.8, 0.8, 0.9, 1.0]) | st.floats(0, 2)
candidates = st.lists(st.builds(Candidate, st.integers(1, 5), shares, shares, shares), max_size=6)


@given(own=st.builds(Own, shares, shares, st.booleans()), others=candidates)
def test_the_default_sorts_the_candidates_by_score(own: Own, others: list[Candidate]) -> None:
    left = [each for each in others if each.trust >= 0.3 and each.load < 0.8 * 0.8]
    ranked = sorted(left, key=lambda each: -policy.score(own, each))
    wants = own.load > 0.8 or (own.has_blobs and own.locality < 0.5)
    expected = ranked[0] if wants and ranked and policy.score(own, ranked[0]) >= 3 else None
    found = policy.default(own, others, USUAL)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert (found.executor, found.score) == (expected.executor, policy.score(own, expected))
