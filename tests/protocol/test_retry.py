"""Back-off: exact without jitter, within its interval with each kind of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.retry import Backoff, Jitter

S = 1_000_000
MINUTE = 60 * S
UNIFORM = st.floats(0, 1, exclude_max=True)


def test_pauses_double_from_the_base_up_to_the_maximum() -> None:
    backoff = Backoff(S, 2, 10 * S, "none")
    assert [backoff.pause(retry, 0, 0.5) // S for retry in range(1, 7)] == [1, 2, 4, 8, 10, 10]


@given(retry=st.integers(1, 2000), u=UNIFORM, last=st.integers(0, MINUTE))
@pytest.mark.parametrize(("jitter", "low", "high"), [("none", 1.0, 1.0), ("full", 0.0, 1.0), ("equal", 0.5, 1.0)])
def test_jitter_stays_within_its_share_of_the_whole_pause(
    jitter: Jitter, low: float, high: float, retry: int, u: float, last: int
) -> None:
    whole = min(MINUTE, S * 2 ** min(retry - 1, 64))
    assert round(low * whole) <= Backoff(S, 2, MINUTE, jitter).pause(retry, last, u) <= round(high * whole)


@given(u=UNIFORM, last=st.integers(0, MINUTE))
def test_decorrelated_jitter_lies_between_the_base_and_three_times_the_last_pause(u: float, last: int) -> None:
    pause = Backoff(S, 2, MINUTE, "decorrelated").pause(5, last, u)
    assert min(S, MINUTE) <= pause <= min(MINUTE, 3 * max(last, S))
