"""The drawing of a Pareto front: well-formed whatever the texts in it are."""

import warnings
from xml.etree import ElementTree

import numpy as np

from icnsim.analysis import paretoplot


def test_the_picture_is_well_formed_and_silent_whatever_characters_its_texts_have() -> None:
    values = np.array([1.0, 2.0])
    figures = paretoplot.Figures("a\x1b", "s", values, values, values)
    picture = paretoplot.Picture(
        "x\x00\x9b\ud800 & <b> 漢字", figures, [paretoplot.Panel(figures, 1.5, from_above=True)],
        np.array([True, False]), np.array([True, True]), [],
        {"recommended": 0, "knee": None, "own": 1}, "key=\ufffe\x08",
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written = paretoplot.svg(picture)
    ElementTree.fromstring(written)
    assert "漢字" in written.decode() and "key=��" in written.decode() and "&lt;b&gt;" in written.decode()
