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
