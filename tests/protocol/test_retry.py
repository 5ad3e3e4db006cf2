"""Back-off: exact without jitter, and within its interval with each kind of jitter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.retry import Backoff, Jitter

S = 1_000_000
MINUTE = 60 * S
CENTURY = 3_155_760_000 * S
"""The longest duration of a scenario."""
UNIFORM = st.floats(0, 1, exclude_max=True)


def test_pauses_double_from_the_base_up_to_the_maximum() -> None:
    backoff = Backoff(S, 2, 10 * S, "none")
    assert [backoff.pause(retry, 0, 0.5) // S for retry in range(1, 7)] == [1, 2, 4, 8, 10, 10]


@given(retry=st.integers(1, 2000), u=UNIFORM, last=st.integers(0, MINUTE))
@pytest.mark.parametrize(("jitter", "low", "high"), [("none", 1.0, 1.0), ("full", 0.0, 1.0), ("equal", 0.5, 1.0)])
def test_jitter_stays_within_its_share_of_the_whole_pause(
    jitter: Jitter, low: float, high: float, retry: int, u: float, last: int
) -> None:
    whole = min(MINUTE, S * 2 ** (retry - 1))
    assert round(low * whole) <= Backoff(S, 2, MINUTE, jitter).pause(retry, last, u) <= round(high * whole)


@pytest.mark.parametrize(("jitter", "s"), [("none", 4), ("full", 1), ("equal", 2.5), ("decorrelated", 2.25)])
def test_the_jitter_of_the_third_retry_by_hand(jitter: Jitter, s: float) -> None:
    """Without jitter 4 s; a quarter of [0, 4], [2, 4] and [1, 6] s, because the last pause was 2 s."""
    assert Backoff(S, 2, MINUTE, jitter).pause(3, 2 * S, 0.25) == s * S


@given(u=UNIFORM, last=st.integers(0, MINUTE))
def test_decorrelated_jitter_lies_between_the_base_and_three_times_the_last_pause(u: float, last: int) -> None:
    pause = Backoff(S, 2, MINUTE, "decorrelated").pause(5, last, u)
    assert min(S, MINUTE) <= pause <= min(MINUTE, 3 * max(last, S))


@pytest.mark.parametrize(
    ("base", "factor", "most", "retry", "pause"),
    [
        # 1.1^86 = 3628.87 and 1.1^85 = 3298.97
        (S, 1.1, 3600 * S, 100, 3600 * S),
        (S, 1.1, 3600 * S, 87, 3600 * S),
        (S, 1.1, 3600 * S, 86, 3_298_969_030),
        # 1.05^84 = 60.24 and 1.05^83 = 57.37
        (S, 1.05, 60 * S, 100, 60 * S),
        (S, 1.05, 60 * S, 85, 60 * S),
        (S, 1.05, 60 * S, 84, 57_373_563),
        # 1.01^900 = 7748.83
        (1000, 1.01, 86_400 * S, 901, 7_748_835),
        (1, 1.0, 5, 10**9, 1),
        # powers beyond the range of a float
        (1, 1000.0, CENTURY, 1000, CENTURY),
        (1, 1.5, 3600 * S, 10**9, 3600 * S),
        (2 * MINUTE, 2.0, MINUTE, 1, MINUTE),
    ],
)
def test_the_pause_grows_by_its_factor_until_it_reaches_the_maximum(
    base: int, factor: float, most: int, retry: int, pause: int
) -> None:
    assert Backoff(base, factor, most, "none").pause(retry, 0, 0.5) == pytest.approx(pause, rel=1e-6)


@given(
    base=st.integers(1, CENTURY), factor=st.floats(1, 1000), most=st.integers(1, CENTURY), retry=st.integers(1, 10**6),
    u=UNIFORM,
)  # fmt: skip
@pytest.mark.parametrize("jitter", ["none", "full", "equal", "decorrelated"])
def test_no_pause_is_above_the_maximum_or_below_the_pause_before(
    jitter: Jitter, base: int, factor: float, most: int, retry: int, u: float
) -> None:
    backoff = Backoff(base, factor, most, jitter)
    assert 0 <= backoff.pause(retry, most, u) <= most
    assert backoff.longest(retry) <= backoff.longest(retry + 1)
