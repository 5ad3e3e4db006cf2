"""Whom a source asks by its trust, and what it learns from the answers.

Shares are compared so that a right program fails with a probability of at most `ALPHA` each; seeds are fixed.
"""

from collections import Counter
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
    """A source sees how an attempt at a target has ended."""
    record = MigrationRecord(ActorId(0), AttemptId(0), Role.SOURCE, target, 0, 1)
    record.state = State.COMPLETE if outcome == "completed" else State.FAILED
    chosen._failures[record.attempt] = {"rejected": REJECTED, "timed_out": TIMED_OUT}.get(outcome, OTHER)
    chosen._learn(record, Events().executor(source))


def asked(chosen: Targets, source: ExecutorId = E[0], avoided: ExecutorId | None = None) -> Counter[int | None]:
    """Whom a source asks in 2000 attempts if it learns nothing from them."""
    return Counter(chosen.choose(source, row, row, 1, avoided) for row in range(2000))


# the most trusted first


def test_the_most_trusted_is_asked_the_first_of_equals() -> None:
    chosen = targets()
    assert asked(chosen) == {1: 2000} and asked(chosen, E[1]) == {0: 2000}
    learn(chosen, E[0], E[3], "completed")
    assert asked(chosen) == {3: 2000}
    learn(chosen, E[0], E[2], "completed")
    assert asked(chosen) == {2: 2000}
    learn(chosen, E[0], E[2], "timed_out")
    assert asked(chosen) == {3: 2000}


def test_each_source_has_its_own_opinion() -> None:
    chosen = targets()
    learn(chosen, E[0], E[3], "completed")
    assert asked(chosen) == {3: 2000} and asked(chosen, E[4]) == {0: 2000}


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
    assert asked(chosen) == ({1: 2000} if change > 0 else {2: 2000})


def test_trust_stays_within_0_and_1() -> None:
    chosen = targets()
    for _ in range(100):
        learn(chosen, E[0], E[1], "completed")
        learn(chosen, E[0], E[2], "timed_out")
    opinion = chosen._opinions_of(E[0])
    assert (opinion.of(E[1]), opinion.of(E[2])) == (1, 0)


# the minimum


@pytest.mark.parametrize("spread", [False, True])
def test_nobody_below_the_minimum_is_asked(spread: bool) -> None:
    chosen = targets(protocol__spread_targets=spread, trust__minimum=0.5)
    for other in (1, 3):
        learn(chosen, E[0], E[other], "timed_out")  # 0.7 - 0.2 = 0.5 is enough
        learn(chosen, E[0], E[other], "timed_out")
    assert set(asked(chosen)) == ({2, 4} if spread else {2})


@pytest.mark.parametrize("spread", [False, True])
def test_where_nobody_is_trusted_enough_nobody_is_asked(spread: bool) -> None:
    chosen = targets(protocol__spread_targets=spread, trust__initial=0.2)
    assert asked(chosen) == {None: 2000}
    learn(chosen, E[0], E[3], "completed")
    assert asked(chosen) == {None: 2000}
    run = simulate(loads(TEXT, overrides={"trust.initial": 0.2, "protocol.spread_targets": spread}))
    assert len(run.attempts["migration"]) == 0 and len(run.skipped) == 2000


def test_one_at_the_minimum_is_a_candidate() -> None:
    chosen = targets()  # 0.7, -0.2 and 0.3, as ever
    for other in (1, 2, 3, 4):
        for _ in range(2):
            learn(chosen, E[0], E[other], "timed_out")
    assert asked(chosen) == {1: 2000}


def test_without_trust_nobody_is_too_bad_to_be_asked() -> None:
    chosen = targets(workload__target="uniform", trust__initial=0.0)
    counts = asked(chosen)
    assert set(counts) == {1, 2, 3, 4}
    assert stats.chisquare(list(counts.values())).pvalue > ALPHA


def test_who_has_failed_too_often_is_asked_only_where_there_is_nobody_else() -> None:
    for spread in (False, True):
        chosen = targets(protocol__spread_targets=spread, trust__minimum=0.5)
        assert 1 not in asked(chosen, avoided=E[1])
        for other in (2, 3, 4):
            for _ in range(3):
                learn(chosen, E[0], E[other], "timed_out")
        assert asked(chosen, avoided=E[1]) == {1: 2000}


def test_the_others_are_asked_by_their_weights_where_nearly_all_the_weight_is_of_who_failed() -> None:
    """Most rows come to the list of candidates: 32 draws by weight all give the avoided one with 0.999^32 = 97 %."""
    weights = {"executors": [{"group": "e", "count": 3}, {"group": "heavy", "count": 1, "weight": 4000},
                             {"group": "f", "count": 1, "weight": 3}]}  # fmt: skip
    chosen = targets(workload__target="uniform", **weights)
    counts = asked(chosen, avoided=E[3])
    assert set(counts) == {1, 2, 4}
    expected = [2000 * share / 5 for share in (1, 1, 3)]
    assert stats.chisquare([counts[other] for other in (1, 2, 4)], expected).pvalue > ALPHA


# two choices


def test_the_more_trusted_of_two_that_are_drawn_is_asked() -> None:
    chosen = targets(protocol__spread_targets=True)
    for other in (1, 2, 3, 4):
        for _ in range(other):
            learn(chosen, E[0], E[other], "completed")
    counts = asked(chosen)
    # The k-th best of 4 is the better one of two draws with probability ((5 - k)^2 - (4 - k)^2) / 16.
    expected = [2000 * share / 16 for share in (1, 3, 5, 7)]
    assert stats.chisquare([counts[other] for other in (1, 2, 3, 4)], expected).pvalue > ALPHA


def test_of_equals_all_are_asked_alike() -> None:
    counts = asked(targets(protocol__spread_targets=True))
    assert set(counts) == {1, 2, 3, 4}
    assert stats.chisquare(list(counts.values())).pvalue > ALPHA


def test_the_draws_are_by_weight() -> None:
    groups = [
        {"group": "e", "count": 3},
        {"group": "f", "count": 1, "weight": 4},
        {"group": "g", "count": 1, "weight": 0},
    ]
    counts = asked(targets(executors=groups, protocol__spread_targets=True))
    assert set(counts) == {1, 2, 3}
    assert stats.chisquare([counts[1], counts[2], counts[3]], [2000 / 6, 2000 / 6, 2000 * 4 / 6]).pvalue > ALPHA


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
    assert set(asked(targets(tmp_path, **initial, protocol__spread_targets=True))) == {1, 2, 4}


def test_trust_from_a_distribution_is_drawn_for_each_pair_and_cut() -> None:
    wide = {"distribution": "uniform", "low": 0, "high": 2}
    one, again, other = targets(trust__initial=wide), targets(trust__initial=wide), targets(trust__initial=wide, seed=2)
    drawn = [one._opinions_of(source).of(to) for source in E[:5] for to in E[:5]]
    assert drawn == [again._opinions_of(source).of(to) for source in E[:5] for to in E[:5]]
    assert drawn != [other._opinions_of(source).of(to) for source in E[:5] for to in E[:5]]
    assert min(drawn) > 0 and max(drawn) == 1 and len(set(drawn)) > 5


# in a run


def test_a_source_learns_from_what_becomes_of_its_attempts() -> None:
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
workload: {target: trust, migrations: 3, arrivals: {process: periodic, rate: 0.008/s}}
"""
        )
    )
    # At 0 all are trusted alike: silent-0 is the first. It has failed when it is 125 s; then c-0 is.
    sources, asked_ones = run.attempts["source"].tolist(), run.attempts["target"].tolist()
    assert (sources[0], asked_ones[0]) == (0, 1)
    assert int(run.attempts["failed"][0]) / S == 90
    assert [target for source, target in zip(sources, asked_ones, strict=True) if source == 0][1:] == [2, 2]
