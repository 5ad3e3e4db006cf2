"""RFC 6298: its constants, examples by hand, and the values that the tests of other implementations publish."""

import pytest

from icnsim.protocol.detectors.roundtrips import LONGEST_MS, RoundTrips

FIXED = 60_000


def estimator(minimum: int = 1_000) -> RoundTrips:
    """With the parameters of the RFC, which are the defaults of `adaptive`."""
    return RoundTrips(margin=4, window=8, minimum=minimum)


def test_the_fixed_timeout_applies_until_the_first_answer() -> None:
    assert estimator().timeout(FIXED) == FIXED
    assert estimator().timeout(5) == 5


def test_the_first_round_trip_r_gives_r_plus_four_times_half_of_it() -> None:
    """RFC 6298 (2.2): SRTT = R, RTTVAR = R / 2, RTO = R + 4 R / 2."""
    trips = estimator()
    trips.observe(500)
    assert (trips.smoothed, trips.deviation) == (500, 250)
    assert trips.timeout(FIXED) == 1_500


def test_a_later_round_trip_updates_the_deviation_before_the_mean() -> None:
    """RFC 6298 (2.3): RTTVAR = 3/4 · 250 + 1/4 · |500 − 900| = 287.5, SRTT = 7/8 · 500 + 1/8 · 900 = 550."""
    trips = estimator()
    trips.observe(500)
    trips.observe(900)
    assert (trips.smoothed, trips.deviation) == (550, 287.5)
    assert trips.timeout(FIXED) == 550 + 4 * 287.5


def test_the_examples_of_fuchsias_estimator() -> None:
    """From its unit tests: 2 s gives SRTT 2 s and RTTVAR 1 s; (1 s, 1 s) and 2 s give 1125 ms and 1 s."""
    trips = estimator()
    trips.observe(2_000)
    assert (trips.smoothed, trips.deviation) == (2_000, 1_000)
    trips.smoothed, trips.deviation = 1_000.0, 1_000.0
    trips.observe(2_000)
    assert (trips.smoothed, trips.deviation) == (1_125, 1_000)


@pytest.mark.parametrize(
    "published",
    [
        [(124, 372), (128, 314), (123, 268), (125, 233), (127, 209)],
        [
            (124, 372), (402, 622), (728, 800), (89, 800), (126, 800), (124, 800), (122, 710), (123, 631), (124, 562),
            (122, 505), (124, 454), (124, 410), (124, 372), (124, 340),
        ],
    ],
)  # fmt: skip
def test_the_timeouts_of_webrtcs_sctp_to_the_millisecond(published: list[tuple[int, int]]) -> None:
    """From `retransmission_timeout_test.cc`, with at most 800 ms. It rounds to integers, so it may differ by 1 ms."""
    trips = estimator(minimum=120)
    for elapsed, timeout in published:
        trips.observe(elapsed)
        assert abs(min(800, trips.timeout(200)) - timeout) <= 1


def test_a_constant_round_trip_of_200_ms_gives_the_timeout_by_hand() -> None:
    """RTTVAR = 100 · (3/4)^(n − 1) after n answers, and the timeout approaches 200 ms + G."""
    trips = estimator(minimum=1)
    for n in range(40):
        trips.observe(200)
        assert trips.smoothed == 200
        assert trips.deviation == pytest.approx(100 * 0.75**n, rel=1e-12)
    assert trips.timeout(FIXED) == 201
    assert estimator().timeout(FIXED) == FIXED


def test_the_timeout_is_at_least_the_minimum() -> None:
    trips = estimator()
    trips.observe(1)
    assert trips.timeout(FIXED) == 1_000


def test_a_suspicion_doubles_the_timeout_until_an_answer_comes() -> None:
    trips = estimator()
    trips.observe(1_000)
    now = 0
    found = []
    for _ in range(6):
        found.append(trips.timeout(30_000))
        now += found[-1] + 1
        trips.suspect(now - found[-1] - 1, now)
    assert found == [3_000, 6_000, 12_000, 24_000, 48_000, LONGEST_MS]
    trips.observe(1_000)
    assert trips.timeout(30_000) == 1_000 + 4 * 375


def test_doubling_stops_at_the_fixed_timeout_if_that_is_longer_than_a_minute() -> None:
    trips = estimator()
    for n in range(40):
        trips.suspect(100 * n, 100 * n)
    assert trips.timeout(300_000) == 300_000
    assert trips.timeout(10) == LONGEST_MS
    trips.observe(100_000)
    assert trips.timeout(10) == 300_000  # what was learned is above the limit of the doubling


def test_questions_of_before_the_doubling_do_not_double_the_timeout_again() -> None:
    trips = estimator()
    trips.observe(1_000)
    for since in (0, 10, 20):
        trips.suspect(since, since + 3_001)
    assert trips.timeout(FIXED) == 6_000
    trips.suspect(3_001, 9_002)
    assert trips.timeout(FIXED) == 12_000


def test_a_window_of_one_follows_the_last_answer_alone() -> None:
    trips = RoundTrips(margin=2, window=1, minimum=1)
    trips.observe(100)
    trips.observe(300)
    assert (trips.smoothed, trips.deviation) == (300, 200)
    assert trips.timeout(FIXED) == 700
