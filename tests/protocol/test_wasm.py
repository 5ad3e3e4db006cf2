"""The copying of a WASM actor's memory: at its boundaries, and against the published closed forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol import wasm
from icnsim.protocol.wasm import PAGE, Copying, Memory
from icnsim.theory import wasm as forms


@pytest.mark.parametrize(("size", "pages"), [(0, 1), (1, 1), (PAGE, 1), (PAGE + 1, 2), (10 * PAGE, 10)])
def test_a_memory_is_whole_pages_one_at_least(size: int, pages: int) -> None:
    assert wasm.pages_of(size) == pages


@pytest.mark.parametrize(("seconds", "pages"), [(0, 0), (1, 10), (5, 50), (5.1, 50), (1e9, 50)])
def test_new_pages_are_written_at_a_rate_until_the_working_set_is(seconds: float, pages: int) -> None:
    assert Memory(100, 50, 10.0).dirtied(seconds) == pages
    assert Memory(100, 1000, 10.0).dirtied(1e9) == 100  # no more pages than the memory has


def test_the_rounds_of_the_shipped_scenario_by_hand() -> None:
    memory = Memory(4096, 4096, 80.0)
    assert wasm.pre_copy(memory, 0.005, 64, 30) == Copying((4096, 1638, 655, 262, 105), 42)


@pytest.mark.parametrize(
    ("stop_below", "max_rounds", "live", "final"),
    [
        (500, 30, (1000,), 500),  # at the limit it stops
        (499, 30, (1000, 500), 250),
        (0, 1, (1000,), 500),
        (0, 2, (1000, 500), 250),
        (0, 30, (1000, 500, 250, 125, 62, 31, 16, 8, 4, 2, 1), 0),
    ],
)
def test_when_pre_copy_stops(stop_below: int, max_rounds: int, live: tuple[int, ...], final: int) -> None:
    assert wasm.pre_copy(Memory(1000, 1000, 50.0), 0.01, stop_below, max_rounds) == Copying(live, final)


@pytest.mark.parametrize("rate", [100.0, 150.0])
def test_it_stops_at_once_where_as_much_is_written_as_is_sent(rate: float) -> None:
    assert wasm.pre_copy(Memory(1000, 1000, rate), 0.01, 10, 30) == Copying((1000,), 1000)


def test_only_a_small_working_set_is_left() -> None:
    assert wasm.pre_copy(Memory(1000, 80, 1e6), 0.01, 10, 30) == Copying((1000, 80), 80)


def test_the_others_copy_each_page_once() -> None:
    memory = Memory(1000, 1000, 50.0)
    assert wasm.stop_and_copy(memory) == Copying((), 1000)
    assert wasm.post_copy(memory) == Copying((), 1, 999)
    assert wasm.post_copy(Memory(1, 1, 0.0)) == Copying((), 1, 0)


@given(
    pages=st.integers(1, 10_000), working_set=st.integers(1, 20_000), rate=st.floats(0, 5000),
    stop_below=st.integers(0, 200), max_rounds=st.integers(1, 40),
)  # fmt: skip
def test_rounds_shrink_and_no_page_is_sent_more_often_than_there_are_rounds_and_a_pause(
    pages: int, working_set: int, rate: float, stop_below: int, max_rounds: int
) -> None:
    """So copying takes V p at least and (rounds + 1) V p at most."""
    found = wasm.pre_copy(Memory(pages, working_set, rate), 0.001, stop_below, max_rounds)
    assert found.live[0] == pages and len(found.live) <= max_rounds
    assert all(later < earlier for earlier, later in zip(found.live, found.live[1:], strict=False))
    assert pages <= sum(found.live) + found.final <= (max_rounds + 1) * pages
    # It stops for one of the three reasons, and never before.
    assert found.final <= stop_below or len(found.live) == max_rounds or found.final >= found.live[-1]
    assert all(left > stop_below for left in found.live[1:])


@given(pages=st.integers(1, 100_000), share=st.floats(0, 0.95), stop_below=st.integers(1, 200))
def test_rounds_are_the_geometric_series_of_the_closed_form_to_a_page_or_so(
    pages: int, share: float, stop_below: int
) -> None:
    page_s = 0.002
    found = wasm.pre_copy(Memory(pages, pages, share / page_s), page_s, stop_below, 10_000)
    slack = 0.5 / (1 - share) + 1e-6  # half a page per round, of which the share λ remains
    for number, copied in enumerate((*found.live, found.final)):
        assert abs(copied - forms.left_after(number, pages, share)) <= slack
    rounds = len(found.live)
    time = forms.live_time(rounds, pages, page_s, share)
    assert abs(sum(found.live) * page_s - time) <= rounds * slack * page_s
    # As many rounds as the closed form says, unless rounding to pages makes the difference.
    needed = forms.rounds_needed(pages, stop_below, share)
    assert found.live[-1] <= stop_below or found.final <= stop_below or found.final == found.live[-1]
    if rounds < needed:
        assert forms.left_after(rounds, pages, share) <= stop_below + slack or found.final >= found.live[-1]
    if rounds > needed:
        assert forms.left_after(needed, pages, share) >= stop_below - slack
