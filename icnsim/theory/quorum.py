"""Closed forms of a quorum: the probabilities that it is right, wrong or divergent if some executors lie.

Theory of operation. Voters are drawn one after the other; the next one is a liar with probability
p (a federation without end: the number of liars is binomial) or, of N executors of which k lie, with the
share of liars that is left (drawn without replacement: it is hypergeometric). The state of a tally after
h honest voters and b liars depends on h and b alone, so one walk over both gives the exact
probability of each verdict, by the rules of `protocol.quorum`.

Assumes that every result arrives, in time, and in the order in which the voters were drawn. If a digest
needs more than half of the votes and each executor has one vote, the order does not matter.
Source: PROTOCOL section 6; Feller, An Introduction to Probability Theory, chapters II.6 and VI.2.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final, NamedTuple

import numpy as np

from icnsim.protocol.quorum import BY_CREDITS, executors_for, needed
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.executors import ExecutorGroup
from icnsim.theory.design import far

Chance = Callable[[int, int], float]
"""The probability that the next voter lies, by the numbers of honest voters and of liars so far."""


EXCHANGES: Final = (("ballot", "result"), ("checkpoint_ballot", "checkpoint_result"))
"""The messages of a vote on a decision, and those of a vote on a final checkpoint."""


class Shares(NamedTuple):
    """The probabilities of the outcomes of a decision; their sum is 1."""

    right: float = 0.0
    wrong: float = 0.0
    divergence: float = 0.0
    insufficient: float = 0.0


def independent(share: float) -> Chance:
    """Each voter lies with the same probability: the number of liars is binomial."""
    return lambda honest, liars: share


def drawn(liars: int, executors: int) -> Chance:
    """Voters are drawn without replacement from executors, a number of which lie: hypergeometric."""
    return lambda honest, lying: (liars - lying) / (executors - honest - lying)


def shares(voters: int, threshold: int, lies: str, chance: Chance, *, one_vote_each: bool = True) -> Shares:
    """The probability of each verdict.

    Parameters
    ----------
    voters : the number that are asked. threshold : the number that must agree. lies : alone, collude, equivocate or
        silent.
    chance : of the next voter being a liar. one_vote_each : second results are refused.
    """
    found = dict.fromkeys(Shares._fields, 0.0)
    open_to = {0: 1.0}  # by the number of liars so far: the probability that there is no verdict yet
    for voter in range(voters):
        following: dict[int, float] = {}
        for liars, share in open_to.items():
            p = chance(voter - liars, liars)
            for lying, weight in ((0, share * (1 - p)), (1, share * p)):
                if weight:
                    verdict = _verdict(voters, threshold, lies, voter - liars, liars, lying, one_vote_each)
                    if verdict is None:
                        following[liars + lying] = following.get(liars + lying, 0.0) + weight
                    else:
                        found[verdict] += weight
        open_to = following
    for liars, share in open_to.items():
        votes = voters - liars if lies == "silent" else voters
        found["insufficient" if votes < threshold else "divergence"] += share
    return Shares(**found)


def _verdict(
    voters: int, threshold: int, lies: str, honest: int, liars: int, lying: int, one_vote_each: bool
) -> str | None:
    """The verdict after the results of the next voter, a liar or not; None if there is no verdict yet."""
    twice = lies == "equivocate" and not one_vote_each
    credible = lies == "equivocate"  # its first result is the right one
    right = honest + (liars if credible else 0)
    votes = honest + (0 if lies == "silent" else liars * (2 if twice else 1))
    wrong = min(liars, 1) if lies == "alone" else liars if lies == "collude" or twice else 0
    if lying and lies == "silent":
        sent: tuple[bool, ...] = ()
    else:
        sent = (True, False)[: 1 + twice] if credible and lying else (not lying,)
    for says_right in sent:
        votes += 1
        right += says_right
        if not says_right:
            wrong = 1 if lies == "alone" else wrong + 1
        if (right if says_right else wrong) >= threshold:
            return "right" if says_right else "wrong"
        if max(right, wrong) + voters - votes < threshold:
            return "divergence"
    return None


@lru_cache(maxsize=256)
def _of_federation(voters: int, threshold: int, lies: str, liars: int, executors: int, one_vote_each: bool) -> Shares:
    return shares(voters, threshold, lies, drawn(liars, executors), one_vote_each=one_vote_each)


def of_scenario(scenario: Scenario) -> Shares:
    """The probabilities of a scenario's decisions; see `broken` for what they assume."""
    return of_voters(scenario, _voters(scenario), scenario.executors)


def of_voters(scenario: Scenario, numbers: Iterable[tuple[int, float]], among: Sequence[ExecutorGroup]) -> Shares:
    """The probabilities of a decision of voters from these groups; their number has these probabilities."""
    liars = sum(group.count for group in among if lies(group) is not None)
    executors, kinds = sum(group.count for group in among), sorted(_kinds(among))
    total = np.zeros(len(Shares._fields))
    for voters, weight in numbers:
        total += weight * np.array(
            _of_federation(
                voters, needed(voters, scenario.quorum.threshold), kinds[0] if kinds else "silent", liars,
                executors, scenario.protocol.switches.one_vote_each,
            )
        )  # fmt: skip
    return Shares(*total.tolist())


def broken(scenario: Scenario) -> str | None:
    """The assumption that a scenario with a quorum breaks; None if all hold."""
    quorum, reason = scenario.quorum, unsure(scenario, scenario.executors)
    if reason is not None:
        return reason
    if _longest(scenario) > quorum.window + quorum.grace:
        return "results may come too late"
    quorums = [(voters, needed(voters, quorum.threshold)) for voters, _ in _voters(scenario)]
    fixed = scenario.stages.evaluation.constant is not None
    return out_of_order(scenario, scenario.executors, quorums, fixed=fixed)


def unsure(scenario: Scenario, among: Sequence[ExecutorGroup]) -> str | None:
    """The reason why the results from these executors are unknown; None if they are known."""
    network = scenario.network
    if not scenario.protocol.switches.early_verdict:
        return "the quorum decides with its last result, and the closed form with the first results that are enough"
    if scenario.faults:
        return "faults keep executors or messages from the vote"
    if network.loss or network.duplication:
        return "ballots and results may be lost or come twice"
    if any(group.answer_probability < 1 for group in among):
        return "executors may or may not answer a ballot"
    if len(_kinds(among)) > 1:
        return "executors lie in several ways"
    return None


def out_of_order(
    scenario: Scenario, among: Sequence[ExecutorGroup], quorums: Iterable[tuple[int, int]], *, fixed: bool
) -> str | None:
    """The reason why the order of the results matters and is not that of the draws; None without a reason.

    Parameters
    ----------
    quorums : numbers of voters, each with the number that must agree. fixed : whether all results take the same time.
    """
    kinds = _kinds(among)
    if kinds == {"equivocate"} and not (fixed and alike_in_time(scenario)):
        return "which result of an executor comes first depends on their delays"
    minority = any(2 * threshold <= voters for voters, threshold in quorums)
    if minority and kinds - {"silent"} and not _alike(scenario):
        return "which digest comes first depends on where executors are, and how slow"
    return None


def lies(group: ExecutorGroup) -> str | None:
    """The way in which the executors of a group lie; one that never answers counts as silent."""
    return group.lies if group.behavior == "byzantine" else "silent" if group.behavior == "unresponsive" else None


def _kinds(among: Sequence[ExecutorGroup]) -> set[str]:
    return {how for group in among if (how := lies(group)) is not None}


def _voters(scenario: Scenario) -> list[tuple[int, float]]:
    """Numbers of voters, each with its probability."""
    quorum, most = scenario.quorum, scenario.executor_count
    if quorum.executors != "by-credits":
        return [(quorum.executors, 1.0)]
    return [(min(most, voters), weight) for voters, weight in by_credits(quorum.credits)]


def by_credits(credits: Distribution) -> list[tuple[int, float]]:
    """Numbers of executors for credits with this distribution, each with its probability."""
    if credits.constant is not None:
        return [(executors_for(round(credits.constant)), 1.0)]
    limits = [0, *(limit for limit, _ in BY_CREDITS)]
    below = [0.0, *credits.cdf(np.array(limits[1:]) - 0.5).tolist(), 1.0]  # credits are rounded to whole ones
    asked = [executors_for(limit) for limit in limits]
    return [(voters, high - low) for voters, (low, high) in zip(asked, pairwise(below), strict=True) if high > low]


def _longest(scenario: Scenario) -> float:
    """A time from asking within which the last result almost surely comes, µs."""
    network = scenario.network
    slowdown = max(group.slowdown if group.behavior == "slow" else 1 for group in scenario.executors)
    gossiped = max(sum(kind in network.gossip.messages for kind in kinds) for kinds in EXCHANGES)
    distance = 0 if scenario.matrix is None else max(
        scenario.matrix.one_way_us(one, other) for one in scenario.matrix.regions for other in scenario.matrix.regions
    )  # fmt: skip
    ways = 2 * (far(network.latency) + distance) + gossiped * far(network.gossip.delay)
    return ways + slowdown * far(scenario.stages.evaluation)


def _alike(scenario: Scenario) -> bool:
    """Whether the delays of all executors have one distribution."""
    return scenario.matrix is None and all(group.behavior != "slow" for group in scenario.executors)


def alike_in_time(scenario: Scenario) -> bool:
    """Whether all messages take the same time."""
    network = scenario.network
    gossiped = {"task", *chain(*EXCHANGES)} & set(network.gossip.messages)
    return network.latency.constant is not None and not gossiped and _alike(scenario)
