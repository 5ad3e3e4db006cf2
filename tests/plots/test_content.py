"""Charts with and without enough content."""

import numpy as np
import pytest

from icnsim.plots.chart import Axis, Bars, Chart, Layer, Line, Points, Rule
from icnsim.plots.content import shows_something


def chart(*layers: Layer) -> Chart:
    return Chart("title", Axis("x"), Axis("y"), layers, "words")


def bars(*lengths: float) -> Bars:
    return Bars("", "simulated", np.arange(len(lengths) + 1.0), np.array(lengths))


def line(*y: float) -> Line:
    return Line("", "simulated", np.arange(float(len(y))), np.array(y))


@pytest.mark.parametrize(
    ("layers", "shown"),
    [
        ((), False),
        ((Rule("", "ink", "x", 1.0),), False),
        ((bars(1, 2),), False),
        ((bars(1, 2, 0),), False),
        ((bars(1, 2, 3),), True),
        ((line(0, 0, 0, 0),), False),
        ((line(1, 2), Rule("", "ink", "x", 1.0)), False),
        ((line(0, 1, 0),), True),
        ((Points("", "simulated", np.array([1.0, 2.0]), np.array([0.0, 1.0])),), False),
        ((Points("", "simulated", np.zeros(3), np.zeros(3)),), True),
    ],
)
def test_a_chart_needs_three_marks(layers: tuple[Layer, ...], *, shown: bool) -> None:
    assert shows_something(chart(*layers)) is shown
