"""The trust of an executor in another one stays between 0 and 1 and affects no third executor."""

from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.trust import Opinions

B, C = ExecutorId(1), ExecutorId(2)


def test_trust_begins_as_given_and_falls_and_rises_as_learned() -> None:
    opinions = Opinions(lambda _: 0.7)
    opinions.learn(B, -0.2)
    opinions.learn(B, 0.02)
    assert opinions.of(B) == 0.52  # the sum of the floats is 0.5199999999999999
    assert opinions.of(C) == 0.7


@given(st.lists(st.floats(-1, 1)))
def test_trust_never_leaves_the_interval_from_0_to_1(changes: list[float]) -> None:
    opinions = Opinions(lambda _: 0.5)
    for change in changes:
        opinions.learn(B, change)
        assert 0 <= opinions.of(B) <= 1
