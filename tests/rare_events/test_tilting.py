"""Importance sampling on an event with a known probability."""

import pytest
from scipy.special import ndtri

from icnsim.rare_events.estimate import estimated, plain_runs
from icnsim.rare_events.splitting import pilot
from icnsim.rare_events.tilting import PLAIN, Component, batch, fitted
from tests.rare_events.gaussian import begin, moves

ONE, FOUR = (1.0,), (0.5, 0.5, 0.5, 0.5)


def test_one_in_a_million_needs_a_thousandth_of_the_runs():
    """The estimate is within 4 standard errors. The number of runs includes those of the pilot."""
    bound = float(-ndtri(1e-6))
    found = pilot(moves(FOUR, bound), 200, 1)
    components = fitted(found.reached)
    batches = [batch(begin(FOUR, bound), components, 50, 10 + number) for number in range(20)]
    result = estimated([each.mean for each in batches])
    assert result.probability == pytest.approx(1e-6, abs=4 * 1e-6 * result.relative_error)
    assert plain_runs(result) > 1000 * (found.runs + sum(each.runs for each in batches))


def test_wrong_components_do_not_bias_the_estimate():
    """Shifts of draws without an effect, and shifts away from the event. Within 4 standard errors."""
    probability = 0.05
    components = (Component(0.5, {("a", 3): 2.0}), Component(0.5, {("a", 0): -1.0, ("never read", 0): 3.0}))
    found = batch(begin(ONE, float(-ndtri(probability))), components, 3000, 1)
    error = ((found.square - found.mean**2) / found.runs) ** 0.5
    assert found.mean == pytest.approx(probability, abs=4 * error)


def test_the_weight_of_a_run_is_bounded():
    found = batch(begin(ONE, 0.0), (Component(1.0, {("a", 0): -4.0}),), 500, 1)
    assert 0 < found.square <= found.mean / PLAIN


def test_the_shifted_draw_is_the_one_that_causes_the_event():
    found = pilot(moves(ONE, 4.0), 200, 1)
    largest = max(fitted(found.reached), key=lambda component: component.weight)
    assert set(largest.shift) == {("a", 0)}
    assert 4.0 < largest.shift["a", 0] < 4.6


def test_each_of_two_ways_to_the_event_has_a_component():
    weights = (1.0,)
    both = [sample for way in (0, 1) for sample in pilot(moves((0.0,) * way + weights, 3.5), 100, 1).reached[-1]]
    components = fitted([[], [], both])
    assert {coordinate for each in components for coordinate, by in each.shift.items() if by > 3} == {
        ("a", 0),
        ("a", 1),
    }


def test_a_way_to_the_event_that_the_last_population_has_lost_keeps_a_component():
    early = [sample for way in (0, 1) for sample in pilot(moves((0.0,) * way + ONE, 2.0), 100, 1).reached[-1]]
    last = pilot(moves(ONE, 4.0), 100, 1).reached[-1]
    lost = [each.shift["a", 1] for each in fitted([early, last]) if set(each.shift) == {("a", 1)}]
    assert max(lost) > 4.0
