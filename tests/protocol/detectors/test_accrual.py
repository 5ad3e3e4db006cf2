"""The accrual detector's timeout for an answer."""

from icnsim.protocol.detectors.accrual import SuspicionLevel
from icnsim.protocol.detectors.phi import exponential_phi, normal_phi

FIXED = 60_000


def learned(level: SuspicionLevel, *stays: int) -> SuspicionLevel:
    for stay in stays:
        level.observe(stay)
    return level


def test_the_fixed_timeout_applies_until_two_answers() -> None:
    level = SuspicionLevel(threshold=8, window=1000, pause=0, min_std=100)
    assert level.timeout(FIXED) == FIXED
    assert learned(level, 500).timeout(FIXED) == FIXED
    assert learned(level, 500).timeout(FIXED) < FIXED


def test_with_equal_stays_the_smallest_deviation_decides() -> None:
    """The quantile of 8 is 5.226 deviations: φ reaches 8 at 200 + 522.6 ms."""
    level = learned(SuspicionLevel(threshold=8, window=1000, pause=0, min_std=100), *[200] * 5)
    assert level.timeout(FIXED) == 722
    assert normal_phi(722, 200, 100) < 8 <= normal_phi(723, 200, 100)


def test_unequal_stays_have_their_own_deviation_and_the_pause_is_added_to_the_mean() -> None:
    level = learned(SuspicionLevel(threshold=8, window=2, pause=50, min_std=100), 7, 200, 800)
    first = level.timeout(FIXED) + 1
    assert normal_phi(first - 1, 550, 300) < 8 <= normal_phi(first, 550, 300)


def test_the_exponential_distribution_needs_the_mean_alone() -> None:
    level = learned(SuspicionLevel(threshold=8, window=10, pause=0, min_std=None), 100, 300)
    first = level.timeout(FIXED) + 1
    assert exponential_phi(first - 1, 200) < 8 <= exponential_phi(first, 200)
    assert first == 3_685  # 8 ln 10 · 200 = 3684.1


def test_a_threshold_that_is_always_reached_leaves_no_wait() -> None:
    assert learned(SuspicionLevel(threshold=1e-9, window=10, pause=0, min_std=100), 5, 5).timeout(FIXED) == 0


def test_suspicions_do_not_change_the_timeout() -> None:
    level = learned(SuspicionLevel(threshold=8, window=1000, pause=0, min_std=100), 200, 200)
    before = level.timeout(FIXED)
    level.suspect(0, 1_000)
    assert level.timeout(FIXED) == before
    assert level.numbers == 2
