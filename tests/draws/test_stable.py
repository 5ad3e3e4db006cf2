"""Stable choices: they are uniform or by weight, and a change of the candidates changes only what it must."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from icnsim.draws.lottery import Lottery, among, index_of_each
from icnsim.draws.stable import exponential, fresh, rest_of, stable_index, state_of
from icnsim.scenario.executors import ExecutorGroup

KEYS = np.random.default_rng(19).random(20_000)
UNLIKELY = 1e-6
"""The probability with which each statistical test of this file would fail for a random seed."""


def groups(*counts: int) -> list[ExecutorGroup]:
    return [ExecutorGroup(group=f"g{number}", count=count) for number, count in enumerate(counts)]


def named(federation: Sequence[ExecutorGroup], chosen: Sequence[int]) -> list[str]:
    names = [f"{group.group}-{place}" for group in federation for place in range(group.count)]
    return [names[executor] for executor in chosen]


def drawn(federation: Sequence[ExecutorGroup], weights: Sequence[float], without: Sequence[int] = ()) -> list[str]:
    lottery = Lottery(federation, weights)
    chosen = [lottery.draw(key, without) for key in KEYS[:3_000].tolist()]
    return named(federation, [executor for executor in chosen if executor is not None])


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 100, 1_024])
def test_an_index_is_uniform_and_a_larger_count_moves_it_to_the_new_number_only(count: int) -> None:
    before, after = (np.array([stable_index(key, n) for key in KEYS.tolist()]) for n in (count, count + 1))
    assert chisquare(np.bincount(before, minlength=count)).pvalue > UNLIKELY if count > 1 else set(before) == {0}
    moved = after[before != after]
    assert set(moved) == {count}
    share, expected = len(moved) / len(KEYS), 1 / (count + 1)
    assert abs(share - expected) < 5 * (expected * (1 - expected) / len(KEYS)) ** 0.5


@pytest.mark.parametrize("count", [1, 2, 7, 64, 65, 1_000])
def test_indices_in_columns_are_those_one_by_one(count: int) -> None:
    assert index_of_each(KEYS[:2_000], count).tolist() == [stable_index(key, count) for key in KEYS[:2_000].tolist()]


def test_a_bar_of_an_executor_that_was_not_met_does_not_change_the_choice() -> None:
    federation, weights, keys = groups(70, 9, 1), (1.0, 4.0, 0.5), KEYS[:1_500]
    found, lottery = among(federation, weights, keys), Lottery(federation, weights)
    assert found.chosen.tolist() == [lottery.draw(key) for key in keys.tolist()]
    unmet = 0
    for number, key in enumerate(keys.tolist()):
        barred = number % 80
        if not (int(found.met[number]) >> (barred % 64)) & 1:
            unmet += 1
            assert lottery.draw(key, (barred,)) == found.chosen[number]
    assert unmet > 1_000


def test_the_rest_of_a_key_is_uniform_and_independent_of_its_index() -> None:
    pairs = [5 * stable_index(key, 4) + rest_of(key, 5) for key in KEYS.tolist()]
    assert chisquare(np.bincount(pairs, minlength=20)).pvalue > UNLIKELY


def test_exponential_values_are_the_logarithms_of_their_bits() -> None:
    words = np.array([fresh(state_of(key), 1) for key in KEYS.tolist()])
    values = np.array([exponential(int(word)) for word in words])
    np.testing.assert_allclose(values, -np.log((words + 0.5) / 2**32), rtol=1e-7)
    assert kstest(values, "expon").pvalue > UNLIKELY


@pytest.mark.parametrize("counts", [(1,), (2,), (5,), (1, 1, 1), (40, 1), (3, 17, 9), (300,)])
def test_executors_in_columns_are_uniform_and_those_one_by_one(counts: tuple[int, ...]) -> None:
    federation = groups(*counts)
    chosen = among(federation, [1] * len(counts), KEYS).chosen
    if sum(counts) > 1:
        assert chisquare(np.bincount(chosen, minlength=sum(counts))).pvalue > UNLIKELY
    lottery = Lottery(federation)
    assert chosen[:1_000].tolist() == [lottery.draw(key) for key in KEYS[:1_000].tolist()]


def test_only_groups_that_take_part_are_chosen_and_they_choose_as_if_they_were_alone() -> None:
    three = groups(4, 6, 5)
    chosen = named(three, among(three, [1, 0, 1], KEYS).chosen.tolist())
    alone = [three[0], three[2]]
    assert chosen == named(alone, among(alone, [1, 1], KEYS).chosen.tolist())


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (1.0, 5.0, 0.25)])
@pytest.mark.parametrize("grown", [0, 1, 2])
def test_an_executor_that_is_added_takes_its_share_and_moves_nothing_else(
    weights: tuple[float, ...], grown: int
) -> None:
    counts = [8, 3, 6]
    larger = [count + (number == grown) for number, count in enumerate(counts)]
    before, after = drawn(groups(*counts), weights), drawn(groups(*larger), weights)
    moved = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert {new for _, new in moved} == {f"g{grown}-{counts[grown]}"}
    share = weights[grown] / sum(weight * count for weight, count in zip(weights, larger, strict=True))
    assert abs(len(moved) / len(before) - share) < 5 * (share * (1 - share) / len(before)) ** 0.5


def test_a_group_that_is_added_moves_choices_to_itself_only() -> None:
    before, after = drawn(groups(5, 4), (1, 1)), drawn(groups(5, 4, 2), (1, 1, 1))
    assert {new for old, new in zip(before, after, strict=True) if old != new} == {"g2-0", "g2-1"}


def test_a_larger_weight_moves_choices_to_its_group_only() -> None:
    before, after = drawn(groups(5, 4), (1, 1)), drawn(groups(5, 4), (1, 1.5))
    assert {new[:2] for old, new in zip(before, after, strict=True) if old != new} == {"g1"}


@pytest.mark.parametrize("without", [(), (0,), (0, 1, 2, 3), (5,), (6, 7)])
def test_choices_are_by_weight_among_those_that_are_not_barred(without: tuple[int, ...]) -> None:
    weights, federation = (1.0, 4.0), groups(6, 3)
    chosen = drawn(federation, weights, without)
    names = named(federation, [number for number in range(9) if number not in without])
    shares = np.array([weights[int(name[1])] for name in names])
    counts = np.array([chosen.count(name) for name in names])
    assert counts.sum() == len(chosen)
    assert chisquare(counts, shares / shares.sum() * len(chosen)).pvalue > UNLIKELY


def test_choices_among_a_few_of_many_are_uniform() -> None:
    federation = groups(30)
    chosen = drawn(federation, (1.0,), tuple(range(25)))
    assert chisquare([chosen.count(f"g0-{number}") for number in range(25, 30)]).pvalue > UNLIKELY


def test_nobody_is_chosen_where_all_are_barred_or_have_no_weight() -> None:
    lottery = Lottery(groups(2, 1), (1, 0))
    assert lottery.draw(0.3, (0, 1)) is None
    assert lottery.draw(0.3, (0,)) == 1


def test_bars_add_up() -> None:
    lottery = Lottery(groups(2))
    lottery.bar(0)
    lottery.bar(0)
    lottery.lift(0)
    assert {lottery.draw(key) for key in KEYS[:50].tolist()} == {1}
    lottery.lift(0)
    assert {lottery.draw(key) for key in KEYS[:50].tolist()} == {0, 1}


def test_one_of_a_list_is_by_weight_and_a_longer_list_moves_choices_to_the_new_candidate_only() -> None:
    lottery = Lottery(groups(6, 3), (1, 4))
    before = [lottery.one_of([4, 5, 6], key) for key in KEYS[:3_000].tolist()]
    after = [lottery.one_of([4, 5, 6, 8], key) for key in KEYS[:3_000].tolist()]
    assert chisquare([before.count(executor) for executor in (4, 5, 6)], [500, 500, 2_000]).pvalue > UNLIKELY
    assert {new for old, new in zip(before, after, strict=True) if old != new} == {8}
