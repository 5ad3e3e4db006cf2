"""The timing wheel fires the timers that a heap of deadlines fires, at the same ticks."""

from heapq import heappop, heappush
from itertools import groupby
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.detectors.timingwheel import TimingWheel

TIMERS = 200_000


def test_many_random_timers_fire_at_the_ticks_of_a_heap_of_deadlines() -> None:
    """Every fifth timer is deleted before it is due; ticks are skipped at random, once for several rounds."""
    chance = Random(1987)
    dues = chance.choices(range(1, 2_000), k=TIMERS)
    deleted = [n for n in range(TIMERS) if n % 5 == 0]
    wheel: TimingWheel[int] = TimingWheel(slots=1024)
    heap: list[int] = []
    for n, due in enumerate(dues):
        wheel.insert(n, due)
        heap.append(due * TIMERS + n)
    for n in deleted:
        assert wheel.delete(n)
    heap = [entry for entry in heap if entry % TIMERS % 5]
    heap.sort()  # a sorted list is a heap
    assert len(wheel) == len(heap) == 4 * TIMERS // 5
    ticks, tick = [], 0
    while tick < 2_000:
        tick += chance.choice((1, 1, 1, 3))
        ticks.append(tick)
    first = 0
    for tick in ticks:
        last = first
        while last < len(heap) and heap[last] < (tick + 1) * TIMERS:
            last += 1
        assert wheel.advance(tick) == [entry % TIMERS for entry in heap[first:last]]
        first = last
    assert first == len(heap) and len(wheel) == 0


@given(st.data())
def test_any_sequence_of_calls_agrees_with_a_heap(data: st.DataObject) -> None:
    slots = data.draw(st.integers(1, 8))
    wheel: TimingWheel[int] = TimingWheel(slots)
    heap: list[tuple[int, int]] = []
    gone: set[int] = set()
    for key in range(data.draw(st.integers(0, 40))):
        match data.draw(st.sampled_from(("insert", "delete", "advance"))):
            case "insert":
                due = wheel.now + data.draw(st.integers(1, 30))
                wheel.insert(key, due)
                heappush(heap, (due, key))
            case "delete":
                other = data.draw(st.integers(0, 40))
                waits = any(entry[1] == other and other not in gone for entry in heap)
                assert (other in wheel) is waits
                assert wheel.delete(other) is waits
                gone |= {other} if waits else set()
            case _:
                tick = wheel.now + data.draw(st.integers(0, 30))
                due_now = []
                while heap and heap[0][0] <= tick:
                    due_now.append(heappop(heap)[1])
                assert wheel.advance(tick) == [key for key in due_now if key not in gone]
        assert len(wheel) == sum(key not in gone for _, key in heap)


def test_ticks_that_were_skipped_fire_in_their_order_even_from_one_slot() -> None:
    wheel: TimingWheel[str] = TimingWheel(slots=1)
    for key, tick in (("c", 3), ("a", 1), ("b", 2)):
        wheel.insert(key, tick)
    assert wheel.advance(3) == ["a", "b", "c"]


def test_timers_of_one_tick_fire_in_the_order_in_which_they_were_set() -> None:
    wheel: TimingWheel[str] = TimingWheel(slots=4)
    for key, tick in (("c", 6), ("a", 2), ("b", 6), ("d", 3)):
        wheel.insert(key, tick)
    fired = [(tick, key) for tick in range(1, 8) for key in wheel.advance(tick)]
    assert [(tick, [key for _, key in keys]) for tick, keys in groupby(fired, lambda one: one[0])] == [
        (2, ["a"]), (3, ["d"]), (6, ["c", "b"])
    ]  # fmt: skip


def test_a_jump_looks_at_each_slot_at_most_once() -> None:
    wheel: TimingWheel[str] = TimingWheel(slots=8)
    wheel.insert("far", 10**12)
    wheel.advance(3)
    assert wheel.visited == 3
    assert wheel.advance(10**12 - 1) == []
    assert wheel.visited == 3 + 8
    assert wheel.advance(10**12) == ["far"]
    assert wheel.visited == 3 + 8 + 1


def test_a_timer_that_is_cleared_or_deleted_does_not_fire_and_can_be_set_again() -> None:
    wheel: TimingWheel[str] = TimingWheel(slots=4)
    wheel.insert("a", 5)
    assert wheel.delete("a") and not wheel.delete("a")
    wheel.insert("a", 9)
    wheel.insert("b", 9)
    assert wheel.advance(8) == []
    wheel.clear()
    assert len(wheel) == 0 and wheel.advance(20) == []
    wheel.insert("a", 21)
    assert wheel.advance(21) == ["a"]
    assert wheel.advance(20) == []
    assert wheel.now == 21


def test_a_tick_that_has_passed_and_a_second_timer_of_a_key_are_refused() -> None:
    wheel: TimingWheel[str] = TimingWheel(slots=4, now=10)
    with pytest.raises(ValueError, match="tick 10 has passed: the wheel is at tick 10"):
        wheel.insert("a", 10)
    wheel.insert("a", 11)
    with pytest.raises(ValueError, match="due at tick 11: delete it first"):
        wheel.insert("a", 12)
    with pytest.raises(ValueError, match="at least 1 slot, not 0"):
        TimingWheel(slots=0)
