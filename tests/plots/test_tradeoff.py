"""The trade-off of two figures: the front, the region that meets the limits, labels and marks."""

from dataclasses import replace

import numpy as np
import pytest

from icnsim.plots.chart import Band, Points, Rule
from icnsim.plots.drawing import file_of
from icnsim.plots.interactive import interactive
from icnsim.plots.swept import Measure
from icnsim.plots.tradeoff import MOST_LABELS, Axes, Limit, trade_off


def figure(name: str, values: list[float], unit: str = "s") -> Measure:
    found = np.array(values)
    return Measure(name, unit, found, found - 0.5, found + 0.5)


def chart(axes: Axes, marks: dict[str, int] | None = None):
    names = tuple(f"p{number}" for number in range(len(axes.x.values)))
    return trade_off(axes, "title", names, tuple(f"key {name}" for name in names), marks or {})


def layers(made, kind):
    return [layer for layer in made.layers if isinstance(layer, kind)]


X, Y = [1.0, 2.0, 3.0, 3.5], [9.0, 5.0, 4.0, 6.0]


def test_the_front_is_labelled_and_differs_from_the_other_points():
    other, front = layers(chart(Axes(figure("x", X), figure("y", Y))), Points)
    assert front.x.tolist() == [1, 2, 3] and front.labels == ("p0", "p1", "p2")
    assert other.x.tolist() == [3.5] and other.labels == ("p3",)


@pytest.mark.parametrize(
    ("at_most", "inside"), [(True, [True, True, False, False]), (False, [False, False, True, True])]
)
def test_the_region_contains_exactly_the_points_that_meet_the_limits(at_most, inside):
    axes = Axes(figure("x", X), figure("y", Y), x_limit=Limit(2.5, at_most, "x"), y_limit=Limit(20.0, True, "y < 20"))
    made = chart(axes)
    (region,) = layers(made, Band)
    met = [region.x[0] <= x <= region.x[1] and region.low[0] <= y <= region.high[0] for x, y in zip(X, Y, strict=True)]
    assert met == inside
    assert [(rule.axis, rule.at) for rule in layers(made, Rule)] == [("x", 2.5), ("y", 20.0)]


def test_without_a_limit_there_is_no_region():
    assert not layers(chart(Axes(figure("x", X), figure("y", Y))), Band)


def test_a_limit_far_from_the_points_is_still_on_the_axis_and_so_are_points_at_zero():
    axes = Axes(figure("x", [0.0, 0.1]), figure("y", [1.0, 2.0]), x_limit=Limit(7.0, True, "x"))
    made = chart(axes)
    assert made.x.low < 0
    assert made.x.high > 7


def test_the_axis_includes_the_ends_of_the_intervals():
    y = Measure("y", "s", np.array([1.0, 2.0]), np.array([0.2, np.nan]), np.array([9.0, np.nan]))
    made = chart(Axes(figure("x", [0.0, 0.1]), y))
    assert made.y.low < 0.2 and made.y.high > 9
    wide = Measure("y", "s", np.array([1.0, 20.0]), np.array([-3.0, 15.0]), np.array([5.0, 40.0]))
    made = chart(Axes(figure("x", [0.0, 0.1]), wide))
    assert made.y.scale == "log" and 0 < made.y.low < 1 and made.y.high > 40


def test_the_marked_points_are_drawn_where_they_are():
    marks = {"recommended": 1, "own": 3}
    *_, recommended, own = layers(chart(Axes(figure("x", X), figure("y", Y)), marks), Points)
    assert (recommended.name, recommended.x.tolist(), recommended.y.tolist()) == ("recommended", [2.0], [5.0])
    assert (own.name, own.x.tolist(), own.marker) == ("the scenario's own settings", [3.5], "ring")


def test_of_many_points_only_those_on_the_front_and_the_marked_ones_have_labels():
    count = MOST_LABELS + 5
    axes = Axes(figure("x", [float(n) for n in range(count)]), figure("y", [1.0] + [2.0 + n for n in range(count - 1)]))
    other, front, own = layers(chart(axes, {"own": 7}), Points)
    assert front.labels == ("p0",)
    assert [label for label in other.labels if label] == ["p7"] and own.x.tolist() == [7.0]


def test_points_without_a_figure_are_left_out_and_it_is_drawn_both_ways():
    made = chart(Axes(figure("x", [1.0, float("nan"), 20.0]), figure("y", [3.0, 1.0, 0.2])), {"own": 1})
    assert sum(len(points.x) for points in layers(made, Points)) == 2
    assert interactive(made)["data"] and file_of(made, "svg").startswith(b"<?xml")


def test_closed_forms_are_drawn_where_both_figures_have_one_and_are_on_the_axes():
    x, y = figure("x", X), figure("y", Y)
    nothing = float("nan")
    x = replace(x, predicted=np.array([1.5, nothing, 30.0, 3.0]))
    y = replace(y, predicted=np.array([8.0, 5.0, 4.5, nothing]))
    made = chart(Axes(x, y))
    (forms,) = (points for points in layers(made, Points) if points.name == "closed form")
    assert forms.x.tolist() == [1.5, 30.0] and forms.y.tolist() == [8.0, 4.5]
    assert made.x.high > 30
    assert "closed forms exist for 2 of 4 points" in made.note
    assert not [points for points in layers(chart(Axes(x, figure("y", Y))), Points) if points.name == "closed form"]
