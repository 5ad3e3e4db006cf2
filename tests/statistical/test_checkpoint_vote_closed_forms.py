"""The votes on final checkpoints compared with the closed forms, for each kind of lie.

The seeds are fixed, so that a result does not vary. A correct program fails any one of these comparisons with
a probability of at most `ALPHA`; with less than 20 of them, all hold with more than 0.999.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from scipy import stats

from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict

ALPHA = 3e-5
MIGRATIONS = 600
TEXT = f"""
name: vote
seed: 41
executors:
  - {{group: honest, count: 14}}
  - {{group: liar, count: 6, behavior: byzantine}}
actors: {{count: 50000}}
network: {{gossip: {{messages: []}}}}
stages: {{evaluation: 100ms, checkpoint: 2s, restore: 500ms}}
workload: {{migrations: {MIGRATIONS}, arrivals: {{rate: 20/s}}}}
quorum: {{enabled: true, executors: 3, threshold: 0.6, on: [checkpoint]}}
record: {{timeline: null}}
"""


def both(changes: Mapping[str, object]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The figures of the votes, and the predictions."""
    scenario = loads(TEXT, overrides=changes)
    return summarise(simulate(scenario), scenario)["checkpoint_quorum"], predict(scenario)


def reason(changes: Mapping[str, object], figure: str) -> str:
    prediction = predict(loads(TEXT, overrides=changes))[f"checkpoint_quorum.{figure}"]
    assert prediction.value is None and prediction.reason is not None
    return prediction.reason


@pytest.mark.parametrize(
    ("lies", "on"),
    [
        ("alone", ["checkpoint"]), ("collude", ["checkpoint"]), ("silent", ["checkpoint"]),
        ("collude", ["decision", "checkpoint"]),
    ],
)  # fmt: skip
def test_outcomes_and_their_number_are_as_predicted(lies: str, on: list[str]) -> None:
    changes = {"executors.1.lies": lies, "quorum.on": on, "workload.arrivals.process": "periodic"}
    found, predicted = both(changes)
    for name in ("asked", "consensus", "divergence", "insufficient", "wrong"):
        expected = predicted[f"checkpoint_quorum.{name}"].value
        assert stats.binomtest(found[name], MIGRATIONS, min(1.0, expected / MIGRATIONS)).pvalue > ALPHA
    # A vote takes 0.5 s or 31 s, so its mean duration has the deviation of a share.
    expected = predicted["checkpoint_quorum.decision_time.mean"].value
    short = round((31 - found["decision_time"]["mean"]) / 30.5 * found["asked"])
    assert stats.binomtest(short, found["asked"], min(1.0, (31 - expected) / 30.5)).pvalue > ALPHA


def test_the_values_are_those_of_a_hypergeometric_draw() -> None:
    """Of 20 executors, 6 collude. 3 are asked and 2 must agree. The verdict is wrong if 2 or 3 colluders are drawn."""
    predicted = predict(loads(TEXT, overrides={"executors.1.lies": "collude", "workload.arrivals.process": "periodic"}))
    wrong = (15 * 14 + 20) / 1140
    assert predicted["checkpoint_quorum.wrong_rate"].value == pytest.approx(wrong)
    assert predicted["checkpoint_quorum.asked"].value == MIGRATIONS
    assert predicted["checkpoint_quorum.consensus"].value == pytest.approx(MIGRATIONS)
    assert predicted["checkpoint_quorum.decision_time.mean"].value == pytest.approx(0.5)
    silent = predict(loads(TEXT, overrides={"executors.1.lies": "silent"}))
    assert silent["checkpoint_quorum.decision_time.mean"].value == pytest.approx(0.5 + wrong * 30.5)


SPREAD = {"distribution": "uniform", "low": 0, "high": 20_000}


@pytest.mark.parametrize(
    ("changes", "figure", "why"),
    [
        ({"network.loss": 0.1}, "wrong_rate", "may be lost"),
        ({"protocol.early_verdict": False}, "asked", "last result"),
        ({"quorum.window": "100ms", "quorum.grace": "0s"}, "asked", "too late"),
        ({"retry.max_retries": 1}, "asked", "retried"),
        ({"actors.count": 2000}, "asked", "busy"),
        ({"actors.count": 200000, "workload.migrations": 20000}, "asked", "blocks later migrations"),
        ({"drain": "10s"}, "asked", "cut off"),
        ({"stages.evaluation": {"distribution": "exponential", "mean": "100ms"}}, "decision_time.mean", "slowest"),
        ({"network.gossip.messages": ["checkpoint_result"]}, "decision_time.mean", "slowest"),
        (
            {"quorum.executors": "by-credits", "quorum.credits": SPREAD, "quorum.on": ["decision", "checkpoint"]},
            "wrong_rate", "number of voters",
        ),
    ],
)  # fmt: skip
def test_a_prediction_without_its_assumption_is_withheld(changes: dict[str, object], figure: str, why: str) -> None:
    assert why in reason(changes, figure)


def test_targets_that_are_informed_of_a_dispute_block_no_migration() -> None:
    changes = {
        "actors.count": 200000,
        "workload.migrations": 20000,
        "protocol.cancel_late_accepts": True,
        "workload.arrivals.process": "periodic",
    }
    assert predict(loads(TEXT, overrides=changes))["checkpoint_quorum.asked"].value == 20000


def test_a_scenario_without_these_votes_has_no_prediction_of_them() -> None:
    predicted = predict(loads(TEXT, overrides={"quorum.on": ["decision"]}))
    assert not any(name.startswith("checkpoint_quorum") for name in predicted)
    assert "quorum.wrong_rate" in predicted
    assert "quorum.wrong_rate" not in predict(loads(TEXT))
