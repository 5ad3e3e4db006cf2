"""The time at which a peer is suspected by its heartbeats."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.detectors.heartbeats import Freshness, Silence
from icnsim.protocol.detectors.phi import exponential_phi, normal_phi
from icnsim.protocol.detectors.window import Moments
from icnsim.protocol.states import State
from icnsim.simulation.heartbeats.memory import Memory
from tests.protocol.notes import OTHER, TIMEOUT, Executor, switches


class Heard:
    """The heartbeats of a peer, with the sums that the detectors use."""

    def __init__(self, numbers: Sequence[int], times: Sequence[int]) -> None:
        self.numbers, self.times = numbers, times
        self.latest, self.last, self.count = numbers[-1], max(times), len(numbers)
        self.lengths = [later - earlier for earlier, later in pairwise(sorted(times))]
        self.silences = Moments(len(self.lengths), sum(self.lengths), sum(length**2 for length in self.lengths))

    def offsets(self, every: int) -> int:
        return sum(time - every * number for number, time in zip(self.numbers, self.times, strict=True))

    def longest_silence(self, rank: int) -> int:
        return sorted(self.lengths, reverse=True)[rank]


REGULAR = Heard(range(10, 20), [n * 1000 + 200 for n in range(10, 20)])


def test_the_accrual_detector_needs_two_silences() -> None:
    assert Silence(8, 0, 100).suspected_from(Heard([1, 2], [1200, 2200])) is None


@pytest.mark.parametrize("min_std", [None, 1])
def test_a_peer_is_suspected_at_the_earliest_one_ms_after_its_last_heartbeat(min_std: int | None) -> None:
    assert Silence(1e-9, 0, min_std).suspected_from(Heard([1, 2, 3, 4], [5, 6, 7, 8])) == 9


def test_a_regular_sender_is_suspected_a_margin_after_the_next_expected_arrival() -> None:
    # The last arrival is at 19.2 s, the next one is expected at 20.2 s.
    assert Freshness(500, 1000).suspected_from(REGULAR) == 20_701


def test_a_lost_heartbeat_does_not_move_the_expected_arrivals() -> None:
    kept = [number for number in REGULAR.numbers if number not in (12, 15)]
    assert Freshness(500, 1000).suspected_from(Heard(kept, [n * 1000 + 200 for n in kept])) == 20_701


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 60_000)), min_size=1, max_size=50),
    st.integers(1, 60_000),
    st.integers(1, 60_000),
)
def test_the_freshness_point_is_the_first_ms_beyond_the_paper_s_formula(
    beats: list[tuple[int, int]], alpha: int, every: int
) -> None:
    beats = sorted((number, number * every + late) for number, late in beats)
    heard = Heard([number for number, _ in beats], [at for _, at in beats])
    expected = Fraction(sum(a - every * s for s, a in beats), len(beats)) + (beats[-1][0] + 1) * every
    found = Freshness(alpha, every).suspected_from(heard)
    assert found is not None
    assert found - 1 <= expected + alpha < found


@pytest.mark.parametrize("threshold", [1.0, 8.0, 16.0])
@pytest.mark.parametrize("min_std", [100, None])
def test_a_silence_is_too_long_from_the_first_ms_at_which_phi_reaches_the_threshold(
    threshold: float, min_std: int | None
) -> None:
    times: Sequence[int] = [0, 1000, 2100, 2900, 4000, 5050, 6000]
    silences = [1000, 1100, 800, 1100, 1050, 950]
    mean = sum(silences) / 6 + 50
    deviation = max(100.0, (sum(silence**2 for silence in silences) / 6 - (mean - 50) ** 2) ** 0.5)
    found = Silence(threshold, 50, min_std).suspected_from(Heard(range(7), times))
    assert found is not None

    def phi(elapsed: int) -> float:
        return exponential_phi(elapsed, mean) if min_std is None else normal_phi(elapsed, mean, deviation)

    assert phi(found - 6000 - 1) < threshold <= phi(found - 6000)


def test_a_silence_at_whose_end_the_peer_was_suspected_is_no_observation() -> None:
    times = [n * 1000 for n in range(20)] + [600_000 + n * 1000 for n in range(20)]
    regular = Silence(8, 0, 100).suspected_from(Heard(range(20), [n * 1000 for n in range(20)]))
    found = Silence(8, 0, 100).suspected_from(Heard(range(40), times))
    assert regular is not None
    assert found == regular - 19_000 + times[-1]


def test_heartbeats_that_arrive_together_have_no_silence_between_them() -> None:
    # A process that was stalled takes them at one instant. The last one counts from there.
    found = Silence(8, 0, 100).suspected_from(Heard(range(6), [5000] * 6))
    assert found is not None
    assert 5000 < found < 6000


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=20), st.integers(1, 10**6))
def test_the_memory_of_a_manager_answers_as_the_plain_sums_do(times: list[int], every: int) -> None:
    plain, memory = Heard(range(len(times)), times), Memory(np.arange(len(times)), np.array(times))
    for name in ("latest", "last", "count", "silences"):
        assert getattr(memory, name) == getattr(plain, name)
    assert memory.offsets(every) == plain.offsets(every)
    for rank in range(len(times) - 1):
        assert memory.longest_silence(rank) == plain.longest_silence(rank)


def watching(heard: Heard | None) -> Executor:
    """An executor that watches its target by heartbeats; it has heard these."""
    made = Executor(switches())
    detector = Parameters("chen", alpha=500, heartbeat=1000)
    made.manager.adjust(made.manager.settings._replace(detector=detector), 0)
    if heard is not None:
        made.notes.heartbeats[OTHER] = heard
    return made


@pytest.mark.parametrize(
    ("asked", "heard", "deadline", "allowed"),
    [
        (19_500, REGULAR, 20_701, 1200),  # the suspicion comes first
        (19_500, None, 19_501 + TIMEOUT, TIMEOUT),
        (50_000, REGULAR, 50_001, 0),  # a peer that is suspected already is still asked
    ],
)
def test_a_request_waits_until_its_target_is_suspected_or_its_timeout_has_passed(
    asked: int, heard: Heard | None, deadline: int, allowed: int
) -> None:
    made = watching(heard)
    made.ask(asked)
    record = made.record
    assert record is not None
    assert (record.deadline, record.limit, record.allowed) == (deadline, asked + 1 + TIMEOUT, allowed)


def test_newer_heartbeats_prolong_a_wait_at_its_deadline() -> None:
    made = watching(REGULAR)
    made.ask(19_500)
    record = made.record
    assert record is not None
    made.notes.heartbeats[OTHER] = Heard(range(20, 30), [n * 1000 + 200 for n in range(20, 30)])
    assert made.manager.overdue(record, 20_701, 20_701) is False
    assert (record.deadline, record.allowed, made.state) == (30_701, 11_200, State.REQUESTING)
    assert made.notes.watched[-1] == (record, 30_701)
    assert made.manager.overdue(record, 30_701, 30_701) is True
    assert made.state is State.FAILED
