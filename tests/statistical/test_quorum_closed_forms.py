"""Decisions of quorums compared with the closed forms, for each kind of lie, with second votes refused and counted.

The seeds are fixed, so that a result does not vary. A correct program fails any one of these
comparisons with a probability of at most `ALPHA`; with less than 20 of them, all hold with more than 0.999.
"""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy import stats

from icnsim.recording.quorum import VERDICTS
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict
from icnsim.theory.quorum import Shares, broken, of_scenario

ALPHA = 3e-5
MIGRATIONS = 600
TEXT = f"""
name: vote
seed: 23
executors:
  - {{group: honest, count: 14}}
  - {{group: liar, count: 6, behavior: byzantine}}
actors: {{count: 5000}}
workload: {{migrations: {MIGRATIONS}, arrivals: {{rate: 20/s}}}}
quorum: {{enabled: true}}
record: {{timeline: null}}
"""
CREDITS = {"distribution": "lognormal", "mean": 5000, "std": 9000}


def made(changes: Mapping[str, object]) -> Scenario:
    return loads(TEXT, overrides=changes)


def counted(scenario: Scenario) -> Shares:
    """The number of migrations with each verdict."""
    decisions = simulate(scenario).decisions
    assert decisions is not None
    verdict, right = decisions["verdict"], decisions["right"] == 1
    consensus = verdict == VERDICTS.index("consensus")
    found = (consensus & right, consensus & ~right, verdict == 2, verdict == 3)
    return Shares(*(int(each.sum()) for each in found))


def agree(found: Shares, expected: Shares) -> None:
    """Compare by the χ² test over the possible verdicts. No other verdict may occur."""
    observed, shares = np.array(found), np.array(expected)
    possible = shares > 1e-9
    assert observed[~possible].sum() == 0
    assert observed.sum() == MIGRATIONS
    if possible.sum() > 1:
        assert stats.chisquare(observed[possible], MIGRATIONS * shares[possible] / shares.sum()).pvalue > ALPHA


# Only executors that equivocate vote twice.
@pytest.mark.parametrize(
    ("executors", "threshold", "lies", "one_vote_each"),
    [
        *((5, 0.67, lies, True) for lies in ("alone", "collude", "silent", "equivocate")),
        (5, 0.67, "equivocate", False),
        (4, 0.5, "collude", True),
        (4, 0.5, "equivocate", False),
    ],
)
def test_the_verdicts_have_the_frequencies_of_the_hypergeometric_distribution(
    executors: int, threshold: float, lies: str, one_vote_each: bool
) -> None:
    scenario = made(
        {
            "quorum.executors": executors, "quorum.threshold": threshold, "executors.1.lies": lies,
            "protocol.one_vote_each": one_vote_each,
        }
    )  # fmt: skip
    assert broken(scenario) is None
    agree(counted(scenario), of_scenario(scenario))


def test_the_frequencies_agree_with_varying_credits_and_numbers_of_voters() -> None:
    scenario = made({"quorum.credits": CREDITS})
    agree(counted(scenario), of_scenario(scenario))


def test_the_frequencies_do_not_depend_on_delays_if_the_order_does_not_matter() -> None:
    spread = {"distribution": "exponential", "mean": "300ms"}
    scenario = made({"quorum.executors": 5, "network.latency": spread, "executors.1.behavior": "unresponsive"})
    assert broken(scenario) is None
    agree(counted(scenario), of_scenario(scenario))


def test_among_very_many_executors_the_number_of_liars_is_binomial() -> None:
    scenario = made({"executors.0.count": 700, "executors.1.count": 300, "quorum.executors": 5})
    decisions = counted(scenario)
    enough = float(stats.binom(5, 0.3).cdf(1))
    assert stats.binomtest(int(decisions.right), MIGRATIONS, enough).pvalue > ALPHA


def test_the_predictions_have_the_names_of_their_figures() -> None:
    scenario = made({"quorum.executors": 3})
    found, predicted = summarise(simulate(scenario), scenario)["quorum"], predict(scenario)
    for name in ("consensus", "divergence", "wrong"):
        expected = predicted[f"quorum.{name}"].value
        assert expected is not None
        assert stats.binomtest(found[name], MIGRATIONS, expected / MIGRATIONS).pvalue > ALPHA
    assert predicted["quorum.wrong_rate"].value == pytest.approx(of_scenario(scenario).wrong)
    assert predicted["quorum.insufficient"].value == found["insufficient"] == 0


def test_predictions_name_lost_votes_and_counts_name_skipped_arrivals_as_reasons() -> None:
    lossy, crowded = predict(made({"network.loss": 0.1})), predict(made({"actors.count": 50}))
    short = predict(made({"drain": "30s"}))
    assert lossy["quorum.wrong_rate"].value is None and "lost" in (lossy["quorum.wrong"].reason or "")
    assert crowded["quorum.wrong_rate"].value is not None and "busy" in (crowded["quorum.wrong"].reason or "")
    assert "cut off" in (short["quorum.wrong"].reason or "")
    assert "quorum.wrong" not in predict(made({"quorum.enabled": False, "executors.1.behavior": "responsive"}))
