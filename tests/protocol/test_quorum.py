"""The quorum's arithmetic, and its tally in every order of every result of few executors."""

from collections.abc import Iterator
from itertools import permutations, product

import pytest

from icnsim.protocol.messages import Digest, ExecutorId
from icnsim.protocol.quorum import Tally, Verdict, executors_for, needed

WAITING, CONSENSUS, DIVERGENCE, INSUFFICIENT = Verdict
END = 31_000
Vote = tuple[int, int]


def tally(voters: int, threshold: int, *, one_vote_each: bool = True) -> Tally:
    return Tally([ExecutorId(voter) for voter in range(voters)], threshold, END, one_vote_each=one_vote_each)


def filled(voters: int, threshold: int, votes: tuple[Vote, ...], *, one_vote_each: bool = True) -> Tally:
    made = tally(voters, threshold, one_vote_each=one_vote_each)
    for executor, digest in votes:
        made.receive(ExecutorId(executor), Digest(digest), 0)
    return made


def ballots(voters: int, digests: int) -> Iterator[tuple[Vote, ...]]:
    """Every order of every set of single results: each voter sends one of the digests, or none (-1)."""
    for choice in product(range(-1, digests), repeat=voters):
        sent = [(voter, digest) for voter, digest in enumerate(choice) if digest >= 0]
        yield from permutations(sent)


@pytest.mark.parametrize(
    ("credits", "executors"),
    [(0, 1), (99, 1), (100, 2), (999, 2), (1_000, 3), (9_999, 3), (10_000, 5), (10**12, 5)],
)
def test_the_number_of_executors_follows_the_estimated_credits(credits: int, executors: int) -> None:
    assert executors_for(credits) == executors


@pytest.mark.parametrize(("executors", "enough"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (100, 67)])
def test_the_threshold_of_the_code_is_67_percent_rounded_up(executors: int, enough: int) -> None:
    assert needed(executors, 0.67) == enough


@pytest.mark.parametrize(
    ("executors", "share", "enough"),
    [(25, 0.28, 7), (100, 0.07, 7), (50, 0.14, 7), (10, 0.7, 7), (3, 1.0, 3), (3, 1e-9, 1), (1000, 0.001, 1)],
)
def test_the_threshold_has_no_rounding_error(executors: int, share: float, enough: int) -> None:
    assert needed(executors, share) == enough


@pytest.mark.parametrize("voters", range(1, 5))
def test_of_single_results_the_first_digest_with_enough_of_them_wins_in_every_order(voters: int) -> None:
    for threshold in range(1, voters + 1):
        for votes in ballots(voters, 2 if voters > 3 else 3):
            made = filled(voters, threshold, votes)
            counts: dict[int, int] = {}
            winner = None
            for _, digest in votes:
                counts[digest] = counts.get(digest, 0) + 1
                if winner is None and counts[digest] == threshold:
                    winner = digest
            assert (made.verdict is CONSENSUS, made.agreed) == (winner is not None, winner)
            if winner is None:
                open_to = max(counts.values(), default=0) + voters - len(votes)
                assert made.verdict is (DIVERGENCE if open_to < threshold else WAITING)
                assert made.close() is (DIVERGENCE if len(votes) >= threshold or open_to < threshold else INSUFFICIENT)


@pytest.mark.parametrize("voters", range(1, 5))
def test_single_results_mean_the_same_whether_or_not_second_ones_count(voters: int) -> None:
    for threshold in range(1, voters + 1):
        for votes in ballots(voters, 2):
            strict, loose = (filled(voters, threshold, votes, one_vote_each=each) for each in (True, False))
            assert (strict.verdict, strict.agreed, strict.votes) == (loose.verdict, loose.agreed, loose.votes)
            assert strict.double_votes == loose.double_votes == 0


def test_with_one_vote_each_no_sequence_of_results_makes_a_consensus_with_too_few_backers() -> None:
    for voters, threshold in ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3)):
        votes = list(product(range(voters), range(2)))
        for sequence in product(votes, repeat=4):
            made = filled(voters, threshold, sequence)
            assert made.verdict is not CONSENSUS or made.backers >= threshold
            assert made.votes <= voters


def test_where_second_results_count_one_executor_alone_is_a_quorum() -> None:
    twice = ((0, 7), (0, 7))
    loose, strict = (filled(3, 2, twice, one_vote_each=each) for each in (False, True))
    assert (loose.verdict, loose.agreed, loose.backers, loose.double_votes) == (CONSENSUS, 7, 1, 1)
    assert (strict.verdict, strict.votes, strict.double_votes) == (WAITING, 1, 1)


def test_a_second_result_that_counts_takes_the_place_of_another_executors() -> None:
    votes = ((0, 1), (0, 2), (1, 1))
    assert filled(3, 3, votes, one_vote_each=False).verdict is DIVERGENCE
    assert filled(3, 3, votes).verdict is WAITING


def test_an_executor_that_sends_two_digests_backs_the_first() -> None:
    made = filled(3, 2, ((0, 1), (0, 2), (1, 2)), one_vote_each=False)
    assert (made.agreed, made.backers) == (2, 1)


def test_a_result_counts_up_to_the_end_of_the_grace_and_not_a_moment_later() -> None:
    one, other = ExecutorId(0), ExecutorId(1)
    made = tally(2, 2)
    made.receive(one, Digest(1), END)
    assert made.receive(other, Digest(1), END + 1) is WAITING
    assert made.close() is INSUFFICIENT
    made = tally(2, 2)
    made.receive(one, Digest(1), 0)
    assert made.receive(other, Digest(1), END) is CONSENSUS


def all_results(votes: tuple[Vote, ...], *, voters: int = 3, threshold: int = 2) -> Tally:
    """A tally that waits for all results, as the code plans it."""
    made = Tally([ExecutorId(voter) for voter in range(voters)], threshold, END, early=False, grace=1_000)
    for executor, digest in votes:
        made.receive(ExecutorId(executor), Digest(digest), 0)
    return made


def test_a_tally_of_all_results_has_no_verdict_before_the_last_one() -> None:
    assert all_results(((0, 1), (1, 1))).verdict is WAITING
    assert all_results(((0, 1), (1, 1))).close() is INSUFFICIENT
    assert all_results(((0, 1), (1, 2), (2, 3))).verdict is DIVERGENCE
    made = all_results(((0, 1), (1, 1), (2, 2)))
    assert (made.verdict, made.agreed, made.backers) == (CONSENSUS, 1, 2)  # the last result is not of the majority


def test_a_late_result_counts_in_a_tally_of_all_results_if_it_is_the_last_one() -> None:
    second, third = ExecutorId(1), ExecutorId(2)
    early = all_results(((0, 1),))
    assert early.receive(second, Digest(1), END - 1_000) is WAITING
    assert early.votes == 2
    assert early.receive(third, Digest(1), END - 999) is CONSENSUS
    late = all_results(((0, 1),))
    assert late.receive(second, Digest(1), END - 999) is WAITING
    assert late.votes == 1


def test_only_results_of_voters_count() -> None:
    made = tally(2, 1)
    assert made.receive(ExecutorId(2), Digest(1), 0) is WAITING
    assert (made.votes, made.double_votes) == (0, 0)


def test_a_verdict_is_final() -> None:
    made = filled(3, 2, ((0, 1), (1, 1), (2, 2), (2, 2), (0, 2)))
    assert (made.verdict, made.agreed, made.votes, made.double_votes) == (CONSENSUS, 1, 2, 0)
    assert made.close() is CONSENSUS
    late = tally(2, 2)
    assert late.close() is INSUFFICIENT
    assert late.receive(ExecutorId(0), Digest(1), 0) is INSUFFICIENT
    assert late.votes == 0


def test_enough_results_that_do_not_agree_by_the_end_are_a_divergence() -> None:
    made = filled(5, 4, ((0, 1), (1, 1), (2, 1), (3, 2)))
    assert made.verdict is WAITING
    assert made.close() is DIVERGENCE


def test_without_a_grace_no_result_of_a_late_verdict_is_late() -> None:
    made = Tally([ExecutorId(voter) for voter in range(3)], 2, END, early=False)
    made.receive(ExecutorId(0), Digest(1), END)
    made.receive(ExecutorId(1), Digest(1), END + 1)
    assert made.votes == 1
