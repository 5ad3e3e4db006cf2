"""The labels of detectors in tables, and equivalent notations of one detector."""

import pytest

from icnsim.scenario.detectorlabels import is_detector, label
from icnsim.scenario.variation import meaning


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"kind": "poll"}, "poll"),
        ({"kind": "wheel", "tick": "2s"}, "wheel tick=2s"),
        ({"kind": "phi-accrual", "threshold": 8.0, "window": None, "by": "all"}, "phi-accrual threshold=8 by=all"),
        ({"kind": "adaptive", "margin": 0.1 + 0.2}, "adaptive margin=0.3"),
    ],
)
def test_a_label_has_the_kind_and_the_parameters_that_are_written(value: object, text: str) -> None:
    assert label(value) == text


@pytest.mark.parametrize(
    "value", ["poll", None, 5, {"kind": "default"}, {"tick": "1s"}, {"kind": ["poll"]}, {"kind": "poll", "x": {}}]
)
def test_other_values_have_no_label(value: object) -> None:
    assert label(value) is None and not is_detector(value)


def test_a_detector_with_its_defaults_means_the_same_as_without_them() -> None:
    assert meaning({"kind": "wheel"}) == meaning({"kind": "wheel", "tick": "1000ms"})
    assert meaning({"kind": "wheel"}) != meaning({"kind": "wheel", "tick": "2s"})
    assert meaning({"kind": "poll"}) != meaning({"kind": "deadline"})
