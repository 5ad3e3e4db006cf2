"""NFD-E: the freshness point by the paper's formula, in exact numbers."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.detectors.chen import ExpectedAnswer, freshness_point


def test_regular_heartbeats_are_expected_one_period_and_their_delay_later() -> None:
    """η = 1000, each is delayed by 200, the newest is number 4: EA of number 5 is 5200. With α = 300 it may be 5500."""
    offsets = sum(1_000 * number + 200 - 1_000 * number for number in (2, 3, 4))
    assert freshness_point(offsets, count=3, latest=4, every=1_000, alpha=300) == 5_501


def test_a_lost_heartbeat_and_unequal_delays_by_hand() -> None:
    """Numbers 0, 1 and 3 arrived after 100, 201 and 100: the mean delay is 401/3, and EA of number 4 is 4133.67."""
    offsets = 100 + 201 + 100
    assert freshness_point(offsets, count=3, latest=3, every=1_000, alpha=0) == 4_134
    assert freshness_point(offsets, count=3, latest=3, every=1_000, alpha=66) == 4_200


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 10**9)), min_size=1, max_size=20),
    st.integers(1, 10**7),
    st.integers(0, 10**7),
)
def test_the_freshness_point_is_the_first_whole_time_above_the_expected_arrival_plus_the_margin(
    heartbeats: list[tuple[int, int]], every: int, alpha: int
) -> None:
    latest = max(number for number, _ in heartbeats)
    offsets = sum(arrival - every * number for number, arrival in heartbeats)
    expected = Fraction(offsets, len(heartbeats)) + (latest + 1) * every
    point = freshness_point(offsets, len(heartbeats), latest, every, alpha)
    assert point > expected + alpha >= point - 1


def test_an_answer_is_expected_after_the_mean_of_the_last_stays() -> None:
    expected = ExpectedAnswer(alpha=1_000, window=3)
    assert expected.timeout(60_000) == 60_000
    for elapsed in (9_999, 200, 300, 401):
        expected.observe(elapsed)
    assert expected.timeout(60_000) == 1_300  # the mean of the last three is 300.33
    expected.suspect(0, 5_000)
    assert expected.timeout(60_000) == 1_300
    assert expected.numbers == 3
