"""The monotonic clock drifts and never steps."""

from hypothesis import given
from hypothesis import strategies as st

from icnsim.simulation.time.clock import EVEN, Clock


def test_a_clock_shows_virtual_time_until_it_drifts() -> None:
    clock = Clock()
    assert clock.at(5_000_000) == 5_000_000
    clock.drift(5_000_000, EVEN * 2)
    assert clock.at(6_000_000) == 7_000_000
    clock.drift(6_000_000, EVEN)
    assert clock.at(7_000_000) == 8_000_000


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(EVEN // 2, 2 * EVEN)), max_size=20))
def test_the_monotonic_clock_never_goes_back(changes: list[tuple[int, int]]) -> None:
    clock, now, last = Clock(), 0, 0
    clock.offset = -(10**9)
    for passed, rate in changes:
        now += passed
        assert clock.at(now) >= last
        last = clock.at(now)
        clock.drift(now, rate)
        assert clock.at(now) == last


def test_a_drift_of_less_than_a_millionth_counts() -> None:
    """0.4 s in 10⁶ s, and 0.5 µs in 10⁶ s, of which the reading shows whole µs."""
    clock = Clock()
    clock.drift(0, round(1.0000004 * EVEN))
    assert clock.at(10**12) == 10**12 + 400_000
    clock.drift(10**12, round(1.0000000000005 * EVEN))
    assert clock.at(3 * 10**12) == 3 * 10**12 + 400_000
    clock.drift(3 * 10**12, round(0.999999999998 * EVEN))
    assert clock.at(4 * 10**12) == 4 * 10**12 + 400_000 - 2
