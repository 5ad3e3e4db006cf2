"""The detector that the parameters select."""

import pytest

from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.detectors.kinds import ESTIMATORS, KINDS, RULES, detector_of
from icnsim.protocol.detectors.learning import Learning
from icnsim.protocol.detectors.phi import first_normal
from icnsim.protocol.detectors.roundtrips import RoundTrips
from tests.protocol.detectors.test_heartbeats import REGULAR


def test_each_kind_has_its_detector() -> None:
    assert list(KINDS) == ["poll", "deadline", "wheel", "adaptive", "chen", "phi-accrual"]
    assert list(ESTIMATORS) == ["adaptive", "chen", "phi-accrual"]
    assert list(RULES) == ["chen", "phi-accrual"]
    found = [detector_of(Parameters(kind, tick=7, window=1)) for kind in KINDS]
    assert [(each.polls, each.learns, each.tick) for each in found] == [
        (True, False, 0), (False, False, 0), (False, False, 7), *[(False, True, 0)] * 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("distribution", "silence"),
    [("exponential", 4606), ("normal", first_normal(2.0, 1000.0, 100.0))],  # 2 ln 10 x 1000 = 4605.2
)
def test_the_distribution_of_silences_is_the_chosen_one(distribution: str, silence: int) -> None:
    given = Parameters("phi-accrual", threshold=2.0, min_std=100, distribution=distribution, heartbeat=1000)
    rule = detector_of(given).rule
    assert rule is not None
    assert rule.suspected_from(REGULAR) == 19_200 + silence


def test_a_detector_of_another_package_learns_with_its_own_estimator() -> None:
    found = detector_of(Parameters("own", by="target", estimator=lambda: RoundTrips(4.0, 10, 0)))
    assert isinstance(found, Learning)
    assert found.learns
