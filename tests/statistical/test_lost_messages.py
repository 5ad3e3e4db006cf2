"""The closed forms of records if messages are lost, compared with simulations with fixed seeds."""

import math
import statistics

import pytest

import icnsim
from icnsim.recording.expectations import flatten
from icnsim.scenario import loads
from icnsim.theory.predictions import predict

TEXT = """
name: lossy
executors: [{group: up, count: 40}, {group: down, count: 8, behavior: unresponsive}]
actors: {count: 40000}
workload: {migrations: 1000, arrivals: {process: poisson, rate: 10/s}}
"""
FIGURES = ("records.mean", "records.unremoved", "record_life.mean", "manager.cost_s", "false_positives.rate",
           "migrations.unfinished", "success_rate")  # fmt: skip
SEEDS = 8
WITHIN = 6.0
"""Standard errors. Student's t with 7 degrees of freedom is beyond them with a probability of 5·10⁻⁴."""


@pytest.mark.parametrize("loss", [0.02, 0.2])
def test_records_are_as_predicted_if_messages_are_lost(loss: float) -> None:
    overrides = {"network.loss": loss, "manager.retention": "40s"}
    forms = predict(loads(TEXT, overrides=overrides))
    found: dict[str, list[float]] = {name: [] for name in FIGURES}
    for seed in range(1, SEEDS + 1):
        summary = dict(flatten(icnsim.run(loads(TEXT, overrides=overrides, seed=seed)).summary))
        for name in FIGURES:
            found[name].append(summary[name])
    for name, values in found.items():
        form = forms[name].value
        assert form is not None, (name, forms[name].reason)
        error = statistics.stdev(values) / math.sqrt(SEEDS)
        assert abs(statistics.fmean(values) - form) <= WITHIN * error, (name, statistics.fmean(values), form)


def test_records_have_no_form_if_answers_are_lost_and_others_are_late() -> None:
    late = {"network.loss": 0.02, "network.latency": {"distribution": "pareto", "minimum": "1s", "alpha": 1.1}}
    assert predict(loads(TEXT, overrides=late))["records.mean"].reason == "some answers are lost, and others are late"
