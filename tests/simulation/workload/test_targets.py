"""The choice of a target by weight and by trust, and the learning of sources from the answers.

Shares are compared so that a correct program fails each comparison with a probability of at most `ALPHA`. The seeds are
fixed.
"""

from collections import Counter
from collections.abc import Collection
from itertools import permutations
from pathlib import Path

import pytest
from scipy import stats

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State
from icnsim.recording.columns import OTHER, REJECTED, TIMED_OUT
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from icnsim.simulation.workload.targets import Targets
from tests.simulation.events import Events
from tests.simulation.small import S

ALPHA = 1e-5
E = [ExecutorId(number) for number in range(6)]
HERDING = {"protocol__spread_targets": False}
TEXT = """
name: trusting
executors: [{group: e, count: 5}]
actors: {count: 5}
workload: {target: trust, migrations: 2000, arrivals: {rate: 1/s}}
"""


def targets(folder: Path | None = None, **changes: object) -> Targets:
    overrides = {key.replace("__", "."): value for key, value in changes.items()}
    return Federation(loads(TEXT, folder, overrides=overrides)).attempts._targets


def learn(chosen: Targets, source: ExecutorId, target: ExecutorId, outcome: str) -> None:
    """Announce the end of an attempt at a target to its source."""
    record = MigrationRecord(ActorId(0), AttemptId(0), Role.SOURCE, target, 0, 1)
    record.state = State.COMPLETE if outcome == "completed" else State.FAILED
    chosen._failures[record.attempt] = {"rejected": REJECTED, "timed_out": TIMED_OUT}.get(outcome, OTHER)
    chosen._learn(record, Events().executor(source))


def asked(chosen: Targets, source: ExecutorId = E[0], failed: Collection[ExecutorId] = ()) -> Counter[int | None]:
    """The targets of 2000 attempts of a source that learns nothing from them."""
    return Counter(chosen.choose(source, row, failed) for row in range(2000))


def are_even(counts: Counter[int | None]) -> bool:
    """Whether the shares do not contradict equal probabilities."""
    return bool(stats.chisquare(list(counts.values())).pvalue > ALPHA)


# the most trusted


def test_each_of_the_most_trusted_is_asked_with_equal_probability() -> None:
    chosen = targets()
    counts = asked(chosen)
    assert set(counts) == {1, 2, 3, 4} and are_even(counts)
    assert set(asked(chosen, E[1])) == {0, 2, 3, 4}
    learn(chosen, E[0], E[3], "completed")
    assert asked(chosen) == {3: 2000}
    learn(chosen, E[0], E[2], "completed")
    counts = asked(chosen)
    assert set(counts) == {2, 3} and are_even(counts)
    learn(chosen, E[0], E[2], "timed_out")
    assert asked(chosen) == {3: 2000}


def test_without_the_fix_the_first_of_the_most_trusted_is_asked() -> None:
    chosen = targets(**HERDING)
    assert asked(chosen) == {1: 2000} and asked(chosen, E[1]) == {0: 2000}
    learn(chosen, E[0], E[3], "completed")
    assert asked(chosen) == {3: 2000}
    learn(chosen, E[0], E[2], "completed")
    assert asked(chosen) == {2: 2000}


@pytest.mark.parametrize(("profile", "shares"), [("as-designed", 4), ("hardened", 4), ("as-implemented", 1)])
def test_the_design_spreads_the_sources_and_the_implementation_does_not(profile: str, shares: int) -> None:
    assert len(asked(targets(protocol__profile=profile))) == shares


def test_each_source_has_its_own_opinion() -> None:
    chosen = targets(**HERDING)
    learn(chosen, E[0], E[3], "completed")
    assert asked(chosen) == {3: 2000} and asked(chosen, E[4]) == {0: 2000}


def test_the_equally_trusted_are_drawn_by_weight() -> None:
    groups = [
        {"group": "e", "count": 3},
        {"group": "f", "count": 1, "weight": 4},
        {"group": "g", "count": 1, "weight": 0},
        {"group": "h", "count": 1, "weight": 100},
    ]
    chosen = targets(executors=groups)
    learn(chosen, E[0], E[5], "timed_out")  # the heaviest is trusted less than the others
    counts = asked(chosen)
    assert set(counts) == {1, 2, 3}
    assert stats.chisquare([counts[1], counts[2], counts[3]], [2000 / 6, 2000 / 6, 2000 * 4 / 6]).pvalue > ALPHA


def test_the_order_of_the_groups_does_not_affect_the_choice() -> None:
    """Six orders of three groups, each with its own seed: the counts by group come from one distribution."""
    groups = [
        {"group": "mute", "count": 2, "behavior": "unresponsive", "weight": 0.5},
        {"group": "good", "count": 3},
        {"group": "heavy", "count": 1, "weight": 3},
    ]
    source = {"group": "source", "count": 1, "weight": 0}
    table = []
    for seed, order in enumerate(permutations(groups)):
        scenario = loads(TEXT, overrides={"executors": [source, *order], "seed": seed + 1})
        counts = asked(Federation(scenario).attempts._targets)
        names = Counter(scenario.group_of_each[target].group for target in counts.elements() if target is not None)
        table.append([names[group["group"]] for group in groups])
    assert stats.chi2_contingency(table).pvalue > ALPHA
    assert stats.chisquare(
        [sum(column) for column in zip(*table)], [12000 * share / 7 for share in (1, 3, 3)]
    ).pvalue > (ALPHA)


@pytest.mark.parametrize(
    ("outcome", "change"),
    [("completed", 0.1), ("rejected", -0.05), ("timed_out", -0.3), ("failed", -0.3)],
)
def test_trust_rises_and_falls_as_it_is_configured(outcome: str, change: float) -> None:
    chosen = targets(
        trust__initial=0.5, trust__on_success=0.1, trust__on_reject=-0.05, trust__on_timeout=-0.3, trust__minimum=0.0
    )
    learn(chosen, E[0], E[1], outcome)
    opinion = chosen._opinions_of(E[0])
    assert (opinion.of(E[1]), opinion.of(E[2])) == (pytest.approx(0.5 + change), 0.5)
    assert set(asked(chosen)) == ({1} if change > 0 else {2, 3, 4})


def test_trust_stays_within_0_and_1() -> None:
    chosen = targets()
    for _ in range(100):
        learn(chosen, E[0], E[1], "completed")
        learn(chosen, E[0], E[2], "timed_out")
    opinion = chosen._opinions_of(E[0])
    assert (opinion.of(E[1]), opinion.of(E[2])) == (1, 0)


# the minimum


@pytest.mark.parametrize("spread", [False, True])
def test_no_executor_below_the_minimum_is_asked(spread: bool) -> None:
    chosen = targets(protocol__spread_targets=spread, trust__minimum=0.5)
    for other in (1, 3):
        learn(chosen, E[0], E[other], "timed_out")  # 0.7 - 0.2 = 0.5 is enough
        learn(chosen, E[0], E[other], "timed_out")
    assert set(asked(chosen)) == ({2, 4} if spread else {2})


@pytest.mark.parametrize("spread", [False, True])
def test_if_no_executor_is_trusted_enough_none_is_asked(spread: bool) -> None:
    chosen = targets(protocol__spread_targets=spread, trust__initial=0.2)
    assert asked(chosen) == {None: 2000}
    learn(chosen, E[0], E[3], "completed")
    assert asked(chosen) == {None: 2000}
    run = simulate(loads(TEXT, overrides={"trust.initial": 0.2, "protocol.spread_targets": spread}))
    assert len(run.attempts["migration"]) == 0 and len(run.skipped) == 2000


def test_an_executor_at_the_minimum_is_a_candidate() -> None:
    chosen = targets()  # two failures at the defaults: 0.7 - 0.2 - 0.2 = 0.3
    for other in (1, 2, 3, 4):
        for _ in range(2):
            learn(chosen, E[0], E[other], "timed_out")
    assert set(asked(chosen)) == {1, 2, 3, 4}


def test_without_trust_every_executor_may_be_asked() -> None:
    chosen = targets(workload__target="uniform", trust__initial=0.0)
    counts = asked(chosen)
    assert set(counts) == {1, 2, 3, 4} and are_even(counts)


# targets that have failed


@pytest.mark.parametrize("target", ["uniform", "trust"])
def test_a_target_that_has_not_failed_is_asked_while_there_is_one(target: str) -> None:
    chosen = targets(workload__target=target)
    counts = asked(chosen, failed=[E[3], E[1]])
    assert set(counts) == {2, 4} and are_even(counts)
    assert asked(chosen, failed=[E[3], E[1], E[4]]) == {2: 2000}


@pytest.mark.parametrize("target", ["uniform", "trust"])
@pytest.mark.parametrize("order", [(1, 2, 3, 4), (3, 1, 4, 2)])
def test_when_every_target_has_failed_the_one_that_failed_longest_ago_is_asked(
    target: str, order: tuple[int, ...]
) -> None:
    chosen = targets(workload__target=target)
    assert asked(chosen, failed=[E[other] for other in order]) == {order[0]: 2000}
    # The source itself and an executor without weight may have failed before the actor moved.
    assert asked(chosen, failed=[E[other] for other in (0, *order)]) == {order[0]: 2000}


def test_a_failed_target_without_weight_is_not_asked_again() -> None:
    groups = [{"group": "e", "count": 3}, {"group": "f", "count": 1, "weight": 0}]
    assert asked(targets(workload__target="uniform", executors=groups), failed=[E[3], E[2], E[1]]) == {2: 2000}


def test_a_less_trusted_target_is_asked_before_one_that_has_failed() -> None:
    chosen = targets(trust__minimum=0.5)
    learn(chosen, E[0], E[1], "completed")
    learn(chosen, E[0], E[3], "timed_out")  # at the minimum
    for other in (2, 4):
        for _ in range(2):
            learn(chosen, E[0], E[other], "timed_out")  # below it
    assert asked(chosen) == {1: 2000}
    assert asked(chosen, failed=[E[1]]) == {3: 2000}
    assert asked(chosen, failed=[E[3], E[1]]) == {3: 2000}
    assert asked(chosen, failed=[E[2], E[1], E[3]]) == {1: 2000}  # e-2 failed first and is no candidate any more


def test_if_every_failed_target_is_distrusted_none_is_asked() -> None:
    chosen = targets(trust__minimum=0.6)
    for other in (1, 2, 3, 4):
        learn(chosen, E[0], E[other], "timed_out")
    assert asked(chosen, failed=[E[2], E[1]]) == {None: 2000}


def test_the_others_are_asked_by_their_weights_if_failed_targets_have_nearly_all_the_weight() -> None:
    weights = {"executors": [{"group": "e", "count": 3}, {"group": "heavy", "count": 2, "weight": 2000},
                             {"group": "f", "count": 1, "weight": 3}]}  # fmt: skip
    chosen = targets(workload__target="uniform", **weights)
    counts = asked(chosen, failed=[E[4], E[3]])
    assert set(counts) == {1, 2, 5}
    expected = [2000 * share / 5 for share in (1, 1, 3)]
    assert stats.chisquare([counts[other] for other in (1, 2, 5)], expected).pvalue > ALPHA


# the trust at the start


def test_trust_from_a_file(tmp_path: Path) -> None:
    names = [f"e-{number}" for number in range(5)]
    rows = dict(zip(names, (0.9, 0.31, 0.8, 0.29, 0.85), strict=True))
    (tmp_path / "trust.csv").write_text(
        "executor,trust\n" + "".join(f"{name},{value}\n" for name, value in rows.items())
    )
    initial = {"trust__initial": {"file": "trust.csv"}}
    chosen = targets(tmp_path, **initial)
    opinion = chosen._opinions_of(E[4])
    assert [opinion.of(other) for other in E[:5]] == list(rows.values())
    assert asked(chosen) == {4: 2000} and asked(chosen, E[4]) == {0: 2000}
    learn(chosen, E[4], E[0], "timed_out")
    assert asked(chosen, E[4]) == {2: 2000}


def test_trust_from_a_distribution_is_drawn_for_each_pair_and_cut() -> None:
    wide = {"distribution": "uniform", "low": 0, "high": 2}
    one, again, other = targets(trust__initial=wide), targets(trust__initial=wide), targets(trust__initial=wide, seed=2)
    drawn = [one._opinions_of(source).of(to) for source in E[:5] for to in E[:5]]
    assert drawn == [again._opinions_of(source).of(to) for source in E[:5] for to in E[:5]]
    assert drawn != [other._opinions_of(source).of(to) for source in E[:5] for to in E[:5]]
    assert min(drawn) > 0 and max(drawn) == 1 and len(set(drawn)) > 5


# in a run


def test_a_run_asks_mute_executors_as_often_whichever_group_is_first_in_the_file() -> None:
    """Opinions stay equal, so each of the five other executors is asked with probability 1/5."""
    groups = [
        {"group": "mute", "count": 2, "behavior": "unresponsive"},
        {"group": "good", "count": 2, "hosts_actors": False},
        {"group": "home", "count": 2},
    ]
    table = []
    for seed, order in enumerate([*permutations(groups)][::2]):
        learns_nothing = {"trust.on_timeout": 0, "trust.on_success": 0, "actors.count": 10_000}
        scenario = loads(TEXT, overrides={"executors": list(order), "seed": seed + 1, **learns_nothing})
        asked_ones = [scenario.group_of_each[target].group for target in simulate(scenario).attempts["target"].tolist()]
        table.append([asked_ones.count("mute"), len(asked_ones) - asked_ones.count("mute")])
    assert stats.chi2_contingency(table).pvalue > ALPHA
    mute, others = (sum(column) for column in zip(*table))
    assert stats.binomtest(mute, mute + others, 2 / 5).pvalue > ALPHA


def test_a_source_learns_from_the_ends_of_its_attempts() -> None:
    run = simulate(
        loads(
            """
name: learning
executors:
  - {group: a, count: 1}
  - {group: silent, count: 1, behavior: unresponsive}
  - {group: c, count: 2, hosts_actors: false}
actors: {count: 50}
network: {gossip: {delay: 0s, messages: []}}
manager: {phase: aligned}
trust: {on_timeout: -0.2, on_success: 0.02, minimum: 0.3}
protocol: {spread_targets: false}
workload: {target: trust, migrations: 3, arrivals: {process: periodic, rate: 0.008/s}}
"""
        )
    )
    # At 0 s all have the same trust, and silent-0 is the first. It has failed by 125 s; from then on c-0 is the first.
    sources, asked_ones = run.attempts["source"].tolist(), run.attempts["target"].tolist()
    assert (sources[0], asked_ones[0]) == (0, 1)
    assert int(run.attempts["failed"][0]) / S == 90
    assert [target for source, target in zip(sources, asked_ones, strict=True) if source == 0][1:] == [2, 2]
